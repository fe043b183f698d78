//go:build linux

package ring

import (
	"math"
	"os"
	"strconv"
	"time"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

const someID = ID(0x8000_0001_0000_2a16)

var wall = time.Unix(1<<31, 5)

var timeForms = []form{
	{prep: "PrepPollAdd", by: "Poll",
		own: func(s *SQE) { s.Poll(7, unix.POLLIN|unix.POLLRDHUP) },
		raw: func(e *entry, _ *attachment) { e.PrepPollAdd(7, unix.POLLIN|unix.POLLRDHUP) }},
	{prep: "PrepPollMultishot", by: "PollMultishot",
		own: func(s *SQE) { s.PollMultishot(7, unix.POLLIN) },
		raw: func(e *entry, _ *attachment) { e.PrepPollMultishot(7, unix.POLLIN) }},
	{prep: "PrepPollRemove", by: "PollRemove",
		own: func(s *SQE) { s.PollRemove(someID) },
		raw: func(e *entry, _ *attachment) { e.PrepPollRemove(uint64(someID)) }},
	{prep: "PrepPollUpdate", by: "PollUpdate",
		own: func(s *SQE) { s.PollUpdate(someID, unix.POLLOUT) },
		raw: func(e *entry, _ *attachment) {
			e.PrepPollUpdate(uint64(someID), 0, unix.POLLOUT, uapi.IORING_POLL_UPDATE_EVENTS)
		}},
	{prep: "PrepEpollCtl", by: "EpollCtl",
		own: func(s *SQE) { s.EpollCtl(7, unix.EPOLL_CTL_ADD, 8, &thing.event) },
		raw: func(e *entry, a *attachment) { e.PrepEpollCtl(7, 8, unix.EPOLL_CTL_ADD, at(&a.epoll)) }},
	{prep: "PrepEpollWait", by: "EpollWait",
		own: func(s *SQE) { s.EpollWait(7, thing.epoll) },
		raw: func(e *entry, _ *attachment) { e.PrepEpollWait(7, at(&thing.epoll[0]), 3, 0) }},
	{prep: "PrepTimeout", by: "Timeout",
		own: func(s *SQE) { s.Timeout(1500*time.Millisecond, 3, uapi.IORING_TIMEOUT_BOOTTIME) },
		raw: func(e *entry, a *attachment) { e.PrepTimeout(at(&a.time), 3, uapi.IORING_TIMEOUT_BOOTTIME) }},
	{prep: "PrepTimeout", by: "TimeoutAt",
		own: func(s *SQE) { s.TimeoutAt(wall, 3) },
		raw: func(e *entry, a *attachment) {
			e.PrepTimeout(at(&a.time), 3, uapi.IORING_TIMEOUT_ABS|uapi.IORING_TIMEOUT_REALTIME)
		}},
	{prep: "PrepTimeoutNsec", by: "Timeout",
		own: func(s *SQE) { s.Timeout(1500*time.Millisecond, 3, uapi.IORING_TIMEOUT_IMMEDIATE_ARG) },
		raw: func(e *entry, _ *attachment) { e.PrepTimeoutNsec(1500000000, 3, 0) }},
	{prep: "PrepTimeoutRemove", by: "TimeoutRemove",
		own: func(s *SQE) { s.TimeoutRemove(someID) },
		raw: func(e *entry, _ *attachment) { e.PrepTimeoutRemove(uint64(someID), 0) }},
	{prep: "PrepTimeoutUpdate", by: "TimeoutUpdate",
		own: func(s *SQE) { s.TimeoutUpdate(someID, time.Second, uapi.IORING_LINK_TIMEOUT_UPDATE) },
		raw: func(e *entry, a *attachment) {
			e.PrepTimeoutUpdate(at(&a.time), uint64(someID), uapi.IORING_LINK_TIMEOUT_UPDATE)
		}},
	{prep: "PrepLinkTimeout", by: "LinkTimeout",
		own: func(s *SQE) { s.LinkTimeout(time.Second, 0) },
		raw: func(e *entry, a *attachment) { e.PrepLinkTimeout(at(&a.time), 0) }},
	{prep: "PrepLinkTimeoutNsec", by: "LinkTimeout",
		own: func(s *SQE) { s.LinkTimeout(time.Second, uapi.IORING_TIMEOUT_IMMEDIATE_ARG) },
		raw: func(e *entry, _ *attachment) { e.PrepLinkTimeoutNsec(1000000000, 0) }},
	{prep: "PrepCancel64", by: "Cancel",
		own: func(s *SQE) { s.Cancel(someID) },
		raw: func(e *entry, _ *attachment) { e.PrepCancel64(uint64(someID), 0) }},
	{prep: "PrepCancel", by: "CancelAny",
		own: func(s *SQE) { s.CancelAny(uapi.IORING_ASYNC_CANCEL_ALL) },
		raw: func(e *entry, _ *attachment) {
			e.PrepCancel(0, uapi.IORING_ASYNC_CANCEL_ALL|uapi.IORING_ASYNC_CANCEL_ANY)
		}},
	{prep: "PrepCancelFd", by: "CancelFD",
		own: func(s *SQE) { s.CancelFD(7, uapi.IORING_ASYNC_CANCEL_FD_FIXED) },
		raw: func(e *entry, _ *attachment) { e.PrepCancelFd(7, uapi.IORING_ASYNC_CANCEL_FD_FIXED) }},
	{prep: "PrepCancelOp", by: "CancelOp",
		own: func(s *SQE) { s.CancelOp(uapi.IORING_OP_READ, uapi.IORING_ASYNC_CANCEL_ALL) },
		raw: func(e *entry, _ *attachment) { e.PrepCancelOp(uapi.IORING_OP_READ, uapi.IORING_ASYNC_CANCEL_ALL) }},
}

var page = os.Getpagesize()

// huge takes more than 32 bits, where a slice can be as long.
const huge = 1 << (strconv.IntSize / 2)

// reserve is as many addresses, without memory.
var reserve, _ = unix.Mmap(-1, 0, huge, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)

var otherForms = []form{
	{prep: "PrepMadvise", by: "Madvise",
		own: func(s *SQE) { s.Madvise(reserve[:4*page], unix.MADV_DONTNEED) },
		raw: func(e *entry, _ *attachment) {
			e.PrepMadvise(at(&reserve[0]), uint32(4*page), unix.MADV_DONTNEED)
		}},
	{prep: "PrepMadvise64", by: "Madvise",
		own: func(s *SQE) { s.Madvise(reserve, unix.MADV_RANDOM) },
		raw: func(e *entry, _ *attachment) {
			if strconv.IntSize == 32 {
				e.PrepMadvise(at(&reserve[0]), huge&math.MaxUint32, unix.MADV_RANDOM)
				return
			}
			e.PrepMadvise64(at(&reserve[0]), huge, unix.MADV_RANDOM)
		}},
	{prep: "PrepWaitid", by: "Waitid",
		own: func(s *SQE) { s.Waitid(unix.P_PID, 77, &thing.child, unix.WEXITED) },
		raw: func(e *entry, _ *attachment) { e.PrepWaitid(unix.P_PID, 77, at(&thing.child), unix.WEXITED, 0) }},
	{prep: "PrepFutexWait", by: "FutexWait",
		own: func(s *SQE) { s.FutexWait(&thing.word, 5, FutexAny, uapi.FUTEX2_PRIVATE) },
		raw: func(e *entry, _ *attachment) {
			e.PrepFutexWait(at(&thing.word), 5, 0xffffffff, uapi.FUTEX2_PRIVATE|uapi.FUTEX2_SIZE_U32, 0)
		}},
	{prep: "PrepFutexWake", by: "FutexWake",
		own: func(s *SQE) { s.FutexWake(&thing.word, 5, 6, 0) },
		raw: func(e *entry, _ *attachment) { e.PrepFutexWake(at(&thing.word), 5, 6, uapi.FUTEX2_SIZE_U32, 0) }},
	{prep: "PrepFutexWaitv", by: "FutexWaitv",
		own: func(s *SQE) { s.FutexWaitv(thing.words) },
		raw: func(e *entry, a *attachment) {
			e.PrepFutexWaitv(unsafe.Pointer(unsafe.SliceData(a.futexes)), 2, 0)
		}},
	{prep: "PrepFilesUpdate", by: "FilesUpdate",
		own: func(s *SQE) { s.FilesUpdate(thing.list, 5) },
		raw: func(e *entry, _ *attachment) { e.PrepFilesUpdate(at(&thing.list[0]), 3, 5) }},
	{prep: "PrepFilesUpdate", by: "FilesUpdate",
		own: func(s *SQE) { s.FilesUpdate(thing.list, AnySlot) },
		raw: func(e *entry, _ *attachment) { e.PrepFilesUpdate(at(&thing.list[0]), 3, -1) }},
	{prep: "PrepFixedFdInstall", by: "FixedFDInstall",
		own: func(s *SQE) { s.FixedFDInstall(5, uapi.IORING_FIXED_FD_NO_CLOEXEC) },
		raw: func(e *entry, _ *attachment) { e.PrepFixedFdInstall(5, uapi.IORING_FIXED_FD_NO_CLOEXEC) }},
	{prep: "PrepProvideBuffers", by: "ProvideBuffers",
		own: func(s *SQE) { s.ProvideBuffers(thing.buf, 1000, 3, 5) },
		raw: func(e *entry, _ *attachment) { e.PrepProvideBuffers(buf(), 1000, 4, 3, 5) }},
	{prep: "PrepRemoveBuffers", by: "RemoveBuffers",
		own: func(s *SQE) { s.RemoveBuffers(5, 3) },
		raw: func(e *entry, _ *attachment) { e.PrepRemoveBuffers(5, 3) }},
	{prep: "PrepUringCmd", by: "UringCmd",
		own: func(s *SQE) { s.UringCmd(7, 9, 0, thing.cmd, &thing.value) },
		raw: func(e *entry, _ *attachment) { e.PrepUringCmd(9, 7); copy(e.Cmd(16), thing.cmd) }},
	{prep: "PrepUringCmd", by: "UringCmd+SetFixedBuffer", wide: true,
		own: func(s *SQE) { s.UringCmd(7, 9, 0, thing.cmd); s.SetFixedBuffer(3) },
		raw: func(e *entry, _ *attachment) {
			e.PrepUringCmd(9, 7)
			e.SetUringCmdFlags(uapi.IORING_URING_CMD_FIXED)
			e.BufIndex = 3
			copy(e.Cmd(16), thing.cmd)
		}},
	{prep: "PrepUringCmd128", by: "UringCmd128", wide: true,
		own: func(s *SQE) { s.UringCmd128(7, 9, 0, thing.buf[:80]) },
		raw: func(e *entry, _ *attachment) { e.PrepUringCmd128(9, 7) }},
	{prep: "PrepCmdDiscard", by: "Discard",
		own: func(s *SQE) { s.Discard(7, 1<<33, 1<<34) },
		raw: func(e *entry, _ *attachment) { e.PrepCmdDiscard(7, 1<<33, 1<<34) }},
}
