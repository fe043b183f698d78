package cli

import (
	"path/filepath"
	"testing"
)

// refusal is sources that cannot become a package, and what is said of them.
type refusal struct {
	name    string
	sources map[string]string
	args    []string // the sources in order; nil for x.c
	want    []string
}

const usesMap = `#include "uringgen.h"
struct { int (*type)[1]; int (*max_entries)[1]; __u32 *key; __u32 *value; } counts SEC(".maps");
static void *(*lookup)(void *, const void *) = (void *)1;
SEC("io_uring_filter/nop")
int f(struct io_uring_bpf_ctx *ctx)
{
	__u32 key = ctx->sqe_flags;
	__u32 *n = lookup(&counts, &key);

	return n && *n;
}
`

var refusals = []refusal{
	{name: "no such file", args: []string{"none.c"}, want: []string{"none.c: no such file"}},
	{name: "C that is wrong", sources: map[string]string{"x.c": "#include \"uringgen.h\"\n\nint f( {\n"}, want: []string{"x.c:3:8: error:", "x.c: the compiler refuses it"}},
	{name: "wrong in a header", sources: map[string]string{"x.c": "#include \"mine.h\"\n", "mine.h": "\noops\n"}, want: []string{"mine.h:2:", "error:"}},
	{name: "unknown function", sources: map[string]string{"x.c": one("io_uring_filter/nop", "f", "bpf_get_prandom_u32()")}, want: []string{"x.c:5:9: error:", "bpf_get_prandom_u32"}},
	{name: "own context", sources: map[string]string{"x.c": usual + ownStruct}, want: []string{"error: redefinition of 'io_uring_bpf_ctx'"}},
	{name: "nothing", sources: map[string]string{"x.c": ""}, want: []string{"x.c: ", `no function in a section io_uring_filter, as SEC("io_uring_filter/socket") makes one`}},
	{name: "no section", sources: map[string]string{"x.c": "#include \"uringgen.h\"\nint f(struct io_uring_bpf_ctx *ctx) { return ctx->opcode; }\n"}, want: []string{"x.c: no function in a section io_uring_filter"}},
	{name: "another section", sources: map[string]string{"x.c": one("socket", "f", "ctx->opcode")}, want: []string{"x.c: no function in a section io_uring_filter"}},
	{name: "unknown operation", sources: map[string]string{"x.c": one("io_uring_filter/sokcet", "f", "1")}, want: []string{`f: section io_uring_filter/sokcet: no operation "sokcet": they are those of IORING_OP_*`, "x.c:"}},
	{name: "no operation", sources: map[string]string{"x.c": one("io_uring_filter/", "f", "1")}, want: []string{`section io_uring_filter/: no operation ""`}},
	{name: "operation twice", sources: map[string]string{"x.c": one("io_uring_filter/openat,openat2,openat", "f", "1")}, want: []string{`operation "openat" is named twice`}},
	{name: "payload of any operation", sources: map[string]string{"x.c": one("io_uring_filter", "f", "ctx->socket.family == 2")}, want: []string{"x.c:", "f reads the arguments of an operation, and does not say of which", `SEC("io_uring_filter/socket")`, "--op"}},
	{name: "payload that is not there", sources: map[string]string{"x.c": one("io_uring_filter/socket,read", "f", "ctx->socket.family == 2")}, want: []string{"x.c:", "f reads arguments of IORING_OP_READ, and no kernel shows any to a filter: read ctx->opcode, sqe_flags or user_data"}},
	{name: "a map", sources: map[string]string{"x.c": usesMap}, want: []string{"x.c:", ": f: ", "map", "`"}},
	{name: "a helper", sources: map[string]string{"x.c": "#include \"uringgen.h\"\nstatic __u64 (*now)(void) = (void *)5;\nSEC(\"io_uring_filter/nop\")\nint f(struct io_uring_bpf_ctx *ctx)\n{\n\treturn now() > ctx->user_data;\n}\n"}, want: []string{"x.c:6: f: ", "helper", "`return now() > ctx->user_data;`"}},
	{name: "a variable", sources: map[string]string{"x.c": "int n;\n" + one("io_uring_filter/nop", "f", "++n > 3")}, want: []string{"x.c:6: f: ", "`return ++n > 3;`"}},
	{name: "a loop without end", sources: map[string]string{"x.c": "#include \"uringgen.h\"\nSEC(\"io_uring_filter/nop\")\nint f(struct io_uring_bpf_ctx *ctx)\n{\n\t__u64 n = 0;\n\tfor (__u64 i = 0; i < ctx->user_data; i++)\n\t\tn = n * 3 + i;\n\treturn n & 1;\n}\n"}, want: []string{"x.c:", ": f: ", "loop"}},
	{name: "two functions of a name", sources: map[string]string{"x.c": one("io_uring_filter/nop", "my_nop", "1") + "SEC(\"io_uring_filter/nop\") int myNop(void *c) { return c != 0; }\n"}, want: []string{"x.c: my_nop and x.c: myNop are both MyNop in Go: rename one"}},
	{name: "two sources with a function of a name", sources: map[string]string{"a.c": one("io_uring_filter/nop", "f", "1"), "b.c": one("io_uring_filter/nop", "f", "1")}, args: []string{"a.c", "b.c"}, want: []string{"a.c: f and b.c: f are both F in Go: rename one"}},
	{name: "two sources of a name", sources: map[string]string{"a/x.c": one("io_uring_filter/nop", "f", "1"), "b/x.bpf.c": one("io_uring_filter/nop", "g", "1")}, args: []string{"a/x.c", "b/x.bpf.c"}, want: []string{"x.c and x.bpf.c would both be written to x_filter.go: rename one"}},
	{name: "a name that Go ignores", sources: map[string]string{"_x.c": one("io_uring_filter/nop", "f", "1")}, args: []string{"_x.c"}, want: []string{`"_x" cannot begin the names of Go files`}},
	{name: "a folder", sources: map[string]string{"c/x.c": tcp}, args: []string{"c"}, want: []string{"c: no objects (*.o) in the folder"}},
	{name: "no compiler", sources: map[string]string{"x.c": tcp}, args: []string{"--cc", "clang-none", "x.c"}, want: []string{"x.c is compiled by clang-none", "install clang 14 or newer, or name it with --cc or BPF2GO_CC"}},
	{name: "no compiler named", sources: map[string]string{"x.c": tcp}, args: []string{"--cc", " ", "x.c"}, want: []string{"no compiler is named: give --cc"}},
	{name: "a compiler that is none", sources: map[string]string{"x.c": tcp}, args: []string{"--cc", "false", "x.c"}, want: []string{"x.c: the compiler refuses it"}},
	{name: "a compiler that makes nothing", sources: map[string]string{"x.c": tcp}, args: []string{"--cc", "true", "x.c"}, want: []string{"x.c: ", "true has written no object"}},
	{name: "a file for a folder", sources: map[string]string{"x.c": tcp, "file": ""}, args: []string{"-o", "file", "x.c"}, want: []string{"file", "is not a directory"}},
	{name: "a folder that cannot be made", sources: map[string]string{"x.c": tcp}, args: []string{"-o", "/proc/none/p", "x.c"}, want: []string{"/proc/none"}},
	{name: "a folder that nobody may write to", sources: map[string]string{"x.c": tcp}, args: []string{"-o", "/sys", "x.c"}, want: []string{"/sys"}},
}

func TestFilterRefuses(t *testing.T) {
	for _, tt := range refusals {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, text := range tt.sources {
				put(t, filepath.Join(dir, name), text)
			}
			if tt.args == nil {
				tt.args = []string{"x.c"}
			}
			before := tree(t, dir)
			filterIn(t, dir, tt.args...).want(t, 1, tt.want...)
			untouched(t, dir, before)
		})
	}
}
