//go:build linux

package main

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/cilium/ebpf"

	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
)

// object is a program of a file that clang has compiled to eBPF.
type object struct {
	path, program string
	spec          *ebpf.CollectionSpec
}

// compileHint is how an object is made.
const compileHint = "want what `clang --target=bpf -g -O2 -c` makes of C"

// loadObject reads an object. program may be "" if it has just one.
func loadObject(path, program string) (*object, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	magic := make([]byte, len(elf.ELFMAG))
	if _, err := f.ReadAt(magic, 0); err != nil || string(magic) != elf.ELFMAG {
		return nil, fmt.Errorf("%s is no object file; %s", path, compileHint)
	}
	spec, err := ebpf.LoadCollectionSpecFromReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; %s", path, err, compileHint)
	}
	if program, err = choose(bpf.Programs(spec), program); err != nil {
		return nil, fmt.Errorf("%s %w", path, err)
	}
	return &object{path, program, spec}, nil
}

// choose finds the program that is meant, "" being the only one.
func choose(programs []string, wanted string) (string, error) {
	list := strings.Join(programs, ", ")
	switch {
	case len(programs) == 0:
		return "", errors.New(`holds no program; a filter is a function in a section of its own: SEC("io_uring_filter")`)
	case wanted == "" && len(programs) > 1:
		return "", fmt.Errorf("holds several programs: %s; choose one with --program", list)
	case wanted == "":
		return programs[0], nil
	}
	for _, p := range programs {
		if p == wanted {
			return p, nil
		}
	}
	return "", fmt.Errorf("holds no program %q; it has %s", wanted, list)
}

// filter is the program as a filter of an operation, for this machine. The
// payload is as large as headers of this release have it.
func (o *object) filter(op uapi.Op) (cbpf.Filter, error) {
	if have, machine := orderName(o.spec.ByteOrder), orderName(binary.NativeEndian); have != machine {
		return cbpf.Filter{}, fmt.Errorf("%s is for %s-endian machines, and this one is %s-endian; compile it with clang --target=%s", o.path, have, machine, targets[machine])
	}
	r, err := bpf.Translate(o.spec, o.program, int(op))
	if err != nil {
		return cbpf.Filter{}, err
	}
	return cbpf.Filter{Op: uint8(op), PDUSize: payloads[op].size, Program: r.Program}, nil
}

const big, little = "big", "little"

// targets are clang's names of eBPF for a byte order.
var targets = map[string]string{big: "bpfeb", little: "bpfel"}

func orderName(order binary.ByteOrder) string {
	if order.Uint16([]byte{0, 1}) == 1 {
		return big
	}
	return little
}
