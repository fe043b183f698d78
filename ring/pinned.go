//go:build linux

package ring

import (
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// pinned is memory outside the collector's, in whole pages, that the kernel
// uses as well. It pins the pages for as long as it does, so that unmapping
// them is never too early for the kernel, only for us.
type pinned []byte

// anonymous is new memory, zeroed.
func anonymous(size int) (pinned, error) {
	return mapPinned(-1, 0, nil, size, syscall.MAP_PRIVATE|syscall.MAP_ANONYMOUS)
}

// fromKernel is memory of the kernel's.
func fromKernel(fd int, offset int64, size int) (pinned, error) {
	return mapPinned(fd, offset, nil, size, syscall.MAP_SHARED|syscall.MAP_POPULATE)
}

func mapPinned(fd int, offset int64, at unsafe.Pointer, size, flags int) (pinned, error) {
	size = wholePages(size)
	p, err := unix.MmapPtr(fd, offset, at, uintptr(size), syscall.PROT_READ|syscall.PROT_WRITE, flags)
	if err != nil {
		return nil, &OpError{"mmap", err, ""}
	}
	return unsafe.Slice((*byte)(p), size), nil
}

// wholePages rounds up.
func wholePages(size int) int {
	page := os.Getpagesize()
	return (size + page - 1) / page * page
}

// unmap gives the memory back. Nothing may point there any more.
func (m *pinned) unmap() {
	if *m != nil {
		_ = unix.MunmapPtr(unsafe.Pointer(unsafe.SliceData(*m)), uintptr(len(*m)))
		*m = nil
	}
}

// bury puts other memory in the same place, for the caller may have slices of
// it: they read zeros from then on. What is lost is the range of addresses.
func (m *pinned) bury() {
	if *m != nil {
		_, _ = mapPinned(-1, 0, unsafe.Pointer(unsafe.SliceData(*m)), len(*m), syscall.MAP_PRIVATE|syscall.MAP_ANONYMOUS|syscall.MAP_FIXED)
		*m = nil
	}
}

func (m pinned) address() uint64 { return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(m)))) }

// word is a 32-bit word that kernel and process share.
func (m pinned) word(offset uint32) *atomic.Uint32 {
	return (*atomic.Uint32)(unsafe.Pointer(&m[offset]))
}
