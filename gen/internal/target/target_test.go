package target_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/target"
	"github.com/uringgen/uringgen/tests/need"
)

// The list is Go's own, not ours: a new port must not go unnoticed.
func TestAllCoversGo(t *testing.T) {
	out, err := exec.Command("go", "tool", "dist", "list").Output()
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for l := range strings.Lines(string(out)) {
		if arch, ok := strings.CutPrefix(strings.TrimSpace(l), "linux/"); ok {
			want = append(want, arch)
		}
	}
	for _, x := range target.All() {
		got = append(got, x.GOARCH)
	}
	if got[0] != "amd64" {
		t.Errorf("first target is %s, want amd64", got[0])
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("targets %v, go has %v", got, want)
	}
}

// A compiler for the target must agree with each predefined macro that we
// claim, but for the version of GCC that everybody invents.
func TestPredefinedAgreesWithClang(t *testing.T) {
	clang := need.Command(t, "clang-14", "clang-14")
	invented := []string{
		"__STDC_VERSION__", "__linux", "linux", "__unix", // absent under -std=c11, and older spellings
		"__mips_isa_rev", // of the compiler's default CPU
	}
	for _, x := range target.All() {
		if x.Clang == "" {
			continue
		}
		t.Run(x.GOARCH, func(t *testing.T) {
			cmd := exec.Command(clang, "--target="+x.Clang, "-dM", "-E", "-x", "c", "/dev/null")
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			theirs := defines(string(out))
			for name, value := range defines(x.Predefined()) {
				if slices.Contains(invented, name) {
					continue
				}
				got, ok := theirs[name]
				if !ok {
					t.Errorf("%s: clang does not define it", name)
				} else if normal(got) != normal(value) {
					t.Errorf("%s is %q here, %q in clang", name, value, got)
				}
			}
		})
	}
}

func defines(text string) map[string]string {
	m := map[string]string{}
	for l := range strings.Lines(text) {
		f := strings.SplitN(strings.TrimSpace(l), " ", 3)
		if len(f) == 3 {
			m[f[1]] = f[2]
		}
	}
	return m
}

// normal maps spellings of one type or number to one string.
func normal(s string) string {
	for _, r := range [][2]string{
		{"long unsigned int", "unsigned long"}, {"long long unsigned int", "unsigned long long"},
		{"long long int", "long long"}, {"long int", "long"},
	} {
		if s == r[0] {
			return r[1]
		}
	}
	return s
}

func TestVarying(t *testing.T) {
	v := target.Varying()
	for _, name := range []string{"__LP64__", "__x86_64__", "__LONG_MAX__", "__BYTE_ORDER__", "__SIZE_TYPE__", "_MIPS_SIM", "__CHAR_UNSIGNED__"} {
		if !v[name] {
			t.Errorf("%s differs between targets but is not listed", name)
		}
	}
	for _, name := range []string{"__linux__", "__GNUC__", "__SIZEOF_INT__", "__CHAR_BIT__"} {
		if v[name] {
			t.Errorf("%s is listed but is the same everywhere", name)
		}
	}
}
