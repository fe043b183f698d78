//go:build linux

package ring

import (
	"strings"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// attachment is what a request needs besides one buffer: memory that the ring
// owns, such as a path with its final zero, and references to the caller's. A
// slot gets one when it first needs it, and uses it again for later requests.
type attachment struct {
	err  error
	refs []any            // the caller's
	pins []unsafe.Pointer // the caller's, too

	text    [2][]byte    // paths and names, ended by a zero byte
	iov     []unix.Iovec // their buffers are the caller's
	msg     unix.Msghdr  // name, buffers and control are the caller's
	got     *Msg         // what msg was made of, to tell what was received
	addr    Sockaddr
	time    uapi.KernelTimespec
	how     uapi.OpenHow
	pi      uapi.IoUringAttrPi
	epoll   unix.EpollEvent
	option  int32
	futexes []uapi.FutexWaitv // the words are in pins
}

// clear lets go of the caller's memory. What the ring owns stays for the next
// request.
func (a *attachment) clear() {
	a.err = nil
	if len(a.refs) > 0 {
		clear(a.refs)
		a.refs = a.refs[:0]
	}
	if len(a.pins) > 0 {
		clear(a.pins)
		a.pins = a.pins[:0]
	}
	if len(a.iov) > 0 {
		clear(a.iov)
		a.iov = a.iov[:0]
	}
	if a.got != nil {
		a.got.received(&a.msg)
		a.got = nil
	}
	a.msg = unix.Msghdr{}
}

// attach is the slot's attachment, to be cleared with the last completion.
func (s *SQE) attach() *attachment {
	if s.more == nil {
		s.more = new(attachment)
	}
	s.hold |= holdMore
	return s.more
}

// pin holds more of the caller's memory.
func (s *SQE) pin(p unsafe.Pointer) {
	a := s.attach()
	a.pins = append(a.pins, p)
}

// pathMax is PATH_MAX: the kernel refuses longer paths, with the zero byte, as
// ENAMETOOLONG, and longer names of attributes as ERANGE.
const pathMax = 4096

// string puts text into the slot's memory as the kernel has it, at place i. It
// is nil, and the request a failed one, if that cannot be.
func (s *SQE) string(op uapi.Op, i int, arg, text string) unsafe.Pointer {
	if strings.IndexByte(text, 0) >= 0 {
		s.wrong(op, arg, "has a zero byte", "")
		return nil
	}
	b := &s.attach().text[i]
	*b = append((*b)[:0], text[:min(len(text), pathMax)]...) // what is too long stays so when it is cut
	*b = append(*b, 0)
	return unsafe.Pointer(unsafe.SliceData(*b))
}

// maxVectors is UIO_MAXIOV, the most buffers of one request.
const maxVectors = 1024

// vectors puts buffers into the slot's memory as the kernel has them.
func (s *SQE) vectors(op uapi.Op, bufs [][]byte) (p *unix.Iovec, ok bool) {
	if len(bufs) > maxVectors {
		s.wrong(op, "bufs", "has more than 1024 buffers", "split them into several requests")
		return nil, false
	}
	a := s.attach()
	iov := a.iov[:0]
	for _, b := range bufs {
		v := unix.Iovec{Base: unsafe.SliceData(b)}
		v.SetLen(len(b))
		iov = append(iov, v)
	}
	a.iov = iov
	return unsafe.SliceData(iov), true
}
