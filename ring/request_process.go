//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// ChildInfo is what Waitid tells about a child. The zero value is no child.
type ChildInfo struct {
	_    [0]uintptr // aligned as the C record is
	info unix.Siginfo
}

// Code is CLD_*: how the child's state changed.
func (c *ChildInfo) Code() int { return int(c.info.Code) }

// Pid is the child's process ID, 0 if there is no child.
func (c *ChildInfo) Pid() int { return int(c.field(0)) }

// UID is the child's real user ID.
func (c *ChildInfo) UID() int { return int(uint32(c.field(1))) }

// Status is the exit status with CLD_EXITED, else the signal.
func (c *ChildInfo) Status() int { return int(c.field(2)) }

// field is a word of what follows the head of a siginfo_t, which is aligned for
// pointers.
func (c *ChildInfo) field(i uintptr) int32 {
	const align = unsafe.Sizeof(uintptr(0))
	const head = (3*4 + align - 1) / align * align
	return *(*int32)(unsafe.Add(unsafe.Pointer(&c.info), head+4*i))
}

// Waitid waits for a child to change its state, as waitid(2) does: idtype is
// P_ALL, P_PID, P_PGID or P_PIDFD, options are WEXITED and the like. info may be
// nil. Only children of the thread that submits count if options has
// __WNOTHREAD. A child of os/exec is the caller's to wait for only if Cmd.Wait
// is not called.
//
// IORING_OP_WAITID, since Linux 6.7.
func (s *SQE) Waitid(idtype, id int, info *ChildInfo, options int) {
	const op = uapi.IORING_OP_WAITID
	if !s.begin() || !s.fits(op, "idtype", idtype) || !s.fits(op, "id", id) || !s.fits(op, "options", options) {
		return
	}
	p := unsafe.Pointer(info)
	s.entry.PrepWaitid(uint32(idtype), uint32(id), p, int32(options), 0)
	s.keep(p)
	s.arm(op)
}
