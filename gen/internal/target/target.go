// Package target describes the architectures that Go supports on Linux, in
// the terms a C front end and a layout engine need. Everything here is what a
// C compiler for that target would say; nothing is asked of the host.
package target

import (
	"encoding/binary"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// Target is one GOARCH on Linux.
type Target struct {
	GOARCH string
	Bits   int  // of long and of pointers
	Big    bool // byte order

	// LongLongAlign is the alignment of 8-byte integers in a record, in
	// bytes: 4 on 386, else 8.
	LongLongAlign int64
	// MaxAlign is what __attribute__((aligned)) without argument means.
	MaxAlign int64
	// UnsignedChar tells that plain char is unsigned.
	UnsignedChar bool
	// UnsignedWchar tells that wchar_t is unsigned.
	UnsignedWchar bool
	// UnnamedBitfieldAligns tells that unnamed bit-fields raise the alignment
	// of their record (AAPCS).
	UnnamedBitfieldAligns bool

	CC      string // the cc/v4 ABI table to start from
	Triplet string // Debian's multiarch folder below usr/include
	Kernel  string // arch/<Kernel> in a kernel tree
	Clang   string // clang --target; "" where clang 14 has none

	defines []string // what a compiler for this target predefines, NAME VALUE
}

// ByteOrder is the target's byte order.
func (t *Target) ByteOrder() binary.ByteOrder {
	if t.Big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// Macro is one that compilers for the architecture predefine, and others not.
func (t *Target) Macro() string {
	name, _, _ := strings.Cut(t.defines[0], " ")
	return name
}

// Size is the size in bytes of an arithmetic type; 0 if it has none.
func (t *Target) Size(b model.Base) int64 {
	switch b {
	case model.Char, model.SChar, model.UChar:
		return 1
	case model.Short, model.UShort:
		return 2
	case model.IntBase, model.UInt, model.FloatBase:
		return 4
	case model.Long, model.ULong:
		return int64(t.Bits / 8)
	case model.LongLong, model.ULongLong, model.Double:
		return 8
	case model.Int128, model.UInt128:
		return 16
	}
	return 0
}

// Align is the alignment in bytes of an arithmetic type as a record member.
func (t *Target) Align(b model.Base) int64 {
	switch b {
	case model.LongLong, model.ULongLong, model.Double:
		return t.LongLongAlign
	case model.Int128, model.UInt128:
		// On s390x nothing is aligned to more than 8 bytes.
		return min(t.Size(b), t.MaxAlign)
	}
	return t.Size(b)
}

// Signed tells whether an integer type is signed here.
func (t *Target) Signed(b model.Base) bool {
	switch b {
	case model.Char:
		return !t.UnsignedChar
	case model.SChar, model.Short, model.IntBase, model.Long, model.LongLong, model.Int128:
		return true
	}
	return false
}

// All lists the 13 GOARCHes of GOOS=linux; amd64, the one whose facts the
// others are compared with, comes first.
func All() []*Target { return targets }

// ByGOARCH finds a target, nil if there is none.
func ByGOARCH(name string) *Target {
	for _, t := range targets {
		if t.GOARCH == name {
			return t
		}
	}
	return nil
}
