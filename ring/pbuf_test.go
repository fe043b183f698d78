//go:build linux

package ring

import (
	"sync/atomic"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// bufferList is the entries of a ring of buffers.
func bufferList(mem []byte) []uapi.IoUringBuf {
	return unsafe.Slice((*uapi.IoUringBuf)(unsafe.Pointer(&mem[0])), len(mem)/16)
}

// setTail publishes n entries of a ring of buffers whose tail was 0: it is the
// upper half of the fourth word, in the byte order of the machine.
func setTail(mem []byte, n uint16) {
	w := (*atomic.Uint32)(unsafe.Pointer(&mem[12]))
	half := (*[2]uint16)(unsafe.Pointer(&mem[12]))
	half[1] = n
	w.Store(w.Load())
}

func addressOf(b []byte) uint64 { return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) }
