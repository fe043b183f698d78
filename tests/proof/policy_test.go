//go:build linux

package proof

import (
	"fmt"
	"os"
	"slices"
	"syscall"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/generated/filters"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
)

// policy is several shipped filters, two of them of one operation, and nothing
// but those operations.
var policy = ring.FilterSet{
	Filters: slices.Concat(
		filters.UsualSockets(), filters.TcpSockets(), filters.OpenReadOnly(),
		filters.Unlinked(uapi.IORING_OP_NOP, uapi.IORING_OP_CLOSE),
	),
	DenyRest: true,
}

// confinement is the policy, for whoever may not bind a task otherwise.
var confinement = ring.Confinement{Filters: policy, NoNewPrivs: true}

func openRoot(flags uint32) request {
	path := &[...]byte{'/', 0}
	return request{func(e *uapi.IoUringSqe) { e.PrepOpenat(-1, unsafe.Pointer(path), flags, 0) }, []any{path}}
}

func openRoot2(flags uint64) request {
	path, how := &[...]byte{'/', 0}, &uapi.OpenHow{Flags: flags}
	return request{func(e *uapi.IoUringSqe) { e.PrepOpenat2(-1, unsafe.Pointer(path), unsafe.Pointer(how)) }, []any{path, how}}
}

func flagged(flags uapi.SQEFlags, prep func(*uapi.IoUringSqe)) request {
	return request{prep: func(e *uapi.IoUringSqe) { prep(e); e.Flags |= flags }}
}

// probes are requests, with what the policy says of each.
var probes = []struct {
	name string
	request
	denied bool
}{
	{"TCP", socketOf(syscall.AF_INET, syscall.SOCK_STREAM, 0), false},
	{"UDP", socketOf(syscall.AF_INET, syscall.SOCK_DGRAM, 0), true},
	{"a Unix socket", socketOf(syscall.AF_UNIX, syscall.SOCK_STREAM, 0), true},
	{"a raw socket", socketOf(syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_ICMP), true},
	{"reading", openRoot(syscall.O_RDONLY), false},
	{"reading, by openat2", openRoot2(syscall.O_RDONLY), false},
	{"writing", openRoot(syscall.O_WRONLY), true},
	{"truncating", openRoot2(syscall.O_TRUNC), true},
	{"a NOP", flagged(0, (*uapi.IoUringSqe).PrepNop), false},
	{"a linked NOP", flagged(uapi.IOSQE_IO_LINK, (*uapi.IoUringSqe).PrepNop), true},
	{"a draining NOP", flagged(uapi.IOSQE_IO_DRAIN, (*uapi.IoUringSqe).PrepNop), true},
	{"closing", flagged(0, func(e *uapi.IoUringSqe) { e.PrepClose(1 << 20) }), false},
	{"the rest", flagged(0, func(e *uapi.IoUringSqe) { e.PrepFsync(-1, 0) }), true},
}

// verdicts is what a survey says of requests that are denied.
func verdicts(denied []string) string { return fmt.Sprintf("denied: %q", denied) }

// What a survey says without the policy, and under it.
var free, bound = verdicts(nil), func() string {
	var list []string
	for _, p := range probes {
		if p.denied {
			list = append(list, p.name)
		}
	}
	return verdicts(list)
}()

// survey says what a ring denies.
func survey(r *ring.Ring) string {
	var list []string
	for _, p := range probes {
		switch res, err := p.do(r); {
		case err != nil:
			return fmt.Sprintf("%s: %v", p.name, err)
		case res == denied:
			list = append(list, p.name)
		}
	}
	return verdicts(list)
}

// surveyNew says what a ring denies that the calling thread makes.
func surveyNew() string {
	r, err := ring.New(8, &ring.Options{Flags: uapi.IORING_SETUP_SQE128})
	if err != nil {
		return err.Error()
	}
	s := survey(r)
	if err := r.Close(); err != nil {
		return err.Error()
	}
	return s
}

func wants(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n%s, want\n%s", what, got, want)
	}
}

// roleVar names what a process is to do instead of tests.
const roleVar = "URINGGEN_PROOF_ROLE"

// roles are what it can do; each prints a line for each survey.
var roles = map[string]func(){
	"survey": func() { fmt.Println(surveyNew()) },
	// The same, and once more as another image.
	"survey, execute": func() {
		fmt.Println(surveyNew())
		os.Setenv(roleVar, "survey")
		fmt.Println(syscall.Exec("/proc/self/exe", os.Args[:1], os.Environ()))
	},
}

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVar); role != "" {
		roles[role]()
		os.Exit(0)
	}
	os.Exit(m.Run())
}
