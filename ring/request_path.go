//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// Openat opens a file below the folder dirfd, which may be CWD, with the O_*
// flags and the mode of openat(2); O_LARGEFILE is added. The result is a
// descriptor, or with SetDirect a slot of the file table.
//
// IORING_OP_OPENAT, since Linux 5.6.
func (s *SQE) Openat(dirfd int, path string, flags, mode uint32) {
	const op = uapi.IORING_OP_OPENAT
	if !s.start(op, dirfd) {
		return
	}
	p := s.string(op, 0, "path", path)
	if p == nil {
		return
	}
	s.entry.PrepOpenat(int32(dirfd), p, flags|unix.O_LARGEFILE, mode)
	s.arm(op)
}

// Openat2 opens a file with rules for how its path is resolved, as openat2(2)
// does; O_LARGEFILE is added. The result is as Openat's.
//
// IORING_OP_OPENAT2, since Linux 5.6.
func (s *SQE) Openat2(dirfd int, path string, how uapi.OpenHow) {
	const op = uapi.IORING_OP_OPENAT2
	if !s.start(op, dirfd) {
		return
	}
	p := s.string(op, 0, "path", path)
	if p == nil {
		return
	}
	a := s.attach()
	a.how = how
	if how.Flags&unix.O_PATH == 0 { // which goes with no other flag
		a.how.Flags |= unix.O_LARGEFILE
	}
	s.entry.PrepOpenat2(int32(dirfd), p, unsafe.Pointer(&a.how))
	s.arm(op)
}

// Statx fetches what is known of a file. flags are AT_* bits, mask is STATX_*
// bits; with AT_EMPTY_PATH and an empty path the file is dirfd itself. What was
// filled in, the Mask of st tells.
//
// IORING_OP_STATX, since Linux 5.6; statx(2).
func (s *SQE) Statx(dirfd int, path string, flags, mask uint32, st *unix.Statx_t) {
	const op = uapi.IORING_OP_STATX
	if !s.start(op, dirfd) {
		return
	}
	p := s.string(op, 0, "path", path)
	if p == nil {
		return
	}
	s.entry.PrepStatx(int32(dirfd), p, flags, mask, unsafe.Pointer(st))
	s.keep(unsafe.Pointer(st))
	s.arm(op)
}

// Renameat renames a file, with the RENAME_* flags of renameat2(2).
//
// IORING_OP_RENAMEAT, since Linux 5.11.
func (s *SQE) Renameat(olddirfd int, oldpath string, newdirfd int, newpath string, flags uint32) {
	const op = uapi.IORING_OP_RENAMEAT
	if from, to, ok := s.paths(op, olddirfd, oldpath, newdirfd, newpath); ok {
		s.entry.PrepRenameat(int32(olddirfd), from, int32(newdirfd), to, flags)
		s.arm(op)
	}
}

// Linkat gives a file a second name, with the AT_* flags of linkat(2).
//
// IORING_OP_LINKAT, since Linux 5.15.
func (s *SQE) Linkat(olddirfd int, oldpath string, newdirfd int, newpath string, flags uint32) {
	const op = uapi.IORING_OP_LINKAT
	if from, to, ok := s.paths(op, olddirfd, oldpath, newdirfd, newpath); ok {
		s.entry.PrepLinkat(int32(olddirfd), from, int32(newdirfd), to, flags)
		s.arm(op)
	}
}

// paths begins a request that has two of them.
func (s *SQE) paths(op uapi.Op, olddirfd int, oldpath string, newdirfd int, newpath string) (from, to unsafe.Pointer, ok bool) {
	if !s.start(op, olddirfd) || !s.fits(op, "newdirfd", newdirfd) {
		return nil, nil, false
	}
	if from = s.string(op, 0, "oldpath", oldpath); from == nil {
		return nil, nil, false
	}
	to = s.string(op, 1, "newpath", newpath)
	return from, to, to != nil
}

// Symlinkat makes a symbolic link to target, which need not exist.
//
// IORING_OP_SYMLINKAT, since Linux 5.15; symlinkat(2).
func (s *SQE) Symlinkat(target string, newdirfd int, linkpath string) {
	const op = uapi.IORING_OP_SYMLINKAT
	if !s.start(op, newdirfd) {
		return
	}
	to := s.string(op, 0, "target", target)
	if to == nil {
		return
	}
	p := s.string(op, 1, "linkpath", linkpath)
	if p == nil {
		return
	}
	s.entry.PrepSymlinkat(to, int32(newdirfd), p)
	s.arm(op)
}

// Unlinkat removes a file, or with AT_REMOVEDIR an empty folder.
//
// IORING_OP_UNLINKAT, since Linux 5.11; unlinkat(2).
func (s *SQE) Unlinkat(dirfd int, path string, flags uint32) {
	const op = uapi.IORING_OP_UNLINKAT
	if !s.start(op, dirfd) {
		return
	}
	p := s.string(op, 0, "path", path)
	if p == nil {
		return
	}
	s.entry.PrepUnlinkat(int32(dirfd), p, flags)
	s.arm(op)
}

// Mkdirat makes a folder.
//
// IORING_OP_MKDIRAT, since Linux 5.15; mkdirat(2).
func (s *SQE) Mkdirat(dirfd int, path string, mode uint32) {
	const op = uapi.IORING_OP_MKDIRAT
	if !s.start(op, dirfd) {
		return
	}
	p := s.string(op, 0, "path", path)
	if p == nil {
		return
	}
	s.entry.PrepMkdirat(int32(dirfd), p, mode)
	s.arm(op)
}
