//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// peer is the address that a slot holds.
func (a *attachment) peer() unsafe.Pointer { return at(&a.addr) }

func from() (addr, size unsafe.Pointer) { return at(&thing.addr.raw), at(&thing.addr.size) }

var socketForms = []form{
	{prep: "PrepSocket", by: "Socket",
		own: func(s *SQE) { s.Socket(unix.AF_INET6, unix.SOCK_DGRAM, unix.IPPROTO_UDP) },
		raw: func(e *entry, _ *attachment) {
			e.PrepSocket(unix.AF_INET6, unix.SOCK_DGRAM, unix.IPPROTO_UDP, 0)
		}},
	{prep: "PrepSocketDirect", by: "Socket+SetDirect",
		own: func(s *SQE) { s.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0); s.SetDirect(9) },
		raw: func(e *entry, _ *attachment) { e.PrepSocketDirect(unix.AF_UNIX, unix.SOCK_STREAM, 0, 9, 0) }},
	{prep: "PrepSocketDirectAlloc", by: "Socket+SetDirect",
		own: func(s *SQE) { s.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0); s.SetDirect(AnySlot) },
		raw: func(e *entry, _ *attachment) { e.PrepSocketDirectAlloc(unix.AF_UNIX, unix.SOCK_STREAM, 0, 0) }},
	{prep: "PrepBind", by: "Bind",
		own: func(s *SQE) { thing.addr.size = 28; s.Bind(7, &thing.addr) },
		raw: func(e *entry, a *attachment) { e.PrepBind(7, a.peer(), 28) }},
	{prep: "PrepListen", by: "Listen",
		own: func(s *SQE) { s.Listen(7, 128) },
		raw: func(e *entry, _ *attachment) { e.PrepListen(7, 128) }},
	{prep: "PrepConnect", by: "Connect",
		own: func(s *SQE) { thing.addr.size = 16; s.Connect(7, &thing.addr) },
		raw: func(e *entry, a *attachment) { e.PrepConnect(7, a.peer(), 16) }},
	{prep: "PrepAccept", by: "Accept",
		own: func(s *SQE) { s.Accept(7, &thing.addr, unix.SOCK_CLOEXEC) },
		raw: func(e *entry, _ *attachment) {
			p, n := from()
			e.PrepAccept(7, p, n, unix.SOCK_CLOEXEC)
		}},
	{prep: "PrepAccept", by: "Accept",
		own: func(s *SQE) { s.Accept(7, nil, 0) },
		raw: func(e *entry, _ *attachment) { e.PrepAccept(7, nil, nil, 0) }},
	{prep: "PrepAcceptDirect", by: "Accept+SetDirect",
		own: func(s *SQE) { s.Accept(7, &thing.addr, 0); s.SetDirect(9) },
		raw: func(e *entry, _ *attachment) {
			p, n := from()
			e.PrepAcceptDirect(7, p, n, 0, 9)
		}},
	{prep: "PrepMultishotAccept", by: "AcceptMultishot",
		own: func(s *SQE) { s.AcceptMultishot(7, unix.SOCK_NONBLOCK) },
		raw: func(e *entry, _ *attachment) { e.PrepMultishotAccept(7, nil, nil, unix.SOCK_NONBLOCK) }},
	{prep: "PrepMultishotAcceptDirect", by: "AcceptMultishot+SetDirect",
		own: func(s *SQE) { s.AcceptMultishot(7, 0); s.SetDirect(AnySlot) },
		raw: func(e *entry, _ *attachment) { e.PrepMultishotAcceptDirect(7, nil, nil, 0) }},
	{prep: "PrepShutdown", by: "Shutdown",
		own: func(s *SQE) { s.Shutdown(7, unix.SHUT_WR) },
		raw: func(e *entry, _ *attachment) { e.PrepShutdown(7, unix.SHUT_WR) }},
	{prep: "PrepCmdSock", by: "Setsockopt",
		own: func(s *SQE) { s.Setsockopt(7, unix.SOL_SOCKET, unix.SO_LINGER, thing.buf[:8]) },
		raw: func(e *entry, _ *attachment) {
			e.PrepCmdSock(uint32(uapi.SOCKET_URING_OP_SETSOCKOPT), 7, unix.SOL_SOCKET, unix.SO_LINGER, buf(), 8)
		}},
	{prep: "PrepCmdGetsockopt", by: "Getsockopt",
		own: func(s *SQE) { s.Getsockopt(7, unix.SOL_SOCKET, unix.SO_LINGER, thing.buf[:8]) },
		raw: func(e *entry, _ *attachment) { e.PrepCmdGetsockopt(7, unix.SOL_SOCKET, unix.SO_LINGER, buf(), 8) }},
	{prep: "PrepCmdGetsockopt", by: "GetsockoptInt",
		own: func(s *SQE) { s.GetsockoptInt(7, unix.SOL_SOCKET, unix.SO_TYPE, &thing.value) },
		raw: func(e *entry, _ *attachment) {
			e.PrepCmdGetsockopt(7, unix.SOL_SOCKET, unix.SO_TYPE, at(&thing.value), 4)
		}},
	{prep: "PrepCmdSetsockopt", by: "SetsockoptInt",
		own: func(s *SQE) { s.SetsockoptInt(7, unix.SOL_TCP, unix.TCP_NODELAY, 1) },
		raw: func(e *entry, a *attachment) {
			e.PrepCmdSetsockopt(7, unix.SOL_TCP, unix.TCP_NODELAY, at(&a.option), 4)
		}},
	{prep: "PrepCmdSiocinq", by: "Siocinq",
		own: func(s *SQE) { s.Siocinq(7) },
		raw: func(e *entry, _ *attachment) { e.PrepCmdSiocinq(7) }},
	{prep: "PrepCmdSiocoutq", by: "Siocoutq",
		own: func(s *SQE) { s.Siocoutq(7) },
		raw: func(e *entry, _ *attachment) { e.PrepCmdSiocoutq(7) }},
	{prep: "PrepCmdTxTimestamp", by: "TxTimestamp",
		own: func(s *SQE) { s.TxTimestamp(7) },
		raw: func(e *entry, _ *attachment) { e.PrepCmdTxTimestamp(7) }},
	{prep: "PrepCmdGetsockname", by: "Getsockname",
		own: func(s *SQE) { s.Getsockname(7, &thing.addr) },
		raw: func(e *entry, _ *attachment) {
			p, n := from()
			e.PrepCmdGetsockname(7, p, n, 0)
		}},
	{prep: "PrepCmdGetsockname", by: "Getpeername",
		own: func(s *SQE) { s.Getpeername(7, &thing.addr) },
		raw: func(e *entry, _ *attachment) {
			p, n := from()
			e.PrepCmdGetsockname(7, p, n, 1)
		}},
}
