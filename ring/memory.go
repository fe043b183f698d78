//go:build linux

package ring

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// MemorySize is the number of bytes that Options.Memory must have for a ring
// with these entries and options, on the running kernel: whole pages. It makes
// a ring and gives it back, for only the kernel knows. Errors are those of New.
func MemorySize(entries uint32, o *Options) (int, error) {
	if o == nil {
		o = new(Options)
	}
	rings, sqes, err := needs(entries, o)
	if err != nil {
		return 0, err
	}
	return int(pages(sqes) + pages(rings)), nil
}

// sizeFlags are those that the sizes of a ring depend on, except for
// NO_SQARRAY: a ring with the array is large enough for one without.
const sizeFlags = uapi.IORING_SETUP_CQSIZE | uapi.IORING_SETUP_CLAMP | uapi.IORING_SETUP_SQE128 |
	uapi.IORING_SETUP_CQE32 | uapi.IORING_SETUP_SQE_MIXED | uapi.IORING_SETUP_CQE_MIXED

// needs asks the kernel for the sizes of a ring, by making one.
func needs(entries uint32, o *Options) (rings, sqes uint32, err error) {
	plain := *o
	plain.Memory, plain.ShareWorkers = nil, nil
	plain.Flags &^= uapi.IORING_SETUP_NO_MMAP | uapi.IORING_SETUP_REGISTERED_FD_ONLY
	p, err := plain.params(entries)
	if err != nil {
		return 0, 0, err
	}
	p.Flags = (p.Flags | o.Flags) & sizeFlags
	p.SqThreadCpu, p.SqThreadIdle = 0, 0
	fd, err := uapi.Setup(entries, &p)
	if err != nil {
		return 0, 0, setupError(p.Flags, err)
	}
	if err := syscall.Close(fd); err != nil {
		return 0, 0, &OpError{"close", err, ""}
	}
	rings, sqes = sizes(&p)
	return rings, sqes, nil
}

// pages rounds up to whole pages.
func pages(size uint32) uint32 {
	page := uint32(os.Getpagesize())
	return (size + page - 1) / page * page
}

// place tells the kernel where in the user's memory the ring is to be:
// entries first, then the rings, each in pages of its own. The kernel takes
// what it needs without asking how much there is.
func (o *Options) place(entries uint32, p *uapi.IoUringParams) error {
	m := o.Memory
	if m == nil {
		return nil
	}
	rings, sqes, err := needs(entries, o)
	if err != nil {
		return err
	}
	size := uint64(pages(sqes)) + uint64(pages(rings))
	start := uintptr(unsafe.Pointer(unsafe.SliceData(m)))
	switch {
	case uint64(len(m)) < size:
		return &ArgumentError{"New", "Memory", fmt.Sprintf("is %d bytes long", len(m)), fmt.Sprintf("needs %d, see MemorySize", size)}
	case start%uintptr(os.Getpagesize()) != 0:
		return &ArgumentError{"New", "Memory", "does not begin at a page", "take it from mmap(2)"}
	}
	if !lend(m) {
		return &ArgumentError{"New", "Memory", "has an open ring in it", "give each ring memory of its own"}
	}
	clear(m[:size]) // heads and tails begin at 0
	p.SqOff.UserAddr = uint64(start)
	p.CqOff.UserAddr = uint64(start) + uint64(pages(sqes))
	return nil
}

// lent is memory that the kernel was given for rings. It may set a flag there
// when the ring was closed long ago, and nothing tells when it is done, so that
// the collector must not have it back. Memory that is mapped costs two words
// here. at has the number of bytes while a ring is there, then 0.
var lent struct {
	sync.Mutex
	at map[*byte]uintptr
}

// lend is false if a ring has some of the memory.
func lend(m []byte) bool {
	lent.Lock()
	defer lent.Unlock()
	p := unsafe.SliceData(m)
	start, size := uintptr(unsafe.Pointer(p)), uintptr(len(m))
	for other, length := range lent.at {
		at := uintptr(unsafe.Pointer(other))
		if length > 0 && start < at+length && at < start+size {
			return false
		}
	}
	if lent.at == nil {
		lent.at = make(map[*byte]uintptr)
	}
	lent.at[p] = size
	return true
}

// unlend notes that no ring has the memory any more.
func unlend(m []byte) {
	lent.Lock()
	defer lent.Unlock()
	lent.at[unsafe.SliceData(m)] = 0
}

// memoryError explains what the kernel says about the user's memory.
func memoryError(err error) error {
	var refused *OpError
	if !errors.As(err, &refused) {
		return err
	}
	switch {
	case errors.Is(err, syscall.EFAULT):
		return &OpError{"setup", refused.Err, "Memory must be mapped for reading and writing"}
	case errors.Is(err, syscall.ENOMEM), errors.Is(err, syscall.EINVAL):
		return &OpError{"setup", refused.Err, "before Linux 6.14 parts of Memory that are longer than a page must lie in one huge page; or raise RLIMIT_MEMLOCK"}
	}
	return &OpError{"setup", refused.Err, ""}
}
