package mutate

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing/fstest"

	"github.com/uringgen/uringgen/gen"
	"github.com/uringgen/uringgen/headers"
)

// mainHeader is the one that most cases damage: it is the longest, and the
// others matter through it.
const mainHeader = "linux/io_uring.h"

// sound is a copy of the embedded headers.
var sound = sync.OnceValue(func() fstest.MapFS {
	m := fstest.MapFS{}
	err := fs.WalkDir(headers.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".h") {
			return err
		}
		text, err := fs.ReadFile(headers.FS, path)
		m[path] = &fstest.MapFile{Data: text, Mode: 0o444}
		return err
	})
	if err != nil || m[mainHeader] == nil {
		panic("cannot read the embedded headers")
	}
	return m
})

// config is what is to be generated in a case, and what was damaged how. Every
// third round of all mutators damages other headers than the main one.
func config(seed int) (cfg gen.Config, file, how string) {
	tree := maps.Clone(sound())
	file = mainHeader
	if round := seed / len(mutators); round%3 == 2 {
		files := slices.Sorted(maps.Keys(tree))
		file = files[(round/3+seed%len(mutators))%len(files)]
	}
	how, text := mutate(seed, file, tree[file].Data)
	tree[file] = &fstest.MapFile{Data: text, Mode: 0o444}
	return gen.Config{
		Headers: tree, Manifest: headers.Manifest, Snapshots: headers.Snapshots, Arch: headers.Arch,
	}, file, how
}
