package filters

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/tests/filters/programs"
)

// wants are the errors that a file of programs says it has, by the name of the
// program, with the line.
func wants(t *testing.T, path string) map[string]bpf.TranslateError {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`// want "(.*)"$`)
	out := map[string]bpf.TranslateError{}
	var of []string // programs without an error so far: a function's is that of the program behind it
	var pending *bpf.TranslateError
	for i, line := range bytes.Split(text, []byte("\n")) {
		if name := programs.Name(line); name != "" {
			of = append(of, name)
			if pending != nil {
				pending.Program = name
				out[pending.Program] = *pending
				pending, of = nil, nil
			}
		}
		m := want.FindSubmatch(line)
		if m == nil {
			continue
		}
		e := bpf.TranslateError{Reason: string(m[1]), Position: bpf.Position{Line: i + 1}}
		if len(of) == 0 {
			pending = &e
			continue
		}
		e.Program = of[len(of)-1]
		out[e.Program], of = e, nil
	}
	return out
}

// TestRefused compares errors with what the source says, for each variant whose
// lines clang keeps.
func TestRefused(t *testing.T) {
	s := programs.Source{Path: "testdata/refused/refused.c"}
	want := wants(t, s.Path)
	if len(want) < 25 {
		t.Fatalf("only %d programs", len(want))
	}
	for name := range want {
		s.Programs = append(s.Programs, name)
	}
	for _, v := range variants(t, false) {
		reference := filepath.Base(v.Clang) == programs.Reference
		if v.Optimize == "-O0" || !reference && v.Optimize != "-O2" { // at -O0 the fault may be on another line
			continue
		}
		off := 1 // lines by which other compilers may be wrong
		if reference {
			off = 0
		}
		spec := object(t, s, v)
		for name, w := range want {
			_, err := bpf.Translate(spec, name, bpf.AnyOp)
			var e *bpf.TranslateError
			switch {
			case !errors.As(err, &e):
				t.Errorf("%v: %s: error %v", v, name, err)
			case e.Program != name || max(e.Position.Line-w.Position.Line, w.Position.Line-e.Position.Line) > off || !strings.HasSuffix(e.Position.File, "refused.c"):
				t.Errorf("%v: %s: at %v, want line %d: %v", v, name, e.Position, w.Position.Line, err)
			case !strings.Contains(err.Error(), w.Reason) || e.Remedy == "":
				t.Errorf("%v: %s: %v", v, name, err)
			}
		}
	}
}

func TestNoSuchProgram(t *testing.T) {
	s := sources(t)[0]
	spec := object(t, s, reference())
	for _, op := range []int{bpf.AnyOp, 0} {
		var e *bpf.TranslateError
		if _, err := bpf.Translate(spec, "nothing", op); !errors.As(err, &e) || e.Program != "nothing" {
			t.Errorf("error %v", err)
		}
	}
	for _, op := range []int{-2, 256} {
		var e *bpf.TranslateError
		if _, err := bpf.Translate(spec, s.Programs[0], op); !errors.As(err, &e) {
			t.Errorf("operation %d: error %v", op, err)
		}
	}
}
