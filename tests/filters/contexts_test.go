package filters

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/tests/filters/programs"
)

// contexts are how many requests each translation is asked about.
// URINGGEN_CONTEXTS sets another number.
func contexts(t testing.TB) int {
	if n := number(t, "URINGGEN_CONTEXTS"); n > 0 {
		return int(n)
	}
	if testing.Short() {
		return 2000
	}
	return 4000
}

func seed(t testing.TB) uint64 { return max(number(t, "URINGGEN_SEED"), 1) }

// number is a variable of the environment; 0 if it is not set.
func number(t testing.TB, name string) uint64 {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return 0
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// interesting numbers are what the programs compare with, and their
// neighbours.
var interesting = []uint64{
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 17, 21, 31, 32, 38, 40, 63, 64, 80, 100, 101, 255, 256, 443, 1000, 1023, 1024, 8000, 8080, 8443, 9000, 0644, 0600, 01000, 06000,
	0xffff, 0x10000, 0x8fffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x100000001, 0x123456789, 0x12345678a, 5 << 33, 1 << 63, ^uint64(0), ^uint64(4), 0xffffffff00000000,
	0x0a000000, 0x0a000010, 0x0a0000ff, 0xac100000, 0xc0a80000, 0x20010db8, 0x123, 0x500000123,
}

// addresses are in network order: IPv4 ones have four bytes.
var addresses = [][]byte{
	{10, 0, 0, 1}, {10, 0, 0, 0x10}, {10, 0, 0, 0xff}, {172, 16, 3, 4}, {172, 32, 0, 0}, {192, 168, 0, 1}, {8, 8, 8, 8},
	{0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2, 9: 7}, {15: 1}, {10: 0xff, 0xff, 1, 2, 3, 4}, {5: 0x21, 9: 0x34},
}

// usual is a context: of each member, a number that a program knows, or any.
func usual(r *rand.Rand) (c cbpf.Context) {
	put := func(at, size int) {
		v := interesting[r.IntN(len(interesting))]
		switch r.IntN(6) {
		case 0:
			v = r.Uint64()
		case 1:
			v += uint64(r.IntN(5)) - 2
		}
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], v)
		if size < 8 && r.IntN(3) == 0 { // in network order
			binary.BigEndian.PutUint64(b[:], v<<(64-8*size))
		}
		copy(c[at:at+size], b[:size])
	}
	put(0, 8)
	c[8] = []byte{0, 1, 16, 18, 28, 45, byte(r.IntN(256))}[r.IntN(7)]
	c[9], c[10] = byte(r.IntN(256)), []byte{0, 12, 24}[r.IntN(3)]
	if r.IntN(2) == 0 {
		c[9] = byte(r.IntN(2)) << r.IntN(8)
	}
	switch r.IntN(3) {
	case 0: // socket
		for i, usual := range [][]uint32{{1, 2, 10, 16, 40}, {1, 2, 3}, {0, 6, 17}} {
			put(16+4*i, 4)
			if r.IntN(2) == 0 {
				binary.LittleEndian.PutUint32(c[16+4*i:], usual[r.IntN(len(usual))])
			}
		}
	case 1: // open
		for at := 16; at < 40; at += 8 {
			put(at, 8)
		}
	case 2: // connect
		put(16, 4)
		c[16] = []byte{2, 10, c[16]}[r.IntN(3)]
		put(20, 2)
		if r.IntN(2) == 0 {
			binary.BigEndian.PutUint16(c[20:], []uint16{80, 443, 1023, 1024, 8080, 8443, 8999, 9000}[r.IntN(8)])
		}
		copy(c[24:], addresses[r.IntN(len(addresses))])
		if r.IntN(2) == 0 {
			c[24+r.IntN(16)] ^= byte(r.IntN(4))
		}
	}
	return c
}

// wish is a value that a program compares some bits of a word with.
type wish struct{ mask, value uint32 }

// wishes is what a program compares, by the offset of the word, as far as that
// can be told from the instructions before.
func wishes(p cbpf.Program) map[uint32][]wish {
	out := map[uint32][]wish{}
	at, mask := uint32(0), ^uint32(0)
	for _, in := range p {
		switch {
		case in.Op == cbpf.BPF_LD|cbpf.BPF_W|cbpf.BPF_ABS:
			at, mask = in.K, ^uint32(0)
		case in.Op == cbpf.BPF_ALU|cbpf.BPF_AND:
			mask &= in.K
		case in.Op&7 == cbpf.BPF_JMP && in.Op&0xf0 == cbpf.BPF_JSET:
			out[at] = append(out[at], wish{in.K, in.K}, wish{in.K, 0}, wish{in.K & -in.K, in.K})
		case in.Op&7 == cbpf.BPF_JMP && in.Op != cbpf.BPF_JMP|cbpf.BPF_JA:
			out[at] = append(out[at], wish{mask, in.K}, wish{mask, in.K}, wish{mask, in.K + 1})
		}
	}
	return out
}

// granted is a context that has much of what a program wants.
func granted(r *rand.Rand, want map[uint32][]wish) (c cbpf.Context) {
	for at := uint32(0); at < uint32(len(c)); at += 4 {
		v := uint32(0)
		if r.IntN(3) == 0 {
			v = r.Uint32()
		}
		if w := want[at]; len(w) > 0 && r.IntN(6) > 0 {
			x := w[r.IntN(len(w))]
			v = v&^x.mask | x.value&x.mask
		}
		binary.LittleEndian.PutUint32(c[at:], v)
	}
	return c
}

// requests are contexts for the programs of a file: half of them at random, and
// half of what one of the programs looks for.
func requests(t testing.TB, s programs.Source) []cbpf.Context {
	t.Helper()
	r := rand.New(rand.NewPCG(seed(t), 1))
	var wants []map[uint32][]wish
	for _, name := range s.Programs {
		wants = append(wants, wishes(translate(t, object(t, s, reference()), name).Program))
	}
	out := make([]cbpf.Context, contexts(t))
	for i := range out {
		if i%2 == 0 {
			out[i] = usual(r)
		} else {
			out[i] = granted(r, wants[i/2%len(wants)])
		}
	}
	return out
}

// member is a part of the context that a big-endian machine has in reverse
// order of its bytes.
type member struct{ at, size int }

var layouts = map[string][]member{
	"socket":  {{16, 4}, {20, 4}, {24, 4}},
	"open":    {{16, 8}, {24, 8}, {32, 8}},
	"connect": {{16, 4}},
}

var byOpcode = map[byte]string{45: "socket", 18: "open", 28: "open", 16: "connect"}

var payload = regexp.MustCompile(`\bctx->(socket|open|connect)\b`)

// bigEndian makes of requests the same ones on a big-endian machine, as a
// program in C sees them: the members of the payload that it reads, or if those
// are several, of the request's operation.
func bigEndian(text string) func(cbpf.Context) cbpf.Context {
	reads := map[string]bool{}
	for _, m := range payload.FindAllStringSubmatch(text, -1) {
		reads[m[1]] = true
	}
	return func(c cbpf.Context) cbpf.Context {
		out := c
		swap := func(m member) {
			for i := range m.size {
				out[m.at+i] = c[m.at+m.size-1-i]
			}
		}
		swap(member{0, 8})
		for name, members := range layouts {
			if reads[name] && (len(reads) == 1 || name == byOpcode[c[8]]) {
				for _, m := range members {
					swap(m)
				}
			}
		}
		return out
	}
}
