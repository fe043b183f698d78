package cfront

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// maxIncludeDepth stops a header that includes itself.
const maxIncludeDepth = 200

// The pragmas that frame each file on its way to cc: they tell when the
// preprocessor enters and leaves it. The #line gives the lines that follow
// their numbers back.
const (
	enterFile = "#pragma uringgen_enter\n#line 1\n"
	leaveFile = "\n\n#pragma uringgen_leave\n"
)

// files is the fs.FS that cc reads from. It keeps what was read, notes what
// was asked for in vain, and refuses text that cc could not survive.
type files struct {
	fsys    fs.FS
	text    map[string][]byte
	missing map[string]error
	open    []model.Pos // brackets that nothing closes
	faults  *faults
	stop    atomic.Bool // the watchdog has given up
}

func newFiles(fsys fs.FS, f *faults) *files {
	return &files{fsys: fsys, text: map[string][]byte{}, missing: map[string]error{}, faults: f}
}

// Open implements fs.FS.
func (f *files) Open(name string) (fs.File, error) {
	name = path.Clean(name)
	text, err := f.read(name)
	if err != nil {
		return nil, err
	}
	framed := make([]byte, 0, len(enterFile)+len(text)+len(leaveFile))
	framed = append(framed, enterFile...)
	framed = append(framed, text...)
	framed = append(framed, leaveFile...)
	return &memFile{bytes.NewReader(framed), name}, nil
}

func (f *files) read(name string) ([]byte, error) {
	if text, ok := f.text[name]; ok {
		return text, nil
	}
	text, err := fs.ReadFile(f.fsys, name)
	if err != nil {
		f.missing[name] = err
		return nil, err
	}
	n := len(f.faults.list)
	if open := scanText(name, text, f.faults); open.Line > 0 {
		f.open = append(f.open, open)
	}
	if len(f.faults.list) > n {
		text = nil
	}
	f.text[name] = text
	return text, nil
}

// before is the text of a line, up to a column.
func (f *files) before(pos model.Pos) string {
	text := f.text[pos.File]
	for range pos.Line - 1 {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return string(line[:min(max(pos.Col-1, 0), len(line))])
}

// clamp moves a place behind the end of a file, where cc sees the frame, to
// the end.
func (f *files) clamp(pos model.Pos) model.Pos {
	text := f.text[pos.File]
	if last := 1 + bytes.Count(text, []byte("\n")); pos.Line > last {
		pos.Line, pos.Col = last, len(text)-bytes.LastIndexByte(text, '\n')
	}
	return pos
}

// names lists what was read, sorted.
func (f *files) names() []string {
	var out []string
	for name := range f.text {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// unreadable is the first error other than that a file does not exist.
func (f *files) unreadable(name string) error {
	if err := f.missing[name]; err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// memFile is a file in memory; it is its own fs.FileInfo.
type memFile struct {
	*bytes.Reader
	name string
}

func (f *memFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *memFile) Close() error               { return nil }
func (f *memFile) Name() string               { return path.Base(f.name) }
func (f *memFile) Mode() fs.FileMode          { return 0o444 }
func (f *memFile) ModTime() time.Time         { return time.Time{} }
func (f *memFile) IsDir() bool                { return false }
func (f *memFile) Sys() any                   { return nil }

// needsLibc tells that a header is the C library's or the compiler's, not the
// kernel's: those of the kernel all stand in a folder of their own.
func needsLibc(name string) bool {
	dir, _, ok := strings.Cut(name, "/")
	return !ok || slices.Contains(libcDirs, dir)
}

var libcDirs = []string{"arpa", "bits", "gnu", "net", "netinet", "protocols", "rpc", "sys"}

// notFound words an include that failed, at its place.
func (f *files) notFound(pos model.Pos, name string) {
	if err := f.unreadable(name); err != nil {
		f.faults.add(pos, "%v", err)
		return
	}
	if needsLibc(name) {
		f.faults.add(pos, "<%s> is a header of the C library or the compiler, which is not read here; leave %s out, or give a copy without that include", name, pos.File)
		return
	}
	err := f.missing[name]
	if err == nil {
		f.faults.add(pos, "no header <%s>", name)
		return
	}
	f.faults.add(pos, "%v", err)
}
