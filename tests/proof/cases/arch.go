package cases

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/uringgen/uringgen/headers"
)

// Arch is an architecture that Go has on Linux, with the numbers that programs
// for it use.
type Arch struct {
	Name   string // GOARCH
	Target string // what clang and bpf2go call its class: -D__TARGET_ARCH_...
	Order  binary.ByteOrder
	values map[string]uint64
}

// Arches is all of them.
var Arches = []*Arch{
	{Name: "386", Target: "x86", Order: binary.LittleEndian},
	{Name: "amd64", Target: "x86", Order: binary.LittleEndian},
	{Name: "arm", Target: "arm", Order: binary.LittleEndian},
	{Name: "arm64", Target: "arm64", Order: binary.LittleEndian},
	{Name: "loong64", Target: "loongarch", Order: binary.LittleEndian},
	{Name: "mips", Target: "mips", Order: binary.BigEndian},
	{Name: "mips64", Target: "mips", Order: binary.BigEndian},
	{Name: "mips64le", Target: "mips", Order: binary.LittleEndian},
	{Name: "mipsle", Target: "mips", Order: binary.LittleEndian},
	{Name: "ppc64", Target: "powerpc", Order: binary.BigEndian},
	{Name: "ppc64le", Target: "powerpc", Order: binary.LittleEndian},
	{Name: "riscv64", Target: "riscv", Order: binary.LittleEndian},
	{Name: "s390x", Target: "s390", Order: binary.BigEndian},
}

func init() {
	for _, a := range Arches {
		a.values = map[string]uint64{}
	}
	for line := range strings.Lines(string(headers.Arch)) {
		if err := readRow(strings.TrimSpace(line)); err != nil {
			panic(fmt.Sprintf("headers/arch.tbl: %q: %v", line, err))
		}
	}
}

// readRow puts a row of the table into the values of each architecture:
//
//	O_CREAT | headers and x/sys | 0x40 | mips,mipsle=0x100 arm=none
func readRow(row string) error {
	if row == "" || strings.HasPrefix(row, "#") || strings.HasPrefix(row, "name |") {
		return nil
	}
	cells := strings.Split(row, " | ")
	if len(cells) != 4 {
		return fmt.Errorf("%d cells", len(cells))
	}
	usual, err := number(cells[2])
	if err != nil {
		return err
	}
	others := map[string]uint64{}
	for exception := range strings.FieldsSeq(strings.Trim(cells[3], "-")) {
		names, text, _ := strings.Cut(exception, "=")
		for name := range strings.SplitSeq(names, ",") {
			if others[name], err = number(text); err != nil && text != "none" {
				return err
			}
		}
	}
	for _, a := range Arches {
		v, other := others[a.Name]
		if !other {
			v = usual
		}
		a.values[cells[0]] = v
	}
	return nil
}

func number(text string) (uint64, error) {
	v, err := strconv.ParseInt(text, 0, 64)
	return uint64(v), err
}

// Of is the architecture with that GOARCH.
func Of(goarch string) *Arch {
	for _, a := range Arches {
		if a.Name == goarch {
			return a
		}
	}
	panic("no architecture " + goarch)
}

// Value is a constant of Linux.
func (a *Arch) Value(name string) uint64 {
	v, ok := a.values[name]
	if !ok {
		panic("headers/arch.tbl has no " + name)
	}
	return v
}

// Values is all constants whose names begin so.
func (a *Arch) Values(prefix string) (list []uint64) {
	for name := range strings.SplitSeq(string(headers.Arch), "\n") {
		name, _, _ = strings.Cut(name, " | ")
		if strings.HasPrefix(name, prefix) {
			list = append(list, a.Value(name))
		}
	}
	return list
}
