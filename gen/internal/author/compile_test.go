package author_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/arch"
	"github.com/uringgen/uringgen/gen/internal/target"
	"github.com/uringgen/uringgen/headers"
	"github.com/uringgen/uringgen/tests/need"
)

func itoa(n int) string { return strconv.Itoa(n) }

func clang(t *testing.T) string { return need.Command(t, "clang-14", "clang-14") }

// strict makes a compiler say all that it can, and fail.
func strict(more ...string) []string {
	return append([]string{"-std=gnu11", "-fsyntax-only", "-Wall", "-Wextra", "-Werror"}, more...)
}

// compile is what a compiler says of a source, "" if it has nothing to say.
func compile(t *testing.T, cc, source string, args ...string) string {
	t.Helper()
	file := put(t, filepath.Join(t.TempDir(), "x.c"), source)
	out, err := exec.Command(cc, append(args, file)...).CombinedOutput()
	if err != nil && len(out) == 0 {
		t.Fatalf("%s %q: %v", cc, args, err)
	}
	return string(out)
}

// claims is assertions that the constants have the values of an architecture.
func claims(t *testing.T, goarch string) string {
	t.Helper()
	table, err := arch.Parse("arch.tbl", headers.Arch)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("#include <uringgen.h>\n")
	n := 0
	for _, r := range table.Rows() {
		v, ok := r.Value(goarch)
		switch {
		case strings.HasPrefix(r.Name, "SYS_"), strings.HasPrefix(r.Name, "AT_"), strings.HasPrefix(r.Name, "_"):
			continue
		case ok:
			fmt.Fprintf(&b, "_Static_assert(%s == %d, %q);\n", r.Name, v, r.Name)
		default:
			fmt.Fprintf(&b, "#ifdef %s\n#error %s is defined\n#endif\n", r.Name, r.Name)
		}
		n++
	}
	if n < 100 {
		t.Fatalf("the table has %d constants for %s", n, goarch)
	}
	return b.String()
}

// The header has the values of each architecture, when compiling for BPF of
// either byte order and for the architecture itself.
func TestConstants(t *testing.T) {
	cc, dir := clang(t), written(t)
	for _, x := range target.All() {
		t.Run(x.GOARCH, func(t *testing.T) {
			source := claims(t, x.GOARCH)
			for _, order := range []string{"bpfel", "bpfeb"} {
				if out := compile(t, cc, source, strict("--target="+order, "-D__TARGET_ARCH_"+x.Kernel, "-I", dir)...); out != "" {
					t.Errorf("%s: %s", order, out)
				}
			}
			if x.Clang == "" {
				return // clang 14 does not compile for it
			}
			if out := compile(t, cc, source, strict("--target="+x.Clang, "-ffreestanding", "-I", dir)...); out != "" {
				t.Errorf("%s: %s", x.Clang, out)
			}
		})
	}
}

// The claims can fail: those of mips do on other architectures.
func TestConstantsOfAnother(t *testing.T) {
	out := compile(t, clang(t), claims(t, "mips"), strict("--target=bpfel", "-D__TARGET_ARCH_x86", "-I", written(t))...)
	for _, name := range []string{"SOCK_STREAM", "O_CREAT", "SOCK_NONBLOCK"} {
		if !strings.Contains(out, name) {
			t.Errorf("no complaint of %s:\n%s", name, out)
		}
	}
}

const filter = `
FILTER_DOC("admits streams.")
SEC("io_uring_filter/socket")
int f(struct io_uring_bpf_ctx *ctx)
{
	return ctx->socket.family == AF_INET && filter_socket_type(ctx) == %s;
}
`

func TestHostCompiler(t *testing.T) {
	gcc, dir := need.Command(t, "gcc", "gcc"), written(t)
	source := "#include \"uringgen.h\"\n" + fmt.Sprintf(filter, "SOCK_STREAM")
	for _, std := range []string{"-std=c11", "-std=gnu11", "-std=gnu17"} {
		if out := compile(t, gcc, source, std, "-fsyntax-only", "-Wall", "-Wextra", "-pedantic", "-Werror", "-I", dir); out != "" {
			t.Errorf("%s: %s", std, out)
		}
	}
}

// Every header under another's name is enough by itself, however it is
// included, twice and in any order with the others.
func TestStandIns(t *testing.T) {
	cc, dir := clang(t), written(t)
	args := strict("--target=bpfel", "-D__TARGET_ARCH_x86", "-nostdinc", "-I", dir)
	all := ""
	for _, f := range generated(t, pinned()).Files {
		line := fmt.Sprintf("#include <%s>\n", f.Name)
		all = line + all + line
		if out := compile(t, cc, line+line+fmt.Sprintf(filter, "SOCK_STREAM"), args...); out != "" {
			t.Errorf("%s: %s", f.Name, out)
		}
	}
	if out := compile(t, cc, all+fmt.Sprintf(filter, "SOCK_STREAM"), args...); out != "" {
		t.Errorf("all of them: %s", out)
	}
}

// The compiler's own headers go along with it.
func TestCompilersHeaders(t *testing.T) {
	source := "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <stdarg.h>\n#include \"uringgen.h\"\n" + fmt.Sprintf(filter, "SOCK_STREAM")
	if out := compile(t, clang(t), source, strict("--target=bpfel", "-D__TARGET_ARCH_x86", "-I", written(t))...); out != "" {
		t.Error(out)
	}
}

// The real headers of the kernel may be included before or behind.
func TestRealHeaders(t *testing.T) {
	gcc, usr := need.Command(t, "gcc", "gcc"), need.Headers(t, "linux-libc-dev", "newest")
	ours := filepath.Dir(put(t, filepath.Join(t.TempDir(), "uringgen.h"), header(t)))
	args := strict("-I", ours, "-isystem", filepath.Join(usr, "include"), "-isystem", filepath.Join(usr, "include", "x86_64-linux-gnu"))
	lines := []string{"#include <linux/io_uring.h>\n", "#include <linux/io_uring/bpf_filter.h>\n", "#include \"uringgen.h\"\n"}
	for _, order := range [][]int{{0, 1, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}, {0, 2, 1}} {
		source := ""
		for _, i := range order {
			source += lines[i]
		}
		source += "int a(struct io_uring_bpf_ctx *c) { return c->opcode == IORING_OP_SOCKET && !(c->sqe_flags & IOSQE_IO_LINK); }\n"
		if out := compile(t, gcc, source, args...); out != "" {
			t.Errorf("%q: %s", source, out)
		}
	}
}

// vmlinux is what bpftool writes, as far as filters go.
const vmlinux = `
#define __VMLINUX_H__
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
enum sock_type { SOCK_STREAM = 1, SOCK_DGRAM = 2 };
enum { IPPROTO_TCP = 6 };
enum io_uring_op { IORING_OP_SOCKET = 45, IORING_OP_LAST = 65 };
struct io_uring_bpf_ctx {
	__u64 user_data;
	__u8 opcode, sqe_flags, pdu_size, pad[5];
	union {
		struct { __u32 family, type, protocol; } socket;
		struct { __u64 flags, mode, resolve; } open;
		struct { __u32 family; __be16 port; __u8 pad[2]; union { __be32 v4_addr; __u8 v6_addr[16]; }; } connect;
	};
};
`

// Types of vmlinux.h stay; constants are those of the architecture all the
// same, not those of the kernel that vmlinux.h came from.
func TestVmlinux(t *testing.T) {
	source := vmlinux + "#include <bpf/bpf_helpers.h>\n_Static_assert(SOCK_STREAM == 2, \"that of mips\");\n_Static_assert(IOSQE_IO_LINK == 4, \"no type\");\n" + fmt.Sprintf(filter, "SOCK_STREAM")
	if out := compile(t, clang(t), source, strict("--target=bpfeb", "-D__TARGET_ARCH_mips", "-I", written(t))...); out != "" {
		t.Error(out)
	}
}

// Where nothing tells the architecture, what differs by architecture warns,
// and nothing else does.
func TestNoArchitecture(t *testing.T) {
	cc, dir := clang(t), written(t)
	args := strict("--target=bpfel", "-I", dir)
	const include = "#include <uringgen.h>\n"
	if out := compile(t, cc, include+fmt.Sprintf(filter, "SOCK_STREAM"), args...); !strings.Contains(out, "-Werror,-Wdeprecated-pragma") || !strings.Contains(out, "__TARGET_ARCH_x86") {
		t.Errorf("SOCK_STREAM: %s", out)
	}
	for _, name := range []string{"SOCK_RAW", "AF_INET6", "O_TRUNC", "RESOLVE_BENEATH"} {
		if out := compile(t, cc, include+fmt.Sprintf(filter, name), args...); out != "" {
			t.Errorf("%s: %s", name, out)
		}
	}
}

// A source that defines constants of its own is refused where its value is one
// of another architecture, and only there.
func TestOwnConstants(t *testing.T) {
	cc, dir := clang(t), written(t)
	for _, tt := range []struct {
		kernel, own string
		refused     bool
	}{
		{"x86", "SOCK_STREAM 1", false},
		{"arm", "SOCK_STREAM 1", false},
		{"mips", "SOCK_STREAM 1", true},
		{"mips", "O_CREAT 0100", true},
		{"powerpc", "O_CREAT 0100", false},
		{"powerpc", "O_DIRECTORY 0200000", true},
		{"x86", "O_DIRECTORY 0200000", false},
		{"mips", "AF_INET 2", false},
		{"mips", "SOCK_CLOEXEC 02000000", false},
	} {
		source := "#include <linux/bpf.h>\n#define " + tt.own + "\nint x;\n"
		out := compile(t, cc, source, "--target=bpfeb", "-fsyntax-only", "-D__TARGET_ARCH_"+tt.kernel, "-Wno-everything", "-Werror=final-macro", "-I", dir)
		if refused := strings.Contains(out, "error:"); refused != tt.refused {
			t.Errorf("%s on %s: refused %v, want %v: %s", tt.own, tt.kernel, refused, tt.refused, out)
		}
	}
}

// Compilers without the pragmas that find such sources are refused.
func TestOldClang(t *testing.T) {
	args := []string{"-fsyntax-only", "-D__TARGET_ARCH_x86", "-Wno-builtin-macro-redefined", "-D__clang_major__=13", "-I", written(t)}
	if out := compile(t, clang(t), "#include <uringgen.h>\n", append(args, "--target=bpfel")...); !strings.Contains(out, "clang is older than 14") {
		t.Errorf("says %q", out)
	}
}
