//go:build linux

package ring

import (
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
)

func TestCancelNow(t *testing.T) {
	r := newRing(t, 16, nil)
	from, _ := filePipe(t)
	if !registers(uapi.IORING_REGISTER_SYNC_CANCEL) {
		_, err := r.CancelNow(AnyRequest(), 0)
		fails(t, err, ErrNotSupported)
	}
	needRegister(t, uapi.IORING_REGISTER_SYNC_CANCEL)
	if err := uapi.RegisterFiles(r.FD(), []int32{-1, int32(from.Fd())}); err != nil {
		t.Fatal(err)
	}
	fd := int(from.Fd())
	var ids [4]ID
	begin := func() {
		for i := range ids {
			s := get(t, r)
			if i == 3 {
				s.Read(1, make([]byte, 1), -1)
				s.SetFlags(uapi.IOSQE_FIXED_FILE)
			} else {
				s.Read(fd, make([]byte, 1), -1)
			}
			s.SetUserData(uint64(i))
			ids[i] = s.ID()
		}
		if _, err := r.Submit(); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name  string
		match func() Match
		n     int
		op    bool
	}{
		{"one by ID", func() Match { return ByID(ids[2]) }, 1, false},
		{"a descriptor", func() Match { return ByFD(fd) }, 1, false},
		{"all of a descriptor", func() Match { return ByFD(fd).All() }, 4, false},
		{"a registered file", func() Match { return ByFixedFile(1).All() }, 4, false},
		{"any", AnyRequest, 1, false},
		{"all", func() Match { return AnyRequest().All() }, 4, false},
		{"all of an operation", func() Match { return ByOp(uapi.IORING_OP_READ).All() }, 4, true},
		{"all of another", func() Match { return ByOp(uapi.IORING_OP_WRITE).All() }, 0, true},
		{"an ID of before", func() Match { return ByID(ids[0] - idGeneration) }, 0, false},
	} {
		begin()
		n, err := r.CancelNow(c.match(), time.Second)
		if c.op && err != nil {
			fails(t, err, ErrNotSupported)
			n, c.n = 0, 0
		} else if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.name == "any" && n == len(ids) { // kernels take it for all
			c.n = n
		}
		if n != c.n {
			t.Errorf("%s: %d canceled, want %d", c.name, n, c.n)
		}
		if n < len(ids) {
			if _, err := r.CancelNow(AnyRequest().All(), 0); err != nil {
				t.Fatal(err)
			}
		}
		for i, got := range reap(t, r, len(ids)) {
			if i < n && got.Res != -int32(syscall.ECANCELED) {
				t.Errorf("%s: %+v", c.name, got)
			}
			if c.name == "one by ID" && i == 0 && got.UserData != 2 {
				t.Errorf("canceled %+v", got)
			}
		}
		settled(t, r)
	}
}

func TestCancelNowRefused(t *testing.T) {
	r := newRing(t, 4, nil)
	for _, m := range []Match{{}, ByFD(-1), ByFixedFile(-5), Match{}.All()} {
		_, err := r.CancelNow(m, 0)
		argument(t, err)
	}
	needRegister(t, uapi.IORING_REGISTER_SYNC_CANCEL)
	_, err := r.CancelNow(ByFD(1<<20), 0)
	fails(t, err, syscall.EBADF)
	if n, err := r.CancelNow(AnyRequest().All(), 0); n != 0 || err != nil {
		t.Errorf("nothing to cancel: %d, %v", n, err)
	}
}
