package main

import (
	"io"
	"slices"
	"testing"
)

func TestLongFlags(t *testing.T) {
	root := newRoot(&app{out: io.Discard, err: io.Discard})
	for _, c := range []struct{ in, want []string }{
		{[]string{"-headers", "x", "-comments"}, []string{"--headers", "x", "--comments"}},
		{[]string{"facts", "-arch=386", "-kernel", "6.1"}, []string{"facts", "--arch=386", "--kernel", "6.1"}},
		{[]string{"-o", "out", "-oout", "-h"}, []string{"-o", "out", "-oout", "-h"}},
		{[]string{"--headers", "x", "-nothing", "-"}, []string{"--headers", "x", "-nothing", "-"}},
		{[]string{"-help"}, []string{"--help"}},
		{[]string{"layout", "--", "-arch"}, []string{"layout", "--", "-arch"}},
	} {
		if got := longFlags(root, c.in); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestPaint(t *testing.T) {
	for when, want := range map[string]bool{"always": true, "never": false, "auto": false} {
		a := &app{out: io.Discard, color: when}
		p := a.paint(a.out)
		if coloured := p.bold("x") != "x"; coloured != want {
			t.Errorf("--color %s to something that is no terminal: colour %v", when, coloured)
		}
	}
}

func TestModuleRoot(t *testing.T) {
	dir := t.TempDir()
	if got := moduleRoot(dir); got != dir {
		t.Errorf("without a go.mod: %s, want %s", got, dir)
	}
}
