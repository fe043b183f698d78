//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

type entry = uapi.IoUringSqe

// iov is the buffers of a slot, as Prep methods take them.
func (a *attachment) vec() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(a.iov)) }

func buf() unsafe.Pointer { return at(&thing.buf[0]) }

var fileForms = []form{
	{prep: "PrepNop", by: "Nop", own: func(s *SQE) { s.Nop() }, raw: func(e *entry, _ *attachment) { e.PrepNop() }},
	{prep: "PrepNopFlags", by: "NopFlags",
		own: func(s *SQE) { s.NopFlags(uapi.IORING_NOP_INJECT_RESULT, -5, 7, 3) },
		raw: func(e *entry, _ *attachment) {
			e.PrepNopFlags(7, 0xfffffffb, 3, uapi.IORING_NOP_INJECT_RESULT)
		}},
	{prep: "PrepNop128", by: "Nop128", wide: true,
		own: func(s *SQE) { s.Nop128() },
		raw: func(e *entry, _ *attachment) { e.PrepNop128() }},
	{prep: "PrepRead", by: "Read",
		own: func(s *SQE) { s.Read(7, thing.buf, -1) },
		raw: func(e *entry, _ *attachment) { e.PrepRead(7, buf(), 4096, ^uint64(0)) }},
	{prep: "PrepWrite", by: "Write",
		own: func(s *SQE) { s.Write(7, thing.buf, 1<<40) },
		raw: func(e *entry, _ *attachment) { e.PrepWrite(7, buf(), 4096, 1<<40) }},
	{prep: "PrepReadv", by: "Readv",
		own: func(s *SQE) { s.Readv(7, thing.bufs, 11) },
		raw: func(e *entry, a *attachment) { e.PrepReadv(7, a.vec(), 3, 11) }},
	{prep: "PrepReadv2", by: "Readv+SetRWFlags",
		own: func(s *SQE) { s.Readv(7, thing.bufs, 11); s.SetRWFlags(unix.RWF_NOWAIT) },
		raw: func(e *entry, a *attachment) { e.PrepReadv2(7, a.vec(), 3, 11, unix.RWF_NOWAIT) }},
	{prep: "PrepWritev", by: "Writev",
		own: func(s *SQE) { s.Writev(7, thing.bufs, 11) },
		raw: func(e *entry, a *attachment) { e.PrepWritev(7, a.vec(), 3, 11) }},
	{prep: "PrepWritev2", by: "Writev+SetRWFlags",
		own: func(s *SQE) { s.Writev(7, thing.bufs, 11); s.SetRWFlags(unix.RWF_DSYNC) },
		raw: func(e *entry, a *attachment) { e.PrepWritev2(7, a.vec(), 3, 11, unix.RWF_DSYNC) }},
	{prep: "PrepReadFixed", by: "ReadFixed",
		own: func(s *SQE) { s.ReadFixed(7, thing.buf, 11, 3) },
		raw: func(e *entry, _ *attachment) { e.PrepReadFixed(7, buf(), 4096, 11, 3) }},
	{prep: "PrepWriteFixed", by: "WriteFixed",
		own: func(s *SQE) { s.WriteFixed(7, thing.buf, 11, 3) },
		raw: func(e *entry, _ *attachment) { e.PrepWriteFixed(7, buf(), 4096, 11, 3) }},
	{prep: "PrepReadvFixed", by: "ReadvFixed+SetRWFlags",
		own: func(s *SQE) { s.ReadvFixed(7, thing.bufs, 11, 3); s.SetRWFlags(unix.RWF_HIPRI) },
		raw: func(e *entry, a *attachment) { e.PrepReadvFixed(7, a.vec(), 3, 11, unix.RWF_HIPRI, 3) }},
	{prep: "PrepWritevFixed", by: "WritevFixed",
		own: func(s *SQE) { s.WritevFixed(7, thing.bufs, 11, 3) },
		raw: func(e *entry, a *attachment) { e.PrepWritevFixed(7, a.vec(), 3, 11, 0, 3) }},
	{prep: "PrepReadMultishot", by: "ReadMultishot",
		own: func(s *SQE) { s.ReadMultishot(7, 100, -1, 3) },
		raw: func(e *entry, _ *attachment) { e.PrepReadMultishot(7, 100, ^uint64(0), 3) }},
	{prep: "PrepReadAttr", by: "Read+SetPI",
		own: func(s *SQE) { s.Read(7, thing.buf, 11); s.SetPI(thing.buf, thing.pi) },
		raw: func(e *entry, a *attachment) {
			e.PrepReadAttr(7, buf(), 4096, 11, at(&a.pi), uapi.IORING_RW_ATTR_FLAG_PI)
		}},
	{prep: "PrepWriteAttr", by: "Write+SetPI",
		own: func(s *SQE) { s.Write(7, thing.buf, 11); s.SetPI(thing.buf, thing.pi) },
		raw: func(e *entry, a *attachment) {
			e.PrepWriteAttr(7, buf(), 4096, 11, at(&a.pi), uapi.IORING_RW_ATTR_FLAG_PI)
		}},
	{prep: "PrepReadvAttr", by: "Readv+SetPI",
		own: func(s *SQE) { s.Readv(7, thing.bufs, 11); s.SetPI(thing.buf, thing.pi) },
		raw: func(e *entry, a *attachment) {
			e.PrepReadvAttr(7, a.vec(), 3, 11, at(&a.pi), uapi.IORING_RW_ATTR_FLAG_PI)
		}},
	{prep: "PrepWritevAttr", by: "Writev+SetPI",
		own: func(s *SQE) { s.Writev(7, thing.bufs, 11); s.SetPI(thing.buf, thing.pi) },
		raw: func(e *entry, a *attachment) {
			e.PrepWritevAttr(7, a.vec(), 3, 11, at(&a.pi), uapi.IORING_RW_ATTR_FLAG_PI)
		}},
	{prep: "PrepWriteStream", by: "Write+SetWriteStream",
		own: func(s *SQE) { s.Write(7, thing.buf, 11); s.SetWriteStream(5) },
		raw: func(e *entry, _ *attachment) { e.PrepWriteStream(7, buf(), 4096, 11, 5) }},
	{prep: "PrepFsync", by: "Fsync",
		own: func(s *SQE) { s.Fsync(7, uapi.IORING_FSYNC_DATASYNC) },
		raw: func(e *entry, _ *attachment) { e.PrepFsync(7, uapi.IORING_FSYNC_DATASYNC) }},
	{prep: "PrepSyncFileRange", by: "SyncFileRange",
		own: func(s *SQE) { s.SyncFileRange(7, 11, 1<<32-1, unix.SYNC_FILE_RANGE_WRITE) },
		raw: func(e *entry, _ *attachment) { e.PrepSyncFileRange(7, 1<<32-1, 11, unix.SYNC_FILE_RANGE_WRITE) }},
	{prep: "PrepFallocate", by: "Fallocate",
		own: func(s *SQE) { s.Fallocate(7, unix.FALLOC_FL_PUNCH_HOLE, 11, 1<<40) },
		raw: func(e *entry, _ *attachment) { e.PrepFallocate(7, unix.FALLOC_FL_PUNCH_HOLE, 11, 1<<40) }},
	{prep: "PrepFtruncate", by: "Ftruncate",
		own: func(s *SQE) { s.Ftruncate(7, 1<<40) },
		raw: func(e *entry, _ *attachment) { e.PrepFtruncate(7, 1<<40) }},
	{prep: "PrepFadvise", by: "Fadvise",
		own: func(s *SQE) { s.Fadvise(7, 11, 1<<32-1, unix.FADV_WILLNEED) },
		raw: func(e *entry, _ *attachment) { e.PrepFadvise(7, 11, 1<<32-1, unix.FADV_WILLNEED) }},
	{prep: "PrepFadvise64", by: "Fadvise",
		own: func(s *SQE) { s.Fadvise(7, 11, 1<<32, unix.FADV_WILLNEED) },
		raw: func(e *entry, _ *attachment) { e.PrepFadvise64(7, 11, 1<<32, unix.FADV_WILLNEED) }},
	{prep: "PrepSplice", by: "Splice",
		own: func(s *SQE) { s.Splice(7, -1, 8, 12, 100, unix.SPLICE_F_MOVE) },
		raw: func(e *entry, _ *attachment) { e.PrepSplice(7, -1, 8, 12, 100, unix.SPLICE_F_MOVE) }},
	{prep: "PrepTee", by: "Tee",
		own: func(s *SQE) { s.Tee(7, 8, 100, uapi.SPLICE_F_FD_IN_FIXED) },
		raw: func(e *entry, _ *attachment) { e.PrepTee(7, 8, 100, uapi.SPLICE_F_FD_IN_FIXED) }},
	{prep: "PrepPipe", by: "Pipe",
		own: func(s *SQE) { s.Pipe(&thing.fds, unix.O_NONBLOCK) },
		raw: func(e *entry, _ *attachment) { e.PrepPipe(at(&thing.fds), unix.O_NONBLOCK) }},
	{prep: "PrepPipeDirect", by: "Pipe+SetDirect",
		own: func(s *SQE) { s.Pipe(&thing.fds, 0); s.SetDirect(4) },
		raw: func(e *entry, _ *attachment) { e.PrepPipeDirect(at(&thing.fds), 0, 4) }},
}
