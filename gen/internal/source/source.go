// Package source says where headers come from. Whatever the shape of a tree,
// a Source presents it as a file system whose names are those that #include
// <...> uses, so that nothing behind it knows where a header lives on disk.
package source

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/uringgen/uringgen/gen/internal/target"
)

// Kind is the shape of a header tree.
type Kind uint8

// The shapes of tree that Open knows.
const (
	// Canonical is a plain tree: linux/io_uring.h is the file of that name.
	Canonical Kind = iota
	// Package is what headers_install makes and distributions ship: an
	// include folder with asm/ below it or below a folder for each
	// architecture.
	Package
	// Kernel is a kernel source tree.
	Kernel
)

// String names the kind as messages do.
func (k Kind) String() string {
	switch k {
	case Package:
		return "installed kernel headers"
	case Kernel:
		return "kernel source tree"
	}
	return "plain header tree"
}

// Source is a tree of headers.
type Source struct {
	kind   Kind
	dir    string // as the user named it, for messages
	root   fs.FS
	lookup lookup

	mu    sync.Mutex
	cache map[string]cached // by place; targets share most files
}

type cached struct {
	text []byte
	err  error
}

// lookup gives the places, best first, where the file of an include name may
// be in the tree.
type lookup func(t *target.Target, name string) []string

// FromFS is a canonical tree held in an fs.FS.
func FromFS(fsys fs.FS) *Source {
	return &Source{kind: Canonical, dir: "the given tree", root: fsys, lookup: plainLookup}
}

// Kind is the shape of the tree.
func (s *Source) Kind() Kind { return s.kind }

// Dir is the tree as the user named it.
func (s *Source) Dir() string { return s.dir }

// Defines is C text that must come before headers of this kind.
func (s *Source) Defines() string {
	if s.kind == Kernel {
		return kernelDefines
	}
	return ""
}

// FS presents the tree to a target. Names in it are include names.
func (s *Source) FS(t *target.Target) fs.FS { return &view{s: s, t: t} }

// Places lists where Read looks for a header, in order, relative to the tree.
func (s *Source) Places(t *target.Target, name string) []string { return s.lookup(t, name) }

// NotFoundError says that a header is in none of the places where it could be.
type NotFoundError struct {
	Name   string   // include name
	Dir    string   // tree
	Places []string // looked for, relative to Dir
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("no header <%s> in %s (looked for %s)", e.Name, e.Dir, strings.Join(e.Places, ", "))
}

// Is makes errors.Is(err, fs.ErrNotExist) hold.
func (e *NotFoundError) Is(target error) bool { return target == fs.ErrNotExist }

// readPlace reads a file of the tree, once.
func (s *Source) readPlace(place string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.cache[place]
	if !ok {
		c.text, c.err = fs.ReadFile(s.root, place)
		if s.cache == nil {
			s.cache = map[string]cached{}
		}
		s.cache[place] = c
	}
	return c.text, c.err
}

// Read returns the text of a header as it is on disk. It is not to be
// changed.
func (s *Source) Read(t *target.Target, name string) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	places := s.lookup(t, name)
	for _, place := range places {
		text, err := s.readPlace(place)
		if err == nil {
			return text, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("cannot read <%s>: %w", name, err)
		}
	}
	if s.kind == Kernel && emptyInKernel[name] {
		return nil, nil
	}
	return nil, &NotFoundError{Name: name, Dir: s.dir, Places: places}
}

// Exists tells whether a header is there.
func (s *Source) Exists(t *target.Target, name string) bool {
	if !fs.ValidPath(name) {
		return false
	}
	for _, place := range s.lookup(t, name) {
		if info, err := fs.Stat(s.root, place); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return s.kind == Kernel && emptyInKernel[name]
}
