//go:build linux

package ring

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
	"github.com/uringgen/uringgen/tests/reexec"
)

// What tests here need of the kernel.
var (
	filtersFeature = kernel.Feature{
		Name: "filters of requests", Since: kernel.Version{Major: 7}, Config: "CONFIG_IO_URING_BPF",
		Probe: FiltersSupported,
	}
	connectFeature = kernel.Feature{
		Name: "what filters see of IORING_OP_CONNECT", Since: kernel.Version{Major: 7, Minor: 2}, Config: "CONFIG_IO_URING_BPF",
		Probe: func() error {
			size, err := PayloadSize(uapi.IORING_OP_CONNECT)
			if err == nil && size == 0 {
				err = errors.New("its size is 0")
			}
			return err
		},
	}
)

// lackFilters skips a test of what happens without filters where there are
// some.
func lackFilters(t *testing.T) {
	t.Helper()
	if FiltersSupported() == nil {
		t.Skipf("kernel %s has filters of requests", kernel.Release())
	}
}

const denied = -int32(syscall.EACCES)

// Filters and lists of a few instructions.
var (
	denyAll  = cbpf.Program{cbpf.Return(0)}
	allowAll = cbpf.Program{cbpf.Return(1)}

	denyNop   = cbpf.Filter{Op: uint8(uapi.IORING_OP_NOP), Program: denyAll}
	allowNop  = cbpf.Filter{Op: uint8(uapi.IORING_OP_NOP), Program: allowAll}
	denyFsync = cbpf.Filter{Op: uint8(uapi.IORING_OP_FSYNC), Program: denyAll}

	onlyUnix = cbpf.Filter{Op: uint8(uapi.IORING_OP_SOCKET), PDUSize: 12, Program: cbpf.Program{
		cbpf.LoadWord(16), cbpf.JumpEqual(syscall.AF_UNIX, 0, 1), cbpf.Return(1), cbpf.Return(0),
	}}
	onlyNop = &Restrictions{Ops: []uapi.Op{uapi.IORING_OP_NOP}}
)

func filters(list ...cbpf.Filter) FilterSet { return FilterSet{Filters: list} }

// A request that needs nothing, and how it ends unless it is denied.
func fsync(e *uapi.IoUringSqe) { e.PrepFsync(-1, 0) }

const fsynced = -int32(syscall.EBADF)

func nop(e *uapi.IoUringSqe)           { e.PrepNop() }
func askUnixSocket(e *uapi.IoUringSqe) { e.PrepSocket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0, 0) }
func inetSocket(e *uapi.IoUringSqe)    { e.PrepSocket(syscall.AF_INET, syscall.SOCK_STREAM, 0, 0) }

// try runs a request on a ring and closes what it opened.
func try(r *Ring, prep func(*uapi.IoUringSqe)) (int32, error) {
	s, err := r.Get()
	if err != nil {
		return 0, err
	}
	s.Prepare(prep)
	if _, err := r.SubmitAndWait(1); err != nil {
		return 0, err
	}
	for c := range r.Completions() {
		if c.Op == uapi.IORING_OP_SOCKET && c.Res >= 0 {
			return 0, syscall.Close(int(c.Res))
		}
		return c.Res, nil
	}
	return 0, errors.New("no completion")
}

// tryNew runs a request on a ring that the calling thread makes.
func tryNew(prep func(*uapi.IoUringSqe)) (int32, error) {
	r, err := New(1, nil)
	if err != nil {
		return 0, err
	}
	res, err := try(r, prep)
	return res, errors.Join(err, r.Close())
}

func wants(t *testing.T, what string, r *Ring, prep func(*uapi.IoUringSqe), want int32) {
	t.Helper()
	if res, err := try(r, prep); err != nil || res != want {
		t.Errorf("%s: result %d, %v; want %d", what, res, err, want)
	}
}

func wantsNew(t *testing.T, what string, prep func(*uapi.IoUringSqe), want int32) {
	t.Helper()
	if res, err := tryNew(prep); err != nil || res != want {
		t.Errorf("%s: result %d, %v; want %d", what, res, err, want)
	}
}

// survey runs a request on rings of n threads at once, and counts results.
func survey(n int, prep func(*uapi.IoUringSqe)) string {
	var mu sync.Mutex
	var all, held sync.WaitGroup
	counts := map[string]int{}
	held.Add(n)
	for range n {
		all.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			held.Done()
			held.Wait() // each has a thread of its own
			res, err := tryNew(prep)
			mu.Lock()
			defer mu.Unlock()
			counts[fmt.Sprint(res, err)]++
		})
	}
	all.Wait()
	return strings.ReplaceAll(fmt.Sprint(counts), " <nil>", "")
}

func counted(n int, res int32) string { return fmt.Sprintf("map[%d:%d]", res, n) }

// tryVar makes the test binary tell what it may do, see TestTry.
const tryVar = "URINGGEN_TEST_TRY"

// another is a process that says, of 8 threads, how NOP, FSYNC and its own
// standing ended: "nop map[…] fsync map[…] confined true".
func another(t *testing.T, env ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^TestTry$", "-test.v")
	cmd.Env = append(os.Environ(), append(env, tryVar+"=1")...)
	return cmd
}

func TestTry(t *testing.T) {
	if os.Getenv(tryVar) == "" {
		return // what another runs
	}
	if d, err := time.ParseDuration(os.Getenv("URINGGEN_TEST_SLEEP")); err == nil {
		time.Sleep(d)
	}
	fmt.Println(standing())
	if os.Getenv("URINGGEN_TEST_EXEC") != "" {
		os.Unsetenv("URINGGEN_TEST_EXEC")
		t.Fatal(syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
	}
}

func standing() string {
	is, err := ThreadConfined()
	if err != nil {
		return "SAYS " + err.Error()
	}
	return fmt.Sprintf("SAYS nop %s fsync %s confined %v", survey(8, nop), survey(8, fsync), is)
}

const (
	free        = "SAYS nop map[0:8] fsync map[-9:8] confined false"
	withoutNop  = "SAYS nop map[-13:8] fsync map[-9:8] confined true"
	withOnlyNop = "SAYS nop map[0:8] fsync map[-13:8] confined true"
)

// said are the lines that processes of another have said.
func said(out []byte) string {
	var lines []string
	for l := range strings.Lines(string(out)) {
		if at := strings.Index(l, "SAYS "); at >= 0 {
			lines = append(lines, strings.TrimSpace(l[at:]))
		}
	}
	return strings.Join(lines, "; ")
}

// unsupported checks an error of a kernel that lacks something.
func unsupported(t *testing.T, err error, since string) {
	t.Helper()
	var u *UnsupportedError
	if !errors.Is(err, ErrNotSupported) || !errors.As(err, &u) || u.MinKernel != since {
		t.Errorf("error %v; want an UnsupportedError that names Linux %s", err, since)
	}
}

// wrongArgument checks an error that names an argument.
func wrongArgument(t *testing.T, err error, arg string) {
	t.Helper()
	var a *ArgumentError
	if !errors.As(err, &a) || !strings.HasPrefix(a.Arg, arg) {
		t.Errorf("error %v; want an ArgumentError that names %s", err, arg)
	}
}

// refusal checks an errno, and that the error says what to do.
func refusal(t *testing.T, err error, errno syscall.Errno) {
	t.Helper()
	var o *OpError
	if !errors.Is(err, errno) || !errors.As(err, &o) || o.Remedy == "" {
		t.Errorf("error %v; want an OpError with %v and a remedy", err, errno)
	}
}

// asNobody gives up root, where there is some to give up.
func asNobody() []reexec.Option {
	if os.Geteuid() != 0 {
		return nil
	}
	return []reexec.Option{reexec.Credential(65534, 65534)}
}

func noNewPrivs(t *testing.T) bool {
	t.Helper()
	p, err := privileges(syscall.Gettid(), false)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(p.text, "NoNewPrivs 1")
}
