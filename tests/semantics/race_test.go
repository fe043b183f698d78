//go:build linux && race

package semantics

func init() { cgo = true } // the race detector comes with it
