package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/tests/need"
)

func TestFacts(t *testing.T) {
	dir := t.TempDir()
	built := run(t, dir, "facts")
	built.want(t, 0, "rec io_uring_sqe 64 8\n", "fld io_uring_sqe.opcode 0 1 __u8\n", "cst IORING_OP_NOP 0\n")
	if lines := strings.SplitAfter(strings.TrimSuffix(built.stdout, "\n"), "\n"); !slices.IsSorted(lines) {
		t.Error("lines are not sorted")
	}
	shipped := run(t, dir, "facts", "--kernel", "7.3")
	shipped.want(t, 0)
	if built.stdout != shipped.stdout {
		t.Error("the built-in headers and their snapshot state different facts")
	}
	run(t, dir, "facts", "-arch", "386").want(t, 0, "rec io_uring_sqe 64 4\n")
	run(t, dir, "facts", "-arch=s390x").want(t, 0, "rec io_uring_sqe 64 8\n")
	if got := run(t, dir, "facts", "-headers", filepath.Join(need.Root(t), "headers")); got.stdout != built.stdout {
		t.Error("a copy of the headers gives other facts")
	}
}

func TestLayout(t *testing.T) {
	dir := t.TempDir()
	r := run(t, dir, "layout", "io_uring_bpf_ctx")
	r.want(t, 0, "struct io_uring_bpf_ctx {", "linux/io_uring/bpf_filter.h:", "} socket;", "size 40, align 8")
	if strings.Contains(r.stdout, "\x1b") {
		t.Error("colour where there is no terminal")
	}
	wantLine(t, r.stdout, []string{"    __u8 opcode;", "// ", " 8     1"})
	wantLine(t, r.stdout, []string{"            __be16 port;", "20     2"})

	run(t, dir, "layout", "IoUringSqe", "struct io_uring_cqe").want(t, 0, "struct io_uring_sqe {", "struct io_uring_cqe {")
	run(t, dir, "layout", "-color", "always", "io_uring_sqe").want(t, 0, "\x1b[")
	run(t, dir, "layout", "-arch", "386", "io_uring_sqe").want(t, 0, "size 64, align 4")
}

// TestLayoutHoles lays out what io_uring does not have.
func TestLayoutHoles(t *testing.T) {
	b := newBench(t)
	b.append("linux/io_uring.h", "struct io_uring_odd {\n\t__u8 a;\n\t__u32 b:3;\n\t__u64 c;\n\t__u16 d[2];\n};\n")
	r := run(t, b.dir, "layout", "-headers", b.headers, "io_uring_odd")
	r.want(t, 0, "bits hole at 1:3", "4 bytes padding at 20", "__u16 d[2];", "1 hole of", "4 bytes of padding")
	wantLine(t, r.stdout, []string{"__u32 b:3;", "1:0", ":3"})
}

func TestDiff(t *testing.T) {
	dir := t.TempDir()
	facts := func(name string, lines ...string) string {
		return put(t, filepath.Join(dir, name+".facts"), strings.Join(lines, "\n")+"\n")
	}
	base := facts("base", "cst A 1", "cst N_LAST 2", "fld r.a 0 4 __u32", "rec r 4 4")
	same := facts("same", "cst A 1", "cst N_LAST 2", "fld r.a 0 4 __u32", "rec r 4 4")
	more := facts("more", "cst A 1", "cst B 2", "cst N_LAST 2", "fld r.a 0 4 __u32", "rec r 4 4")
	bound := facts("bound", "cst A 1", "cst B 2", "cst N_LAST 3", "fld r.a 0 4 __u32", "rec r 4 4")
	other := facts("other", "cst A 7", "cst N_LAST 2", "fld r.a 0 4 __u32", "rec r 4 4")
	gone := facts("gone", "cst A 1", "cst N_LAST 2")

	run(t, dir, "diff", base, same).want(t, 0, "no changes")
	run(t, dir, "diff", base, more).want(t, 0, "constants\n  + B", "1 new, 0 to review, 0 breaking")
	run(t, dir, "diff", base, bound).want(t, 4, "~ N_LAST", "value 2 -> 3 (bound raised)")
	run(t, dir, "diff", base, other).want(t, 5, "! A", "value 1 -> 7")
	run(t, dir, "diff", base, gone).want(t, 5, "r\n  ! (record)", "removed, was size 4, align 4")
	run(t, dir, "diff", "base.facts", "base.facts").want(t, 0, "no changes")
}

func TestDiffSnapshots(t *testing.T) {
	dir := t.TempDir()
	run(t, dir, "diff", "7.3", "7.3").want(t, 0, "no changes")
	run(t, dir, "diff", "7.2", "7.3").want(t, 4, "ZCRX_CTRL_ADD_AREA", "__ZCRX_CTRL_LAST", "0 breaking")
	run(t, dir, "diff", "7.3", "7.2").want(t, 5, "! ZCRX_CTRL_ADD_AREA", "removed")
	run(t, dir, "diff", "7.3", filepath.Join(need.Root(t), "headers")).want(t, 0, "no changes")

	b := newBench(t)
	edit(t, b.header("linux/io_uring.h"), "\tIORING_OP_NOP = 0,\n", "\tIORING_OP_NOP = 100,\n")
	run(t, dir, "diff", "7.3", b.headers).want(t, 5, "! IORING_OP_NOP", "value 0 -> 100")
}

func TestImport(t *testing.T) {
	usr := need.Headers(t, "linux-libc-dev", "7.3")
	dir := need.Root(t) // where the go command finds golang.org/x/sys
	out := filepath.Join(t.TempDir(), "headers")
	run(t, dir, "headers", "import", usr, "-o", out).want(t, 0, "uapi/linux/io_uring.h", "MANIFEST", "written", "of Linux 7.3")
	run(t, dir, "headers", "import", usr, "-o", out).want(t, 0, "unchanged")
	run(t, dir, "diff", "7.3", out).want(t, 0, "no changes")

	// A file of the user's in the way: nothing is written.
	other := filepath.Join(t.TempDir(), "headers")
	mine := put(t, filepath.Join(other, "uapi/linux/io_uring.h"), "int mine;\n")
	before := tree(t, other)
	run(t, dir, "headers", "import", usr, "-o", other).want(t, 1, mine)
	untouched(t, other, before)
}

// TestImportOlder takes headers that lack some of what is wanted.
func TestImportOlder(t *testing.T) {
	usr := need.Headers(t, "linux-libc-dev", "6.12")
	out := filepath.Join(t.TempDir(), "headers")
	run(t, need.Root(t), "headers", "import", usr, "-o", out).want(t, 0, "lacks <linux/io_uring/bpf_filter.h>", "of Linux 6.12")
	if _, err := os.Stat(filepath.Join(out, "uapi/linux/io_uring/bpf_filter.h")); !os.IsNotExist(err) {
		t.Errorf("bpf_filter.h was made up (%v)", err)
	}
}

func TestHelp(t *testing.T) {
	dir := t.TempDir()
	commands := []string{"", "generate", "check", "diff", "facts", "layout", "headers import", "version"}
	for _, c := range commands {
		r := run(t, dir, append(strings.Fields(c), "-h")...)
		r.want(t, 0, "Usage:\n  uringgen", "Flags:")
		if c != "version" && !strings.Contains(r.stdout, "Examples:") {
			t.Errorf("%q has no examples", c)
		}
		if r.stderr != "" {
			t.Errorf("%q -h writes to standard error", c)
		}
		for line := range strings.Lines(r.stdout) {
			if len([]rune(line)) > 101 {
				t.Errorf("%q -h has a line of %d characters: %s", c, len([]rune(line)), line)
			}
		}
	}
	run(t, dir, "help", "check").want(t, 0, "uringgen check [flags]")
	run(t, dir, "-help").want(t, 0, "Exit codes:")
}

func TestVersion(t *testing.T) {
	for _, arg := range []string{"version", "--version", "-version"} {
		run(t, t.TempDir(), arg).want(t, 0, "uringgen ", "headers of Linux 7.", "snapshots of Linux 5.10, 6.1, 6.12, 7.2")
	}
}

func TestCompletion(t *testing.T) {
	dir := t.TempDir()
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		r := run(t, dir, "completion", shell)
		r.want(t, 0, "uringgen")
		if len(r.stdout) < 1000 {
			t.Errorf("%s: only %d bytes", shell, len(r.stdout))
		}
	}
	run(t, dir, "__complete", "layout", "").want(t, 0, "io_uring_sqe\n")
	run(t, dir, "__complete", "diff", "").want(t, 0, "6.12\n")
	run(t, dir, "__complete", "facts", "--arch", "").want(t, 0, "loong64\n")
	run(t, dir, "__complete", "--color", "").want(t, 0, "always\n")
}

// TestLongFlags writes flags as Go's own commands have them.
func TestLongFlags(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{{"-arch", "386"}, {"-arch=386"}, {"--arch", "386"}, {"--arch=386"}} {
		run(t, dir, append([]string{"facts"}, args...)...).want(t, 0, "rec io_uring_sqe 64 4\n")
	}
}
