//go:build linux

package ring

import (
	"os"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// pipe is the two descriptors of a pipe.
func pipe(t testing.TB) (in, out int) {
	t.Helper()
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(p[0]); unix.Close(p[1]) })
	return p[0], p[1]
}

func write(t testing.TB, fd int, data string) {
	t.Helper()
	if n, err := unix.Write(fd, []byte(data)); n != len(data) || err != nil {
		t.Fatal(n, err)
	}
}

// read takes what is in a pipe or a socket.
func read(t testing.TB, fd int) string {
	t.Helper()
	buf := make([]byte, 1000)
	n, err := unix.Read(fd, buf)
	if err != nil {
		t.Fatal(err)
	}
	return string(buf[:n])
}

func TestSpliceAndTee(t *testing.T) {
	r := newRing(t, 8, nil)
	f, fd := tempFile(t, "0123456789")
	in, out := pipe(t)
	in2, out2 := pipe(t)
	if n := ok(t, r, func(s *SQE) { s.Splice(fd, 2, out, -1, 5, 0) }); n != 5 {
		t.Fatal(n)
	}
	if n := ok(t, r, func(s *SQE) { s.Tee(in, out2, 3, 0) }); n != 3 {
		t.Fatal(n)
	}
	if a, b := read(t, in), read(t, in2); a != "23456" || b != "234" {
		t.Fatalf("%q %q", a, b)
	}
	write(t, out, "AB")
	ok(t, r, func(s *SQE) { s.Splice(in, -1, fd, 8, 100, 0) })
	holds(t, f, "01234567AB")

	if err := uapi.RegisterFiles(r.FD(), []int32{int32(in)}); err != nil {
		t.Fatal(err)
	}
	write(t, out, "cd")
	ok(t, r, func(s *SQE) { s.Splice(0, -1, fd, 0, 100, uapi.SPLICE_F_FD_IN_FIXED) })
	holds(t, f, "cd234567AB")
	refused(t, r, func(s *SQE) { s.Tee(fd, out, 1, 0) }, syscall.EINVAL)
}

func TestPipe(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_PIPE)
	var fds [2]int32
	ok(t, r, func(s *SQE) { s.Pipe(&fds, unix.O_CLOEXEC) })
	in, out := os.NewFile(uintptr(fds[0]), "in"), os.NewFile(uintptr(fds[1]), "out")
	defer in.Close()
	defer out.Close()
	write(t, int(fds[1]), "through")
	if got := read(t, int(fds[0])); got != "through" {
		t.Fatalf("%q", got)
	}
	if flags, err := unix.FcntlInt(in.Fd(), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Fatal(flags, err)
	}

	if err := uapi.RegisterFilesSparse(r.FD(), 4); err != nil {
		t.Fatal(err)
	}
	ok(t, r, func(s *SQE) { s.Pipe(&fds, 0); s.SetDirect(2) })
	buf := make([]byte, 10)
	ok(t, r, func(s *SQE) { s.Write(3, []byte("direct"), -1); s.SetFlags(uapi.IOSQE_FIXED_FILE) })
	if n := ok(t, r, func(s *SQE) { s.Read(2, buf, -1); s.SetFlags(uapi.IOSQE_FIXED_FILE) }); string(buf[:n]) != "direct" {
		t.Fatalf("%q", buf[:n])
	}
	ok(t, r, func(s *SQE) { s.Pipe(&fds, 0); s.SetDirect(AnySlot) })
	if fds != [2]int32{0, 1} {
		t.Fatal(fds)
	}
}

func TestReadMultishot(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_READ_MULTISHOT)
	in, out := pipe(t)
	mem := make([]byte, 300)
	ok(t, r, func(s *SQE) { s.ProvideBuffers(mem, 100, 7, 0) })
	s := r.Next()
	s.ReadMultishot(in, 0, 0, 7)
	s.SetUserData(9)
	if _, err := r.Submit(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"one", "two"} {
		write(t, out, want)
		c := next(t, r)
		if c.UserData != 9 || !c.More() || c.Err() != nil || string(provided(t, c, mem, 100)) != want {
			t.Fatalf("%+v %q", c, mem)
		}
	}
	unix.Close(out)
	if c := next(t, r); c.UserData != 9 || c.More() || c.Res != 0 {
		t.Fatalf("%+v", c)
	}
}

// provided is the data of a completion in one of the buffers of mem, which have
// size bytes each.
func provided(t testing.TB, c CQE, mem []byte, size int) []byte {
	t.Helper()
	if c.Flags&uapi.IORING_CQE_F_BUFFER == 0 {
		t.Fatalf("a completion without a buffer: %+v", c)
	}
	b := mem[int(c.Flags>>uapi.IORING_CQE_BUFFER_SHIFT)*size:]
	return b[:c.Res]
}

func TestProvidedBuffers(t *testing.T) {
	r := newRing(t, 8, nil)
	in, out := pipe(t)
	mem := make([]byte, 40)
	ok(t, r, func(s *SQE) { s.ProvideBuffers(mem, 10, 7, 0) })
	write(t, out, "0123456789abc")
	if c := one(t, r, func(s *SQE) { s.Read(in, nil, -1); s.SetBufferGroup(7) }); string(provided(t, c, mem, 10)) != "0123456789" {
		t.Fatalf("%+v %q", c, mem)
	}
	// The buffer is shorter than what was asked for, and the other way round.
	if c := one(t, r, func(s *SQE) { s.Read(in, make([]byte, 2), -1); s.SetBufferGroup(7) }); string(provided(t, c, mem, 10)) != "ab" {
		t.Fatalf("%+v %q", c, mem)
	}
	if n := ok(t, r, func(s *SQE) { s.RemoveBuffers(10, 7) }); n != 2 {
		t.Fatal(n)
	}
	refused(t, r, func(s *SQE) { s.Read(in, nil, -1); s.SetBufferGroup(7) }, syscall.ENOBUFS)
	refused(t, r, func(s *SQE) { s.RemoveBuffers(1, 8) }, syscall.ENOENT)
	if read(t, in) != "c" {
		t.Fatal("the rest is lost")
	}
}

func TestFilesUpdate(t *testing.T) {
	r := newRing(t, 8, nil)
	in, out := pipe(t)
	kernelNeeds(t, "tables of empty slots", "5.19", func() error { return uapi.RegisterFilesSparse(r.FD(), 4) })
	if n := ok(t, r, func(s *SQE) { s.FilesUpdate([]int32{int32(in), int32(out)}, 1) }); n != 2 {
		t.Fatal(n)
	}
	fixed := func(s *SQE) { s.SetFlags(uapi.IOSQE_FIXED_FILE) }
	ok(t, r, func(s *SQE) { s.Write(2, []byte("slots"), 0); fixed(s) })
	buf := make([]byte, 10)
	if n := ok(t, r, func(s *SQE) { s.Read(1, buf, 0); fixed(s) }); string(buf[:n]) != "slots" {
		t.Fatalf("%q", buf[:n])
	}
	ok(t, r, func(s *SQE) { s.FilesUpdate([]int32{-1}, 1) })
	refused(t, r, func(s *SQE) { s.Read(1, buf, 0); fixed(s) }, syscall.EBADF)
	list := []int32{int32(in), int32(out)}
	ok(t, r, func(s *SQE) { s.FilesUpdate(list, AnySlot) })
	if list[0] == list[1] || list[0]|list[1]|3 != 3 || list[0] == 2 || list[1] == 2 {
		t.Fatal(list)
	}
}

func TestFixedFDInstall(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_FIXED_FD_INSTALL)
	in, out := pipe(t)
	if err := uapi.RegisterFiles(r.FD(), []int32{int32(in), int32(out)}); err != nil {
		t.Fatal(err)
	}
	fd := ok(t, r, func(s *SQE) { s.FixedFDInstall(1, uapi.IORING_FIXED_FD_NO_CLOEXEC) })
	defer unix.Close(fd)
	write(t, fd, "installed")
	if got := read(t, in); got != "installed" {
		t.Fatalf("%q", got)
	}
	if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags != 0 {
		t.Fatal(flags, err)
	}
	refused(t, r, func(s *SQE) { s.FixedFDInstall(9, 0) }, syscall.EBADF)
}
