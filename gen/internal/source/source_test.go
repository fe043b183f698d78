package source_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// write makes files below a new folder: "path", "text" pairs, where a text
// "-> x" is a symlink.
func write(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		name := filepath.Join(dir, filepath.FromSlash(files[i]))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if to, ok := strings.CutPrefix(files[i+1], "-> "); ok {
			err = os.Symlink(to, name)
		} else {
			err = os.WriteFile(name, []byte(files[i+1]), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var debian = []string{
	"usr/include/linux/types.h", "types",
	"usr/include/asm-generic/ioctl.h", "ioctl",
	"usr/include/x86_64-linux-gnu/asm/bits.h", "-> ../../../lib/linux/uapi/x86/asm/bits.h",
	"usr/lib/linux/uapi/x86/asm/bits.h", "x86 bits",
	"usr/include/s390x-linux-gnu/asm/bits.h", "s390 bits",
	"usr/include/linux/out.h", "-> ../../../secret",
	"secret", "secret",
}

func TestOpen(t *testing.T) {
	for name, c := range map[string]struct {
		files []string
		sub   string
		kind  source.Kind
		read  map[string]string // "goarch name" → text, "" if not there
	}{
		"unpacked package": {debian, "", source.Package, map[string]string{
			"amd64 linux/types.h": "types", "amd64 asm-generic/ioctl.h": "ioctl",
			"amd64 asm/bits.h": "x86 bits", "s390x asm/bits.h": "s390 bits", "arm asm/bits.h": "", "amd64 linux/none.h": ""}},
		"its usr": {debian, "usr", source.Package, map[string]string{
			"amd64 linux/types.h": "types", "amd64 asm/bits.h": "x86 bits", "s390x asm/bits.h": "s390 bits"}},
		"its include": {debian, "usr/include", source.Package, map[string]string{
			"amd64 linux/types.h": "types", "amd64 asm/bits.h": "x86 bits", "s390x asm/bits.h": "s390 bits"}},
		"headers_install of one architecture": {
			[]string{"include/linux/types.h", "types", "include/asm/bits.h", "own bits"}, "", source.Package,
			map[string]string{"amd64 linux/types.h": "types", "s390x asm/bits.h": "own bits"}},
		"an include folder of another name": {
			[]string{"inc/linux/types.h", "types", "inc/asm/bits.h", "own bits"}, "inc", source.Package,
			map[string]string{"amd64 linux/types.h": "types", "s390x asm/bits.h": "own bits"}},
		"kernel tree": {
			[]string{"include/uapi/linux/types.h", "types", "include/uapi/asm-generic/bits.h", "generic bits", "include/linux/types.h", "internal",
				"arch/x86/include/uapi/asm/bits.h", "x86 bits", "include/linux/compiler.h", "internal"}, "", source.Kernel,
			map[string]string{"amd64 linux/types.h": "types", "386 asm/bits.h": "x86 bits", "arm asm/bits.h": "generic bits", "arm asm/none.h": ""}},
		"plain tree": {
			[]string{"linux/types.h", "types"}, "", source.Canonical,
			map[string]string{"arm linux/types.h": "types", "arm asm/bits.h": ""}},
		"plain tree below uapi": {
			[]string{"uapi/linux/types.h", "types", "MANIFEST", ""}, "", source.Canonical,
			map[string]string{"arm linux/types.h": "types"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := source.Open(filepath.Join(write(t, c.files...), c.sub))
			if err != nil {
				t.Fatal(err)
			}
			if s.Kind() != c.kind {
				t.Errorf("kind is %s, want %s", s.Kind(), c.kind)
			}
			for what, want := range c.read {
				arch, name, _ := strings.Cut(what, " ")
				x := target.ByGOARCH(arch)
				text, err := fs.ReadFile(s.FS(x), name)
				if string(text) != want || (err == nil) != (want != "") {
					t.Errorf("%s is %q (%v), want %q", what, text, err, want)
				}
				if want == "" && !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s: %v is not fs.ErrNotExist", what, err)
				}
				if got := s.Exists(x, name); got != (want != "") {
					t.Errorf("%s exists: %v", what, got)
				}
			}
		})
	}
}

// Whatever symlinks and names say, nothing outside of the tree is read.
func TestNothingOutside(t *testing.T) {
	s, err := source.Open(filepath.Join(write(t, debian...), "usr"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"linux/out.h", "../../secret", "/etc/passwd", "linux/../../../secret"} {
		if text, err := s.Read(target.All()[0], name); err == nil {
			t.Errorf("%s reads %q", name, text)
		}
		if s.Exists(target.All()[0], name) {
			t.Errorf("%s exists", name)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	dir := write(t, "file", "", "empty/x", "")
	for name, c := range map[string]struct{ dir, want string }{
		"missing": {"none", "no such file"},
		"a file":  {"file", "is not a directory"},
		"no tree": {"empty", "is not a header tree: it holds none of include/uapi/linux (kernel sources), usr/include/linux"},
	} {
		_, err := source.Open(filepath.Join(dir, c.dir))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want …%s…", name, err, c.want)
		}
	}
}

func TestNotFoundSaysWhere(t *testing.T) {
	dir := write(t, debian...)
	s, err := source.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Read(target.ByGOARCH("arm64"), "asm/x.h")
	want := "no header <asm/x.h> in " + dir + " (looked for include/aarch64-linux-gnu/asm/x.h, include/asm/x.h)"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestKernelTree(t *testing.T) {
	s, err := source.Open(write(t, "include/uapi/linux/a.h", "a", "arch/x86/x", ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"linux/compiler.h", "linux/compiler_types.h"} {
		if text, err := s.Read(target.All()[0], name); err != nil || len(text) != 0 {
			t.Errorf("%s is %q (%v), want it empty", name, text, err)
		}
	}
	if !strings.Contains(s.Defines(), "#define __user\n") {
		t.Error("__user is not defined for a kernel tree")
	}
	if d := source.FromFS(fstest.MapFS{}).Defines(); d != "" {
		t.Errorf("a plain tree defines %q", d)
	}
}

func TestFile(t *testing.T) {
	fsys := source.FromFS(fstest.MapFS{"linux/a.h": {Data: []byte("text")}}).FS(target.All()[0])
	f, err := fsys.Open("linux/a.h")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil || string(text) != "text" {
		t.Errorf("read %q, %v", text, err)
	}
	info, err := fs.Stat(fsys, "linux/a.h")
	if err != nil || info.Name() != "a.h" || info.Size() != 4 || info.IsDir() {
		t.Errorf("stat %+v, %v", info, err)
	}
	if _, err := fs.Stat(fsys, "linux/b.h"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("stat of nothing: %v", err)
	}
}

func TestNamedVariadics(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"none":     {"#define A(x) x\nint f(int, ...);\n", "#define A(x) x\nint f(int, ...);\n"},
		"standard": {"#define A(x, ...) f(x, ##__VA_ARGS__)\n", "#define A(x, ...) f(x, ##__VA_ARGS__)\n"},
		"only":     {"#define A(args...) f(args)\n", "#define A(...    ) f(__VA_ARGS__)\n"},
		"last": {"#define A(x, ctx...) \\\n  f(x, ##ctx) \\\n  ctx\nctx ctx...\n",
			"#define A(x, ...   ) \\\n  f(x, ##__VA_ARGS__) \\\n  __VA_ARGS__\nctx ctx...\n"},
		"whole words": {" # define A(x, x2 ...) x x2 x22\n#define B(c...) c", " # define A(x, ...   ) x __VA_ARGS__ x22\n#define B(... ) __VA_ARGS__"},
	} {
		fsys := source.FromFS(fstest.MapFS{"a.h": {Data: []byte(c.in)}}).FS(target.All()[0])
		got, err := fs.ReadFile(fsys, "a.h")
		if err != nil || string(got) != c.want {
			t.Errorf("%s: got %q (%v), want %q", name, got, err, c.want)
		}
	}
}
