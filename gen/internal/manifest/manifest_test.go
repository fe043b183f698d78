package manifest_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/manifest"
)

var (
	sumA = strings.Repeat("0a", 32)
	sumB = strings.Repeat("9f", 32)
)

func TestRoundTrip(t *testing.T) {
	headers := []manifest.Header{{"asm-generic/x.h", sumA}, {"linux/io_uring.h", sumB}}
	for _, m := range []*manifest.Manifest{
		{Kernel: "7.3.4", Package: "linux-libc-dev", Version: "7.3.4-1~bpo13+1", Headers: headers},
		{Kernel: "7.4-rc1", Headers: headers[:1]},
	} {
		got, err := manifest.Parse("M", m.Format())
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, m) {
			t.Errorf("got %+v, want %+v", got, m)
		}
	}
}

func TestHeader(t *testing.T) {
	m := manifest.Manifest{Headers: []manifest.Header{{"linux/x.h", sumA}}}
	if h, ok := m.Header("linux/x.h"); !ok || h.SHA256 != sumA {
		t.Errorf("got %v %v", h, ok)
	}
	if _, ok := m.Header("linux/y.h"); ok {
		t.Error("found a header that is not there")
	}
}

func TestParseErrors(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":         {"", "M:1: no kernel line"},
		"no header":     {"# x\nkernel 7.3\n", "M:2: no header line"},
		"kernel twice":  {"kernel 7.3\nkernel 7.3\n", "M:2: second kernel line"},
		"kernel form":   {"kernel seven\n", `M:1: "seven" is no kernel version`},
		"kernel none":   {"kernel\n", `M:1: malformed line "kernel"`},
		"package twice": {"package a 1\npackage a 1\n", "M:2: second package line"},
		"package form":  {"package A 1\n", "M:1: "},
		"version form":  {"package a v1\n", "M:1: "},
		"unknown":       {"\nsource x\n", `M:2: malformed line "source x"`},
		"two spaces":    {"kernel  7.3\n", "M:1: malformed line"},
		"name":          {"header ../x.h " + sumA + "\n", `M:1: "../x.h" is no include name`},
		"no .h":         {"header linux/x " + sumA + "\n", "M:1: "},
		"checksum":      {"header linux/x.h 123\n", `M:1: checksum of linux/x.h is "123"`},
		"upper case":    {"header linux/x.h " + strings.ToUpper(sumA) + "\n", "M:1: checksum"},
		"order":         {"header linux/y.h " + sumA + "\nheader linux/x.h " + sumA + "\n", "M:2: linux/x.h after linux/y.h"},
		"header twice":  {"header linux/y.h " + sumA + "\nheader linux/y.h " + sumA + "\n", "M:2: linux/y.h after linux/y.h"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := manifest.Parse("M", []byte(c.text))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s…", err, c.want)
			}
		})
	}
}

func TestValidKernel(t *testing.T) {
	for v, want := range map[string]bool{"7.3": true, "6.12.95": true, "7.4-rc2": true, "": false, "7": false, "7.3.4-1": false, "07.3": false} {
		if manifest.ValidKernel(v) != want {
			t.Errorf("%q: %v", v, !want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("kernel 7.3\npackage a 1\nheader linux/x.h " + sumA + "\n")
	f.Add("# x\n\nheader")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := manifest.Parse("M", []byte(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "M:") {
				t.Errorf("error without a place: %v", err)
			}
			return
		}
		again, err := manifest.Parse("M", m.Format())
		if err != nil || !reflect.DeepEqual(again, m) {
			t.Errorf("does not survive formatting: %v", err)
		}
	})
}
