//go:build linux

package ebpfrun

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/tests/kernel"
)

// sleepable is a flag that programs of this type must have. C:
// BPF_F_SLEEPABLE (linux/bpf.h).
const sleepable = 1 << 4

// feature is programs that bpf(2) runs on a context of the caller's.
var feature = kernel.Feature{
	Name: "programs of BPF_PROG_TYPE_SYSCALL", Since: kernel.Version{Major: 5, Minor: 14}, Config: "CONFIG_BPF_SYSCALL",
	Probe: Probe,
}

// Probe is nil if the kernel runs programs for this user.
func Probe() error {
	p, err := instructions(asm.Mov.Imm(asm.R0, 1), asm.Return())
	if err != nil {
		return err
	}
	defer p.Close()
	if accepts, err := p.Accepts(&cbpf.Context{}); err != nil || !accepts {
		return fmt.Errorf("a program that returns 1: %v, %w", accepts, err)
	}
	return nil
}

// Need skips the test where the kernel runs no such programs, or not for this
// user.
func Need(t testing.TB) {
	t.Helper()
	if err := Probe(); os.Geteuid() != 0 && errors.Is(err, syscall.EPERM) {
		t.Skipf("needs root or CAP_BPF: %v", err)
	}
	kernel.Need(t, feature)
}

// Signed tells whether the kernel takes the instructions of -mcpu=v4, as since
// Linux 6.6.
func Signed() bool {
	p, err := instructions(asm.Mov.Imm(asm.R0, 1), asm.MovSX8.Reg(asm.R0, asm.R0), asm.BSwap(asm.R0, asm.DWord), asm.Return())
	if err != nil {
		return false
	}
	p.Close()
	return true
}

// Program is one that the kernel has loaded.
type Program struct {
	program *ebpf.Program
	loaded  *ebpf.Collection // what it is part of
}

// Load loads a program of an object, with its variables as spec has them.
func Load(spec *ebpf.CollectionSpec, name string) (*Program, error) {
	one := spec.Copy()
	for other, p := range one.Programs {
		if other != name {
			delete(one.Programs, other)
			continue
		}
		p.Type, p.Flags = ebpf.Syscall, p.Flags|sleepable
	}
	c, err := ebpf.NewCollection(one)
	if err != nil {
		return nil, fmt.Errorf("loading %s: %w", name, err)
	}
	return &Program{c.Programs[name], c}, nil
}

// instructions loads a program that is part of no object.
func instructions(list ...asm.Instruction) (*Program, error) {
	return Load(&ebpf.CollectionSpec{Programs: map[string]*ebpf.ProgramSpec{"probe": {Name: "probe", Instructions: list}}}, "probe")
}

// Accepts tells whether the program returns anything but 0.
func (p *Program) Accepts(c *cbpf.Context) (bool, error) {
	ret, err := p.program.Run(&ebpf.RunOptions{Context: c[:]})
	return ret != 0, err
}

// Close unloads the program.
func (p *Program) Close() { p.loaded.Close() }
