//go:build linux

package semantics

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// difference is what kernels do not agree on. Stable updates have changed
// answers within a series, so a series may have several; a kernel that gives
// none of its series' has changed and needs a look. One of a later series than
// all here must answer as the newest.
type difference struct {
	name    string
	ask     func(*testing.T) string
	answers []behaviour
	grows   bool // later series answer otherwise, as counts do
}

type behaviour struct{ answer, series string }

const secondFilter = "a task's second filter: "

var differences = []difference{
	{name: "IORING_REGISTER_QUERY: request and register operations, queries", ask: counts, grows: true,
		answers: []behaviour{{"65 38 3", "7.0 7.1"}, {"65 38 4", "7.2 7.3"}}},
	{name: "bytes of CONNECT's payload", ask: connectPayload,
		answers: []behaviour{{"0", "7.0 7.1"}, {"24", "7.2 7.3"}}},
	{name: "an IPv6 address of 24 bytes as a filter sees it", ask: shortIPv6,
		answers: []behaviour{{"no payload", "7.0 7.1"}, {"hidden", "7.2"}, {"seen", "7.2 7.3"}}},
	{name: "SOCKET's type as a filter sees it", ask: socketType,
		answers: []behaviour{{"with SOCK_CLOEXEC and SOCK_NONBLOCK", "7.0 7.1 7.2"}, {"masked", "7.3"}}},
	{name: secondFilter + "its earlier ring", ask: earlierRing,
		answers: []behaviour{{denied, "7.0 7.1 7.2"}, {ok, "7.3"}}},
	{name: secondFilter + "a child forked earlier", ask: earlierChild,
		answers: []behaviour{{denied, "7.0 7.1 7.2"}, {ok, "7.3"}}},
	{name: secondFilter + "threads made earlier", ask: earlierThreads,
		answers: []behaviour{{all(8, denied), "7.0 7.1 7.2"}, {all(8, ok), "7.3"}}},
	{name: "a task restricted to a register operation: a filter for the task", ask: restrictedFilter,
		answers: []behaviour{{ok, "7.0 7.1 7.2"}, {denied, "7.3"}}},
	{name: "a task restricted to nothing: a filter for the task", ask: emptyFilter,
		answers: []behaviour{{ok, "7.0 7.1 7.2"}, {denied, "7.3"}}},
	{name: "a task restricted to a register operation: restricting and enabling its ring", ask: restrictedRing,
		answers: []behaviour{{"EBUSY 0", "7.0 7.1 7.2"}, {"EACCES EACCES", "7.2 7.3"}}},
	{name: "a filter behind execve, where a ring was used", ask: func(*testing.T) string { return play("exec, filtered, with a used ring") },
		answers: []behaviour{{ok, "7.0"}, {denied, "7.0 7.1 7.2 7.3"}}},
	{name: "restrictions behind execve, where a ring was used", ask: func(*testing.T) string { return play("exec, restricted, with a used ring") },
		answers: []behaviour{{ok, "7.0"}, {denied, "7.0 7.1 7.2 7.3"}}},
}

func TestDifferences(t *testing.T) {
	inChild(t, func(t *testing.T) {
		running, err := kernel.Parse(kernel.Release())
		must(t, err)
		said := map[string]string{}
		for _, d := range differences {
			onThread(t, d.name, func(t *testing.T) {
				got := d.ask(t)
				t.Logf("kernel %s: %s", kernel.Release(), got)
				said[d.name] = got
				if want := d.expect(running); want != nil && !contains(want, got) {
					t.Errorf("kernel %s: %s, want one of %q", kernel.Release(), got, want)
				}
			})
		}
		// A task's set is shared or copied, with whomever.
		shared := said[secondFilter+"its earlier ring"]
		wants(t, "a child as the ring", said[secondFilter+"a child forked earlier"], shared)
		wants(t, "threads as the ring", said[secondFilter+"threads made earlier"], all(8, shared))
	})
}

func TestExpect(t *testing.T) {
	d := difference{answers: []behaviour{{"old", "7.0 7.1"}, {"new", "7.1 7.2"}}}
	grows := d
	grows.grows = true
	for _, c := range []struct {
		difference
		series, want string
	}{
		{d, "7.0", "[old]"}, {d, "7.1", "[old new]"}, {d, "7.2", "[new]"}, {d, "7.3", "[new]"}, {d, "8.0", "[new]"},
		{d, "6.18", "[]"}, {grows, "7.2", "[new]"}, {grows, "7.3", "[]"},
	} {
		v, err := kernel.Parse(c.series)
		must(t, err)
		wants(t, c.series, fmt.Sprint(c.expect(v)), c.want)
	}
}

// expect lists what kernels of a series answer.
func (d difference) expect(v kernel.Version) (answers []string) {
	newest, known := d.answers[len(d.answers)-1], false
	for _, b := range d.answers {
		for s := range strings.FieldsSeq(b.series) {
			if s == v.String() {
				answers = append(answers, b.answer)
			}
			if k, err := kernel.Parse(s); err == nil && !k.Less(v) {
				known = true
			}
		}
	}
	if !known && !d.grows {
		return []string{newest.answer}
	}
	return answers
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

func counts(t *testing.T) string {
	var q uapi.IoUringQueryOpcode
	must(t, uapi.RegisterQueryOpcodes(&q))
	return fmt.Sprint(q.NrRequestOpcodes, q.NrRegisterOpcodes, q.NrQueryOpcodes)
}

func connectPayload(t *testing.T) string { return fmt.Sprint(payloadOf(t, uapi.IORING_OP_CONNECT)) }

func socketType(t *testing.T) string {
	const extra = syscall.SOCK_CLOEXEC | syscall.SOCK_NONBLOCK
	typ := seenWord(t, opSocket, func(s *uapi.IoUringSqe) { s.PrepSocket(syscall.AF_INET, syscall.SOCK_DGRAM|extra, 0, 0) }, 20, 0)
	switch typ {
	case syscall.SOCK_DGRAM:
		return "masked"
	case syscall.SOCK_DGRAM | extra:
		return "with SOCK_CLOEXEC and SOCK_NONBLOCK"
	}
	return fmt.Sprintf("%#x", typ)
}

func earlierRing(t *testing.T) string {
	must(t, filter(task, opNop, allow))
	r := newRing(t, 0)
	must(t, filter(task, opNop, deny))
	wants(t, "its later ring", newNop(), denied)
	return ask(r, nop)
}

func earlierChild(t *testing.T) string {
	must(t, filter(task, opNop, allow))
	c := startFork(t, true)
	must(t, filter(task, opNop, deny))
	return c.answer()
}

func earlierThreads(*testing.T) string { return play("filter, then threads") }

// filterThenThreads gives the main thread a filter before there are others: the
// next image makes them all.
func filterThenThreads() string {
	if s := answer(noNewPrivs()) + registered(task, opNop, allow); s != ok+ok {
		return s
	}
	return become("threads, then filter")
}

func threadsThenFilter() string {
	c := hire(8)
	if s := bindThread(); s != ok {
		return s
	}
	return c.tally(newNop)
}

func restrictedFilter(t *testing.T) string {
	wants(t, "restrictions", restrict(allowRegister(uapi.IORING_REGISTER_FILES)), ok)
	return registered(task, opNop, deny)
}

func emptyFilter(t *testing.T) string {
	wants(t, "restrictions", restrict(), ok)
	return registered(task, opNop, deny)
}

func restrictedRing(t *testing.T) string {
	wants(t, "restrictions", restrict(allowRegister(uapi.IORING_REGISTER_FILES)), ok)
	r := newRing(t, uapi.IORING_SETUP_R_DISABLED)
	first := uapi.RegisterRestrictions(r.FD(), []uapi.IoUringRestriction{allowOp(opNop)})
	return answer(first) + " " + answer(uapi.RegisterEnableRings(r.FD()))
}

// execWithUsedRing is a role: a thread that is bound, uses a ring and executes.
func execWithUsedRing(bind func() string) string {
	if s := answer(noNewPrivs()) + bind(); s != ok+ok {
		return s
	}
	if s := newNop(); s != denied {
		return "before execve: " + s
	}
	return become("nop")
}
