//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Getxattr fetches an extended attribute of a path into value. The result is
// its length in bytes; with an empty value the length that it would take.
// -ERANGE: value is too short.
//
// IORING_OP_GETXATTR, since Linux 5.19; getxattr(2).
func (s *SQE) Getxattr(path, name string, value []byte) {
	const op = uapi.IORING_OP_GETXATTR
	if !s.begin() || !s.size(op, "the length of value", int64(len(value))) {
		return
	}
	if p, n, v := s.attribute(op, path, name, value); n != nil && p != nil {
		s.entry.PrepGetxattr(n, v, p, uint32(len(value)))
		s.arm(op)
	}
}

// Setxattr sets an extended attribute of a path, with the XATTR_* flags of
// setxattr(2).
//
// IORING_OP_SETXATTR, since Linux 5.19.
func (s *SQE) Setxattr(path, name string, value []byte, flags uint32) {
	const op = uapi.IORING_OP_SETXATTR
	if !s.begin() || !s.size(op, "the length of value", int64(len(value))) {
		return
	}
	if p, n, v := s.attribute(op, path, name, value); n != nil && p != nil {
		s.entry.PrepSetxattr(n, v, p, flags, uint32(len(value)))
		s.arm(op)
	}
}

// Fgetxattr is Getxattr of a descriptor.
//
// IORING_OP_FGETXATTR, since Linux 5.19; fgetxattr(2).
func (s *SQE) Fgetxattr(fd int, name string, value []byte) {
	const op = uapi.IORING_OP_FGETXATTR
	if !s.start(op, fd) || !s.size(op, "the length of value", int64(len(value))) {
		return
	}
	if _, n, v := s.attribute(op, "", name, value); n != nil {
		s.entry.PrepFgetxattr(int32(fd), n, v, uint32(len(value)))
		s.arm(op)
	}
}

// Fsetxattr is Setxattr of a descriptor.
//
// IORING_OP_FSETXATTR, since Linux 5.19; fsetxattr(2).
func (s *SQE) Fsetxattr(fd int, name string, value []byte, flags uint32) {
	const op = uapi.IORING_OP_FSETXATTR
	if !s.start(op, fd) || !s.size(op, "the length of value", int64(len(value))) {
		return
	}
	if _, n, v := s.attribute(op, "", name, value); n != nil {
		s.entry.PrepFsetxattr(int32(fd), n, v, flags, uint32(len(value)))
		s.arm(op)
	}
}

// attribute holds what requests on extended attributes name.
func (s *SQE) attribute(op uapi.Op, path, name string, value []byte) (p, n, v unsafe.Pointer) {
	if p = s.string(op, 0, "path", path); p == nil {
		return nil, nil, nil
	}
	if n = s.string(op, 1, "name", name); n == nil {
		return nil, nil, nil
	}
	v = unsafe.Pointer(unsafe.SliceData(value))
	s.keep(v)
	return p, n, v
}
