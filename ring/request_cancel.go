//go:build linux

package ring

import "github.com/uringgen/uringgen/generated/uapi"

// Cancel cancels a request of this ring. It completes with 0 if the request
// was canceled, which then completes with -ECANCELED; -ENOENT if it is over;
// -EALREADY if it is being carried out and may not stop.
//
// IORING_OP_ASYNC_CANCEL, since Linux 5.5.
func (s *SQE) Cancel(id ID) {
	if !s.begin() {
		return
	}
	s.entry.PrepCancel64(uint64(id), 0)
	s.arm(uapi.IORING_OP_ASYNC_CANCEL)
}

// CancelAny cancels any request of this ring, and with IORING_ASYNC_CANCEL_ALL
// all of them; then the result is their number, which may be 0.
//
// IORING_OP_ASYNC_CANCEL, in this form since Linux 5.19.
func (s *SQE) CancelAny(flags uapi.CancelFlags) {
	if !s.begin() {
		return
	}
	s.entry.PrepCancel(0, flags|uapi.IORING_ASYNC_CANCEL_ANY)
	s.arm(uapi.IORING_OP_ASYNC_CANCEL)
}

// CancelFD cancels a request on fd, which is a slot of the file table with
// IORING_ASYNC_CANCEL_FD_FIXED; all of them with IORING_ASYNC_CANCEL_ALL, and
// then the result is their number.
//
// IORING_OP_ASYNC_CANCEL, in this form since Linux 5.19.
func (s *SQE) CancelFD(fd int, flags uapi.CancelFlags) {
	if !s.start(uapi.IORING_OP_ASYNC_CANCEL, fd) {
		return
	}
	s.entry.PrepCancelFd(int32(fd), flags)
	s.arm(uapi.IORING_OP_ASYNC_CANCEL)
}

// CancelOp cancels a request of this operation; all of them with
// IORING_ASYNC_CANCEL_ALL, and then the result is their number.
//
// IORING_OP_ASYNC_CANCEL, in this form since Linux 6.6.
func (s *SQE) CancelOp(op uapi.Op, flags uapi.CancelFlags) {
	if !s.begin() {
		return
	}
	s.entry.PrepCancelOp(op, flags)
	s.arm(uapi.IORING_OP_ASYNC_CANCEL)
}
