// Package headers holds the kernel declarations that the generator works on
// when it is given no others, in canonical form: what the headers of one
// kernel declare, without their comments, the same for all architectures.
//
// "uringgen headers import" makes everything here from original headers but
// for import.tbl, which says what it is to take. MANIFEST names the kernel,
// the package and the checksum of each original.
package headers

import (
	"embed"
	"io/fs"
)

//go:embed all:uapi snapshots
var files embed.FS

// FS is the tree of headers, named as in #include <...>: "linux/io_uring.h".
var FS = sub("uapi")

// Snapshots holds the facts of this and of other kernels, a file a version:
// "6.12.facts".
var Snapshots = sub("snapshots")

// Manifest says where the headers come from.
//
//go:embed MANIFEST
var Manifest []byte

// Arch is the table of constants that architectures choose for themselves.
//
//go:embed arch.tbl
var Arch []byte

// ImportTable says what an import takes from original headers.
//
//go:embed import.tbl
var ImportTable []byte

// sub cannot fail: a folder that is not there fails the build above.
func sub(dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err)
	}
	return f
}
