package cli

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/tests/downstream/literals"
	"github.com/uringgen/uringgen/tests/need"
)

// The styles in which people write the filter that admits TCP sockets: all of
// them compile as they are.

const (
	usual   = "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"
	license = "char _license[] SEC(\"license\") = \"GPL\";\n"
	body    = `
SEC("io_uring_filter")
int socket_filter(struct io_uring_bpf_ctx *ctx)
{
	if (ctx->socket.family != AF_INET && ctx->socket.family != AF_INET6)
		return 0;
	if (ctx->socket.type != SOCK_STREAM)
		return 0;
	if (ctx->socket.protocol && ctx->socket.protocol != IPPROTO_TCP)
		return 0;
	return 1;
}
`
	masked = `
SEC("io_uring_filter")
int socket_filter(struct io_uring_bpf_ctx *ctx)
{
	__u32 type = ctx->socket.type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);

	return (ctx->socket.family == AF_INET || ctx->socket.family == AF_INET6) && type == SOCK_STREAM &&
	       (ctx->socket.protocol == 0 || ctx->socket.protocol == IPPROTO_TCP);
}
`
	ownStruct = `
typedef unsigned int u32;
typedef unsigned char u8;
typedef unsigned long long u64;
struct io_uring_bpf_ctx {
	u64 user_data;
	u8 opcode, sqe_flags, pdu_size, pad[5];
	union {
		struct { u32 family, type, protocol; } socket;
	};
};
`
	vmlinux = `
#ifndef __VMLINUX_H__
#define __VMLINUX_H__
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef _Bool bool;
enum { false = 0, true = 1 };
enum sock_type { SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_RAW = 3 };
enum { IPPROTO_IP = 0, IPPROTO_TCP = 6 };
enum io_uring_op { IORING_OP_SOCKET = 45 };
struct io_uring_bpf_ctx {
	__u64 user_data;
	__u8 opcode, sqe_flags, pdu_size, pad[5];
	union {
		struct { __u32 family, type, protocol; } socket;
		struct { __u64 flags, mode, resolve; } open;
		struct { __u32 family; __be16 port; __u8 pad[2]; union { __be32 v4_addr; __u8 v6_addr[16]; }; } connect;
	};
};
#pragma clang attribute pop
#endif
`
)

// style is a source, and what it makes of a socket's type.
type style struct {
	name, source string
	mask         string // "flags" takes SOCK_CLOEXEC and SOCK_NONBLOCK out of the type, "low" all but four bits
	number       bool   // a stream is 1 on every architecture
	refused      bool   // where a stream is not 1, there is no such filter
}

func on(source, old, text string) string {
	if !strings.Contains(source, old) {
		panic("no " + old)
	}
	return strings.ReplaceAll(source, old, text)
}

var styles = []style{
	{name: "usual includes", source: usual + body + license},
	{name: "uringgen.h alone", source: "#include \"uringgen.h\"\n" + body},
	{name: "in angle brackets", source: "#include <uringgen.h>\n" + body + license},
	{name: "io_uring's headers", source: usual + "#include <linux/io_uring.h>\n#include <linux/io_uring/bpf_filter.h>\n" + body},
	{name: "headers of sockets", source: "#include <sys/types.h>\n#include <sys/socket.h>\n#include <netinet/in.h>\n#include <arpa/inet.h>\n#include <linux/in.h>\n#include <linux/in6.h>\n#include <linux/socket.h>\n#include <linux/net.h>\n" + usual + body},
	{name: "headers of libbpf", source: "#include <linux/types.h>\n#include <linux/stddef.h>\n" + usual + "#include <bpf/bpf_endian.h>\n#include <bpf/bpf_tracing.h>\n#include <bpf/bpf_core_read.h>\n" + body + license},
	{name: "the compiler's headers", source: "#include <stdbool.h>\n#include <stdint.h>\n#include <stddef.h>\n" + usual + on(body, "int socket_filter", "bool socket_filter")},
	{name: "own constants", source: usual + "#define AF_INET 2\n#define AF_INET6 10\n#define IPPROTO_TCP 6\n" + body},
	{name: "own constants written otherwise", source: usual + "#define AF_INET 0x2\n#define AF_INET6 0xaU\n#define IPPROTO_TCP (6)\n#define SOCK_CLOEXEC 02000000\n" + masked, mask: "flags"},
	{name: "own constants in front", source: "#define AF_INET 2\n#define AF_INET6 10\n#define SOCK_STREAM 1\n#define IPPROTO_TCP 6\n" + usual + body},
	{name: "own constants if there are none", source: usual + "#ifndef AF_INET\n#define AF_INET 2\n#endif\n#ifndef SOCK_STREAM\n#define SOCK_STREAM 1\n#endif\n" + body},
	{name: "own SOCK_STREAM", source: usual + "#define SOCK_STREAM 1\n" + body, refused: true},
	{name: "own SEC", source: usual + "#define SEC(NAME) __attribute__((section(NAME), used))\n" + body + license},
	{name: "own SEC in front", source: "#define SEC(NAME) __attribute__((section(NAME), used))\n" + usual + body + license},
	{name: "no SEC", source: usual + on(body, `SEC("io_uring_filter")`, `__attribute__((section("io_uring_filter"), used))`)},
	{name: "operation in the section", source: usual + on(body, "io_uring_filter\"", "io_uring_filter/socket\"")},
	{name: "large letters in the section", source: usual + on(body, "io_uring_filter\"", "io_uring_filter/IORING_OP_SOCKET\"")},
	{name: "license in front", source: usual + "const char LICENSE[] SEC(\"license\") = \"Dual MIT/GPL\";\n__u32 _version SEC(\"version\") = 1;\n" + body},
	{name: "flags taken out", source: usual + masked, mask: "flags"},
	{name: "four bits", source: usual + "#define SOCK_TYPE_MASK 0xf\n" + on(body, "ctx->socket.type !=", "(ctx->socket.type & SOCK_TYPE_MASK) !="), mask: "low"},
	{name: "our helper", source: usual + on(body, "ctx->socket.type !=", "filter_socket_type(ctx) !="), mask: "low"},
	{name: "inline helpers", source: usual + `
static inline int inet(__u32 family) { return family == AF_INET || family == AF_INET6; }
static __always_inline int tcp(const struct io_uring_bpf_ctx *c) { return c->socket.protocol == 0 || c->socket.protocol == IPPROTO_TCP; }
static __attribute__((always_inline)) inline _Bool stream(struct io_uring_bpf_ctx *c) { return c->socket.type == SOCK_STREAM; }
SEC("io_uring_filter") int socket_filter(struct io_uring_bpf_ctx *ctx) { return inet(ctx->socket.family) && stream(ctx) && tcp(ctx); }
`},
	{name: "functions", source: usual + `
static __noinline int inet(__u32 family) { return family == AF_INET || family == AF_INET6; }
static __attribute__((noinline)) int tcp(const struct io_uring_bpf_ctx *c) { return c->socket.protocol == 0 || c->socket.protocol == IPPROTO_TCP; }
SEC("io_uring_filter") int socket_filter(struct io_uring_bpf_ctx *ctx) { return inet(ctx->socket.family) && ctx->socket.type == SOCK_STREAM && tcp(ctx); }
`},
	{name: "tables", source: usual + `
static const __u32 families[] = { AF_INET, AF_INET6 };
SEC("io_uring_filter") int socket_filter(struct io_uring_bpf_ctx *ctx)
{
	static const struct { __u32 type, protocol; } admitted[] = { { SOCK_STREAM, 0 }, { SOCK_STREAM, IPPROTO_TCP } };
	int ok = 0;
	for (unsigned int i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		ok |= ctx->socket.family == families[i];
	for (int i = 0; ok && i < 2; i++)
		if (ctx->socket.type == admitted[i].type && ctx->socket.protocol == admitted[i].protocol)
			return 1;
	return 0;
}
`},
	{name: "switches", source: usual + `
enum verdict { REJECT, ACCEPT };
SEC("io_uring_filter") int socket_filter(struct io_uring_bpf_ctx *ctx)
{
	switch (ctx->socket.family) { case AF_INET: case AF_INET6: break; default: return REJECT; }
	switch (ctx->socket.type) { case SOCK_STREAM: break; default: return REJECT; }
	switch (ctx->socket.protocol) { case 0: case IPPROTO_TCP: return ACCEPT; }
	return REJECT;
}
`},
	{name: "bits", source: usual + on(body, "ctx->socket.family != AF_INET && ctx->socket.family != AF_INET6", "ctx->socket.family > 63 || !(1ULL << ctx->socket.family & (1ULL << AF_INET | 1ULL << AF_INET6))")},
	{name: "volatile const", source: usual + "volatile const __u32 family4 = AF_INET, family6 = AF_INET6;\nconst volatile __u8 tcp = IPPROTO_TCP;\n" + on(on(on(body, "AF_INET6", "family6"), "AF_INET ", "family4 "), "IPPROTO_TCP", "tcp")},
	{name: "void pointer", source: usual + on(on(body, "struct io_uring_bpf_ctx *ctx)", "void *p)"), "{\n", "{\n\tconst struct io_uring_bpf_ctx *ctx = p;\n\n")},
	{name: "locals and fixed types", source: "#include <stdint.h>\n" + usual + "typedef uint32_t u32;\n" + on(body, "{\n", "{\n\tvolatile u32 family = ctx->socket.family;\n\tuint64_t one = family;\n\t(void)one;\n")},
	{name: "vmlinux.h", source: "#include \"vmlinux.h\"\n#include <bpf/bpf_helpers.h>\n#define AF_INET 2\n#define AF_INET6 10\n" + body + license},
	{name: "own struct", source: ownStruct + on(on(on(on(on(body, "SEC(\"io_uring_filter\")", "__attribute__((section(\"io_uring_filter\"), used))"), "AF_INET6", "10"), "AF_INET ", "2 "), "SOCK_STREAM", "1"), "IPPROTO_TCP", "6"), number: true},
	{name: "ends of lines", source: strings.ReplaceAll("\ufeff"+usual+body+license, "\n", "\r\n")},
	{name: "odd comments", source: "//go:build ignore\n\n/* // */ // */ /*\n" + usual + on(body, "return 1;", "return 1; /* \\ \"%s\" // \u202e\xff */ // */")},
}

func TestStyles(t *testing.T) {
	cc := need.Command(t, "clang-14", "clang-14")
	for _, s := range styles {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, filepath.Join(dir, "vmlinux.h"), vmlinux)
			put(t, filepath.Join(dir, "c", "tcp.bpf.c"), s.source)
			r := run(t, dir, "filter", "--package", "p", "--op", "socket", "--cc", cc, "--cflag", "-I.", "-o", "p", "c/tcp.bpf.c")
			if r.want(t, 0); t.Failed() {
				return
			}
			for _, goarch := range goarches {
				s.check(t, filepath.Join(dir, "p"), goarch)
			}
		})
	}
}

var goarches = strings.Fields("386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x")

// check compares the verdicts on an architecture with what the filter means.
func (s *style) check(t *testing.T, dir, goarch string) {
	t.Helper()
	p, err := literals.Read(dir, "linux", goarch)
	if err != nil {
		t.Fatal(err)
	}
	fs := p.Funcs["SocketFilter"]
	if len(fs) != 1 || fs[0].Op != "IORING_OP_SOCKET" || fs[0].PDUSize != 12 {
		t.Fatalf("%s: filters %+v, want one for sockets with 12 bytes", goarch, fs)
	}
	for _, family := range []uint32{0, 1, 2, 3, 10, 11, 16, 17, 38, 40, 66, 74} {
		for _, typ := range []uint32{0, 1, 2, 3, 5, 17, 0x80001, 0x80002, 0x801, 0x802, 0x81, 0x82, 0x80881, 1 << 31} {
			for _, protocol := range []uint32{0, 6, 17, 132, 262, 6 << 8} {
				got, err := cbpf.Run(fs[0].Program, socketContext(family, typ, protocol, order(goarch)), order(goarch))
				if err != nil {
					t.Fatalf("%s: %v", goarch, err)
				}
				if want := s.admits(family, typ, protocol, goarch); (got != 0) != want {
					t.Errorf("%s: socket(%d, %#x, %d) gives %d, want %v", goarch, family, typ, protocol, got, want)
				}
			}
		}
	}
}

// admits is what the filter means.
func (s *style) admits(family, typ, protocol uint32, goarch string) bool {
	stream, nonblock := uint32(1), uint32(0x800)
	if mips := strings.HasPrefix(goarch, "mips"); mips && s.refused {
		return false
	} else if mips && !s.number {
		stream, nonblock = 2, 0x80
	}
	switch s.mask {
	case "flags":
		typ &^= 0x80000 | nonblock
	case "low":
		typ &= 0xf
	}
	return (family == 2 || family == 10) && typ == stream && (protocol == 0 || protocol == 6)
}

func order(goarch string) binary.ByteOrder {
	switch goarch {
	case "mips", "mips64", "ppc64", "s390x":
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func socketContext(family, typ, protocol uint32, order binary.ByteOrder) (ctx cbpf.Context) {
	var b bytes.Buffer
	for _, v := range []any{uint64(1), uint8(45), uint8(0), uint8(12), [5]uint8{}, family, typ, protocol} {
		if err := binary.Write(&b, order, v); err != nil {
			panic(err)
		}
	}
	copy(ctx[:], b.Bytes())
	return ctx
}
