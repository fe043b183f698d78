package rules

import "github.com/uringgen/uringgen/generated/uapi"

// Package uapi has these constants where it is built for Linux.
var (
	_ = [1]struct{}{}[uapi.AF_INET-inet]
	_ = [1]struct{}{}[uapi.AF_INET6-inet6]
)
