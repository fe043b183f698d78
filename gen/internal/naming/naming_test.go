package naming_test

import (
	"strings"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/naming"
)

func TestIdentifier(t *testing.T) {
	for c, want := range map[string]string{
		"io_uring_sqe":       "IoUringSqe",
		"splice_fd_in":       "SpliceFdIn",
		"__kernel_timespec":  "KernelTimespec",
		"addr2":              "Addr2",
		"v4_addr":            "V4Addr",
		"poll32_events":      "Poll32Events",
		"__pad1":             "Pad1",
		"a_1":                "A_1", // the capital A keeps its underscore
		"x_y":                "X_y",
		"tv_sec_":            "TvSec",
		"double__underscore": "DoubleUnderscore",
		"UPPER_CASE":         "UPPER_CASE",
		"UPPER__CASE":        "UPPER__CASE",
		"mixedCase_x":        "MixedCaseX",
		"ab3_c":              "Ab3C",
		"":                   "",
		"_":                  "",
		"_1":                 "1",
		"größe_äh":           "GrößeÄh",
		"a-b c":              "Abc",
	} {
		if got := naming.Identifier(c); got != want {
			t.Errorf("Identifier(%q) = %q, want %q", c, got, want)
		}
	}
}

func TestUnexportedAndSafe(t *testing.T) {
	for c, want := range map[string]string{
		"__resv": "resv", "resv2": "resv2", "type": "type_", "range": "range_", "len": "len_", "user_data": "userData",
	} {
		if got := naming.Unexported(c); got != want {
			t.Errorf("Unexported(%q) = %q, want %q", c, got, want)
		}
	}
	for name, want := range map[string]string{"fd": "fd", "func": "func_", "new": "new_", "string": "string_", "copy": "copy_"} {
		if got := naming.Safe(name); got != want {
			t.Errorf("Safe(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestValid(t *testing.T) {
	for name, want := range map[string]bool{"Sqe": true, "A_1": true, "": false, "1": false, "sqe": false, "_": false, "A-b": false} {
		if got := naming.Valid(name); got != want {
			t.Errorf("Valid(%q) = %v", name, got)
		}
	}
}

func TestPattern(t *testing.T) {
	for _, x := range []struct {
		p    naming.Pattern
		name string
		want bool
	}{
		{"pad#", "pad", true}, {"pad#", "pad12", true}, {"pad#", "paddr", false}, {"pad#", "pad1_x", false}, {"pad#", "__pad", false},
		{"pad*", "paddr", true}, {"pad*", "pa", false},
		{"rsvd", "rsvd", true}, {"rsvd", "rsvd1", false},
	} {
		if got := x.p.Match(x.name); got != x.want {
			t.Errorf("Pattern(%q).Match(%q) = %v", x.p, x.name, got)
		}
	}
}

// A clash must name both declarations and a way out.
func TestScopeClash(t *testing.T) {
	s := naming.NewScope("package uapi")
	first, second := model.Pos{File: "a.h", Line: 3, Col: 8}, model.Pos{File: "b.h", Line: 7, Col: 1}
	if err := s.Claim("AB", "struct ab", first); err != nil {
		t.Fatal(err)
	}
	err := s.Claim("AB", "struct a_b", second)
	if err == nil {
		t.Fatal("two owners of one name")
	}
	for _, part := range []string{"b.h:7:1", "a.h:3:8", "struct ab", "struct a_b", "AB", "package uapi", "rules.tbl"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
	for _, bad := range []string{"", "1", "_", "func"} {
		if err := s.Claim(bad, "x", first); err == nil || !strings.HasPrefix(err.Error(), "a.h:3:8: ") {
			t.Errorf("Claim(%q) = %v", bad, err)
		}
	}
}

func TestScopeFree(t *testing.T) {
	s := naming.NewScope("type T")
	for _, want := range []string{"resv", "resv_2", "resv_3"} {
		if got := s.Free("resv"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
