//go:build linux

package ring

import (
	"bytes"
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// zcrxFor is a ring of the kind, and a source without a device. It skips where
// the kernel lacks what is asked for, or the process the privilege.
func zcrxFor(t testing.TB, o ZcrxOptions) (*Ring, *Zcrx) {
	t.Helper()
	r := wideRing(t)
	needRegister(t, uapi.IORING_REGISTER_ZCRX_IFQ)
	o.NoDevice = true
	z, err := r.RegisterZcrx(&o)
	var lacks *UnsupportedError
	if errors.As(err, &lacks) {
		kernelLacks(t, lacks)
	}
	if errors.Is(err, syscall.EPERM) && os.Geteuid() != 0 {
		t.Skip("needs CAP_NET_ADMIN")
	}
	if err != nil {
		t.Fatal(err)
	}
	return r, z
}

func wideRing(t testing.TB) *Ring {
	t.Helper()
	needSetup(t, uapi.IORING_SETUP_DEFER_TASKRUN|uapi.IORING_SETUP_CQE32)
	return newRing(t, 8, &Options{Flags: uapi.IORING_SETUP_CQE32, CQEntries: 1024})
}

func TestZcrxWithoutADevice(t *testing.T) {
	r, z := zcrxFor(t, ZcrxOptions{Entries: 1024, Size: 1 << 20})
	out, in := tcpPair(t)
	receive := func() ID { return start(t, r, func(s *SQE) { s.RecvZC(in, 0, 0, z.ID()) }) }
	id := receive()
	sent := make([]byte, 3<<20) // more than the area
	for i := range sent {
		sent[i] = byte(i * 31 >> 3)
	}
	go func() {
		for rest := sent; len(rest) > 0; {
			n, err := unix.Write(out, rest)
			if err != nil {
				return
			}
			rest = rest[n:]
		}
	}()
	full, stalls := 0, 0
	for rest := sent; len(rest) > 0; {
		_, err := r.SubmitAndWaitLimits(1, Limits{Timeout: time.Second})
		if errors.Is(err, ErrTimeout) && stalls < 20 { // 7.1 and 7.2 miss a wake-up now and then: begin anew
			stalls++
			stalled := id
			start(t, r, func(s *SQE) { s.Cancel(stalled) })
			continue
		}
		if err != nil {
			t.Fatalf("%v after %d bytes", err, len(sent)-len(rest))
		}
		for c := range r.Completions() {
			extra := r.Extra()
			if c.Op == uapi.IORING_OP_ASYNC_CANCEL {
				continue
			}
			if c.Res == -int32(syscall.ECANCELED) {
				id = receive()
				continue
			}
			if c.Res == -int32(syscall.ENOMEM) || c.Res == -int32(syscall.ENOSPC) { // the area or the queue is used up
				if full++; full > 1000 {
					t.Fatalf("%v after %d bytes", c.Err(), len(sent)-len(rest))
				}
				if err := z.Flush(); err != nil {
					t.Fatal(err)
				}
				id = receive()
				continue
			}
			data, err := z.Data(c, extra)
			if err != nil {
				t.Fatalf("%v, after %d bytes: %+v", err, len(sent)-len(rest), c)
			}
			if !bytes.HasPrefix(rest, data) {
				t.Fatalf("other bytes after %d", len(sent)-len(rest))
			}
			rest = rest[len(data):]
			if err := z.Return(c, extra); err != nil {
				t.Fatal(err)
			}
			if !c.More() && len(rest) > 0 {
				id = receive()
			}
			if err := z.Flush(); err != nil { // nothing else makes the kernel look at what was returned
				t.Fatal(err)
			}
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	c := CQE{Op: uapi.IORING_OP_RECV_ZC, Res: 8}
	refuses(t, z.Return(c, [2]uint64{}), "the source")
	refuses(t, z.Flush(), "the source")
	if _, err := z.Data(c, [2]uint64{}); err == nil {
		t.Error("data behind Close")
	}
}

func TestZcrxControl(t *testing.T) {
	r, z := zcrxFor(t, ZcrxOptions{Entries: 8, Size: 1 << 16})
	if err := z.Flush(); err != nil {
		t.Error(err)
	}
	other := wideRing(t)
	_, err := other.ImportZcrx(0)
	if err == nil {
		t.Error("standard input was imported")
	}
	fd, err := z.Export()
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	twin, err := other.ImportZcrx(fd)
	if err != nil {
		t.Fatal(err)
	}
	refuses(t, twin.Return(CQE{}, [2]uint64{}), "the source")
	err = z.AddArea(1 << 16)
	kernelNeeds(t, "further areas", "7.3", func() error {
		if errors.Is(err, ErrNotSupported) {
			return err
		}
		return nil
	})
	if err != nil || len(z.areas) != 2 {
		t.Errorf("%v, %d areas", err, len(z.areas))
	}
	_ = r
}

func TestZcrxEvents(t *testing.T) {
	_, z := zcrxFor(t, ZcrxOptions{Entries: 8, Size: 1 << 16, Events: 1 << uapi.ZCRX_EVENT_COPY, EventData: 77, Stats: true})
	denies(t, z.ArmEvent(uapi.ZCRX_EVENT_COPY), syscall.EINVAL)
	if s := z.Stats(); s.CopyCount != 0 {
		t.Errorf("%+v", s)
	}
}

func TestZcrxBadArguments(t *testing.T) {
	_, err := newRing(t, 8, nil).RegisterZcrx(&ZcrxOptions{Entries: 8, Size: 1})
	refuses(t, err, "the ring")
	r := wideRing(t)
	for arg, o := range map[string]*ZcrxOptions{
		"o":         nil,
		"Entries":   {Size: 1},
		"Size":      {Entries: 1},
		"NoDevice":  {Entries: 1, Size: 1, NoDevice: true, Queue: 1},
		"DMABuf.FD": {Entries: 1, Size: 1, DMABuf: &DMABuf{FD: -1}},
		"EventData": {Entries: 1, Size: 1, EventData: 1 << 63},
	} {
		_, err := r.RegisterZcrx(o)
		refuses(t, err, arg)
	}
	_, err = r.RegisterZcrx(&ZcrxOptions{Entries: 1 << 31, Size: 1})
	refuses(t, err, "Entries")
	_, err = r.ImportZcrx(-1)
	refuses(t, err, "fd")
	needRegister(t, uapi.IORING_REGISTER_ZCRX_IFQ)
	_, err = r.RegisterZcrx(&ZcrxOptions{Interface: 1 << 30, Entries: 8, Size: 1 << 16})
	if errors.Is(err, ErrNotSupported) {
		return // a kernel without CONFIG_IO_URING_ZCRX
	}
	denies(t, err, syscall.ENODEV, syscall.EPERM)
}

// Forged completions show nothing but the area.
func TestZcrxForged(t *testing.T) {
	z := &Zcrx{areas: map[uint64]pinned{0: make(pinned, 4096), 1 << 48: nil}}
	for _, c := range []struct {
		op    uapi.Op
		res   int32
		extra uint64
	}{
		{uapi.IORING_OP_NOP, 8, 0}, {uapi.IORING_OP_RECV_ZC, 0, 0}, {uapi.IORING_OP_RECV_ZC, -11, 0}, {uapi.IORING_OP_RECV_ZC, 8, 4089},
		{uapi.IORING_OP_RECV_ZC, 1<<31 - 1, 0}, {uapi.IORING_OP_RECV_ZC, 8, 1<<48 - 4}, {uapi.IORING_OP_RECV_ZC, 8, 5 << 48},
	} {
		if data, err := z.Data(CQE{Op: c.op, Res: c.res}, [2]uint64{c.extra}); err == nil {
			t.Errorf("%+v gave %d bytes", c, len(data))
		}
	}
	if data, err := z.Data(CQE{Op: uapi.IORING_OP_RECV_ZC, Res: 8}, [2]uint64{4088}); err != nil || len(data) != 8 || cap(data) != 8 {
		t.Error(data, err)
	}
	if data, err := z.Data(CQE{Op: uapi.IORING_OP_RECV_ZC, Res: 8}, [2]uint64{1 << 48}); err != nil || data != nil {
		t.Error(data, err)
	}
}

// tcpPair is two ends of a connection through the loopback interface.
func tcpPair(t testing.TB) (a, b int) {
	t.Helper()
	server, addr := listener(t)
	a = dial(t, addr)
	b, _, err := unix.Accept4(server, unix.SOCK_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(b) })
	return a, b
}
