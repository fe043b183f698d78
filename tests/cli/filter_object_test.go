package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/tests/need"
)

// object compiles C as bpf2go does, for an architecture or none.
func object(t *testing.T, dir, stem, kernel, order, source string) string {
	t.Helper()
	cc := need.Command(t, "clang-14", "clang-14")
	c := put(t, filepath.Join(t.TempDir(), "tcp.bpf.c"), source)
	name := stem + "_" + order + ".o"
	args := []string{"--target=" + order, "-O2", "-mcpu=v1", "-g", "-I", filepath.Join(need.Root(t), "bpf/src/include"), "-c", c, "-o", filepath.Join(dir, name)}
	if kernel != "" {
		name = stem + "_" + kernel + "_" + order + ".o"
		args = append(args, "-o", filepath.Join(dir, name), "-D__TARGET_ARCH_"+kernel)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(dir, name)
}

// number is a filter that says which object it came from: it compares the
// flags with n.
func number(n int) string {
	return on(one("io_uring_filter/nop", "nop", "ctx->user_data == N"), "N", fmt.Sprint(n))
}

// compares is the number that a program of number's compares with, 0 for one
// that denies everything.
func compares(t *testing.T, goarch string, p cbpf.Program) uint32 {
	t.Helper()
	if slices.Equal(p, deny) {
		return 0
	}
	var found uint32
	for _, in := range p {
		if in.Op == cbpf.BPF_JMP|cbpf.BPF_JEQ|cbpf.BPF_K && in.K != 0 {
			found = in.K
		}
	}
	if found == 0 {
		t.Fatalf("%s: compares with nothing: %v", goarch, p)
	}
	return found
}

// Each architecture gets the object that was made for it, or else for one of
// the same constants, or else for all.
func TestFilterOfObjects(t *testing.T) {
	for _, tt := range []struct {
		name    string
		objects map[string]int // "mips bpfeb" or "bpfel"
		want    string         // by architecture; what is missing is denied
	}{
		{"both orders", map[string]int{"bpfel": 1, "bpfeb": 2}, "386=1 amd64=1 arm=1 arm64=1 loong64=1 mips=2 mips64=2 mips64le=1 mipsle=1 ppc64=2 ppc64le=1 riscv64=1 s390x=2"},
		{"one order", map[string]int{"bpfel": 1}, "386=1 amd64=1 arm=1 arm64=1 loong64=1 mips64le=1 mipsle=1 ppc64le=1 riscv64=1"},
		{"an exception", map[string]int{"bpfel": 1, "bpfeb": 2, "mips bpfel": 3, "mips bpfeb": 4}, "386=1 amd64=1 arm=1 arm64=1 loong64=1 mips=4 mips64=4 mips64le=3 mipsle=3 ppc64=2 ppc64le=1 riscv64=1 s390x=2"},
		{"two of a class", map[string]int{"x86 bpfel": 1, "riscv bpfel": 2, "arm64 bpfel": 3}, "386=1 amd64=1 arm=3 arm64=3 loong64=RIVAL riscv64=2"},
		{"another order of a class", map[string]int{"x86 bpfel": 1, "x86 bpfeb": 2}, "386=1 amd64=1 loong64=1 riscv64=1 s390x=2"},
		{"the one of the class before that of all", map[string]int{"bpfel": 1, "arm bpfel": 2}, "386=1 amd64=1 arm=2 arm64=2 loong64=1 mips64le=1 mipsle=1 ppc64le=1 riscv64=1"},
		{"the same in another order", map[string]int{"bpfel": 1, "riscv bpfel": 2}, "386=2 amd64=2 arm=1 arm64=1 loong64=2 mips64le=1 mipsle=1 ppc64le=1 riscv64=2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for what, n := range tt.objects {
				kernel, order, ok := strings.Cut(what, " ")
				if !ok {
					kernel, order = "", kernel
				}
				object(t, filepath.Join(dir, "o"), "nop", kernel, order, number(n))
			}
			filterIn(t, dir, "o").want(t, 0, "p/nop_filter.go")
			var got []string
			for _, goarch := range goarches {
				f := read(t, filepath.Join(dir, "p"), "linux", goarch).Funcs["Nop"]
				if n := compares(t, goarch, f[0].Program); n != 0 {
					got = append(got, fmt.Sprintf("%s=%d", goarch, n))
				}
			}
			// Of two objects for others of a class, the one whose name comes first.
			want := strings.ReplaceAll(tt.want, "RIVAL", fmt.Sprint(tt.objects["riscv bpfel"]))
			if s := strings.Join(got, " "); s != want {
				t.Errorf("have %s\nwant %s", s, want)
			}
		})
	}
}

// Objects of one C file that were compiled in two ways are two sources.
func TestFilterOfVariants(t *testing.T) {
	dir := t.TempDir()
	object(t, filepath.Join(dir, "o"), "nop_a", "", "bpfel", number(1))
	object(t, filepath.Join(dir, "o"), "nop_b", "", "bpfel", on(number(2), "int nop", "int other"))
	filterIn(t, dir, "o").want(t, 0, "p/nop_a_filter.go", "p/nop_b_filter.go")
	filterIn(t, dir, "--check", "o/nop_b_bpfel.o").want(t, 0, "ok")
}

// What the C source gives, its objects give.
func TestFilterOfObjectsAndSources(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "c", "tcp.bpf.c"), tcp)
	for _, kernel := range []string{"x86", "mips", "powerpc", "arm"} {
		for _, order := range []string{"bpfel", "bpfeb"} {
			object(t, filepath.Join(dir, "o"), "tcp", kernel, order, tcp)
		}
	}
	filterIn(t, dir, "c/tcp.bpf.c").want(t, 0)
	filterIn(t, dir, "-o", "q", "o").want(t, 0)
	for _, goarch := range goarches {
		a, b := read(t, filepath.Join(dir, "p"), "linux", goarch), read(t, filepath.Join(dir, "q"), "linux", goarch)
		if !slices.Equal(a.Files, b.Files) || !slices.Equal(a.Funcs["TcpOnly"][0].Program, b.Funcs["TcpOnly"][0].Program) {
			t.Errorf("%s: %v of the source, %v of the objects", goarch, a, b)
		}
	}
}

// badObjects are files that are no objects of bpf2go's.
func TestFilterBadObjects(t *testing.T) {
	dir := t.TempDir()
	good, err := os.ReadFile(object(t, filepath.Join(dir, "good"), "nop", "", "bpfel", number(1)))
	if err != nil {
		t.Fatal(err)
	}
	truncated := good[:len(good)/2]
	for _, tt := range []struct {
		name, data string
		want       string
	}{
		{"nop_bpfeb.o", string(good), "nop_bpfeb.o: the object is of the other byte order than its name says"},
		{"nop.o", string(good), "nop.o: not called as bpf2go calls objects"},
		{"nop_vax_bpf.o", string(good), "not called as bpf2go calls objects"},
		{"_bpfel.o", string(good), "not called as bpf2go calls objects"},
		{"text_bpfel.o", "text\n", "text_bpfel.o is no object of clang's for BPF"},
		{"empty_bpfel.o", "", "empty_bpfel.o is no object of clang's for BPF"},
		{"cut_bpfel.o", string(truncated), "cut_bpfel.o is no object of clang's for BPF"},
		{"_x_bpfel.o", string(good), `"_x" cannot begin the names of Go files`},
	} {
		path := put(t, filepath.Join(dir, "bad", tt.name), tt.data)
		filterIn(t, dir, path).want(t, 1, tt.want)
		filterIn(t, dir, "bad").want(t, 1, tt.want)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	filterIn(t, dir, "bad").want(t, 1, "bad: no objects (*.o) in the folder")
	put(t, filepath.Join(dir, "twin", "nop_bpfel.o"), string(good))
	filterIn(t, dir, "good", "twin").want(t, 1, "there is another object called nop_bpfel.o")
	if _, err := os.Stat(filepath.Join(dir, "p")); err == nil {
		t.Error("something was written")
	}
}
