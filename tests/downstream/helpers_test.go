package downstream

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/need"
)

// helper is a filter that calls one of uringgen.h's helpers, and what it is to
// say, in Go.
type helper struct {
	c     string
	wants func(connection) bool
}

// connection is the arguments of a connect.
type connection struct {
	family uint32
	port   uint16
	addr   [16]byte // an IPv4 address is the first 4
}

// address families
const inet, inet6 = 2, 10

func prefixHelper(p netip.Prefix) helper {
	wants := func(c connection) bool {
		switch {
		case c.family == inet && p.Addr().Is4():
			return p.Contains(netip.AddrFrom4([4]byte(c.addr[:4])))
		case c.family == inet6 && p.Addr().Is6():
			return p.Contains(netip.AddrFrom16(c.addr))
		}
		return false
	}
	if b := p.Addr().As16(); p.Addr().Is6() {
		var words []string
		for i := 0; i < len(b); i += 2 {
			words = append(words, fmt.Sprintf("%#x", binary.BigEndian.Uint16(b[i:])))
		}
		return helper{fmt.Sprintf("filter_connect_in6(ctx, IP6(%s), %d)", strings.Join(words, ", "), p.Bits()), wants}
	}
	b := p.Addr().As4()
	return helper{fmt.Sprintf("filter_connect_in4(ctx, IP4(%d, %d, %d, %d), %d)", b[0], b[1], b[2], b[3], p.Bits()), wants}
}

// to is a connection to an address.
func to(a netip.Addr, port uint16) connection {
	c := connection{family: inet6, port: port}
	if a.Is4() {
		c.family = inet
	}
	copy(c.addr[:], a.AsSlice())
	return c
}

// helpers is filters for prefixes of all lengths that are special, and ports.
func helpers(r *rand.Rand) []helper {
	var out []helper
	for _, bits := range []int{0, 1, 7, 8, 9, 16, 24, 31, 32} {
		out = append(out, prefixHelper(netip.PrefixFrom(random4(r), bits)))
	}
	for _, bits := range []int{0, 1, 7, 31, 32, 33, 48, 63, 64, 65, 95, 96, 97, 127, 128} {
		out = append(out, prefixHelper(netip.PrefixFrom(random6(r), bits)))
	}
	for _, port := range []uint16{0, 1, 80, 255, 256, 443, 0x1234, 0x8000, 0xff00, 0xffff} {
		out = append(out,
			helper{fmt.Sprintf("filter_connect_port(ctx) == %d", port), func(c connection) bool { return c.port == port }},
			helper{fmt.Sprintf("filter_connect_port(ctx) >= %d", port), func(c connection) bool { return c.port >= port }})
	}
	return out
}

func random4(r *rand.Rand) netip.Addr {
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, r.Uint32())))
}

func random6(r *rand.Rand) netip.Addr {
	return netip.AddrFrom16([16]byte(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, r.Uint64()), r.Uint64())))
}

// connections are random ones, and some that are one bit away from what a
// prefix holds.
func connections(r *rand.Rand, hs []helper) []connection {
	var out []connection
	for range 300 {
		out = append(out, to(random4(r), uint16(r.Uint32())), to(random6(r), uint16(r.Uint32())))
	}
	for _, h := range hs {
		for _, port := range []uint16{0, 1, 79, 80, 81, 254, 255, 256, 257, 443, 0xbb01, 0x1234, 0x3412, 0x7fff, 0x8000, 0xffff} {
			c := to(nearby(r, h), port)
			other := c
			other.family = r.Uint32N(12)
			out = append(out, c, other)
		}
	}
	return out
}

// nearby is an address that a helper's source names, with one bit changed.
func nearby(r *rand.Rand, h helper) netip.Addr {
	_, list, _ := strings.Cut(h.c, "IP")
	list, _, _ = strings.Cut(list, ")")
	version, list, ok := strings.Cut(list, "(")
	if !ok {
		return random4(r)
	}
	var b []byte
	for s := range strings.SplitSeq(list, ", ") {
		var n uint16
		if _, err := fmt.Sscan(s, &n); err != nil {
			panic(err)
		}
		if version == "6" {
			b = append(b, byte(n>>8))
		}
		b = append(b, byte(n))
	}
	if bit := r.IntN(8*len(b) + 1); bit < 8*len(b) {
		b[bit/8] ^= 0x80 >> (bit % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

func (c connection) context(order binary.ByteOrder) (ctx cbpf.Context) {
	order.PutUint32(ctx[16:], c.family)
	binary.BigEndian.PutUint16(ctx[20:], c.port)
	copy(ctx[24:], c.addr[:])
	return ctx
}

// source is the filters as C, with a main for the host.
func source(hs []helper) string {
	var b strings.Builder
	b.WriteString("#include \"uringgen.h\"\n")
	for i, h := range hs {
		fmt.Fprintf(&b, "SEC(\"io_uring_filter/connect\") int f%d(struct io_uring_bpf_ctx *ctx) { return %s; }\n", i, h.c)
	}
	b.WriteString("#ifndef __bpf__\n#include <stdio.h>\nint main(void) {\n\tstruct io_uring_bpf_ctx c;\n\twhile (fread(&c, sizeof(c), 1, stdin) == 1) {\n")
	for i := range hs {
		fmt.Fprintf(&b, "\t\tputchar('0' + (f%d(&c) != 0));\n", i)
	}
	b.WriteString("\t\tputchar('\\n');\n\t}\n\treturn 0;\n}\n#endif\n")
	return b.String()
}

// The helpers of uringgen.h agree with package netip, compiled for this machine
// and translated for both byte orders.
func TestHelpers(t *testing.T) {
	gcc, clang := need.Command(t, "gcc", "gcc"), need.Command(t, "clang-14", "clang-14")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	hs := helpers(r)
	cs := connections(r, hs)
	dir := t.TempDir()
	file := filepath.Join(dir, "helpers.c")
	if err := os.WriteFile(file, []byte(source(hs)), 0o666); err != nil {
		t.Fatal(err)
	}
	include := filepath.Join(need.Root(t), "bpf/src/include")
	command(t, "", gcc, "-Wall", "-Werror", "-O1", "-iquote", include, "-o", filepath.Join(dir, "host"), file)
	var input bytes.Buffer
	for _, c := range cs {
		ctx := c.context(binary.NativeEndian)
		input.Write(ctx[:])
	}
	lines := strings.Split(command(t, input.String(), filepath.Join(dir, "host")), "\n")
	for i, c := range cs {
		for j, h := range hs {
			if got := lines[i][j] == '1'; got != h.wants(c) {
				t.Errorf("gcc: %s for %+v is %v", h.c, c, got)
			}
		}
	}
	for target, order := range map[string]binary.ByteOrder{"bpfel": binary.LittleEndian, "bpfeb": binary.BigEndian} {
		object := filepath.Join(dir, target+".o")
		command(t, "", clang, "--target="+target, "-mcpu=v1", "-O2", "-g", "-D__TARGET_ARCH_mips", "-I", include, "-c", file, "-o", object)
		checkTranslated(t, object, order, hs, cs)
	}
}

func checkTranslated(t *testing.T, object string, order binary.ByteOrder, hs []helper, cs []connection) {
	t.Helper()
	spec, err := ebpf.LoadCollectionSpec(object)
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range hs {
		r, err := bpf.Translate(spec, fmt.Sprintf("f%d", i), int(uapi.IORING_OP_CONNECT))
		if err != nil {
			t.Errorf("%v: %v", order, err)
			continue
		}
		for _, c := range cs {
			got, err := cbpf.Run(r.Program, c.context(order), order)
			if err != nil || (got != 0) != h.wants(c) {
				t.Errorf("%v: %s for %+v is %d, error %v", order, h.c, c, got, err)
			}
		}
	}
}

func command(t *testing.T, input, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, stderr.Bytes())
	}
	return string(out)
}
