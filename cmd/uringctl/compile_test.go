//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/ring"
)

// A line of C stands once above each part that comes from it.
func TestListing(t *testing.T) {
	one, two := bpf.Position{File: "/src/f.c", Line: 3, Text: "if (a)"}, bpf.Position{File: "/src/f.c", Line: 5, Text: "return b;"}
	r := &bpf.Result{
		Program:   cbpf.Program{cbpf.LoadWord(16), cbpf.JumpEqual(2, 0, 1), cbpf.Return(1), cbpf.Return(0), cbpf.Return(0)},
		Positions: []bpf.Position{one, one, two, {}, one},
	}
	var out bytes.Buffer
	listing(&out, cli.Paint{}, r)
	want := "; f.c:3: if (a)\nl0:\tld [16]\nl1:\tjeq #0x2, l2, l3\n; f.c:5: return b;\nl2:\tret #0x1\nl3:\tret #0x0\n; f.c:3: if (a)\nl4:\tret #0x0\n"
	if out.String() != want {
		t.Errorf("%s\nwant\n%s", out.String(), want)
	}
}

func TestDoctor(t *testing.T) {
	lacking := &ring.UnsupportedError{Feature: "it", MinKernel: "9.9"}
	answer := func(text string, err error) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { return text, err }
	}
	for _, c := range []struct {
		first error
		want  string
		err   string
	}{
		{nil, "a          fine\nb or more  not in this kernel\nc          unknown: no ring\n", ""},
		{lacking, "a          not in this kernel\nb or more  not in this kernel\nc          unknown: no ring\n", "io_uring: it: not supported by this kernel: needs Linux 9.9; to try it"},
		{errors.New("who knows"), "a          unknown: who knows\nb or more  not in this kernel\nc          unknown: no ring\n", "who knows"},
	} {
		var out bytes.Buffer
		err := doctor(context.Background(), &cli.App{Out: &out}, []finding{
			{"a", answer("fine", c.first)}, {"b or more", answer("", lacking)}, {"c", answer("", errors.New("no ring"))},
		})
		if out.String() != c.want || !strings.HasPrefix(errorText(err), c.err) || (err == nil) != (c.err == "") {
			t.Errorf("%v\n%s\nwant\n%s", err, out.String(), c.want)
		}
	}
}
