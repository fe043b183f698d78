// Package archive builds the initramfs of a guest. The same content gives the
// same bytes.
package archive

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/cavaliergopher/cpio"
)

// Builder collects files; folders above them are made as needed.
type Builder struct {
	w    *cpio.Writer
	seen map[string]bool
	err  error
}

// New makes a Builder that writes to w.
func New(w io.Writer) *Builder {
	return &Builder{w: cpio.NewWriter(w), seen: map[string]bool{".": true, "/": true, "": true}}
}

// Bytes adds a file with the given content.
func (b *Builder) Bytes(guest string, mode fs.FileMode, data []byte) {
	name := strings.TrimPrefix(path.Clean("/"+guest), "/")
	if b.seen[name] {
		return
	}
	b.parents(name)
	b.entry(name, cpio.TypeReg|cpio.FileMode(mode.Perm()), data)
}

// Dir adds a folder.
func (b *Builder) Dir(guest string) {
	name := strings.TrimPrefix(path.Clean("/"+guest), "/")
	if b.seen[name] {
		return
	}
	b.parents(name)
	b.entry(name, cpio.TypeDir|0o755, nil)
}

// Tree adds a host file or folder at the guest path; symbolic links are
// carried as what they point at.
func (b *Builder) Tree(host, guest string) {
	if b.err != nil {
		return
	}
	info, err := os.Stat(host)
	if err != nil {
		b.err = err
		return
	}
	if !info.IsDir() {
		data, err := os.ReadFile(host)
		if err != nil {
			b.err = err
			return
		}
		b.Bytes(guest, info.Mode(), data)
		return
	}
	b.Dir(guest)
	entries, err := os.ReadDir(host)
	if err != nil {
		b.err = err
		return
	}
	for _, e := range entries {
		b.Tree(filepath.Join(host, e.Name()), path.Join(guest, e.Name()))
	}
}

// Close ends the archive and reports the first error of any call.
func (b *Builder) Close() error {
	if b.err != nil {
		return fmt.Errorf("initramfs: %w", b.err)
	}
	return b.w.Close()
}

func (b *Builder) parents(name string) {
	if dir := path.Dir(name); !b.seen[dir] {
		b.parents(dir)
		b.entry(dir, cpio.TypeDir|0o755, nil)
	}
}

func (b *Builder) entry(name string, mode cpio.FileMode, data []byte) {
	if b.err != nil {
		return
	}
	b.seen[name] = true
	h := &cpio.Header{Name: name, Mode: mode, Size: int64(len(data)), Links: 1, Inode: int64(len(b.seen))}
	if b.err = b.w.WriteHeader(h); b.err == nil {
		_, b.err = b.w.Write(data)
	}
}
