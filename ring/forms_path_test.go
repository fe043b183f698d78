//go:build linux

package ring

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// str is one of the strings of a slot.
func (a *attachment) str(i int) unsafe.Pointer { return at(&a.text[i][0]) }

var pathForms = []form{
	{prep: "PrepOpen", by: "Openat",
		own: func(s *SQE) { s.Openat(CWD, "a", unix.O_CREAT, 0o640) },
		raw: func(e *entry, a *attachment) { e.PrepOpen(a.str(0), unix.O_CREAT|unix.O_LARGEFILE, 0o640) }},
	{prep: "PrepOpenDirect", by: "Openat+SetDirect",
		own: func(s *SQE) { s.Openat(CWD, "a", unix.O_CREAT, 0o640); s.SetDirect(0) },
		raw: func(e *entry, a *attachment) {
			e.PrepOpenDirect(a.str(0), unix.O_CREAT|unix.O_LARGEFILE, 0o640, 0)
		}},
	{prep: "PrepOpenat", by: "Openat",
		own: func(s *SQE) { s.Openat(7, "a", unix.O_RDWR, 0o640) },
		raw: func(e *entry, a *attachment) { e.PrepOpenat(7, a.str(0), unix.O_RDWR|unix.O_LARGEFILE, 0o640) }},
	{prep: "PrepOpenatDirect", by: "Openat+SetDirect",
		own: func(s *SQE) { s.Openat(7, "a", unix.O_RDWR, 0o640); s.SetDirect(AnySlot) },
		raw: func(e *entry, a *attachment) {
			e.PrepOpenatDirect(7, a.str(0), unix.O_RDWR|unix.O_LARGEFILE, 0o640, AnySlot)
		}},
	{prep: "PrepOpenat2", by: "Openat2",
		own: func(s *SQE) { s.Openat2(7, "a", thing.how) },
		raw: func(e *entry, a *attachment) { e.PrepOpenat2(7, a.str(0), at(&a.how)) }},
	{prep: "PrepOpenat2Direct", by: "Openat2+SetDirect",
		own: func(s *SQE) { s.Openat2(7, "a", thing.how); s.SetDirect(9) },
		raw: func(e *entry, a *attachment) { e.PrepOpenat2Direct(7, a.str(0), at(&a.how), 9) }},
	{prep: "PrepClose", by: "Close",
		own: func(s *SQE) { s.Close(7) },
		raw: func(e *entry, _ *attachment) { e.PrepClose(7) }},
	{prep: "PrepCloseDirect", by: "CloseDirect",
		own: func(s *SQE) { s.CloseDirect(9) },
		raw: func(e *entry, _ *attachment) { e.PrepCloseDirect(9) }},
	{prep: "PrepStatx", by: "Statx",
		own: func(s *SQE) { s.Statx(7, "a", unix.AT_EMPTY_PATH, unix.STATX_SIZE, &thing.stat) },
		raw: func(e *entry, a *attachment) {
			e.PrepStatx(7, a.str(0), unix.AT_EMPTY_PATH, unix.STATX_SIZE, at(&thing.stat))
		}},
	{prep: "PrepRename", by: "Renameat",
		own: func(s *SQE) { s.Renameat(CWD, "a", CWD, "b", 0) },
		raw: func(e *entry, a *attachment) { e.PrepRename(a.str(0), a.str(1)) }},
	{prep: "PrepRenameat", by: "Renameat",
		own: func(s *SQE) { s.Renameat(7, "a", 8, "b", unix.RENAME_NOREPLACE) },
		raw: func(e *entry, a *attachment) { e.PrepRenameat(7, a.str(0), 8, a.str(1), unix.RENAME_NOREPLACE) }},
	{prep: "PrepUnlink", by: "Unlinkat",
		own: func(s *SQE) { s.Unlinkat(CWD, "a", unix.AT_REMOVEDIR) },
		raw: func(e *entry, a *attachment) { e.PrepUnlink(a.str(0), unix.AT_REMOVEDIR) }},
	{prep: "PrepUnlinkat", by: "Unlinkat",
		own: func(s *SQE) { s.Unlinkat(7, "a", 0) },
		raw: func(e *entry, a *attachment) { e.PrepUnlinkat(7, a.str(0), 0) }},
	{prep: "PrepMkdir", by: "Mkdirat",
		own: func(s *SQE) { s.Mkdirat(CWD, "a", 0o750) },
		raw: func(e *entry, a *attachment) { e.PrepMkdir(a.str(0), 0o750) }},
	{prep: "PrepMkdirat", by: "Mkdirat",
		own: func(s *SQE) { s.Mkdirat(7, "a", 0o750) },
		raw: func(e *entry, a *attachment) { e.PrepMkdirat(7, a.str(0), 0o750) }},
	{prep: "PrepSymlink", by: "Symlinkat",
		own: func(s *SQE) { s.Symlinkat("to", CWD, "a") },
		raw: func(e *entry, a *attachment) { e.PrepSymlink(a.str(0), a.str(1)) }},
	{prep: "PrepSymlinkat", by: "Symlinkat",
		own: func(s *SQE) { s.Symlinkat("to", 7, "a") },
		raw: func(e *entry, a *attachment) { e.PrepSymlinkat(a.str(0), 7, a.str(1)) }},
	{prep: "PrepLink", by: "Linkat",
		own: func(s *SQE) { s.Linkat(CWD, "a", CWD, "b", unix.AT_SYMLINK_FOLLOW) },
		raw: func(e *entry, a *attachment) { e.PrepLink(a.str(0), a.str(1), unix.AT_SYMLINK_FOLLOW) }},
	{prep: "PrepLinkat", by: "Linkat",
		own: func(s *SQE) { s.Linkat(7, "a", 8, "b", 0) },
		raw: func(e *entry, a *attachment) { e.PrepLinkat(7, a.str(0), 8, a.str(1), 0) }},
	{prep: "PrepGetxattr", by: "Getxattr",
		own: func(s *SQE) { s.Getxattr("a", "user.x", thing.buf) },
		raw: func(e *entry, a *attachment) { e.PrepGetxattr(a.str(1), buf(), a.str(0), 4096) }},
	{prep: "PrepSetxattr", by: "Setxattr",
		own: func(s *SQE) { s.Setxattr("a", "user.x", thing.buf, unix.XATTR_CREATE) },
		raw: func(e *entry, a *attachment) {
			e.PrepSetxattr(a.str(1), buf(), a.str(0), unix.XATTR_CREATE, 4096)
		}},
	{prep: "PrepFgetxattr", by: "Fgetxattr",
		own: func(s *SQE) { s.Fgetxattr(7, "user.x", thing.buf) },
		raw: func(e *entry, a *attachment) { e.PrepFgetxattr(7, a.str(1), buf(), 4096) }},
	{prep: "PrepFsetxattr", by: "Fsetxattr",
		own: func(s *SQE) { s.Fsetxattr(7, "user.x", thing.buf, unix.XATTR_REPLACE) },
		raw: func(e *entry, a *attachment) {
			e.PrepFsetxattr(7, a.str(1), buf(), unix.XATTR_REPLACE, 4096)
		}},
}
