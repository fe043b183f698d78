//go:build linux

package ring

import (
	"errors"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// wrong checks that a request is refused because of an argument, breaks its
// chain, and completes with -EINVAL.
func wrong(t testing.TB, r *Ring, arg string, prep func(*SQE)) {
	t.Helper()
	s, err := r.Get()
	if err != nil {
		t.Fatal(err)
	}
	prep(s)
	s.SetFlags(uapi.IOSQE_IO_LINK)
	s.SetUserData(1)
	var bad *ArgumentError
	if !errors.As(s.Err(), &bad) || bad.Arg != arg {
		t.Errorf("%v: the reason is %v, want %s", s.id.Op(), s.Err(), arg)
	}
	behind, err := r.Get()
	if err != nil {
		t.Fatal(err)
	}
	behind.Nop()
	behind.SetUserData(2)
	if _, err := r.SubmitAndWait(2); err != nil {
		t.Fatal(err)
	}
	for c := range r.Completions() {
		if want := map[uint64]syscall.Errno{1: syscall.EINVAL, 2: syscall.ECANCELED}[c.UserData]; c.Err() == nil || !errors.Is(c.Err(), want) {
			t.Errorf("request %d: %v, want %v", c.UserData, c.Err(), want)
		}
	}
}

func TestBadArguments(t *testing.T) {
	r := newRing(t, 8, nil)
	var st unix.Statx_t
	for _, c := range []struct {
		arg  string
		prep func(*SQE)
	}{
		{"path", func(s *SQE) { s.Openat(CWD, "a\x00b", 0, 0) }},
		{"path", func(s *SQE) { s.Openat2(CWD, "\x00", uapi.OpenHow{}) }},
		{"path", func(s *SQE) { s.Statx(CWD, "a\x00", 0, 0, &st) }},
		{"path", func(s *SQE) { s.Unlinkat(CWD, "a\x00", 0) }},
		{"path", func(s *SQE) { s.Mkdirat(CWD, "a\x00", 0) }},
		{"oldpath", func(s *SQE) { s.Renameat(CWD, "a\x00", CWD, "b", 0) }},
		{"newpath", func(s *SQE) { s.Linkat(CWD, "a", CWD, "b\x00", 0) }},
		{"target", func(s *SQE) { s.Symlinkat("a\x00", CWD, "b") }},
		{"linkpath", func(s *SQE) { s.Symlinkat("a", CWD, "b\x00") }},
		{"path", func(s *SQE) { s.Getxattr("a\x00", "n", nil) }},
		{"name", func(s *SQE) { s.Setxattr("a", "n\x00", nil, 0) }},
		{"name", func(s *SQE) { s.Fgetxattr(7, "n\x00", nil) }},
		{"name", func(s *SQE) { s.Fsetxattr(7, "n\x00", nil, 0) }},
		{"bufs", func(s *SQE) { s.Readv(7, make([][]byte, 1025), 0) }},
		{"bufs", func(s *SQE) { s.Sendv(7, make([][]byte, 1025), 0) }},
		{"bufs", func(s *SQE) { s.Sendmsg(7, &Msg{Buffers: make([][]byte, 1025)}, 0) }},
		{"m", func(s *SQE) { s.Recvmsg(7, nil, 0) }},
		{"m", func(s *SQE) { s.SendmsgZC(7, nil, 0) }},
		{"f", func(s *SQE) { s.RecvmsgMultishot(7, MsgFormat{Name: 129}, 0, 0) }},
		{"f", func(s *SQE) { s.RecvmsgMultishot(7, MsgFormat{Control: -1}, 0, 0) }},
		{"n", func(s *SQE) { s.SyncFileRange(7, 0, 1<<32, 0) }},
		{"n", func(s *SQE) { s.SyncFileRange(7, 0, -1, 0) }},
		{"n", func(s *SQE) { s.Fadvise(7, 0, -1, 0) }},
		{"n", func(s *SQE) { s.RecvZC(7, -1, 0, 0) }},
		{"n", func(s *SQE) { s.RecvMultishot(7, -1, 0, 0) }},
		{"n", func(s *SQE) { s.RecvBundle(7, -1, 0, 0) }},
		{"n", func(s *SQE) { s.RecvMultishotBundle(7, -1, 0, 0) }},
		{"n", func(s *SQE) { s.SendBundle(7, -1, 0, 0) }},
		{"n", func(s *SQE) { s.ReadMultishot(7, -1, 0, 0) }},
		{"n", func(s *SQE) { s.Splice(7, -1, 8, -1, -1, 0) }},
		{"n", func(s *SQE) { s.Tee(7, 8, -1, 0) }},
		{"d", func(s *SQE) { s.Timeout(-1, 0, 0) }},
		{"d", func(s *SQE) { s.LinkTimeout(-time.Hour, 0) }},
		{"d", func(s *SQE) { s.TimeoutUpdate(1, -1, 0) }},
		{"flags", func(s *SQE) { s.TimeoutUpdate(1, 1, uapi.IORING_TIMEOUT_IMMEDIATE_ARG) }},
		{"t", func(s *SQE) { s.TimeoutAt(time.Unix(-1, 0), 0) }},
		{"flags", func(s *SQE) { s.FutexWait(new(uint32), 0, 0, uapi.FUTEX2_NUMA) }},
		{"flags", func(s *SQE) { s.FutexWake(new(uint32), 0, 0, uapi.FUTEX2_SIZE_U64) }},
		{"flags", func(s *SQE) { s.FutexWaitv([]Futex{{Word: new(uint32), Flags: uapi.FUTEX2_MPOL}}) }},
		{"list", func(s *SQE) { s.FutexWaitv(make([]Futex, 129)) }},
		{"slot", func(s *SQE) { s.CloseDirect(AnySlot) }},
		{"slot", func(s *SQE) { s.CloseDirect(1 << 31) }},
		{"slot", func(s *SQE) { s.FilesUpdate(nil, AnySlot-1) }},
		{"slot", func(s *SQE) { s.FixedFDInstall(AnySlot, 0) }},
		{"slot", func(s *SQE) { s.Openat(CWD, "a", 0, 0); s.SetDirect(AnySlot - 1) }},
		{"mem", func(s *SQE) { s.ProvideBuffers(nil, 1, 0, 0) }},
		{"mem", func(s *SQE) { s.ProvideBuffers(make([]byte, 10), 0, 0, 0) }},
		{"mem", func(s *SQE) { s.ProvideBuffers(make([]byte, 10), -1, 0, 0) }},
		{"mem", func(s *SQE) { s.ProvideBuffers(make([]byte, 1<<16+1), 1, 0, 0) }},
		{"cmd", func(s *SQE) { s.UringCmd(7, 0, 0, make([]byte, 17)) }},
		{"the entry", func(s *SQE) { s.UringCmd128(7, 0, 0, nil) }},
		{"the entry", func(s *SQE) { s.Nop128() }},
	} {
		wrong(t, r, c.arg, c.prep)
	}
}

// TestNil hands over nothing where the kernel needs memory.
func TestNil(t *testing.T) {
	r := newRing(t, 8, nil)
	a, b := pair(t, unix.SOCK_STREAM)
	write(t, b, "x")
	for i, prep := range []func(*SQE){
		func(s *SQE) { s.Statx(CWD, ".", 0, 0, nil) },
		func(s *SQE) { s.Pipe(nil, 0) },
		func(s *SQE) { s.FutexWait(nil, 0, FutexAny, 0) },
		func(s *SQE) { s.FutexWake(nil, 1, FutexAny, 0) },
		func(s *SQE) { s.FutexWaitv(nil) },
		func(s *SQE) { s.FutexWaitv([]Futex{{}}) },
		func(s *SQE) { s.EpollCtl(a, unix.EPOLL_CTL_ADD, b, nil) },
		func(s *SQE) { s.EpollWait(a, nil) },
		func(s *SQE) { s.GetsockoptInt(a, unix.SOL_SOCKET, unix.SO_TYPE, nil) },
		func(s *SQE) { s.Setsockopt(a, unix.SOL_SOCKET, unix.SO_LINGER, nil) },
		func(s *SQE) { s.Getsockname(a, nil) },
		func(s *SQE) { s.Bind(a, nil) },
		func(s *SQE) { s.Connect(a, nil) },
		func(s *SQE) { s.Getxattr("", "", nil) },
		func(s *SQE) { s.FilesUpdate(nil, 0) },
		func(s *SQE) { s.UringCmd(a, 12345, 0, nil) },
	} {
		if c := one(t, r, prep); c.Res >= 0 {
			t.Errorf("%d: %v succeeded with %d", i, c.Op, c.Res)
		}
	}
	for i, prep := range []func(*SQE){
		func(s *SQE) { s.Recvmsg(a, new(Msg), unix.MSG_PEEK) },
		func(s *SQE) { s.Recv(a, nil, unix.MSG_PEEK) },
		func(s *SQE) { s.Send(a, nil, 0) },
		func(s *SQE) { s.Send(a, nil, 0); s.SetDestination(nil) },
		func(s *SQE) { s.Sendmsg(a, new(Msg), 0) },
		func(s *SQE) { s.Readv(a, nil, -1) },
		func(s *SQE) { s.Writev(a, [][]byte{nil, {}}, -1) },
		func(s *SQE) { s.Madvise(nil, unix.MADV_DONTNEED) },
	} {
		if c := one(t, r, prep); c.Res != 0 {
			t.Errorf("%d: %v is %d, %v", i, c.Op, c.Res, c.Err())
		}
	}
}

// TestArgumentsBeyond32Bits would be other descriptors if they were cut.
func TestArgumentsBeyond32Bits(t *testing.T) {
	if strconv.IntSize == 32 {
		return // an int has no more
	}
	r := newRing(t, 8, nil)
	fd := huge // 0, with 32 bits
	for arg, list := range map[string][]func(*SQE){
		"fd": {
			func(s *SQE) { s.Read(fd, nil, 0) }, func(s *SQE) { s.Write(-fd, nil, 0) },
			func(s *SQE) { s.Readv(fd, nil, 0) }, func(s *SQE) { s.Close(fd) },
			func(s *SQE) { s.Send(fd, nil, 0) }, func(s *SQE) { s.Recv(fd, nil, 0) },
			func(s *SQE) { s.Accept(fd, nil, 0) }, func(s *SQE) { s.Poll(fd, 0) },
			func(s *SQE) { s.Openat(fd, "a", 0, 0) }, func(s *SQE) { s.CancelFD(fd, 0) },
			func(s *SQE) { s.Splice(0, 0, fd, 0, 0, 0) }, func(s *SQE) { s.EpollCtl(0, 0, fd, nil) },
			func(s *SQE) { s.Siocinq(fd) }, func(s *SQE) { s.UringCmd(fd, 0, 0, nil) },
		},
		"in":       {func(s *SQE) { s.Splice(fd, 0, 0, 0, 0, 0) }, func(s *SQE) { s.Tee(fd, 0, 0, 0) }},
		"newdirfd": {func(s *SQE) { s.Renameat(0, "a", fd, "b", 0) }},
		"domain":   {func(s *SQE) { s.Socket(fd, 0, 0) }},
		"typ":      {func(s *SQE) { s.Socket(0, fd, 0) }},
		"protocol": {func(s *SQE) { s.Socket(0, 0, fd) }},
		"how":      {func(s *SQE) { s.Shutdown(0, fd) }},
		"backlog":  {func(s *SQE) { s.Listen(0, fd) }},
		"level":    {func(s *SQE) { s.Getsockopt(0, fd, 0, nil) }},
		"option":   {func(s *SQE) { s.SetsockoptInt(0, 0, fd, 0) }},
		"idtype":   {func(s *SQE) { s.Waitid(fd, 0, nil, 0) }},
		"id":       {func(s *SQE) { s.Waitid(0, fd, nil, 0) }},
		"options":  {func(s *SQE) { s.Waitid(0, 0, nil, fd) }},
		"size":     {func(s *SQE) { s.ProvideBuffers(nil, fd, 0, 0) }},
		"advice":   {func(s *SQE) { s.Madvise(nil, fd) }},
		"n":        {func(s *SQE) { s.RemoveBuffers(fd, 0) }},
	} {
		for _, prep := range list {
			wrong(t, r, arg, prep)
		}
	}
}

// TestModifiersOfOtherRequests modifies what has no such thing.
func TestModifiersOfOtherRequests(t *testing.T) {
	r := newRing(t, 8, nil)
	for name, modify := range map[string]func(*SQE){
		"SetRWFlags":     func(s *SQE) { s.SetRWFlags(1) },
		"SetDirect":      func(s *SQE) { s.SetDirect(1) },
		"SetBufferGroup": func(s *SQE) { s.SetBufferGroup(1) },
		"SetDestination": func(s *SQE) { s.SetDestination(new(Sockaddr)) },
		"SetFixedBuffer": func(s *SQE) { s.SetFixedBuffer(1) },
		"SetReportUsage": func(s *SQE) { s.SetReportUsage() },
		"SetPollFirst":   func(s *SQE) { s.SetPollFirst() },
		"SetDontWait":    func(s *SQE) { s.SetDontWait() },
		"SetWriteStream": func(s *SQE) { s.SetWriteStream(1) },
		"SetPI":          func(s *SQE) { s.SetPI(nil, uapi.IoUringAttrPi{}) },
	} {
		for _, prep := range []func(*SQE){func(s *SQE) { s.Nop(); modify(s) }, modify} {
			s, err := r.Get()
			if err != nil {
				t.Fatal(err)
			}
			prep(s)
			if s.Err() == nil || !strings.Contains(s.Err().Error(), name) {
				t.Errorf("%s: the reason is %v", name, s.Err())
			}
			refusedNext(t, r, syscall.EINVAL)
		}
	}
	// A modifier does not revive a request that failed before.
	refused(t, r, func(s *SQE) { s.Openat(CWD, "\x00", 0, 0); s.SetDirect(3) }, syscall.EINVAL)
}

func refusedNext(t testing.TB, r *Ring, want error) {
	t.Helper()
	if c := next(t, r); !errors.Is(c.Err(), want) {
		t.Fatalf("%v: %v, want %v", c.Op, c.Err(), want)
	}
}
