//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Readv reads from fd at offset into bufs, one after the other, as preadv(2)
// does; -1 is the file's own position. At most 1024 buffers. bufs itself can be
// used again at once.
//
// IORING_OP_READV, since Linux 5.1.
func (s *SQE) Readv(fd int, bufs [][]byte, offset int64) {
	if !s.start(uapi.IORING_OP_READV, fd) {
		return
	}
	iov, ok := s.vectors(uapi.IORING_OP_READV, bufs)
	if !ok {
		return
	}
	s.entry.PrepReadv(int32(fd), unsafe.Pointer(iov), uint32(len(bufs)), uint64(offset))
	s.arm(uapi.IORING_OP_READV)
}

// Writev writes bufs to fd at offset, one after the other, as pwritev(2) does;
// -1 is the file's own position. At most 1024 buffers. bufs itself can be used
// again at once.
//
// IORING_OP_WRITEV, since Linux 5.1.
func (s *SQE) Writev(fd int, bufs [][]byte, offset int64) {
	if !s.start(uapi.IORING_OP_WRITEV, fd) {
		return
	}
	iov, ok := s.vectors(uapi.IORING_OP_WRITEV, bufs)
	if !ok {
		return
	}
	s.entry.PrepWritev(int32(fd), unsafe.Pointer(iov), uint32(len(bufs)), uint64(offset))
	s.arm(uapi.IORING_OP_WRITEV)
}

// ReadFixed is Read into a part of the registered buffer of that index. buf
// must lie within it, else the request completes with -EFAULT.
//
// IORING_OP_READ_FIXED, since Linux 5.1.
func (s *SQE) ReadFixed(fd int, buf []byte, offset int64, index uint16) {
	if !s.start(uapi.IORING_OP_READ_FIXED, fd) {
		return
	}
	p, n := data(buf)
	s.entry.PrepReadFixed(int32(fd), p, n, uint64(offset), index)
	s.keep(p)
	s.arm(uapi.IORING_OP_READ_FIXED)
}

// WriteFixed is Write from a part of the registered buffer of that index. buf
// must lie within it, else the request completes with -EFAULT.
//
// IORING_OP_WRITE_FIXED, since Linux 5.1.
func (s *SQE) WriteFixed(fd int, buf []byte, offset int64, index uint16) {
	if !s.start(uapi.IORING_OP_WRITE_FIXED, fd) {
		return
	}
	p, n := data(buf)
	s.entry.PrepWriteFixed(int32(fd), p, n, uint64(offset), index)
	s.keep(p)
	s.arm(uapi.IORING_OP_WRITE_FIXED)
}

// ReadvFixed is Readv into several parts of the registered buffer of that
// index.
//
// IORING_OP_READV_FIXED, since Linux 6.15.
func (s *SQE) ReadvFixed(fd int, bufs [][]byte, offset int64, index uint16) {
	if !s.start(uapi.IORING_OP_READV_FIXED, fd) {
		return
	}
	iov, ok := s.vectors(uapi.IORING_OP_READV_FIXED, bufs)
	if !ok {
		return
	}
	s.entry.PrepReadvFixed(int32(fd), unsafe.Pointer(iov), uint32(len(bufs)), uint64(offset), 0, index)
	s.arm(uapi.IORING_OP_READV_FIXED)
}

// WritevFixed is Writev from several parts of the registered buffer of that
// index.
//
// IORING_OP_WRITEV_FIXED, since Linux 6.15.
func (s *SQE) WritevFixed(fd int, bufs [][]byte, offset int64, index uint16) {
	if !s.start(uapi.IORING_OP_WRITEV_FIXED, fd) {
		return
	}
	iov, ok := s.vectors(uapi.IORING_OP_WRITEV_FIXED, bufs)
	if !ok {
		return
	}
	s.entry.PrepWritevFixed(int32(fd), unsafe.Pointer(iov), uint32(len(bufs)), uint64(offset), 0, index)
	s.arm(uapi.IORING_OP_WRITEV_FIXED)
}

// ReadMultishot reads each time that there is something to read, up to n bytes
// into a provided buffer of group; 0 is as much as the buffer holds. It ends
// with the completion that has no More. fd must be a file that can be polled,
// such as a pipe.
//
// IORING_OP_READ_MULTISHOT, since Linux 6.7.
func (s *SQE) ReadMultishot(fd int, n int, offset int64, group uint16) {
	if !s.start(uapi.IORING_OP_READ_MULTISHOT, fd) {
		return
	}
	size, ok := s.room(uapi.IORING_OP_READ_MULTISHOT, n)
	if !ok {
		return
	}
	s.entry.PrepReadMultishot(int32(fd), size, uint64(offset), group)
	s.arm(uapi.IORING_OP_READ_MULTISHOT)
}
