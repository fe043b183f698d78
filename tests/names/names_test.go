// Package names_test looks at what the types of the generated package print:
// the generator's own tests know its methods, this one the tables' decisions
// which family is a set of flags and which is not.
package names_test

import (
	"fmt"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
)

func TestString(t *testing.T) {
	for _, c := range []struct {
		v    fmt.Stringer
		want string
	}{
		{uapi.IORING_OP_NOP, "IORING_OP_NOP"},
		{uapi.IORING_OP_URING_CMD128, "IORING_OP_URING_CMD128"},
		{uapi.Op(uapi.IORING_OP_LAST), "Op(65)"},
		{uapi.Op(255), "Op(255)"},
		{uapi.IORING_UNREGISTER_PBUF_RING, "IORING_UNREGISTER_PBUF_RING"},
		{uapi.RegisterOp(99), "RegisterOp(99)"},
		{uapi.IORING_RESTRICTION_SQE_OP, "IORING_RESTRICTION_SQE_OP"},
		{uapi.IO_URING_QUERY_ZCRX, "IO_URING_QUERY_ZCRX"},
		{uapi.SetupFlags(0), "0"},
		{uapi.IORING_SETUP_IOPOLL | uapi.IORING_SETUP_SQPOLL | 1<<31, "IORING_SETUP_IOPOLL|IORING_SETUP_SQPOLL|0x80000000"},
		{uapi.SQEFlags(0xc0), "IOSQE_CQE_SKIP_SUCCESS|0x80"},
		{uapi.IORING_FEAT_SINGLE_MMAP | uapi.IORING_FEAT_NO_IOWAIT, "IORING_FEAT_SINGLE_MMAP|IORING_FEAT_NO_IOWAIT"},
		{uapi.IORING_CQE_F_BUFFER | uapi.IORING_CQE_F_MORE | 5<<uapi.IORING_CQE_BUFFER_SHIFT, "IORING_CQE_F_BUFFER|IORING_CQE_F_MORE|0x50000"},
		{uapi.IORING_FSYNC_DATASYNC | 2, "IORING_FSYNC_DATASYNC|0x2"},
		{uapi.IORING_RECV_MULTISHOT | uapi.IORING_RECVSEND_BUNDLE, "IORING_RECV_MULTISHOT|IORING_RECVSEND_BUNDLE"},
		{uapi.IORING_LINK_TIMEOUT_UPDATE | uapi.IORING_TIMEOUT_ABS, "IORING_TIMEOUT_ABS|IORING_LINK_TIMEOUT_UPDATE"},
		{uapi.IO_URING_BPF_FILTER_DENY_REST | uapi.IO_URING_BPF_FILTER_SZ_STRICT, "IO_URING_BPF_FILTER_DENY_REST|IO_URING_BPF_FILTER_SZ_STRICT"},
		{uapi.ToBE16(443), "443"},
	} {
		if got := c.v.String(); got != c.want {
			t.Errorf("%T: %q, want %q", c.v, got, c.want)
		}
	}
}

func TestSince(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{uapi.IORING_OP_READ.Since(), "5.6"},
		{uapi.Op(200).Since(), ""},
		{uapi.IORING_REGISTER_BPF_FILTER.Since(), "7.0"},
		{uapi.SetupFlags(0).Since(), ""},
		{uapi.IORING_SETUP_IOPOLL.Since(), "5.1"},
		{(uapi.IORING_SETUP_IOPOLL | uapi.IORING_SETUP_NO_SQARRAY).Since(), "6.6"},
		{(uapi.IORING_SETUP_CLAMP | uapi.IORING_SETUP_CQE32).Since(), "5.19"}, // not in the order of letters
		{(uapi.IORING_SETUP_IOPOLL | 1<<31).Since(), ""},
		{uapi.IORING_FEAT_RW_ATTR.Since(), "6.14"},
	} {
		if c.got != c.want {
			t.Errorf("since %q, want %q", c.got, c.want)
		}
	}
}

// Members have the type of what they hold: these lines compile or not.
var (
	_ uapi.FsyncFlags   = new(uapi.IoUringSqe).FsyncFlags()
	_ uapi.TimeoutFlags = new(uapi.IoUringSqe).TimeoutFlags()
	_ uapi.CancelFlags  = new(uapi.IoUringSqe).CancelFlags()
	_ uapi.SetupFlags   = uapi.IoUringParams{}.Flags
	_ uapi.Features     = uapi.IoUringParams{}.Features
	_ uapi.CQEFlags     = uapi.IoUringCqe{}.Flags
	_ uapi.Op           = uapi.IoUringBpfCtx{}.Opcode
)
