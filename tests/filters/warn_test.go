package filters

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/tests/filters/programs"
)

const opSocket = 45 // IORING_OP_SOCKET

// known is what the tests tell the translator of the context.
var known = bpf.Options{
	Op:       opSocket,
	Payloads: map[int]int{16: 24, 18: 24, 28: 24, opSocket: 12},
	Members:  []bpf.Member{{Op: opSocket, Offset: 20, Mask: 0xf, Text: "Linux 7.0 to 7.2 leave flags in the type: write type & 0xf"}},
}

// wanted is what a program is to be warned about, and the lines it stands in.
type wanted struct {
	text        []string
	first, last int
}

// wantedWarnings are the warnings that a file says it has, by the program.
func wantedWarnings(t *testing.T, path string) map[string]*wanted {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`// want "(.*)"$`)
	out := map[string]*wanted{}
	var now *wanted
	for i, line := range bytes.Split(file, []byte("\n")) {
		if n := programs.Name(line); n != "" {
			now = &wanted{first: i + 1}
			out[n] = now
		}
		if m := want.FindSubmatch(line); m != nil {
			now.text = append(now.text, string(m[1]))
		}
		if now != nil {
			now.last = i + 1
		}
	}
	return out
}

// TestWarnings compares warnings with what the source says. Compilers give some
// of the code to the lines around it, so of the place only the function counts.
func TestWarnings(t *testing.T) {
	s, err := programs.Read("testdata/warned/warned.c")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range wantedWarnings(t, s.Path) {
		for _, v := range variants(t, false) {
			res, err := bpf.TranslateWith(object(t, s, v), name, known)
			if err != nil {
				t.Errorf("%v: %v", v, err)
				continue
			}
			if len(res.Warnings) != len(want.text) {
				t.Errorf("%v: %s: warnings %v, want %q", v, name, res.Warnings, want.text)
				continue
			}
			for i, w := range res.Warnings {
				if line := w.Position.Line; !strings.Contains(w.String(), want.text[i]) || line < want.first || line > want.last {
					t.Errorf("%v: %s: warning %v, want %q in lines %d to %d", v, name, w, want.text[i], want.first, want.last)
				}
			}
		}
	}
}

// TestNoFalseWarnings translates what is in order. What is returned as it is
// from the context is meant to be warned about.
func TestNoFalseWarnings(t *testing.T) {
	returned := regexp.MustCompile(`return [^=!<?]*;`)
	for _, s := range sources(t) {
		for _, v := range []programs.Variant{reference(), {Clang: programs.Reference, Optimize: "-O0", CPU: "v3"}} {
			for _, name := range s.Programs {
				for _, w := range translate(t, object(t, s, v), name).Warnings {
					if !strings.Contains(w.Text, "what is returned") || !returned.MatchString(body(t, s, name)) {
						t.Errorf("%v: %s: %v: `%s`", v, name, w, w.Position.Text)
					}
				}
			}
		}
	}
}
