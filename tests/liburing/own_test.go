package liburing

import (
	"encoding/binary"
	"reflect"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// at is what stands at an offset of the slot: its size is that of the value.
type at map[int]any

// own are the methods that liburing has no function for, with arguments and
// the bytes that the kernel reads, by offset: opcode 0, flags 1, ioprio 2, fd
// 4, off 8, addr 16, len 24, the operation's flags 28, buf_index 40, file_index
// and optlen 44, addr3 and optval 48, attr_type_mask 56.
var own = map[string]struct {
	call func(*uapi.IoUringSqe)
	want at
}{
	"PrepNopFlags": {func(s *uapi.IoUringSqe) { s.PrepNopFlags(3, 4, 5, uapi.IORING_NOP_FILE) },
		at{0: u8(0), 4: u32(3), 24: u32(4), 28: u32(2), 40: u16(5)}},
	"PrepReadAttr": {func(s *uapi.IoUringSqe) { s.PrepReadAttr(3, ptr(1), 4, 5, ptr(2), 1) },
		at{0: u8(22), 4: u32(3), 8: u64(5), 16: addr(1), 24: u32(4), 48: addr(2), 56: u64(1)}},
	"PrepWriteAttr": {func(s *uapi.IoUringSqe) { s.PrepWriteAttr(3, ptr(1), 4, 5, ptr(2), 1) },
		at{0: u8(23), 4: u32(3), 8: u64(5), 16: addr(1), 24: u32(4), 48: addr(2), 56: u64(1)}},
	"PrepReadvAttr": {func(s *uapi.IoUringSqe) { s.PrepReadvAttr(3, ptr(1), 4, 5, ptr(2), 1) },
		at{0: u8(1), 4: u32(3), 8: u64(5), 16: addr(1), 24: u32(4), 48: addr(2), 56: u64(1)}},
	"PrepWritevAttr": {func(s *uapi.IoUringSqe) { s.PrepWritevAttr(3, ptr(1), 4, 5, ptr(2), 1) },
		at{0: u8(2), 4: u32(3), 8: u64(5), 16: addr(1), 24: u32(4), 48: addr(2), 56: u64(1)}},
	"PrepWriteStream": {func(s *uapi.IoUringSqe) { s.PrepWriteStream(3, ptr(1), 4, 5, 6) },
		at{0: u8(23), 4: u32(3), 8: u64(5), 16: addr(1), 24: u32(4), 44: u8(6)}},
	"PrepSendVec": {func(s *uapi.IoUringSqe) { s.PrepSendVec(3, ptr(1), 4, 5) },
		at{0: u8(26), 2: u16(32), 4: u32(3), 16: addr(1), 24: u32(4), 28: u32(5)}},
	"PrepSendZcVec": {func(s *uapi.IoUringSqe) { s.PrepSendZcVec(3, ptr(1), 4, 5, uapi.IORING_SEND_ZC_REPORT_USAGE) },
		at{0: u8(47), 2: u16(40), 4: u32(3), 16: addr(1), 24: u32(4), 28: u32(5)}},
	"PrepRecvBundle": {func(s *uapi.IoUringSqe) { s.PrepRecvBundle(3, 4, 5) },
		at{0: u8(27), 2: u16(16), 4: u32(3), 24: u32(4), 28: u32(5)}},
	"PrepRecvMultishotBundle": {func(s *uapi.IoUringSqe) { s.PrepRecvMultishotBundle(3, 4, 5) },
		at{0: u8(27), 2: u16(18), 4: u32(3), 24: u32(4), 28: u32(5)}},
	"PrepRecvZc": {func(s *uapi.IoUringSqe) { s.PrepRecvZc(3, 4, 5, 6) },
		at{0: u8(58), 2: u16(2), 4: u32(3), 24: u32(4), 28: u32(5), 44: u32(6)}},
	"PrepCmdGetsockopt": {func(s *uapi.IoUringSqe) { s.PrepCmdGetsockopt(3, 4, 5, ptr(1), 6) },
		at{0: u8(46), 4: u32(3), 8: u32(2), 16: u32(4), 20: u32(5), 44: u32(6), 48: addr(1)}},
	"PrepCmdSetsockopt": {func(s *uapi.IoUringSqe) { s.PrepCmdSetsockopt(3, 4, 5, ptr(1), 6) },
		at{0: u8(46), 4: u32(3), 8: u32(3), 16: u32(4), 20: u32(5), 44: u32(6), 48: addr(1)}},
	"PrepCmdSiocinq": {func(s *uapi.IoUringSqe) { s.PrepCmdSiocinq(3) },
		at{0: u8(46), 4: u32(3), 8: u32(0)}},
	"PrepCmdSiocoutq": {func(s *uapi.IoUringSqe) { s.PrepCmdSiocoutq(3) },
		at{0: u8(46), 4: u32(3), 8: u32(1)}},
	"PrepCmdTxTimestamp": {func(s *uapi.IoUringSqe) { s.PrepCmdTxTimestamp(3) },
		at{0: u8(46), 4: u32(3), 8: u32(4)}},
	"PrepTimeoutNsec": {func(s *uapi.IoUringSqe) { s.PrepTimeoutNsec(3, 4, uapi.IORING_TIMEOUT_ABS) },
		at{0: u8(11), 4: i32(-1), 8: u64(4), 16: u64(3), 24: u32(1), 28: u32(1<<7 | 1)}},
	"PrepLinkTimeoutNsec": {func(s *uapi.IoUringSqe) { s.PrepLinkTimeoutNsec(3, uapi.IORING_TIMEOUT_ABS) },
		at{0: u8(15), 4: i32(-1), 16: u64(3), 24: u32(1), 28: u32(1<<7 | 1)}},
	"PrepCancelOp": {func(s *uapi.IoUringSqe) { s.PrepCancelOp(uapi.IORING_OP_READ, uapi.IORING_ASYNC_CANCEL_ALL) },
		at{0: u8(14), 4: i32(-1), 24: u32(22), 28: u32(1<<5 | 1)}},
}

type (
	u8  uint8
	u16 uint16
	u32 uint32
	u64 uint64
	i32 int32
)

// places are objects to point to.
var places [8]byte

func ptr(n int) unsafe.Pointer { return unsafe.Pointer(&places[n]) }
func addr(n int) u64           { return u64(uintptr(ptr(n))) }

// bytes lays the values out.
func (a at) bytes() [64]byte {
	var b [64]byte
	for offset, v := range a {
		switch v := v.(type) {
		case u8:
			b[offset] = byte(v)
		case u16:
			binary.NativeEndian.PutUint16(b[offset:], uint16(v))
		case u32:
			binary.NativeEndian.PutUint32(b[offset:], uint32(v))
		case i32:
			binary.NativeEndian.PutUint32(b[offset:], uint32(v))
		case u64:
			binary.NativeEndian.PutUint64(b[offset:], uint64(v))
		}
	}
	return b
}

func TestOwnMethods(t *testing.T) {
	for name, c := range own {
		var sqe uapi.IoUringSqe
		c.call(&sqe)
		if got, want := *(*[64]byte)(unsafe.Pointer(&sqe)), c.want.bytes(); got != want {
			t.Errorf("%s\n  got:  % x\n  want: % x", name, got, want)
		}
	}
}

// Every method is proved: against liburing, or by the table above.
func TestEveryMethodIsProved(t *testing.T) {
	known := map[string]bool{}
	for _, f := range functions(t, newCompiler(t)) {
		known[f.method()] = true
	}
	for _, m := range prepMethods(t) {
		_, ours := own[m.Name]
		if ours == known[m.Name] {
			t.Errorf("%s: in liburing %v, in the table of our own methods %v", m.Name, known[m.Name], ours)
		}
	}
	for name := range own {
		if _, ok := reflect.TypeFor[*uapi.IoUringSqe]().MethodByName(name); !ok {
			t.Errorf("the table has %s, which is no method", name)
		}
	}
}
