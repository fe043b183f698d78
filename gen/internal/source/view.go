package source

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"time"

	"github.com/uringgen/uringgen/gen/internal/target"
)

// view is a Source as one target sees it.
type view struct {
	s *Source
	t *target.Target
}

// ReadFile implements fs.ReadFileFS.
func (v *view) ReadFile(name string) ([]byte, error) {
	text, err := v.s.Read(v.t, name)
	if err != nil {
		return nil, err
	}
	return standardVariadics(text), nil
}

// Open implements fs.FS. Only files can be opened.
func (v *view) Open(name string) (fs.File, error) {
	text, err := v.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return &file{Reader: bytes.NewReader(text), name: path.Base(name)}, nil
}

// Stat implements fs.StatFS.
func (v *view) Stat(name string) (fs.FileInfo, error) {
	f, err := v.Open(name)
	if err != nil {
		return nil, err
	}
	return f.Stat()
}

// file is a header held in memory; it is its own fs.FileInfo.
type file struct {
	*bytes.Reader
	name string
}

var _ io.ReadSeeker = (*file)(nil)

func (f *file) Stat() (fs.FileInfo, error) { return f, nil }
func (f *file) Close() error               { return nil }
func (f *file) Name() string               { return f.name }
func (f *file) Size() int64                { return f.Reader.Size() }
func (f *file) Mode() fs.FileMode          { return 0o444 }
func (f *file) ModTime() time.Time         { return time.Time{} }
func (f *file) IsDir() bool                { return false }
func (f *file) Sys() any                   { return nil }
