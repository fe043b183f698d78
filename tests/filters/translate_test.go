package filters

import (
	"bytes"
	"encoding/binary"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
)

func mapKeys[M ~map[K]V, K comparable, V any](m M) iter.Seq[K] {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// contexts are how many requests each translation is asked about.
// URINGGEN_CONTEXTS sets another number.
func contexts(t testing.TB) int {
	if s := os.Getenv("URINGGEN_CONTEXTS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("URINGGEN_CONTEXTS: %v", err)
		}
		return n
	}
	if testing.Short() {
		return 2000
	}
	return 4000
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

// random is a context: of each member, a number that a program knows, or any.
func random(r *rand.Rand) (c cbpf.Context) {
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

func seed(t testing.TB) uint64 {
	if s := os.Getenv("URINGGEN_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatalf("URINGGEN_SEED: %v", err)
		}
		return n
	}
	return 1
}

// TestAgainstHost compares the verdicts of translations with those of the same
// source compiled for this machine.
func TestAgainstHost(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the objects are for little-endian machines, and so are the contexts that the host's program reads")
	}
	r := rand.New(rand.NewPCG(seed(t), 1))
	asked := make([]cbpf.Context, contexts(t))
	var input bytes.Buffer
	for i := range asked {
		asked[i] = random(r)
		input.Write(asked[i][:])
	}
	for _, s := range sources(t) {
		t.Run(s.path, func(t *testing.T) {
			cmd := exec.Command(s.host(t))
			cmd.Stdin = bytes.NewReader(input.Bytes())
			want, err := cmd.Output()
			if err != nil || len(want) != len(asked)*len(s.programs) {
				t.Fatalf("the host's program wrote %d bytes: %v", len(want), err)
			}
			for i, name := range s.programs {
				accepts := 0
				for j := range asked {
					accepts += int(want[j*len(s.programs)+i])
				}
				if accepts == 0 || accepts == len(asked) {
					t.Errorf("%s says the same of all %d requests", name, len(asked))
				}
			}
			for _, v := range variants(t) {
				spec := s.object(t, v)
				for i, name := range s.programs {
					res, err := bpf.Translate(spec, name, bpf.AnyOp)
					if err != nil {
						t.Errorf("%v: %v", v, err)
						continue
					}
					verdicts(t, v.String()+": "+name, res.Program, asked, func(j int) bool { return want[j*len(s.programs)+i] != 0 })
				}
			}
		})
	}
}

func verdicts(t *testing.T, what string, p cbpf.Program, asked []cbpf.Context, want func(i int) bool) {
	t.Helper()
	for i, c := range asked {
		got, err := cbpf.Run(p, c, binary.LittleEndian)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if (got != 0) != want(i) {
			t.Errorf("%s: %d, want %v for %x\n%v", what, got, want(i), c, p)
			return
		}
	}
}
