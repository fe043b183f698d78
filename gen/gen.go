// Package gen turns kernel uapi headers into Go.
//
// It is hermetic: it runs no C compiler, reads no environment and no clock,
// and writes nothing but what Write is asked to. The same Config gives the
// same bytes on every machine.
package gen

import "io/fs"

// Config says what to generate from what. The zero value of an optional
// field is its documented default.
type Config struct {
	// Headers is a tree of canonical headers, its files named as in
	// #include <...>. Either Headers or Dir must be set.
	Headers fs.FS
	// Dir is a folder with original headers: an unpacked linux-libc-dev, a
	// usr/include, or a kernel source tree.
	Dir string
	// Manifest is the text of the MANIFEST that came with Headers; it gives
	// kernel version and checksums. Optional with Dir.
	Manifest []byte
	// Snapshots holds the facts of other kernels, one file a version
	// ("6.12.facts"); they bracket when a symbol appeared. Optional.
	Snapshots fs.FS
	// Arch is the table of constants that differ by architecture. Optional:
	// without it no such constants are emitted.
	Arch []byte
	// Tables holds the rules for these headers; nil means the built-in ones
	// for io_uring.
	Tables fs.FS
	// Package is the name of the Go package; "" means "uapi".
	Package string
	// Comments carries the headers' own comments over into the output.
	Comments bool
}

// Output is a generated package in memory.
type Output struct {
	Files    []File    // sorted by name
	Findings []Finding // what no table row covers; empty when all is decided
	Stats    Stats
}

// File is one generated file.
type File struct {
	Name string // relative to the output folder
	Data []byte
}

// Finding is something in the headers that needs a decision: a constant, a
// record, an op that no row covers.
type Finding struct {
	Symbol  string // C name
	Place   string // header:line:col
	Missing string // what is to be decided, and in which table
}

// Stats counts what was generated.
type Stats struct {
	Records, Constants, Typed, Helpers int
}
