package register

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

func allow(ops ...uapi.Op) []uapi.IoUringRestriction {
	var out []uapi.IoUringRestriction
	for _, op := range ops {
		r := uapi.IoUringRestriction{Opcode: uapi.IORING_RESTRICTION_SQE_OP}
		r.SetSqeOp(op)
		out = append(out, r)
	}
	return out
}

func TestRestrictions(t *testing.T) {
	enabled := newRing(t, 0)
	fails(t, uapi.RegisterRestrictions(enabled.fd, allow(uapi.IORING_OP_NOP)), syscall.EBADFD)
	fails(t, uapi.RegisterEnableRings(enabled.fd), syscall.EBADFD)

	r := newRing(t, uapi.IORING_SETUP_R_DISABLED)
	list := append(allow(uapi.IORING_OP_NOP, uapi.IORING_OP_TIMEOUT), uapi.IoUringRestriction{Opcode: uapi.IORING_RESTRICTION_REGISTER_OP})
	list[2].RegisterOp = uapi.IORING_UNREGISTER_FILES
	if err := uapi.RegisterRestrictions(r.fd, list); err != nil {
		t.Fatal(err)
	}
	fails(t, uapi.RegisterRestrictions(r.fd, allow(uapi.IORING_OP_NOP)), syscall.EBUSY)
	if err := uapi.RegisterEnableRings(r.fd); err != nil {
		t.Fatal(err)
	}
	if n := r.do(func(s *uapi.IoUringSqe) { s.PrepNop() }); n != 0 {
		t.Errorf("an allowed request: %d", n)
	}
	if n := r.do(func(s *uapi.IoUringSqe) { s.PrepTimeoutNsec(1, 0, uapi.IORING_TIMEOUT_ABS) }); n == -int32(syscall.EACCES) {
		t.Error("the second of the allowed requests was refused: the count of restrictions is wrong")
	}
	if n := r.do(func(s *uapi.IoUringSqe) { s.PrepFsync(0, 0) }); n != -int32(syscall.EACCES) {
		t.Errorf("a request that is not allowed: %d", n)
	}
	fails(t, uapi.UnregisterFiles(r.fd), syscall.ENXIO) // is allowed, and finds nothing
	_, err := uapi.RegisterPersonality(r.fd)
	fails(t, err, syscall.EACCES)
}

// program is a filter that lets everything pass.
var program = []syscall.SockFilter{{Code: syscall.BPF_RET | syscall.BPF_K, K: 1}}

// filter asks for a size of extra data that no operation has.
func filter(pdu uint8) *uapi.IoUringBpf {
	b := &uapi.IoUringBpf{CmdType: uapi.IO_URING_BPF_CMD_FILTER}
	f := b.Filter()
	f.Opcode, f.PduSize, f.FilterLen, f.FilterPtr = uint32(uapi.IORING_OP_SOCKET), pdu, uint32(len(program)), address(&program[0])
	return b
}

func TestBpfFilter(t *testing.T) {
	r := newRing(t, 0)
	b := filter(255)
	err := uapi.RegisterBpfFilter(r.fd, b)
	if lacks(uapi.IORING_REGISTER_BPF_FILTER) {
		fails(t, err, syscall.EINVAL)
		fails(t, uapi.RegisterBpfFilterProgram(r.fd, b, program), syscall.EINVAL)
		t.Logf("no filters in Linux %s, which says EINVAL as it should", kernel.Release())
		return
	}
	fails(t, err, syscall.EMSGSIZE)
	pdu := b.Filter().PduSize
	if pdu == 255 {
		t.Error("the kernel has not written its size of extra data back")
	}
	if err := uapi.RegisterBpfFilterProgram(r.fd, filter(pdu), program); err != nil {
		t.Errorf("a filter of the right size: %v", err)
	}
	fails(t, uapi.RegisterBpfFilterProgram(r.fd, filter(pdu), nil), syscall.EINVAL)
}

// An empty list refuses all, whether it is nil or not.
func TestEmptyRestrictions(t *testing.T) {
	for _, list := range [][]uapi.IoUringRestriction{nil, {}} {
		r := newRing(t, uapi.IORING_SETUP_R_DISABLED)
		if err := uapi.RegisterRestrictions(r.fd, list); err != nil {
			t.Fatal(err)
		}
		if err := uapi.RegisterEnableRings(r.fd); err != nil {
			t.Fatal(err)
		}
		if n := r.do(func(s *uapi.IoUringSqe) { s.PrepNop() }); n != -int32(syscall.EACCES) {
			t.Errorf("a request: %d", n)
		}
	}
}

// A ring that is no more must not turn a ring's restriction into one of the
// whole task.
func TestNoRingIsNoTask(t *testing.T) {
	fails(t, uapi.RegisterRestrictions(-1, allow(uapi.IORING_OP_NOP)), syscall.EBADF)
	fails(t, uapi.RegisterBpfFilter(-1, filter(255)), syscall.EBADF)
	fails(t, uapi.RegisterBpfFilterProgram(-1, filter(255), program), syscall.EBADF)
	fails(t, uapi.RegisterBpfFilterProgram(-1, nil, program), syscall.EFAULT)
}

const childEnv = "URINGGEN_TEST_CHILD"

// children run in a process of their own and say how it went.
var children = map[string]func() error{
	"restrictions": restrictTask,
	"filter":       filterTask,
}

func TestMain(m *testing.M) {
	if child := children[os.Getenv(childEnv)]; child != nil {
		runtime.LockOSThread()
		fmt.Println(child())
		os.Exit(0)
	}
	before := descriptors()
	code := m.Run()
	if after := descriptors(); after > before && code == 0 {
		fmt.Fprintf(os.Stderr, "%d descriptors before the tests, %d after\n", before, after)
		code = 1
	}
	os.Exit(code)
}

// descriptors counts the open ones, without those that Go's poller keeps.
func descriptors() int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		panic(err)
	}
	n := 0
	for _, f := range list {
		target, err := os.Readlink("/proc/self/fd/" + f.Name())
		if err == nil && !strings.Contains(target, "[eventpoll]") && !strings.Contains(target, "[eventfd]") {
			n++
		}
	}
	return n
}

// inChild runs one of children and returns what it said.
func inChild(t *testing.T, name string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childEnv+"="+name)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestTask(t *testing.T) {
	for name := range children {
		t.Run(name, func(t *testing.T) {
			want := "<nil>"
			if lacks(uapi.IORING_REGISTER_BPF_FILTER) {
				want = syscall.EINVAL.Error()
				if name == "restrictions" && older("6.13") {
					want = syscall.EBADF.Error() // there, no operation goes without a ring
				}
				t.Logf("no task-wide %s in Linux %s", name, kernel.Release())
			}
			if got := inChild(t, name); got != want {
				t.Errorf("the child says %q, want %q", got, want)
			}
		})
	}
}

// restrictTask allows this thread nothing but NOPs, and tries something else.
func restrictTask() error {
	if err := noNewPrivs(); err != nil {
		return err
	}
	if err := uapi.RegisterTaskRestrictions(allow(uapi.IORING_OP_NOP, uapi.IORING_OP_TIMEOUT)); err != nil {
		return err
	}
	if err := uapi.RegisterTaskRestrictions(allow(uapi.IORING_OP_NOP)); !errors.Is(err, syscall.EPERM) {
		return fmt.Errorf("a second time: %v", err)
	}
	return expect(map[string]result{
		"NOP":   {func(s *uapi.IoUringSqe) { s.PrepNop() }, 0},
		"FSYNC": {func(s *uapi.IoUringSqe) { s.PrepFsync(0, 0) }, -int32(syscall.EACCES)},
	})
}

// filterTask adds a filter that denies sockets to this thread.
func filterTask() error {
	if err := noNewPrivs(); err != nil {
		return err
	}
	deny := []syscall.SockFilter{{Code: syscall.BPF_RET | syscall.BPF_K, K: 0}}
	wrong := filter(255)
	if err := uapi.RegisterTaskBpfFilter(wrong); err == nil {
		return errors.New("a filter of a wrong size was taken")
	} else if !errors.Is(err, syscall.EMSGSIZE) {
		return err
	}
	if err := uapi.RegisterTaskBpfFilterProgram(filter(wrong.Filter().PduSize), deny); err != nil {
		return err
	}
	return expect(map[string]result{
		"NOP":    {func(s *uapi.IoUringSqe) { s.PrepNop() }, 0},
		"SOCKET": {func(s *uapi.IoUringSqe) { s.PrepSocket(1, 1, 0, 0) }, -int32(syscall.EACCES)},
	})
}

type result struct {
	prep func(*uapi.IoUringSqe)
	want int32
}

// expect makes a ring and tries requests on it.
func expect(list map[string]result) (err error) {
	r, err := openRing(0)
	if err != nil {
		return err
	}
	for name, c := range list {
		if n, err := r.try(r.fd, c.prep); n != c.want || err != nil {
			return fmt.Errorf("%s: result %d, %v; want %d", name, n, err, c.want)
		}
	}
	return nil
}

// noNewPrivs is what a task-wide restriction wants of a process without
// privileges.
func noNewPrivs() error {
	const prSetNoNewPrivs = 38
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, prSetNoNewPrivs, 1, 0, 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}
