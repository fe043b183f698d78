//go:build linux

package ring

import (
	"bytes"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// gated submits a request that the kernel begins only when the goroutine's
// stack has moved and the collector has run, and tells its result. What prep
// hands over has to be where it was.
func gated(t testing.TB, r *Ring, prep func(*SQE)) int {
	t.Helper()
	in, out := pipe(t)
	gate, s := r.Next(), r.Next()
	gate.Poll(in, unix.POLLIN)
	gate.SetFlags(uapi.IOSQE_IO_LINK)
	prep(s)
	if n, err := r.Submit(); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	moveStack(t)
	write(t, out, "x")
	for range 2 {
		c := next(t, r)
		if c.Err() != nil {
			t.Fatal(c.Err())
		}
		if c.Op != uapi.IORING_OP_POLL_ADD {
			return int(c.Res)
		}
	}
	t.Fatal("no completion")
	return 0
}

// moveStack makes the goroutine's stack grow, hence move, and the collector
// take what nobody refers to. What was there is overwritten.
func moveStack(t testing.TB) {
	t.Helper()
	var here byte
	before := uintptr(unsafe.Pointer(&here))
	deep(2000)
	if uintptr(unsafe.Pointer(&here)) == before {
		t.Fatal("the stack has not moved")
	}
	for range 2 {
		runtime.GC()
		for size := 16; size <= 1024; size += 16 {
			for range 200 {
				garbage = bytes.Repeat([]byte{0xa5}, size)
			}
		}
	}
}

var garbage []byte

//go:noinline
func deep(n int) byte {
	var frame [512]byte
	for i := range frame {
		frame[i] = 0x5a
	}
	if n == 0 {
		return frame[0]
	}
	return frame[n%len(frame)] + deep(n-1)
}

// TestMemoryStays hands over variables that would live on the stack. Each case
// runs on a goroutine of its own, whose stack is small.
func TestMemoryStays(t *testing.T) {
	for name, test := range map[string]func(*testing.T, *Ring){
		"read": func(t *testing.T, r *Ring) {
			_, fd := tempFile(t, "content")
			var buf [7]byte
			if gated(t, r, func(s *SQE) { s.Read(fd, buf[:], 0) }); string(buf[:]) != "content" {
				t.Fatalf("%q", buf)
			}
		},
		"write": func(t *testing.T, r *Ring) {
			f, fd := tempFile(t, "")
			gated(t, r, func(s *SQE) { s.Write(fd, bytes.Repeat([]byte("content "), 100), 0) })
			holds(t, f, strings.Repeat("content ", 100))
		},
		"readv": func(t *testing.T, r *Ring) {
			_, fd := tempFile(t, "content")
			var a [3]byte
			var b [4]byte
			if gated(t, r, func(s *SQE) { s.Readv(fd, [][]byte{a[:], b[:]}, 0) }); string(a[:])+string(b[:]) != "content" {
				t.Fatalf("%q %q", a, b)
			}
		},
		"writev": func(t *testing.T, r *Ring) {
			f, fd := tempFile(t, "")
			gated(t, r, func(s *SQE) {
				s.Writev(fd, [][]byte{bytes.Repeat([]byte("a"), 100), bytes.Repeat([]byte("b"), 500)}, 0)
			})
			holds(t, f, strings.Repeat("a", 100)+strings.Repeat("b", 500))
		},
		"path": func(t *testing.T, r *Ring) {
			dir, dirfd := tempFolder(t)
			name := [...]byte{'n', 'a', 'm', 'e'}
			gated(t, r, func(s *SQE) { s.Mkdirat(dirfd, string(name[:]), 0o700) })
			if _, err := os.Stat(dir + "/name"); err != nil {
				t.Fatal(err)
			}
		},
		"statx": func(t *testing.T, r *Ring) {
			_, fd := tempFile(t, "content")
			var st unix.Statx_t
			if gated(t, r, func(s *SQE) { s.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_SIZE, &st) }); st.Size != 7 {
				t.Fatalf("%+v", st)
			}
		},
		"recvmsg": func(t *testing.T, r *Ring) {
			a, b := bound(t, unix.SOCK_DGRAM), bound(t, unix.SOCK_DGRAM)
			if err := unix.SetsockoptInt(b, unix.SOL_SOCKET, unix.SO_TIMESTAMP, 1); err != nil {
				t.Fatal(err)
			}
			to := inet(t, local(t, b)).AddrPort()
			if err := unix.Sendto(a, []byte("content"), 0, &unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())}); err != nil {
				t.Fatal(err)
			}
			var data [7]byte
			var control [64]byte
			m := Msg{Buffers: [][]byte{data[:]}, Control: control[:]}
			gated(t, r, func(s *SQE) { s.Recvmsg(b, &m, 0) })
			if list, err := unix.ParseSocketControlMessage(control[:m.ControlLen]); string(data[:]) != "content" || m.Addr.AddrPort() != local(t, a) || err != nil || len(list) != 1 {
				t.Fatalf("%q %v %v %v", data, m.Addr.String(), list, err)
			}
		},
		"sendmsg": func(t *testing.T, r *Ring) {
			a, b := bound(t, unix.SOCK_DGRAM), bound(t, unix.SOCK_DGRAM)
			gated(t, r, func(s *SQE) {
				data := bytes.Repeat([]byte("abc"), 100)
				m := Msg{Addr: *inet(t, local(t, b)), Buffers: [][]byte{data[:1], data[1:]}}
				s.Sendmsg(a, &m, 0)
			})
			if got := read(t, b); got != strings.Repeat("abc", 100) {
				t.Fatalf("%q", got)
			}
		},
		"accept": func(t *testing.T, r *Ring) {
			server, addr := listener(t)
			client := dial(t, addr)
			var from Sockaddr
			unix.Close(gated(t, r, func(s *SQE) { s.Accept(server, &from, 0) }))
			if from.AddrPort() != local(t, client) {
				t.Fatal(from.String())
			}
		},
		"connect": func(t *testing.T, r *Ring) {
			server, addr := listener(t)
			client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer unix.Close(client)
			gated(t, r, func(s *SQE) { s.Connect(client, inet(t, addr)) })
			fd, _, err := unix.Accept(server)
			if err != nil {
				t.Fatal(err)
			}
			unix.Close(fd)
		},
		"option": func(t *testing.T, r *Ring) {
			a, _ := pair(t, unix.SOCK_DGRAM)
			var typ int32
			needForm(t, "options of sockets", "6.7", r, func(s *SQE) { s.GetsockoptInt(a, unix.SOL_SOCKET, unix.SO_TYPE, &typ) }, syscall.EOPNOTSUPP, syscall.EINVAL)
			typ = 0
			if gated(t, r, func(s *SQE) { s.GetsockoptInt(a, unix.SOL_SOCKET, unix.SO_TYPE, &typ) }); typ != unix.SOCK_DGRAM {
				t.Fatal(typ)
			}
			gated(t, r, func(s *SQE) { s.SetsockoptInt(a, unix.SOL_SOCKET, unix.SO_PRIORITY, 5) })
			if v, err := unix.GetsockoptInt(a, unix.SOL_SOCKET, unix.SO_PRIORITY); v != 5 || err != nil {
				t.Fatal(v, err)
			}
		},
		"epoll": func(t *testing.T, r *Ring) {
			needOps(t, r, uapi.IORING_OP_EPOLL_WAIT)
			epfd, err := unix.EpollCreate1(0)
			if err != nil {
				t.Fatal(err)
			}
			defer unix.Close(epfd)
			_, out := pipe(t)
			event := unix.EpollEvent{Events: unix.EPOLLOUT, Fd: 5}
			gated(t, r, func(s *SQE) { e := event; s.EpollCtl(epfd, unix.EPOLL_CTL_ADD, out, &e) })
			var events [2]unix.EpollEvent
			if n := gated(t, r, func(s *SQE) { s.EpollWait(epfd, events[:]) }); n != 1 || events[0] != event {
				t.Fatal(n, events)
			}
		},
		"child": func(t *testing.T, r *Ring) {
			needOps(t, r, uapi.IORING_OP_WAITID)
			cmd := exec.Command("/proc/self/exe", "-test.no-such-flag")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			pid := cmd.Process.Pid
			var child ChildInfo
			gated(t, r, func(s *SQE) { s.Waitid(unix.P_PID, pid, &child, unix.WEXITED) })
			if child.Pid() != pid || child.Status() != 2 {
				t.Fatal(child)
			}
		},
		"pipe": func(t *testing.T, r *Ring) {
			needOps(t, r, uapi.IORING_OP_PIPE)
			var fds [2]int32
			gated(t, r, func(s *SQE) { s.Pipe(&fds, 0) })
			write(t, int(fds[1]), "x")
			unix.Close(int(fds[0]))
			unix.Close(int(fds[1]))
		},
		"files": func(t *testing.T, r *Ring) {
			kernelNeeds(t, "tables of empty slots", "5.19", func() error { return uapi.RegisterFilesSparse(r.FD(), 8) })
			in, out := pipe(t)
			list := [3]int32{int32(in), int32(out), int32(in)}
			gated(t, r, func(s *SQE) { s.FilesUpdate(list[:], AnySlot) })
			if list[0] == list[1] || list[1] == list[2] || max(list[0], list[1], list[2]) > 7 {
				t.Fatal(list)
			}
		},
		"buffers": func(t *testing.T, r *Ring) {
			_, fd := tempFile(t, "content")
			var mem [64]byte
			ok(t, r, func(s *SQE) { s.ProvideBuffers(mem[:], 16, 1, 0) })
			if n := gated(t, r, func(s *SQE) { s.Read(fd, nil, 0); s.SetBufferGroup(1) }); n != 7 {
				t.Fatal(n)
			}
			for i := range 4 {
				if string(mem[16*i:16*i+7]) == "content" {
					return
				}
			}
			t.Fatalf("%q", mem)
		},
		"time": func(t *testing.T, r *Ring) {
			a, b := r.Next(), r.Next()
			in, _ := pipe(t)
			a.Poll(in, unix.POLLIN)
			a.SetFlags(uapi.IOSQE_IO_LINK)
			b.LinkTimeout(1, 0)
			moveStack(t)
			for range 2 {
				next(t, r)
			}
		},
	} {
		t.Run(name, func(t *testing.T) { test(t, newRing(t, 8, nil)) })
	}
}

// TestFutexWordStays wakes a word on the stack, which both sides must find at
// its only place.
func TestFutexWordStays(t *testing.T) {
	r := newRing(t, 8, nil)
	needOps(t, r, uapi.IORING_OP_FUTEX_WAIT, uapi.IORING_OP_FUTEX_WAITV)
	var one, two uint32
	start(t, r, func(s *SQE) { s.FutexWait(&one, 0, FutexAny, uapi.FUTEX2_PRIVATE) })
	start(t, r, func(s *SQE) { s.FutexWaitv([]Futex{{Word: &two, Flags: uapi.FUTEX2_PRIVATE}}) })
	moveStack(t)
	for _, word := range []*uint32{&one, &two} {
		s := r.Next()
		s.FutexWake(word, 1, FutexAny, uapi.FUTEX2_PRIVATE)
		for range 2 {
			if c := next(t, r); c.Err() != nil || c.Op == uapi.IORING_OP_FUTEX_WAKE && c.Res != 1 {
				t.Fatalf("%+v", c)
			}
		}
	}
}
