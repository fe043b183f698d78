package btf

import (
	"io/fs"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/uringgen/uringgen/gen"
	"github.com/uringgen/uringgen/headers"
	"github.com/uringgen/uringgen/tests/kernel"
)

// TestCompare proves that each kind of contradiction is seen, and each kind of
// growth is not taken for one.
func TestCompare(t *testing.T) {
	for _, tt := range []struct {
		name            string
		headers, kernel string
		fault           string // part of the only fault, "" for none
		lacking         int
	}{
		{"equal", "rec a 8 4\nfld a.x 0 4 __u32\nfld a.y 4 4 __u32\ncst E 1", "rec a 8 4\nfld a.x 0 4 __u32\nfld a.y 4 4 __u32\ncst E 1", "", 0},
		{"moved member", "rec a 8 4\nfld a.x 4 4 __u32", "rec a 8 4\nfld a.x 0 4 __u32", "a: the headers have x at bit 32", 0},
		{"resized member", "rec a 8 4\nfld a.x 0 8 __u64", "rec a 8 4\nfld a.x 0 4 __u32", "a: the headers have x at bit 0, 64", 0},
		{"bit-field width", "rec a 4 4\nfld a.x 0.3 :5 __u32", "rec a 4 4\nfld a.x 0.3 :4 __u32", "5 bits", 0},
		{"size", "rec a 16 8\nfld a.x 0 8 __u64", "rec a 8 8\nfld a.x 0 8 __u64", "16 bytes in the headers, 8 in the kernel", 0},
		{"shorter", "rec a 8 8\nfld a.x 0 8 __u64", "rec a 16 8\nfld a.x 0 8 __u64", "8 bytes in the headers, 16 in the kernel", 0},
		{"member gone", "rec a 8 8\nfld a.x 0 4 __u32", "rec a 8 8\nfld a.x 0 4 __u32\nfld a.y 4 4 __u32", "the kernel has y", 0},
		{"grown", "rec a 16 8\nfld a.x 0 8 __u64\nfld a.y 8 8 __u64", "rec a 8 8\nfld a.x 0 8 __u64", "", 1},
		{"member moved past the kernel's end", "rec a 16 8\nfld a.x 0 8 __u64\nfld a.y 8 8 __u64", "rec a 8 8\nfld a.x 0 4 __u32\nfld a.y 4 4 __u32", "the headers have x", 0},
		{"reserved in use", "rec a 8 4\nfld a.x 0 4 __u32\nfld a.y 4 4 __u32", "rec a 8 4\nfld a.x 0 4 __u32\nfld a.resv 4 4 __u32", "", 1},
		{"half of reserved in use", "rec a 8 4\nfld a.x 0 4 __u32\nfld a.resv 4 4 __u32", "rec a 8 4\nfld a.resv 0 8 __u32[2]", "", 1},
		{"reserved lost", "rec a 8 4\nfld a.resv 4 4 __u32", "rec a 8 4\nfld a.resv 0 8 __u32[2]", "the headers have resv at bit 32", 0},
		{"used member replaced", "rec a 8 4\nfld a.y 0 8 __u64", "rec a 8 4\nfld a.x 0 8 __u64", "the kernel has x", 1},
		{"record of a newer kernel", "rec a 8 4\nrec b 8 4", "rec a 8 4", "", 1},
		{"constant", "cst E_A 2", "cst E_A 1", "E_A: 2 in the headers", 0},
		{"negative", "cst E_A -1", "cst E_A 4294967295", "E_A: -1 in the headers", 0},
		{"one name in two enums", "cst E_A 2", "cst E_A 1\ncst E_A 2", "", 0},
		{"list grew", "cst E_A 1\ncst E_B 2\ncst E_LAST 3", "cst E_A 1\ncst E_LAST 2", "", 1},
		{"list end is wrong", "cst E_A 1\ncst E_LAST 3", "cst E_A 1\ncst E_LAST 2", "E_LAST: 3 in the headers", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := compare(claimOf(t, tt.headers), claimOf(t, tt.kernel))
			switch {
			case tt.fault == "" && len(r.faults) > 0:
				t.Errorf("faults %q, want none", r.faults)
			case tt.fault != "" && (len(r.faults) == 0 || !strings.Contains(r.faults[0], tt.fault)):
				t.Errorf("faults %q, want one with %q", r.faults, tt.fault)
			}
			if len(r.lacking) != tt.lacking {
				t.Errorf("lacking %q, want %d", r.lacking, tt.lacking)
			}
		})
	}
}

func claimOf(t *testing.T, text string) *claim {
	t.Helper()
	c, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"rec a", "rec a x 4", "fld a 0 4 __u32", "fld a.b 0 4", "fld a.b x 4 __u32", "cst A 1x", "foo a 1"} {
		if _, err := parse(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

// The floors below which the comparison proves nothing: what Linux 6.1 has,
// less a little.
const (
	minRecords = 20
	minMembers = 130
	minConsts  = 90
)

func TestRunningKernel(t *testing.T) {
	kernel.Need(t, kernel.Feature{
		Name: "type information of its own", Since: kernel.Version{Major: 5, Minor: 4}, Config: "CONFIG_DEBUG_INFO_BTF",
		Probe: func() error {
			_, err := os.Stat("/sys/kernel/btf/vmlinux")
			return err
		},
	})
	spec, err := btf.LoadKernelSpec()
	if err != nil {
		t.Fatal(err)
	}
	stated := headerClaim(t)
	running, err := fromBTF(spec, stated)
	if err != nil {
		t.Fatal(err)
	}
	r := compare(stated, running)
	for _, n := range r.notes {
		t.Log("differs, allowed: ", n)
	}
	for _, l := range r.lacking {
		t.Logf("Linux %s lacks %s", kernel.Release(), l)
	}
	for _, f := range r.faults {
		t.Error(f)
	}
	t.Logf("Linux %s: compared %d records, %d members, %d enumerators", kernel.Release(), r.records, r.members, r.consts)
	if r.records < minRecords || r.members < minMembers || r.consts < minConsts {
		t.Errorf("compared %d records, %d members, %d enumerators; fewer than %d, %d, %d prove nothing",
			r.records, r.members, r.consts, minRecords, minMembers, minConsts)
	}
}

// headerClaim is what the embedded headers say on this architecture.
func headerClaim(t *testing.T) *claim {
	t.Helper()
	f, err := gen.FactsOf(gen.Config{Headers: headers.FS, Manifest: headers.Manifest}, runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	c := claimOf(t, f.String())
	err = fs.WalkDir(headers.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".h") {
			return err
		}
		text, err := fs.ReadFile(headers.FS, path)
		c.addMacros(string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
