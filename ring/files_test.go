//go:build linux

package ring

import (
	"errors"
	"math"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// through writes to a slot of the file table, and tells what comes out of the
// pipe behind it.
func through(t testing.TB, r *Ring, slot, in int) string {
	t.Helper()
	n := ok(t, r, func(s *SQE) { s.Write(slot, []byte("hello"), -1); s.SetFlags(uapi.IOSQE_FIXED_FILE) })
	buf := make([]byte, 16)
	m, err := unix.Read(in, buf)
	if err != nil || m != n {
		t.Fatal(m, err)
	}
	return string(buf[:m])
}

// denies checks for an errno in an OpError that knows what to do.
func denies(t testing.TB, err error, want ...syscall.Errno) {
	t.Helper()
	var op *OpError
	if !errors.As(err, &op) || op.Remedy == "" {
		t.Errorf("%v, without a remedy", err)
	}
	for _, e := range want {
		if errors.Is(err, e) {
			return
		}
	}
	t.Errorf("%v, want %v", err, want)
}

// refuses checks for an ArgumentError about arg.
func refuses(t testing.TB, err error, arg string) {
	t.Helper()
	var bad *ArgumentError
	if !errors.As(err, &bad) || bad.Arg != arg {
		t.Errorf("%v, want an ArgumentError about %s", err, arg)
	}
}

// tag waits for the completion of a tag.
func tag(t testing.TB, r *Ring, want uint64) {
	t.Helper()
	if c := next(t, r); c.UserData != want || c.Op != opNone || c.Res != 0 {
		t.Errorf("%+v, want tag %d", c, want)
	}
}

func TestFiles(t *testing.T) {
	r := newRing(t, 8, nil)
	in, out := pipe(t)
	denies(t, r.UnregisterFiles(), syscall.ENXIO)
	_, err := r.UpdateFiles(0, []int{out}, nil)
	denies(t, err, syscall.ENXIO)
	denies(t, r.RegisterFiles([]int{out, 1 << 20}, nil), syscall.EBADF)
	if err := r.RegisterFiles([]int{in, out, NoFile, out}, nil); err != nil {
		t.Fatal(err)
	}
	denies(t, r.RegisterFiles([]int{out}, nil), syscall.EBUSY)
	for _, slot := range []int{1, 3} {
		if got := through(t, r, slot, in); got != "hello" {
			t.Errorf("slot %d: %q", slot, got)
		}
	}
	if c := one(t, r, func(s *SQE) { s.Write(2, []byte("x"), -1); s.SetFlags(uapi.IOSQE_FIXED_FILE) }); !errors.Is(c.Err(), syscall.EBADF) {
		t.Errorf("an empty slot: %+v", c)
	}
	if n, err := r.UpdateFiles(1, []int{NoFile, out, KeepFile}, nil); n != 3 || err != nil {
		t.Error(n, err)
	}
	through(t, r, 2, in)
	through(t, r, 3, in)
	if n, err := r.UpdateFiles(3, []int{out, out}, nil); n > 1 || err == nil && n != 1 {
		t.Errorf("an update beyond the table: %d %v", n, err)
	}
	_, err = r.UpdateFiles(math.MaxUint32, []int{out}, nil)
	denies(t, err, syscall.EINVAL, syscall.EOVERFLOW)
	if err := r.UnregisterFiles(); err != nil {
		t.Error(err)
	}
}

func TestFilesBadArguments(t *testing.T) {
	r := newRing(t, 8, nil)
	refuses(t, r.RegisterFiles(nil, nil), "files")
	refuses(t, r.RegisterFiles([]int{0, -2}, nil), "files")
	refuses(t, r.RegisterFiles([]int{0}, []uint64{1, 2}), "tags")
	refuses(t, r.RegisterFiles([]int{0}, []uint64{1 << 63}), "tags")
	refuses(t, r.RegisterSparseFiles(0), "n")
	_, err := r.UpdateFiles(0, []int{-3}, nil)
	refuses(t, err, "files")
	_, err = r.UpdateFiles(0, nil, nil)
	refuses(t, err, "files")
	r.Close()
	for _, err := range []error{r.RegisterFiles([]int{0}, nil), r.RegisterSparseFiles(1), r.SetFileRange(0, 1), r.UnregisterFiles()} {
		if !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	}
}

func TestFilesTags(t *testing.T) {
	r := newRing(t, 8, nil)
	in, out := pipe(t)
	denies(t, r.RegisterFiles([]int{NoFile}, []uint64{1}), syscall.EINVAL)
	if err := r.RegisterFiles([]int{in, NoFile, out}, []uint64{11, 0, 13}); err != nil {
		t.Fatal(err)
	}
	through(t, r, 2, in)
	if n, err := r.UpdateFiles(1, []int{out, NoFile}, []uint64{22, 0}); n != 2 || err != nil {
		t.Error(n, err)
	}
	tag(t, r, 13)
	through(t, r, 1, in)
}

func TestFilesRange(t *testing.T) {
	needRegister(t, uapi.IORING_REGISTER_FILE_ALLOC_RANGE)
	r := newRing(t, 8, nil)
	if err := r.RegisterSparseFiles(8); err != nil {
		t.Fatal(err)
	}
	if err := r.SetFileRange(5, 2); err != nil {
		t.Fatal(err)
	}
	open := func(s *SQE) { s.Openat(CWD, "/dev/null", unix.O_RDONLY, 0); s.SetDirect(AnySlot) }
	for _, want := range []int{5, 6} {
		if got := ok(t, r, open); got != want {
			t.Errorf("slot %d, want %d", got, want)
		}
	}
	if c := one(t, r, open); !errors.Is(c.Err(), syscall.ENFILE) {
		t.Errorf("no slot left: %+v", c)
	}
	if n := ok(t, r, func(s *SQE) { s.Read(5, make([]byte, 8), 0); s.SetFlags(uapi.IOSQE_FIXED_FILE) }); n != 0 {
		t.Errorf("%d bytes of /dev/null", n)
	}
	ok(t, r, func(s *SQE) { s.CloseDirect(5) })
	denies(t, r.SetFileRange(7, 2), syscall.EINVAL)
	denies(t, r.SetFileRange(math.MaxUint32, 2), syscall.EOVERFLOW)
}

// The kernel refuses registrations that a restriction does not name.
func TestResourcesOfARestrictedRing(t *testing.T) {
	r := newRing(t, 8, &Options{Flags: uapi.IORING_SETUP_R_DISABLED})
	if err := r.Restrict(Restrictions{Ops: []uapi.Op{uapi.IORING_OP_NOP}}); err != nil {
		t.Fatal(err)
	}
	if err := r.Enable(); err != nil {
		t.Fatal(err)
	}
	denies(t, r.RegisterFiles([]int{0}, nil), syscall.EACCES)
	denies(t, r.RegisterBuffers([][]byte{make([]byte, 8)}, nil), syscall.EACCES)
	_, err := r.NewBufferRing(1, 8, nil)
	denies(t, err, syscall.EACCES)
	if _, err = r.RegisterRegion(1, nil); registers(uapi.IORING_REGISTER_MEM_REGION) {
		denies(t, err, syscall.EACCES)
	} else if !errors.Is(err, ErrNotSupported) {
		t.Error(err)
	}
	if r.Buffer(0) != nil || len(r.resources.groups) != 0 || r.resources.region != nil {
		t.Errorf("%+v", r.resources)
	}
}
