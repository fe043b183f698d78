package gen_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/gen"
	"github.com/uringgen/uringgen/tests/need"
)

const shipped = "../headers"

func read(t *testing.T, elem ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// original is the unpacked package that the shipped headers were made of, or
// a later one of the same kernel series, and whether it is the very same.
func original(t *testing.T) (dir string, same bool) {
	t.Helper()
	m := regexp.MustCompile(`(?m)^package (\S+) (([0-9]+\.[0-9]+)\S*)$`).FindSubmatch(read(t, shipped, "MANIFEST"))
	if m == nil {
		t.Fatal("MANIFEST has no package line")
	}
	dir = filepath.Dir(need.Headers(t, string(m[1]), string(m[3])))
	have := strings.TrimSpace(string(read(t, dir, "version")))
	return dir, have == string(m[2])
}

// The headers in the repository are what an import of their originals gives,
// byte for byte: nobody edited them, and import has not changed since.
func TestShippedHeadersAreImported(t *testing.T) {
	dir, same := original(t)
	got, err := gen.ImportHeaders(dir, gen.ImportOptions{Table: read(t, shipped, "import.tbl")})
	if err != nil {
		t.Fatal(err)
	}
	if r := got.Report; len(r.Lacking)+len(r.Unchecked) > 0 || r.ArchKept != "" {
		t.Errorf("lacking %v, unchecked %v, table kept: %s", r.Lacking, r.Unchecked, r.ArchKept)
	}
	versions := regexp.MustCompile(`(?m)^(kernel|package|header) .*$|of Linux [0-9.]+;`)
	for _, f := range got.Files {
		want, have := f.Data, read(t, shipped, f.Name)
		if !same { // a stable update may change checksums, not declarations
			want, have = versions.ReplaceAll(want, nil), versions.ReplaceAll(have, nil)
		}
		if !bytes.Equal(want, have) {
			t.Errorf("headers/%s is not what an import of %s gives: run `make headers-update`", f.Name, got.Package)
		}
		if !gen.ImportFiles.Marked(f.Name, f.Data) {
			t.Errorf("headers/%s would not be known as generated", f.Name)
		}
	}
}

// Original and canonical headers state the same on every architecture.
func TestShippedHeadersStateTheSame(t *testing.T) {
	dir, _ := original(t)
	total := 0
	for _, goarch := range gen.Arches() {
		ours, err := gen.FactsOf(gen.Config{Headers: os.DirFS(filepath.Join(shipped, "uapi"))}, goarch)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := gen.FactsOf(gen.Config{Dir: dir}, goarch)
		if err != nil {
			t.Fatal(err)
		}
		n := strings.Count(ours.String(), "\n")
		if total += n; n < 600 {
			t.Errorf("%s: only %d facts", goarch, n)
		}
		for _, c := range gen.Diff(theirs, ours) {
			t.Errorf("%s: %+v", goarch, c)
		}
		if goarch == "amd64" && ours.String() != string(read(t, shipped, "snapshots", snapshotName(t))) {
			t.Error("the snapshot is not what the headers state")
		}
	}
	t.Logf("%d facts on %d architectures", total, len(gen.Arches()))
}

func snapshotName(t *testing.T) string {
	t.Helper()
	v, err := gen.Kernel(read(t, shipped, "MANIFEST"))
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`^[0-9]+\.[0-9]+`).FindString(v) + ".facts"
}

// A compiler that reads the original headers takes each macro for the value
// and, on amd64, for the very type that the canonical header gives it. On
// others, too, size and sign are the same: some have long long spelled long.
func TestShippedMacrosKeepValueAndType(t *testing.T) {
	dir, _ := original(t)
	clang := need.Command(t, "clang-14", "clang-14")
	asserts := macroAsserts(t)
	include := filepath.Join(dir, "usr", "include")
	for arch, triplet := range map[string]string{
		"x86_64": "x86_64-linux-gnu", "i386": "i386-linux-gnu", "armv7": "arm-linux-gnueabihf", "aarch64": "aarch64-linux-gnu",
		"mips": "mips-linux-gnu", "mips64el": "mips64el-linux-gnuabi64", "powerpc64": "powerpc64-linux-gnu",
		"riscv64": "riscv64-linux-gnu", "s390x": "s390x-linux-gnu",
	} {
		cmd := exec.Command(clang, "--target="+arch+"-linux-gnu", "-fsyntax-only", "-nostdinc",
			"-isystem", filepath.Join(include, triplet), "-isystem", include, "-x", "c", "-")
		cmd.Stdin = strings.NewReader(asserts)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", arch, err, out)
		}
	}
}

const sameMacro = `#define UNSIGNED(x) ((__typeof__(x))-1 > 0)
#ifdef __x86_64__
#define TYPE(a, b) __builtin_types_compatible_p(__typeof__(a), __typeof__(b))
#else
#define TYPE(a, b) (sizeof(a) == sizeof(b) && UNSIGNED(a) == UNSIGNED(b))
#endif
#define SAME(a, b) _Static_assert((a) == (b) && TYPE(a, b), #a)
`

// macroAsserts is C that includes the headers of MANIFEST and asserts that
// each macro is what the canonical header says.
func macroAsserts(t *testing.T) string {
	t.Helper()
	var c strings.Builder
	c.WriteString(sameMacro)
	count := 0
	for _, m := range regexp.MustCompile(`(?m)^header (\S+) `).FindAllSubmatch(read(t, shipped, "MANIFEST"), -1) {
		name := string(m[1])
		defines := regexp.MustCompile(`(?m)^#define (\w+) (.+)$`).FindAllSubmatch(read(t, shipped, "uapi", name), -1)
		if len(defines) > 0 { // some helpers cannot be included by themselves
			c.WriteString("#include <" + name + ">\n")
		}
		for _, d := range defines {
			c.WriteString("SAME(" + string(d[1]) + ", " + string(d[2]) + ");\n")
		}
		count += len(defines)
	}
	if t.Logf("%d macros", count); count < 120 {
		t.Errorf("only %d macros", count)
	}
	return c.String()
}

// The snapshots of older kernels are what their headers state.
func TestShippedSnapshots(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shipped, "snapshots", "*.facts"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		series := strings.TrimSuffix(filepath.Base(file), ".facts")
		t.Run(series, func(t *testing.T) {
			gone := filepath.Join(need.Root(t), ".cache", "debian", "linux-libc-dev-"+series+".gone")
			if _, err := os.Stat(gone); err == nil {
				t.Skipf("Debian no longer ships linux-libc-dev %s: its snapshot cannot be checked any more", series)
			}
			dir := need.Headers(t, "linux-libc-dev", series)
			got, err := gen.FactsOf(gen.Config{Dir: dir}, "amd64")
			if err != nil {
				t.Fatal(err)
			}
			have, err := gen.ParseFacts(file, string(read(t, file)))
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range gen.Diff(have, got) {
				t.Errorf("%+v", c)
			}
		})
	}
}

// miniature is an unpacked package of the two architectures that differ most.
func miniature() map[string]string {
	return map[string]string{
		"usr/include/linux/version.h": "#define LINUX_VERSION_CODE 459524\n",
		"usr/include/linux/types.h":   "#include <asm/types.h>\ntypedef __u32 __be32;\n",
		"usr/include/linux/mini.h": "/* SPDX-License-Identifier: MIT */\n#ifndef _LINUX_MINI_H\n#define _LINUX_MINI_H\n" +
			"#include <linux/types.h>\n#define MINI_FN(x) ((x) + 1)\n#define MINI_A (1U << 3)\n" +
			"struct mini { __u64 a; __be32 b; __be32 c; };\n#endif\n",
		"usr/include/x86_64-linux-gnu/asm/types.h": "typedef unsigned int __u32;\ntypedef unsigned long long __u64;\n",
		"usr/include/i386-linux-gnu/asm/types.h":   "typedef unsigned int __u32;\ntypedef unsigned long long __u64;\n",
	}
}

const tableHead = "kind | name | symbols | since | note\n"

const miniTable = tableHead + "header | linux/mini.h | * | 2.6 | -\nalign | 386 | 8 4 | - | -\n"

func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestImport(t *testing.T) {
	files := miniature()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write([]byte("linux (7.3.4-1~bpo13+1) stable-backports; urgency=medium\n"))
	_ = w.Close()
	files["usr/share/doc/linux-libc-dev/changelog.Debian.gz"] = z.String()
	dir := tree(t, files)
	for _, sub := range []string{".", "usr", "usr/include"} {
		got, err := gen.ImportHeaders(filepath.Join(dir, sub), gen.ImportOptions{Table: []byte(miniTable)})
		if err != nil {
			t.Fatal(err)
		}
		if got.Kernel != "7.3.4" || got.Package != "linux-libc-dev 7.3.4-1~bpo13+1" {
			t.Errorf("%s: kernel %q, package %q", sub, got.Kernel, got.Package)
		}
		r := got.Report
		if r.Records != 1 || r.Constants != 1 || !reflect.DeepEqual(r.LeftOut, []string{"linux/mini.h:5:9: MINI_FN"}) || r.Lacking != nil || len(r.Unchecked) != 11 {
			t.Errorf("report %+v", r)
		}
		text := map[string]string{}
		var names []string
		for _, f := range got.Files {
			text[f.Name] = string(f.Data)
			names = append(names, f.Name)
		}
		want := []string{"MANIFEST", "snapshots/7.3.facts", "uapi/asm/types.h", "uapi/linux/mini.h", "uapi/linux/types.h"}
		if !reflect.DeepEqual(names, want) {
			t.Errorf("files %v, want %v", names, want)
		}
		if got, want := text["snapshots/7.3.facts"], "cst MINI_A 8\nfld mini.a 0 8 __u64\nfld mini.b 8 4 __be32\nfld mini.c 12 4 __be32\nrec mini 16 8\n"; got != want {
			t.Errorf("snapshot\n%swant\n%s", got, want)
		}
		if got := text["uapi/linux/mini.h"]; !strings.HasPrefix(got, "/* SPDX-License-Identifier: MIT */\n") ||
			!strings.Contains(got, "#include <asm/types.h>\n#include <linux/types.h>\n") || !strings.Contains(got, "#define MINI_A 0x8U\n") {
			t.Errorf("header\n%s", got)
		}
	}
}

func TestImportKernelTree(t *testing.T) {
	for makefile, want := range map[string]string{
		"# SPDX\nVERSION = 7\nPATCHLEVEL = 4\nSUBLEVEL = 0\nEXTRAVERSION = -rc2\n\nVERSION = x\n": "7.4-rc2",
		"VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\nEXTRAVERSION =\n":                             "7.3.4",
		"VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION = -local\n":                      "7.3",
	} {
		dir := tree(t, map[string]string{
			"Makefile":                         makefile,
			"arch/x86/Kconfig":                 "",
			"include/uapi/linux/mini.h":        "#include <linux/types.h>\nstruct mini { __u64 a; } __packed;\n",
			"include/uapi/linux/types.h":       "#include <asm/types.h>\n",
			"include/uapi/asm-generic/types.h": "typedef unsigned long long __u64;\n",
		})
		got, err := gen.ImportHeaders(dir, gen.ImportOptions{Table: []byte(tableHead + "header | linux/mini.h | * | 2.6 | -\nnumbers | - | AF_INET | - | -\n")})
		if err != nil {
			t.Fatal(err)
		}
		if got.Kernel != want || got.Package != "" || got.Report.Unchecked != nil || got.Report.ArchKept == "" {
			t.Errorf("kernel %q, package %q, unchecked %v; want %s", got.Kernel, got.Package, got.Report.Unchecked, want)
		}
	}
}

func TestImportErrors(t *testing.T) {
	type m = map[string]string
	for name, c := range map[string]struct {
		change m // files; "" removes one
		table  string
		opt    gen.ImportOptions
		want   string
	}{
		"no version":   {m{"usr/include/linux/version.h": ""}, miniTable, gen.ImportOptions{}, "cannot tell the kernel version"},
		"no code":      {m{"usr/include/linux/version.h": "#define X 1\n"}, miniTable, gen.ImportOptions{}, "linux/version.h has no LINUX_VERSION_CODE"},
		"bad version":  {nil, miniTable, gen.ImportOptions{Kernel: "seven"}, `"seven" is no kernel version`},
		"bad package":  {nil, miniTable, gen.ImportOptions{Package: "x"}, `"x" is no package`},
		"lost header":  {m{"usr/include/linux/mini.h": ""}, miniTable, gen.ImportOptions{}, "import table:2: Linux 2.6 has <linux/mini.h>, but the tree has not"},
		"old kernel":   {nil, tableHead + "header | linux/new.h | * | 9.0 | -\n", gen.ImportOptions{}, "none of the headers that the import table wants is in Linux 7.3.4"},
		"lost symbol":  {nil, tableHead + "header | linux/mini.h | mini maxi | 2.6 | -\nalign | 386 | 8 4 | - | -\n", gen.ImportOptions{}, "import table:2: Linux 2.6 has maxi in <linux/mini.h>, but the tree has not"},
		"broken":       {m{"usr/include/linux/mini.h": "struct mini { gone a; };\n"}, miniTable, gen.ImportOptions{}, "on amd64: linux/mini.h:1:"},
		"differs":      {m{"usr/include/i386-linux-gnu/asm/types.h": "typedef unsigned int __u32;\ntypedef unsigned int __u64;\n"}, miniTable, gen.ImportOptions{}, "fld mini.a differs on 386: size 8 -> 4"},
		"align":        {nil, tableHead + "header | linux/mini.h | * | 2.6 | -\n", gen.ImportOptions{}, "rec mini differs on 386: align 8 -> 4"},
		"other align":  {nil, tableHead + "header | linux/mini.h | * | 2.6 | -\nalign | 386 | 8 2 | - | -\n", gen.ImportOptions{}, "rec mini differs on 386: align 8 -> 4"},
		"needless":     {m{"usr/include/linux/mini.h": "#define A 1\n"}, miniTable, gen.ImportOptions{}, "import table:3: no record's alignment is 4 instead of 8 on 386; remove the row"},
		"no table":     {nil, "", gen.ImportOptions{}, "import table:1: empty table"},
		"unknown kind": {nil, tableHead + "food | x | y | - | -\n", gen.ImportOptions{}, `import table:2: unknown kind "food"`},
		"no since":     {nil, tableHead + "header | x.h | * | - | -\n", gen.ImportOptions{}, "import table:2: a header needs name, symbols"},
		"bad since":    {nil, tableHead + "header | x.h | * | soon | -\n", gen.ImportOptions{}, `import table:2: since "soon"`},
		"twice":        {nil, tableHead + "header | x.h | * | 1.0 | -\nwith | x.h | y | 1.0 | -\n", gen.ImportOptions{}, "import table:3: second row for <x.h>"},
		"bad align":    {nil, tableHead + "align | vax | 8 4 | - | -\n", gen.ImportOptions{}, "import table:2: align takes"},
		"no symbols":   {nil, tableHead + "flags | x.h | - | - | -\n", gen.ImportOptions{}, "import table:2: no symbols"},
		"function":     {m{"usr/include/linux/mini.h": "typedef void (*mini_fn)(int);\n"}, tableHead + "header | linux/mini.h | * | 2.6 | -\n", gen.ImportOptions{}, "mini_fn: cannot write a pointer to a function"},
	} {
		t.Run(name, func(t *testing.T) {
			files := miniature()
			for f, text := range c.change {
				if files[f] = text; text == "" {
					delete(files, f)
				}
			}
			c.opt.Table = []byte(c.table)
			got, err := gen.ImportHeaders(tree(t, files), c.opt)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if got != nil {
				t.Error("an import that failed has a result")
			}
		})
	}
}

func TestImportLacking(t *testing.T) {
	table := miniTable + "with | linux/types.h | __be32 __be128 | 9.0 | -\nwith | linux/new.h | * | 9.0 | -\n"
	got, err := gen.ImportHeaders(tree(t, miniature()), gen.ImportOptions{Table: []byte(table), Kernel: "8.1"})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"<linux/new.h>", "__be128 in <linux/types.h>"}; !reflect.DeepEqual(got.Report.Lacking, want) {
		t.Errorf("lacking %q, want %q", got.Report.Lacking, want)
	}
}

func TestImportFilesMarked(t *testing.T) {
	for name, text := range map[string]string{
		"uapi/linux/x.h":      "struct x { int y; };\n",
		"MANIFEST":            "kernel 7.3\n",
		"arch.tbl":            "name | value\n",
		"snapshots/7.3.facts": "# mine\n",
	} {
		if gen.ImportFiles.Marked(name, []byte(text)) {
			t.Errorf("%s of somebody else passes for ours", name)
		}
	}
	for name, want := range map[string]bool{"uapi/linux/x.h": true, "uapi/x.txt": false, "MANIFEST": false, "snapshots/6.1.facts": false, "embed.go": false} {
		if gen.ImportFiles.Ours(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}
