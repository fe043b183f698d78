//go:build !unix

package cfront

import "time"

// used stands in for processor time where there is no simple way to have it.
func used() time.Duration { return time.Since(began) }

var began = time.Now()
