package arch_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uringgen/uringgen/gen/internal/arch"
	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// module is an x/sys with some constants for all architectures and a value of
// its own for NR on each.
func module(common string) fstest.MapFS {
	m := fstest.MapFS{}
	put := func(name, text string) {
		m["unix/"+name] = &fstest.MapFile{Data: []byte("package unix\n\n" + text)}
	}
	put("zerrors_linux.go", common)
	put("ztypes_linux.go", "const (\n\tTYPED = -0x64\n\tNOT_INT = \"x\"\n\tFLOAT = 1.5\n)\n\ntype x int\n")
	for i, t := range target.All() {
		put("zerrors_linux_"+t.GOARCH+".go", "const LOCAL = 0x1\n")
		put("ztypes_linux_"+t.GOARCH+".go", "")
		put("zsysnum_linux_"+t.GOARCH+".go", "const (\n\tSYS_GET_X = "+string(rune('1'+i%2))+"\n\tSYS_OTHER = 9\n)\n")
	}
	return m
}

func tree(files map[string]string) *source.Source {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return source.FromFS(m)
}

func collect(t *testing.T, files map[string]string, mod fs.FS, wins []string, wants ...arch.Want) string {
	t.Helper()
	tbl, err := arch.Collect(tree(files), mod, wants, wins)
	if err != nil {
		t.Fatal(err)
	}
	_, rows, _ := strings.Cut(string(tbl.Format()), "except\n")
	return rows
}

func TestCollect(t *testing.T) {
	const number = "#ifdef __s390x__\n#define F_A 8\n#else\n#define F_A 0x10\n#endif\nenum { F_ENUM = 3 };\n#define F_FN(x) x\n#define OTHER 1\n"
	for name, c := range map[string]struct {
		files map[string]string
		mod   string
		wins  []string
		want  arch.Want
		rows  string
	}{
		"headers": {map[string]string{"a/f.h": number}, "", nil,
			arch.Want{Patterns: []string{"F_*"}, Headers: []string{"a/f.h"}, Hex: true},
			"F_A | headers | 0x10 | s390x=0x8\nF_ENUM | headers | 0x3 | -\n"},
		"both": {map[string]string{"a/f.h": number}, "const F_ENUM = 3\nconst F_MORE = 0x4\n", nil,
			arch.Want{Patterns: []string{"F_ENUM", "F_MORE"}, Headers: []string{"a/f.h"}},
			"F_ENUM | headers and x/sys | 3 | -\nF_MORE | x/sys | 4 | -\n"},
		"x/sys": {nil, "", nil,
			arch.Want{Patterns: []string{"TYPED", "LOCAL"}},
			"LOCAL | x/sys | 1 | -\nTYPED | x/sys | -100 | -\n"},
		"the header wins": {map[string]string{"a/f.h": number}, "const F_ENUM = 0\n", []string{"F_ENUM"},
			arch.Want{Patterns: []string{"F_ENUM"}, Headers: []string{"a/f.h"}},
			"F_ENUM | headers | 3 | -\n"},
		"syscalls": {map[string]string{"a/n.h": "#define __NR_new_call 77\n#define __NR_other 9\n"}, "", nil,
			arch.Want{Patterns: []string{"SYS_new*", "SYS_get_x"}, Headers: []string{"a/n.h"}, Syscalls: true},
			"SYS_get_x | x/sys | 1 | 386,arm64,mips,mips64,ppc64,riscv64=2\nSYS_new_call | headers | 77 | -\n"},
		"second header": {map[string]string{"a/f.h": "#ifdef __arm__\n#define N 5\n#endif\n", "a/g.h": "#define N 6\n"}, "", nil,
			arch.Want{Patterns: []string{"N"}, Headers: []string{"a/f.h", "a/g.h"}},
			"N | headers | 6 | arm=5\n"},
		"not everywhere": {map[string]string{"a/f.h": "#ifdef __mips__\n#define N 5\n#endif\n"}, "", nil,
			arch.Want{Patterns: []string{"N"}, Headers: []string{"a/f.h"}},
			"N | headers | none | mips,mipsle,mips64,mips64le=5\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if rows := collect(t, c.files, module(c.mod), c.wins, c.want); rows != c.rows {
				t.Errorf("got\n%swant\n%s", rows, c.rows)
			}
		})
	}
}

func TestCollectErrors(t *testing.T) {
	files := map[string]string{"a/f.h": "#define F 1\n"}
	f := arch.Want{Patterns: []string{"F"}, Headers: []string{"a/f.h"}}
	for name, c := range map[string]struct {
		files map[string]string
		mod   fs.FS
		wins  []string
		want  arch.Want
		err   string
	}{
		"disagree":     {files, module("const F = 2\n"), nil, f, "F on amd64 is 1 in a/f.h and 2 in golang.org/x/sys"},
		"needless row": {files, module("const F = 1\n"), []string{"F"}, f, "agree on F everywhere"},
		"nowhere":      {files, module(""), nil, arch.Want{Patterns: []string{"F", "G*"}, Headers: []string{"a/f.h"}}, "no constant G* in a/f.h or golang.org/x/sys"},
		"no header":    {files, module(""), nil, arch.Want{Patterns: []string{"F"}, Headers: []string{"a/g.h"}}, "on amd64: "},
		"no module":    {files, fstest.MapFS{}, nil, f, "cannot read golang.org/x/sys for amd64"},
		"broken module": {files, fstest.MapFS{"unix/zerrors_linux.go": &fstest.MapFile{Data: []byte("package")}}, nil, f,
			"cannot read golang.org/x/sys: unix/zerrors_linux.go:1:8"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := arch.Collect(tree(c.files), c.mod, []arch.Want{c.want}, c.wins)
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("got %v, want %s", err, c.err)
			}
		})
	}
}

// The C library counts signals from 1, so its _NSIG is one more than the
// highest signal; the kernel's is the size of its signal sets.
func TestSignalSetsAgreeWithModule(t *testing.T) {
	mod, err := arch.FindModule()
	if err != nil {
		t.Fatal(err)
	}
	want := map[int64]int64{0x41: 64, 0x80: 128}
	shipped := shippedTable(t)
	for _, x := range target.All() {
		c, err := arch.ReadModule(mod, x.GOARCH)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := shipped.Value("_NSIG", x.GOARCH); got == 0 || got != want[c["_C__NSIG"]] {
			t.Errorf("%s: _NSIG is %d, %d in the C library", x.GOARCH, got, c["_C__NSIG"])
		}
	}
}
