//go:build linux

package main

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
)

func TestOperation(t *testing.T) {
	for name, want := range map[string]uapi.Op{
		"nop": uapi.IORING_OP_NOP, "socket": uapi.IORING_OP_SOCKET, "SOCKET": uapi.IORING_OP_SOCKET,
		"IORING_OP_OPENAT2": uapi.IORING_OP_OPENAT2, "ioring_op_uring_cmd128": uapi.IORING_OP_URING_CMD128,
	} {
		if got, err := operation(name); got != want || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "sock", "IORING_OP_", "last", "Op(3)"} {
		if got, err := operation(name); err == nil {
			t.Errorf("%q is %v", name, got)
		}
	}
}

// record is a context as package uapi lays it out.
func record(op uapi.Op, size uint8, fill func(*uapi.IoUringBpfCtx)) cbpf.Context {
	r := uapi.IoUringBpfCtx{Opcode: op, PduSize: size}
	fill(&r)
	return *(*cbpf.Context)(unsafe.Pointer(&r))
}

func TestContext(t *testing.T) {
	v6 := netip.MustParseAddr("2001:db8::1").As16()
	for _, c := range []struct {
		op    uapi.Op
		words string
		want  cbpf.Context
	}{
		{uapi.IORING_OP_NOP, "", record(uapi.IORING_OP_NOP, 0, func(*uapi.IoUringBpfCtx) {})},
		{uapi.IORING_OP_NOP, "user_data=0x123456789abcdef0 sqe_flags=IOSQE_ASYNC|IOSQE_IO_LINK", record(uapi.IORING_OP_NOP, 0, func(r *uapi.IoUringBpfCtx) {
			r.UserData, r.SqeFlags = 0x123456789abcdef0, uapi.IOSQE_ASYNC|uapi.IOSQE_IO_LINK
		})},
		{uapi.IORING_OP_SOCKET, "family=AF_INET6 type=SOCK_STREAM|SOCK_CLOEXEC protocol=IPPROTO_TCP", record(uapi.IORING_OP_SOCKET, 12, func(r *uapi.IoUringBpfCtx) {
			s := r.Socket()
			s.Family, s.Type, s.Protocol = uapi.AF_INET6, uapi.SOCK_STREAM|uapi.SOCK_CLOEXEC, uapi.IPPROTO_TCP
		})},
		{uapi.IORING_OP_OPENAT2, "flags=O_CREAT|O_RDWR mode=0644 resolve=RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS", record(uapi.IORING_OP_OPENAT2, 24, func(r *uapi.IoUringBpfCtx) {
			o := r.Open()
			o.Flags, o.Mode, o.Resolve = uapi.O_CREAT|uapi.O_RDWR, 0o644, uapi.RESOLVE_BENEATH|uapi.RESOLVE_NO_SYMLINKS
		})},
		{uapi.IORING_OP_OPENAT, "flags=0xffffffffffffffff", record(uapi.IORING_OP_OPENAT, 24, func(r *uapi.IoUringBpfCtx) { r.Open().Flags = 1<<64 - 1 })},
		{uapi.IORING_OP_CONNECT, "family=AF_INET port=443 v4_addr=10.1.2.3", record(uapi.IORING_OP_CONNECT, 24, func(r *uapi.IoUringBpfCtx) {
			a := r.Connect()
			a.Family, a.Port = uapi.AF_INET, uapi.ToBE16(443)
			a.SetV4Addr(uapi.ToBE32(0x0a010203))
		})},
		{uapi.IORING_OP_CONNECT, "family=AF_INET6 port=0x1bb v6_addr=2001:db8::1", record(uapi.IORING_OP_CONNECT, 24, func(r *uapi.IoUringBpfCtx) {
			a := r.Connect()
			a.Family, a.Port = uapi.AF_INET6, uapi.ToBE16(443)
			*a.V6Addr() = v6
		})},
	} {
		if got, err := contextOf(c.op, strings.Fields(c.words), binary.NativeEndian); got != c.want || err != nil {
			t.Errorf("%v %s:\n%x, %v, want\n%x", c.op, c.words, got, err, c.want)
		}
	}
}

// Of a context in the other byte order, only the numbers are the other way
// round.
func TestContextInBothOrders(t *testing.T) {
	words := strings.Fields("user_data=0x0102030405060708 family=0x0a0b0c0d port=0x1122 v4_addr=1.2.3.4")
	for order, want := range map[binary.ByteOrder]string{
		binary.LittleEndian: "\x08\x07\x06\x05\x04\x03\x02\x01\x10\x00\x18\x00\x00\x00\x00\x00\x0d\x0c\x0b\x0a\x11\x22\x00\x00\x01\x02\x03\x04",
		binary.BigEndian:    "\x01\x02\x03\x04\x05\x06\x07\x08\x10\x00\x18\x00\x00\x00\x00\x00\x0a\x0b\x0c\x0d\x11\x22\x00\x00\x01\x02\x03\x04",
	} {
		got, err := contextOf(uapi.IORING_OP_CONNECT, words, order)
		if string(got[:28]) != want || err != nil {
			t.Errorf("%v: %x, %v, want %x", order, got[:28], err, want)
		}
	}
}

func TestBadContexts(t *testing.T) {
	for word, want := range map[string]string{
		"family":                         "want member=value",
		"port=1":                         `"port" is none of family, type, protocol, user_data, sqe_flags, which filters see of IORING_OP_SOCKET`,
		"family=":                        `"" is neither`,
		"family=AF_NONE":                 `"AF_NONE" is neither`,
		"family=-1":                      `"-1" is neither`,
		"family=2|":                      `"" is neither`,
		"family=0x1" + "00000000":        "does not fit into 4 bytes",
		"sqe_flags=256":                  "0x100 does not fit into 1 bytes",
		"user_data=18446744073709551616": "is neither",
	} {
		if _, err := contextOf(uapi.IORING_OP_SOCKET, []string{word}, binary.NativeEndian); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", word, err, want)
		}
	}
	for word, want := range map[string]string{
		"port=65536": "does not fit into 2 bytes", "v4_addr=::1": "an IP address of 4 bytes", "v6_addr=10.0.0.1": "an IP address of 16 bytes", "v4_addr=ten": "an IP address",
	} {
		if _, err := contextOf(uapi.IORING_OP_CONNECT, []string{word}, binary.NativeEndian); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", word, err, want)
		}
	}
}

// Package uapi has the constants of this machine, by another way.
func TestConstants(t *testing.T) {
	for name, want := range map[string]uint64{
		"AF_UNIX": uapi.AF_UNIX, "AF_XDP": uapi.AF_XDP, "SOCK_STREAM": uapi.SOCK_STREAM, "SOCK_DGRAM": uapi.SOCK_DGRAM, "SOCK_NONBLOCK": uapi.SOCK_NONBLOCK,
		"IPPROTO_MPTCP": uapi.IPPROTO_MPTCP, "O_CREAT": uapi.O_CREAT, "O_DIRECTORY": uapi.O_DIRECTORY, "O_LARGEFILE": uapi.O_LARGEFILE, "O_TMPFILE": uapi.O_TMPFILE,
		"RESOLVE_CACHED": uapi.RESOLVE_CACHED, "IOSQE_FIXED_FILE": uint64(uapi.IOSQE_FIXED_FILE), "IOSQE_CQE_SKIP_SUCCESS": uint64(uapi.IOSQE_CQE_SKIP_SUCCESS),
	} {
		if got, ok := constants()[name]; got != want || !ok {
			t.Errorf("%s: %#x, %v, want %#x", name, got, ok, want)
		}
	}
}
