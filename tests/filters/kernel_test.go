package filters

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/tests/filters/random"
)

// sleepable is BPF_F_SLEEPABLE of linux/bpf.h, which programs of system calls
// must have.
const sleepable = 1 << 4

// load loads a program into the kernel that this test runs on, as a program of
// system calls: those get a context of any size, and read it as filters do.
func load(t *testing.T, spec *ebpf.CollectionSpec, name string) (*ebpf.Program, error) {
	t.Helper()
	spec = spec.Copy()
	for other := range spec.Programs {
		if other != name {
			delete(spec.Programs, other)
		}
	}
	p := spec.Programs[name]
	p.Type, p.Flags = ebpf.Syscall, sleepable
	c, err := ebpf.NewCollectionWithOptions(spec, ebpf.CollectionOptions{})
	if err != nil {
		return nil, err
	}
	t.Cleanup(c.Close)
	return c.Programs[name], nil
}

// native is the order of this machine under the name that objects use.
func native() binary.ByteOrder {
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// needKernel skips where the kernel does not run programs for tests.
func needKernel(t *testing.T) {
	t.Helper()
	spec := random.Spec(nil, native())
	p, err := load(t, spec, random.Name)
	switch {
	case err == nil:
		_, err = p.Run(&ebpf.RunOptions{Context: make([]byte, cbpf.ContextSize)})
	case errors.Is(err, os.ErrPermission):
		t.Skipf("bpf(2) is not permitted: it takes CAP_BPF and CAP_PERFMON: %v", err)
	}
	if err != nil {
		t.Skipf("the kernel has no BPF_PROG_TYPE_SYSCALL with BPF_PROG_TEST_RUN (Linux 5.14, CONFIG_BPF_SYSCALL): %v", err)
	}
}

// compareKernel asks the kernel and a translation about the same contexts.
func compareKernel(t *testing.T, what string, p *ebpf.Program, code cbpf.Program, asked []cbpf.Context) {
	t.Helper()
	for _, c := range asked {
		in := c // the kernel writes it back
		want, err := p.Run(&ebpf.RunOptions{Context: in[:]})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		got, err := cbpf.Run(code, c, binary.NativeEndian)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if (got != 0) != (want != 0) {
			t.Fatalf("%s: %d, but the kernel says %d for %x\n%v", what, got, want, c, code)
		}
	}
}

// TestRandomInKernel has the kernel's own eBPF machine as the judge of random
// programs, and so of the interpreter that judges more of them.
func TestRandomInKernel(t *testing.T) {
	needKernel(t)
	n := 600
	if testing.Short() {
		n = 60
	}
	taken := 0
	for i := range uint64(n) {
		r := rand.New(rand.NewPCG(seed(t), 1000+i))
		spec := random.Spec(randomBytes(r), native())
		res, err := bpf.Translate(spec, random.Name, bpf.AnyOp)
		if err != nil {
			continue
		}
		p, err := load(t, spec, random.Name)
		if err != nil {
			var v *ebpf.VerifierError
			if errors.As(err, &v) && i < 5 {
				t.Logf("program %d: %+v", i, v)
			}
			continue
		}
		taken++
		var asked []cbpf.Context
		want := wishes(res.Program)
		for range 8 {
			asked = append(asked, granted(r, want), anyContext(r))
		}
		compareKernel(t, "a random program", p, res.Program, asked)
		for _, c := range asked {
			in := c
			want, err := p.Run(&ebpf.RunOptions{Context: in[:]})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := random.Run(spec, random.Name, c[:]); err != nil || uint32(got) != want {
				t.Fatalf("the interpreter says %#x, error %v, the kernel %#x for %x\n%v", got, err, want, c, spec.Programs[random.Name].Instructions)
			}
		}
	}
	t.Logf("%d of %d programs", taken, n)
	if taken < n/2 {
		t.Errorf("the kernel takes only %d of %d programs", taken, n)
	}
}

// TestCInKernel has it as the judge of what clang makes of C.
func TestCInKernel(t *testing.T) {
	needKernel(t)
	littleEndian(t)
	for _, s := range sources(t) {
		asked := requests(t, s)[:200]
		spec := object(t, s, reference())
		for _, name := range s.Programs {
			p, err := load(t, spec, name)
			if err != nil {
				if !strings.Contains(err.Error(), "memcmp") && !strings.Contains(err.Error(), "dereference of modified ctx ptr") {
					t.Errorf("%s: %v", name, err)
				}
				continue // what only the translator takes
			}
			compareKernel(t, name, p, translate(t, spec, name).Program, asked)
		}
	}
}
