package wire_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/uringgen/uringgen/tests/vm/internal/wire"
)

func TestRoundTrip(t *testing.T) {
	var b bytes.Buffer
	w := wire.NewWriter(&b)
	big := bytes.Repeat([]byte{0, 0xff, '\n', '\r'}, 5<<20)
	if err := w.Send(wire.Hello, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if n, err := w.Stream().Write(big); n != len(big) || err != nil {
		t.Fatal(n, err)
	}
	if err := w.Send(wire.Bye, nil); err != nil {
		t.Fatal(err)
	}
	r := wire.NewReader(&b)
	var got []byte
	kinds := ""
	for {
		f, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		kinds += string(f.Kind)
		if f.Kind == wire.Output {
			got = append(got, f.Data...)
		}
	}
	if kinds != "hoob" || !bytes.Equal(got, big) {
		t.Errorf("kinds %s, %d bytes", kinds, len(got))
	}
}

// Whatever happens to one byte of the stream is noticed: no frame comes out
// other than it went in.
func FuzzDamage(f *testing.F) {
	f.Add([]byte("payload"), uint16(3), byte(1))
	f.Add([]byte("payload"), uint16(12), byte(0x80))
	f.Fuzz(func(t *testing.T, data []byte, at uint16, flip byte) {
		var b bytes.Buffer
		if err := wire.NewWriter(&b).Send(wire.Output, data); err != nil {
			t.Skip()
		}
		raw := b.Bytes()
		i := int(at) % len(raw)
		if i == 2 {
			return // the kind: an unknown one is the receiver's to refuse
		}
		raw[i] ^= flip
		fr, err := wire.NewReader(bytes.NewReader(raw)).Next()
		switch {
		case err == nil && flip != 0:
			t.Errorf("damage at byte %d of %d went unnoticed: %q", i, len(raw), fr.Data)
		case err != nil && flip == 0:
			t.Errorf("whole frame refused: %v", err)
		case err != nil && !errors.Is(err, wire.ErrMangled) && !errors.Is(err, io.ErrUnexpectedEOF):
			t.Errorf("unexpected error %v", err)
		}
	})
}
