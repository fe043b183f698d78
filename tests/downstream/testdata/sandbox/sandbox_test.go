package sandbox

import (
	"encoding/binary"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
)

func connect(port uint16, address [4]byte) (ctx cbpf.Context) {
	binary.NativeEndian.PutUint32(ctx[16:], 2)
	binary.BigEndian.PutUint16(ctx[20:], port)
	copy(ctx[24:], address[:])
	return ctx
}

func TestPolicy(t *testing.T) {
	web := Policy()[uapi.IORING_OP_CONNECT]
	if web.PDUSize != 24 {
		t.Errorf("a payload of %d bytes, want 24", web.PDUSize)
	}
	for _, tt := range []struct {
		ctx  cbpf.Context
		want bool
	}{
		{connect(443, [4]byte{10, 1, 2, 3}), true},
		{connect(444, [4]byte{10, 1, 2, 3}), false},
		{connect(443, [4]byte{11, 1, 2, 3}), false},
	} {
		if got, err := cbpf.Run(web.Program, tt.ctx, nil); err != nil || (got != 0) != tt.want {
			t.Errorf("%v: %d, error %v; want %v", tt.ctx, got, err, tt.want)
		}
	}
}
