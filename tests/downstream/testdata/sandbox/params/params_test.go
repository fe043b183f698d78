package params

import (
	"encoding/binary"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
)

func TestOnly(t *testing.T) {
	for _, admitted := range []uint16{1, 443, 8443, 0xff00} {
		f, err := Only(admitted)
		if err != nil {
			t.Fatal(err)
		}
		for _, port := range []uint16{1, 443, 8443, 0xff00, 0x00ff, 0xbb01} {
			var ctx cbpf.Context
			binary.BigEndian.PutUint16(ctx[20:], port)
			got, err := cbpf.Run(f.Program, ctx, nil)
			if err != nil || (got != 0) != (port == admitted) {
				t.Errorf("only %d: port %d gives %d, error %v", admitted, port, got, err)
			}
		}
	}
}
