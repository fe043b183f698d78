//go:build linux && !amd64

package main

// count does nothing: package steps knows one architecture.
func (r *result) count(contest, *built) error { return nil }
