package register

import (
	"syscall"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// queries is how many kinds of query the kernel has. The first kernel with
// queries did not say.
func queries() uint32 { return max(1, asked().NrQueryOpcodes) }

func TestQueries(t *testing.T) {
	var ops uapi.IoUringQueryOpcode
	if !ok(t, uapi.IORING_REGISTER_QUERY, uapi.RegisterQueryOpcodes(&ops)) {
		return
	}
	if ops.NrRequestOpcodes <= uint32(uapi.IORING_OP_READV) || ops.NrRegisterOpcodes <= uint32(uapi.IORING_REGISTER_QUERY) {
		t.Errorf("the kernel has %d operations and %d register operations", ops.NrRequestOpcodes, ops.NrRegisterOpcodes)
	}
	var zcrx uapi.IoUringQueryZcrx
	var scq uapi.IoUringQueryScq
	var event uapi.IoUringQueryZcrxEvent
	for _, q := range []struct {
		op  uint32
		err error
	}{
		{uint32(uapi.IO_URING_QUERY_ZCRX), uapi.RegisterQueryZcrx(&zcrx)},
		{uint32(uapi.IO_URING_QUERY_SCQ), uapi.RegisterQueryScq(&scq)},
		{uint32(uapi.IO_URING_QUERY_ZCRX_EVENT), uapi.RegisterQueryZcrxEvent(&event)},
	} {
		if q.op >= queries() {
			fails(t, q.err, syscall.EOPNOTSUPP)
			t.Logf("query %d: not in Linux %s, which says EOPNOTSUPP as it should", q.op, kernel.Release())
		} else if q.err != nil {
			t.Errorf("query %d: %v", q.op, q.err)
		}
	}
	if uint32(uapi.IO_URING_QUERY_SCQ) < queries() && (scq.HdrSize == 0 || scq.HdrAlignment == 0) {
		t.Errorf("the rings' header: %+v", scq)
	}
}

// A chain of queries, one of which no kernel has: the call works, and each
// says for itself how it went.
func TestQueryChain(t *testing.T) {
	ops := new(uapi.IoUringQueryOpcode)
	bad := &uapi.IoUringQueryHdr{QueryOp: 1 << 30, QueryData: address(ops), Size: 8}
	good := &uapi.IoUringQueryHdr{QueryData: address(ops), Size: uint32(unsafe.Sizeof(*ops)), NextEntry: address(bad)}
	if !ok(t, uapi.IORING_REGISTER_QUERY, uapi.RegisterQuery(good)) {
		return
	}
	if good.Result != 0 || good.Size == 0 || bad.Result != -int32(syscall.EOPNOTSUPP) {
		t.Errorf("results %d (size %d) and %d", good.Result, good.Size, bad.Result)
	}
}
