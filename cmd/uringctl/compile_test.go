//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/binary"
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

func TestCompile(t *testing.T) {
	filters := compiled(t, "filters.c", nativeTarget())
	for _, c := range []struct {
		args string
		want []string
	}{
		{"--program tcp --op socket", []string{"; tcp for IORING_OP_SOCKET, " + orderName(binary.NativeEndian) + "-endian: ", "ld [16]\n", "; filters.c:12: if (ctx->socket.type != STREAM)\n", "ret #0x0\n"}},
		{"--program private_https", []string{"; private_https for all operations, ", "ld [20]\n", "; filters.c:27: "}},
	} {
		code, out, diag := uringctl(append([]string{"compile", filters}, strings.Fields(c.args)...)...)
		if code != 0 {
			t.Errorf("%s: exit %d\n%s", c.args, code, diag)
		}
		for _, w := range c.want {
			if !strings.Contains(out, w) {
				t.Errorf("%s: no %q in\n%s", c.args, w, out)
			}
		}
	}
}

func TestExplain(t *testing.T) {
	for _, target := range targets {
		filters := compiled(t, "filters.c", target)
		for words, want := range map[string][]string{
			"tcp socket family=AF_INET type=1 protocol=IPPROTO_TCP":          {"accepted (0x1) by ", "filters.c:14: return ctx->socket.protocol"},
			"tcp socket family=AF_UNIX type=1":                               {"denied by ", "filters.c:10: if (ctx->socket.family != INET"},
			"tcp socket family=AF_INET6 type=2":                              {"denied by ", "for [20] = 0x2", "filters.c:12: if (ctx->socket.type != STREAM)"},
			"private_https connect family=AF_INET port=443 v4_addr=10.0.0.1": {"accepted (0x1) by ", "filters.c:"},
			"private_https connect family=AF_INET port=443 v4_addr=11.0.0.1": {"denied by ", "= 0xb", "filters.c:"},
			"private_https connect family=AF_INET port=80 v4_addr=10.0.0.1":  {"denied by ", "[20]", "filters.c:27: if (ctx->connect.port"},
		} {
			f := strings.Fields(words)
			code, out, diag := uringctl(append([]string{"explain", filters, "--program", f[0], "--op", f[1]}, f[2:]...)...)
			if code != 0 || strings.Count(out, "\n") != 3 {
				t.Errorf("%s, %s: exit %d\n%s%s", target, words, code, out, diag)
			}
			for _, w := range want {
				if !strings.Contains(out, w) {
					t.Errorf("%s, %s: no %q in\n%s", target, words, w, out)
				}
			}
		}
	}
}

// Without debugging information there is no line to name.
func TestExplainWithoutPlaces(t *testing.T) {
	code, out, diag := uringctl("explain", compiled(t, "single.c", nativeTarget(), "-g0"), "--op", "nop")
	if code != 0 || !strings.Contains(out, "denied by l0: ret #0x0") || !strings.HasSuffix(out, "compile with -g\n") {
		t.Errorf("exit %d\n%s%s", code, out, diag)
	}
}

func TestUsage(t *testing.T) {
	object := compiled(t, "single.c", nativeTarget())
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "want a command, such as demo"},
		{[]string{"dmeo"}, "did you mean demo?"},
		{[]string{"demo", "a.o", "b.o"}, "want at most FILTER.o, have 2 arguments"},
		{[]string{"demo", "--program", "x"}, "--program is for FILTER.o"},
		{[]string{"compile"}, "want FILTER.o, have 0 arguments"},
		{[]string{"compile", object, "--op", "nothing"}, `--op "nothing": want an operation`},
		{[]string{"explain", object}, "want --op"},
		{[]string{"explain", object, "--op", "nothing"}, `--op "nothing": want an operation`},
		{[]string{"explain", object, "--op", "socket", "family=ten"}, `family=ten: "ten" is neither a number nor a constant`},
		{[]string{"doctor", "who"}, "want no arguments"},
	} {
		code, out, diag := uringctl(c.args...)
		if code != cli.ExitUsage || out != "" || !strings.Contains(diag, c.want) || !strings.Contains(diag, "Usage:") {
			t.Errorf("%q: exit %d\n%s%s", c.args, code, out, diag)
		}
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
