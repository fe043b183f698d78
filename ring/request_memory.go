//go:build linux

package ring

import (
	"fmt"
	"os"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// Madvise tells how memory will be used; advice is one of MADV_*. The kernel
// counts in pages: mem must begin with one, and for advice that may change what
// is in memory be whole pages, since what lies behind it would change as well.
// 4 GiB and more need Linux 6.11.
//
// IORING_OP_MADVISE, since Linux 5.6; madvise(2).
func (s *SQE) Madvise(mem []byte, advice int) {
	const op = uapi.IORING_OP_MADVISE
	if !s.begin() || !s.fits(op, "advice", advice) {
		return
	}
	if page := os.Getpagesize(); len(mem)%page != 0 && !harmless(advice) {
		s.wrong(op, "mem", fmt.Sprintf("has %d bytes", len(mem)), fmt.Sprintf("this advice is for whole pages of %d", page))
		return
	}
	p, n := unsafe.Pointer(unsafe.SliceData(mem)), int64(len(mem))
	if n>>32 == 0 {
		s.entry.PrepMadvise(p, uint32(n), int32(advice))
	} else {
		s.entry.PrepMadvise64(p, n, int32(advice))
	}
	s.keep(p)
	s.arm(op)
}

// harmless tells that advice does not change what is in memory.
func harmless(advice int) bool {
	switch advice {
	case unix.MADV_NORMAL, unix.MADV_RANDOM, unix.MADV_SEQUENTIAL, unix.MADV_WILLNEED,
		unix.MADV_COLD, unix.MADV_PAGEOUT, unix.MADV_POPULATE_READ, unix.MADV_POPULATE_WRITE,
		unix.MADV_HUGEPAGE, unix.MADV_NOHUGEPAGE, unix.MADV_COLLAPSE,
		unix.MADV_MERGEABLE, unix.MADV_UNMERGEABLE, unix.MADV_DODUMP, unix.MADV_DONTDUMP:
		return true
	}
	return false
}
