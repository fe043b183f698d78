package programs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// adversary is a program that is made to take long. It is in C, so that its
// error has a line.
type adversary struct {
	name         string
	declarations string
	body         string
}

var f = fmt.Sprintf

// hash is numbers without an order.
func hash(i int) uint32 { return uint32(i) * 2654435761 }

// adversaries let one part each of a translator's work grow.
func adversaries() []adversary {
	return []adversary{
		{"straight_arithmetic", "", "__u64 x = ctx->user_data, y = ctx->open.flags;\n" + repeat(1400, func(i int) string {
			return f("x = x * (y | %d) + (y ^ x >> %d);", i, 1+i%60)
		}) + "return x & 1;"},
		{"narrow_arithmetic", "", "__u32 x = ctx->socket.family, y = ctx->socket.type;\n" + repeat(1250, func(i int) string {
			return f("x += y ^ %d; y -= x >> %d;", i, 1+i%30)
		}) + "return x & 1;"},
		{"variable_shifts", "", "__u64 x = ctx->user_data, y = ctx->open.flags;\n" + repeat(60, func(i int) string {
			return f("x ^= x << (y & 63) | x >> (x & 63); y += %d;", i)
		}) + "return x & 1;"},
		{"switch_ladder", "", "switch (ctx->socket.family) {\n" + repeat(1100, func(i int) string {
			return f("case %d: return ctx->socket.type == %d || ctx->socket.protocol > %d;", (i+3)*7919%100003, i, 2*i)
		}) + "}\nreturn 0;"},
		{"counted_millions", "", "__u32 x = ctx->socket.family;\nfor (int i = 0; i < 3000000; i++)\nfor (int j = 0; j < 1000000; j++) {\nx += i ^ j;\n" + opaque("x") + "}\nreturn x & 1;"},
		{"value_diamonds", "", "__u32 x = ctx->socket.family, y = ctx->socket.type;\n" + repeat(500, func(i int) string {
			return f("if (y & %dU) x = x * 3 + %d; else x ^= %d;", uint32(1)<<(i%32), i, i) + opaque("x")
		}) + "return x & 1;"},
		{"constant_diamonds", "", "__u32 n = 0, y = ctx->socket.type;\n" + repeat(500, func(i int) string {
			return f("if ((y >> %d) %% %d == 1) n += %d;", i%30, 3+i, 3+i) + opaque("n")
		}) + "return n % 3 == 1;"},
		{"call_chain", "NOINLINE __u32 f0(__u32 x, __u32 y) { return x * y; }\n" + repeat(7, func(i int) string {
			return f("NOINLINE __u32 f%d(__u32 x, __u32 y) { %s return x ? f%d(x + y, x * 3) + f%d(y, x) + f%d(x, x) + f%d(y, y) : y; }", i+1, opaque("x"), i, i, i, i)
		}), "return f7(ctx->socket.family, ctx->socket.type);"},
		{"recursion", "NOINLINE __u32 g(__u32 x) { return x < 2 ? x : g(x - 1) + g(x - 2) * g(x / 2); }", "return g(ctx->socket.family);"},
		{"big_table", "static const __u8 table[65536] = {" + repeat(65536, func(i int) string { return f("%d,", hash(i)%251) }) + "};", "return table[ctx->connect.port];"},
		{"tables", "static const __u32 table[256] = {" + repeat(256, func(i int) string { return f("%dU,", hash(i)) }) + "};", "__u32 x = ctx->socket.family;\n" + repeat(60, func(i int) string {
			return f("x = x * 5 ^ table[(x + %d) & 255];", i)
		}) + "return x & 1;"},
		{"stack_stores", "", "volatile __u64 a[60];\n__u64 x = ctx->user_data;\nfor (int i = 0; i < 60; i++)\na[i] = i;\n" + repeat(900, func(i int) string {
			return f("a[%d] = x += a[%d];", i*7%60, i*11%60)
		}) + "return a[7] & 1;"},
		{"thousand_nets", "static const struct { __u32 net, bits; } table[1000] = {" + repeat(1000, func(i int) string { return f("{ %dU, %d },", hash(i), 8+i%25) }) + "};",
			"__u32 a = host32(ctx->connect.v4_addr);\nfor (int i = 0; i < 1000; i++)\nif ((a ^ table[i].net) >> (32 - table[i].bits) == 0)\nreturn i & 1;\nreturn 0;"},
		{"prefixes", "static const __u8 table[200][16] = {" + repeat(200, func(i int) string { return f("{ 0x20, 1, %d, %d },", i, i*7%256) }) + "};", repeat(200, func(i int) string {
			return f("if (__builtin_memcmp(ctx->connect.v6_addr, table[%d], 16) %s 0) return ctx->socket.family == %d;", i, []string{"<", "=="}[i%2], i)
		}) + "return 1;"},
		{"many_words", "", "__u32 v[40];\n" + repeat(40, func(i int) string {
			return f("v[%d] = ctx->socket.family * %dU ^ ctx->socket.type >> %d;", i, 2*i+3, i%30) + opaque(f("v[%d]", i))
		}) + "for (int i = 0; i < 40; i++)\nif (v[i] == v[39 - i] * v[i * 7 % 40])\nreturn 0;\nreturn 1;"},
	}
}

// opaque hides a value from the compiler.
func opaque(value string) string { return f("asm volatile(\"\" : \"+r\"(%s));", value) }

// repeat is n lines.
func repeat(n int, line func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i) + "\n")
	}
	return b.String()
}

// WriteAdversaries writes a file for each program that is made to take long.
// header is the path of filter.h.
func WriteAdversaries(dir, header string) ([]Source, error) {
	var out []Source
	for _, a := range adversaries() {
		s := Source{filepath.Join(dir, a.name+".c"), []string{a.name}}
		text := f("#include %q\n\n%s\n\nFILTER(%s)\n{\n%s\n}\n", header, a.declarations, a.name, a.body)
		if err := os.WriteFile(s.Path, []byte(text), 0o600); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}
