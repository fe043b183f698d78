//go:build linux

package ring

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Region is memory that a ring shares with the kernel until it is closed.
type Region struct {
	memory pinned // of the kernel, or of the ring
	users  []byte // of the caller
	waits  bool
}

// RegionOptions say how a region is to be. nil is the zero value.
type RegionOptions struct {
	// Memory is the region: whole pages, from the start of a page. nil makes some.
	Memory []byte

	// KernelMemory has the kernel bring the memory instead.
	KernelMemory bool

	// Waits makes the region the place of registered waits. The ring must have
	// been made with IORING_SETUP_R_DISABLED and not be enabled yet (EINVAL).
	// RegisterWaits is more convenient.
	Waits bool
}

var registerRegion = registration{"RegisterRegion", uapi.IORING_REGISTER_MEM_REGION, map[syscall.Errno]string{
	syscall.EBUSY:  "the ring has a region, and keeps it until it is closed",
	syscall.EINVAL: "for waits, make the ring with IORING_SETUP_R_DISABLED and register before Enable",
	syscall.EFAULT: "the memory must be mapped for reading and writing",
}}

// RegisterRegion shares memory with the kernel, of size bytes rounded up to
// whole pages; with Memory, all of that, and size is 0. A ring has one region at
// most, for good. EBUSY: it has one. ENOMEM: RLIMIT_MEMLOCK.
//
// IORING_REGISTER_MEM_REGION, since Linux 6.13; io_uring_register(2).
func (r *Ring) RegisterRegion(size int, o *RegionOptions) (*Region, error) {
	g := &registerRegion
	if err := g.begin(r); err != nil {
		return nil, err
	}
	if o == nil {
		o = new(RegionOptions)
	}
	if err := o.check(r, size); err != nil {
		return nil, err
	}
	x := &Region{users: o.Memory, waits: o.Waits}
	if err := x.register(r, size, o); err != nil {
		return nil, err
	}
	r.resources.region = x
	return x, nil
}

func (o *RegionOptions) check(r *Ring, size int) error {
	g, page := &registerRegion, os.Getpagesize()
	start := uintptr(unsafe.Pointer(unsafe.SliceData(o.Memory)))
	switch {
	case o.Memory == nil && (size <= 0 || size > maxRegion):
		return g.wrong("size", fmt.Sprintf("is %d", size), fmt.Sprintf("use 1 to %d", maxRegion))
	case o.Memory == nil && o.KernelMemory && r.raw.fd < 0:
		return g.wrong("KernelMemory", "is set on a ring without a descriptor", "leave it out: nothing can be mapped")
	case o.Memory == nil:
		return nil
	case o.KernelMemory:
		return g.wrong("KernelMemory", "is set besides Memory", "leave one of them out")
	case size != 0:
		return g.wrong("size", fmt.Sprintf("is %d besides Memory", size), "leave it 0")
	case len(o.Memory) == 0 || len(o.Memory)%page != 0 || start%uintptr(page) != 0:
		return g.wrong("Memory", fmt.Sprintf("has %d bytes at %#x", len(o.Memory), start), fmt.Sprintf("use whole pages of %d bytes, from mmap(2) for one", page))
	}
	return nil
}

const maxRegion = 1 << 30

func (x *Region) register(r *Ring, size int, o *RegionOptions) (err error) {
	desc := &uapi.IoUringRegionDesc{Size: uint64(wholePages(size))}
	switch {
	case o.Memory != nil:
		desc.UserAddr, desc.Size = pinned(o.Memory).address(), uint64(len(o.Memory))
	case !o.KernelMemory:
		if x.memory, err = anonymous(size); err != nil {
			return err
		}
		desc.UserAddr = x.memory.address()
	}
	if !o.KernelMemory {
		desc.Flags = uapi.IORING_MEM_REGION_TYPE_USER
	}
	var flags uapi.MemRegionFlags
	if o.Waits {
		flags = uapi.IORING_MEM_REGION_REG_WAIT_ARG
	}
	if err := uapi.RegisterMemRegion(r.raw.fd, desc, flags); err != nil {
		x.memory.unmap()
		return registerRegion.failed(err)
	}
	if o.KernelMemory { // the kernel's for good: should this fail, a second call cannot succeed
		x.memory, err = fromKernel(r.raw.fd, int64(desc.MmapOffset), int(desc.Size))
	}
	return err
}

// Bytes is the region's memory. When the ring is closed, the region ends: what
// was not the caller's own then reads as zeros.
func (x *Region) Bytes() []byte {
	if x.users != nil {
		return x.users
	}
	return x.memory
}
