//go:build linux

package ring

import (
	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

var messageForms = []form{
	{prep: "PrepSend", by: "Send",
		own: func(s *SQE) { s.Send(7, thing.buf, unix.MSG_MORE) },
		raw: func(e *entry, _ *attachment) { e.PrepSend(7, buf(), 4096, unix.MSG_MORE) }},
	{prep: "PrepSendto", by: "Send+SetDestination",
		own: func(s *SQE) { thing.addr.size = 28; s.Send(7, thing.buf, 0); s.SetDestination(&thing.addr) },
		raw: func(e *entry, a *attachment) { e.PrepSendto(7, buf(), 4096, 0, a.peer(), 28) }},
	{prep: "PrepSendSetAddr", by: "SendZC+SetDestination",
		own: func(s *SQE) { thing.addr.size = 28; s.SendZC(7, thing.buf, 0); s.SetDestination(&thing.addr) },
		raw: func(e *entry, a *attachment) {
			e.PrepSendZc(7, buf(), 4096, 0, 0)
			e.PrepSendSetAddr(a.peer(), 28)
		}},
	{prep: "PrepSendBundle", by: "SendBundle",
		own: func(s *SQE) { s.SendBundle(7, 100, unix.MSG_MORE, 3) },
		raw: func(e *entry, _ *attachment) { e.PrepSendBundle(7, 100, unix.MSG_MORE); selecting(e, 3) }},
	{prep: "PrepSend", by: "Send+SetBufferGroup",
		own: func(s *SQE) { s.Send(7, nil, 0); s.SetBufferGroup(3) },
		raw: func(e *entry, _ *attachment) { e.PrepSend(7, nil, 0, 0); selecting(e, 3) }},
	{prep: "PrepSendVec", by: "Sendv",
		own: func(s *SQE) { s.Sendv(7, thing.bufs, unix.MSG_MORE) },
		raw: func(e *entry, a *attachment) { e.PrepSendVec(7, a.vec(), 3, unix.MSG_MORE) }},
	{prep: "PrepSendZc", by: "SendZC+SetReportUsage",
		own: func(s *SQE) { s.SendZC(7, thing.buf, unix.MSG_MORE); s.SetReportUsage() },
		raw: func(e *entry, _ *attachment) {
			e.PrepSendZc(7, buf(), 4096, unix.MSG_MORE, uapi.IORING_SEND_ZC_REPORT_USAGE)
		}},
	{prep: "PrepSendZcFixed", by: "SendZC+SetFixedBuffer+SetReportUsage",
		own: func(s *SQE) { s.SendZC(7, thing.buf, 0); s.SetFixedBuffer(3); s.SetReportUsage() },
		raw: func(e *entry, _ *attachment) {
			e.PrepSendZcFixed(7, buf(), 4096, 0, uapi.IORING_SEND_ZC_REPORT_USAGE, 3)
		}},
	{prep: "PrepSendZcVec", by: "SendvZC",
		own: func(s *SQE) { s.SendvZC(7, thing.bufs, unix.MSG_MORE) },
		raw: func(e *entry, a *attachment) { e.PrepSendZcVec(7, a.vec(), 3, unix.MSG_MORE, 0) }},
	{prep: "PrepSendmsg", by: "Sendmsg",
		own: func(s *SQE) { s.Sendmsg(7, &thing.msg, unix.MSG_MORE) },
		raw: func(e *entry, a *attachment) { e.PrepSendmsg(7, at(&a.msg), unix.MSG_MORE) }},
	{prep: "PrepSendmsgZc", by: "SendmsgZC",
		own: func(s *SQE) { s.SendmsgZC(7, &thing.msg, unix.MSG_MORE) },
		raw: func(e *entry, a *attachment) { e.PrepSendmsgZc(7, at(&a.msg), unix.MSG_MORE) }},
	{prep: "PrepSendmsgZcFixed", by: "SendmsgZC+SetFixedBuffer",
		own: func(s *SQE) { s.SendmsgZC(7, &thing.msg, 0); s.SetFixedBuffer(3) },
		raw: func(e *entry, a *attachment) { e.PrepSendmsgZcFixed(7, at(&a.msg), 0, 3) }},
	{prep: "PrepRecv", by: "Recv",
		own: func(s *SQE) { s.Recv(7, thing.buf, unix.MSG_WAITALL) },
		raw: func(e *entry, _ *attachment) { e.PrepRecv(7, buf(), 4096, unix.MSG_WAITALL) }},
	{prep: "PrepRecvMultishot", by: "RecvMultishot",
		own: func(s *SQE) { s.RecvMultishot(7, 0, unix.MSG_TRUNC, 3) },
		raw: func(e *entry, _ *attachment) { e.PrepRecvMultishot(7, nil, 0, unix.MSG_TRUNC); selecting(e, 3) }},
	{prep: "PrepRecvBundle", by: "RecvBundle",
		own: func(s *SQE) { s.RecvBundle(7, 100, 0, 3) },
		raw: func(e *entry, _ *attachment) { e.PrepRecvBundle(7, 100, 0); selecting(e, 3) }},
	{prep: "PrepRecvMultishotBundle", by: "RecvMultishotBundle",
		own: func(s *SQE) { s.RecvMultishotBundle(7, 0, 0, 3) },
		raw: func(e *entry, _ *attachment) { e.PrepRecvMultishotBundle(7, 0, 0); selecting(e, 3) }},
	{prep: "PrepRecvZc", by: "RecvZC",
		own: func(s *SQE) { s.RecvZC(7, 100, 0, 3) },
		raw: func(e *entry, _ *attachment) { e.PrepRecvZc(7, 100, 0, 3) }},
	{prep: "PrepRecvmsg", by: "Recvmsg",
		own: func(s *SQE) { s.Recvmsg(7, &thing.msg, unix.MSG_PEEK) },
		raw: func(e *entry, a *attachment) { e.PrepRecvmsg(7, at(&a.msg), unix.MSG_PEEK) }},
	{prep: "PrepRecvmsgMultishot", by: "RecvmsgMultishot",
		own: func(s *SQE) { s.RecvmsgMultishot(7, MsgFormat{Name: 28, Control: 64}, 0, 3) },
		raw: func(e *entry, a *attachment) { e.PrepRecvmsgMultishot(7, at(&a.msg), 0); selecting(e, 3) }},
}
