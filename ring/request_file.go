//go:build linux

package ring

import (
	"github.com/uringgen/uringgen/generated/uapi"
)

// Read reads from fd at offset into buf, as pread(2) does; -1 is the file's own
// position, which then moves. One request moves 2 GiB less a page at most.
//
// IORING_OP_READ, since Linux 5.6.
func (s *SQE) Read(fd int, buf []byte, offset int64) {
	if !s.start(uapi.IORING_OP_READ, fd) {
		return
	}
	p, n := data(buf)
	s.entry.PrepRead(int32(fd), p, n, uint64(offset))
	s.keep(p)
	s.arm(uapi.IORING_OP_READ)
}

// Write writes buf to fd at offset, as pwrite(2) does; -1 is the file's own
// position, which then moves. One request moves 2 GiB less a page at most.
//
// IORING_OP_WRITE, since Linux 5.6.
func (s *SQE) Write(fd int, buf []byte, offset int64) {
	if !s.start(uapi.IORING_OP_WRITE, fd) {
		return
	}
	p, n := data(buf)
	s.entry.PrepWrite(int32(fd), p, n, uint64(offset))
	s.keep(p)
	s.arm(uapi.IORING_OP_WRITE)
}

// Fsync flushes a file to storage; with IORING_FSYNC_DATASYNC only what is
// needed to read the data back. It does not wait for writes in flight: link it
// behind them.
//
// IORING_OP_FSYNC, since Linux 5.1; fsync(2).
func (s *SQE) Fsync(fd int, flags uapi.FsyncFlags) {
	if !s.start(uapi.IORING_OP_FSYNC, fd) {
		return
	}
	s.entry.PrepFsync(int32(fd), flags)
	s.arm(uapi.IORING_OP_FSYNC)
}

// SyncFileRange flushes n bytes of a file from offset on, 0 is all up to its
// end. flags are SYNC_FILE_RANGE_* bits. n is less than 4 GiB.
//
// IORING_OP_SYNC_FILE_RANGE, since Linux 5.2; sync_file_range(2).
func (s *SQE) SyncFileRange(fd int, offset, n int64, flags uint32) {
	const op = uapi.IORING_OP_SYNC_FILE_RANGE
	if !s.start(op, fd) || !s.size(op, "n", n) {
		return
	}
	s.entry.PrepSyncFileRange(int32(fd), uint32(n), uint64(offset), flags)
	s.arm(op)
}

// Fallocate allocates, frees or zeroes n bytes of a file from offset on. mode
// is FALLOC_FL_* bits.
//
// IORING_OP_FALLOCATE, since Linux 5.6; fallocate(2).
func (s *SQE) Fallocate(fd int, mode uint32, offset, n int64) {
	if !s.start(uapi.IORING_OP_FALLOCATE, fd) {
		return
	}
	s.entry.PrepFallocate(int32(fd), int32(mode), uint64(offset), uint64(n))
	s.arm(uapi.IORING_OP_FALLOCATE)
}

// Ftruncate sets the size of a file, in bytes.
//
// IORING_OP_FTRUNCATE, since Linux 6.9; ftruncate(2).
func (s *SQE) Ftruncate(fd int, size int64) {
	if !s.start(uapi.IORING_OP_FTRUNCATE, fd) {
		return
	}
	s.entry.PrepFtruncate(int32(fd), size)
	s.arm(uapi.IORING_OP_FTRUNCATE)
}

// Fadvise tells how n bytes of a file from offset on will be used, 0 is all up
// to its end. advice is one of POSIX_FADV_*. 4 GiB and more need Linux 6.11.
//
// IORING_OP_FADVISE, since Linux 5.6; posix_fadvise(2).
func (s *SQE) Fadvise(fd int, offset, n int64, advice uint32) {
	const op = uapi.IORING_OP_FADVISE
	if !s.start(op, fd) {
		return
	}
	switch {
	case n < 0:
		s.wrong(op, "n", "is negative", "")
		return
	case n>>32 == 0:
		s.entry.PrepFadvise(int32(fd), uint64(offset), uint32(n), int32(advice))
	default:
		s.entry.PrepFadvise64(int32(fd), uint64(offset), n, int32(advice))
	}
	s.arm(op)
}

// Close closes a descriptor. CloseDirect empties a slot of the file table.
//
// IORING_OP_CLOSE, since Linux 5.6; close(2).
func (s *SQE) Close(fd int) {
	if !s.start(uapi.IORING_OP_CLOSE, fd) {
		return
	}
	s.entry.PrepClose(int32(fd))
	s.arm(uapi.IORING_OP_CLOSE)
}
