//go:build linux && !guest

// What needs clang stays out of the guests of the test bed.

package main

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/cmd/internal/cli"
)

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
