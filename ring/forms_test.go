//go:build linux

package ring

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// form is a Prep method of uapi and how a user of Ring gets its request.
type form struct {
	prep string // the method
	by   string // ours, with what modifies it behind "+"
	own  func(s *SQE)
	raw  func(e *uapi.IoUringSqe, a *attachment) // a is what own has put into the slot
	wide bool                                    // in an entry of 128 bytes
}

// forms is all of them but those that send to other rings.
var forms = slices.Concat(fileForms, pathForms, socketForms, messageForms, timeForms, otherForms)

// What the forms are about. It never goes to the kernel.
var thing = struct {
	buf   []byte
	bufs  [][]byte
	addr  Sockaddr
	msg   Msg
	stat  unix.Statx_t
	fds   [2]int32
	list  []int32
	word  uint32
	words []Futex
	child ChildInfo
	event unix.EpollEvent
	epoll []unix.EpollEvent
	how   uapi.OpenHow
	pi    uapi.IoUringAttrPi
	value int32
	cmd   []byte
}{
	buf:   make([]byte, 4096),
	bufs:  [][]byte{make([]byte, 10), nil, make([]byte, 20)},
	addr:  Sockaddr{size: 28},
	msg:   Msg{Addr: Sockaddr{size: 16}, Buffers: [][]byte{make([]byte, 10)}, Control: make([]byte, 64)},
	list:  []int32{1, 2, 3},
	words: []Futex{{Word: new(uint32)}, {Word: new(uint32)}},
	epoll: make([]unix.EpollEvent, 3),
	how:   uapi.OpenHow{Flags: unix.O_PATH, Resolve: unix.RESOLVE_BENEATH},
	cmd:   bytes.Repeat([]byte{0xcd}, cmdRoom),
}

func at[T any](p *T) unsafe.Pointer { return unsafe.Pointer(p) }

func selecting(e *uapi.IoUringSqe, group uint16) {
	e.Flags |= uapi.IOSQE_BUFFER_SELECT
	e.SetBufGroup(group)
}

// formRings are a ring of each size of entries, for requests that are never
// submitted.
func formRings(t testing.TB) (narrow, wide *Ring) {
	narrow = newRing(t, 4, nil)
	kernelNeeds(t, "entries of 128 bytes", "5.19", func() error {
		r, err := New(4, &Options{Flags: uapi.IORING_SETUP_SQE128})
		if err == nil {
			err = r.Close()
		}
		return err
	})
	return narrow, newRing(t, 4, &Options{Flags: uapi.IORING_SETUP_SQE128})
}

// drop takes back what was prepared.
func drop(r *Ring) {
	r.dropQueued()
	r.prepared = 0
}

func (f *form) ring(narrow, wide *Ring) *Ring {
	if f.wide {
		return wide
	}
	return narrow
}

// TestFormsEqualPrep compares entries that the methods fill in with those of
// the Prep methods.
func TestFormsEqualPrep(t *testing.T) {
	narrow, wide := formRings(t)
	for _, f := range forms {
		r := f.ring(narrow, wide)
		s := r.Next()
		id := s.ID()
		rest := s.entry.Cmd(f.size() - 48)
		for i := range rest {
			rest[i] = 0xff
		}
		*s.entry = uapi.IoUringSqe{Opcode: 1, Flags: 2, Ioprio: 3, Fd: 4, Off: 5, Addr: 6, Len: 7, RwFlags: 8, BufIndex: 9, Personality: 10, SpliceFdIn: 11, UserData: uint64(id)}
		s.entry.SetAddr3(12)
		f.own(s)
		if err := s.Err(); err != nil {
			t.Errorf("%s: %v", f.by, err)
			continue
		}
		var want [2]uapi.IoUringSqe
		f.raw(&want[0], s.more)
		want[0].UserData = s.entry.UserData
		if *s.entry != want[0] {
			t.Errorf("%s is not %s:\n%+v\n%+v", f.by, f.prep, *s.entry, want[0])
		}
		if s.id.Op() != s.entry.Opcode || s.entry.UserData != uint64(s.id) || s.id&^stateMask != id&^stateMask {
			t.Errorf("%s: the ID is %#x, user data %#x", f.by, s.id, s.entry.UserData)
		}
		if f.wide && !bytes.Equal(s.entry.Cmd(80), want[0].Cmd(80)) {
			t.Errorf("%s leaves % x", f.by, s.entry.Cmd(80))
		}
		drop(r)
	}
}

func (f *form) size() int {
	if f.wide {
		return 128
	}
	return 64
}

// elsewhere tells of methods that have no form: what sends to other rings, and
// what goes with any request, has tests of its own.
func elsewhere(name string) bool {
	switch name {
	case "Prepare", "Prepare128", "ID", "Err", "SetUserData", "SetFlags", "SetPersonality", "Message", "MessageFile":
		return true
	}
	return strings.HasPrefix(name, "PrepMsgRing")
}

// TestFormsAreComplete fails for a method that is not in the table, or no more.
func TestFormsAreComplete(t *testing.T) {
	preps, methods, seen := map[string]bool{}, map[string]bool{}, map[uapi.Op]bool{uapi.IORING_OP_MSG_RING: true}
	for _, f := range forms {
		preps[f.prep] = true
		for m := range strings.SplitSeq(f.by, "+") {
			methods[m] = true
		}
		var e [2]uapi.IoUringSqe
		a := new(attachment)
		a.text = [2][]byte{{0}, {0}}
		f.raw(&e[0], a)
		seen[e[0].Opcode] = true
	}
	for _, m := range []string{"SetPollFirst", "SetDontWait"} { // flags that no Prep method has
		methods[m] = true
	}
	sameMethods[uapi.IoUringSqe](t, preps, func(name string) bool { return strings.HasPrefix(name, "Prep") && !elsewhere(name) })
	sameMethods[SQE](t, methods, func(name string) bool { return !elsewhere(name) })
	for op := range uapi.Op(uapi.IORING_OP_LAST) {
		if !seen[op] {
			t.Errorf("%v has no form", op)
		}
	}
}

// sameMethods compares the methods of *T with those of a table.
func sameMethods[T any](t *testing.T, table map[string]bool, ours func(string) bool) {
	typ := reflect.TypeFor[*T]()
	for i := range typ.NumMethod() {
		name := typ.Method(i).Name
		if ours(name) && !table[name] {
			t.Errorf("%v.%s is not in the table of forms", typ, name)
		}
		delete(table, name)
	}
	for name := range table {
		t.Errorf("the table of forms has %s, which %v lacks", name, typ)
	}
}

// TestFormsDoNotAllocate prepares each form again and again in one slot.
func TestFormsDoNotAllocate(t *testing.T) {
	narrow, wide := formRings(t)
	for _, f := range forms {
		r := f.ring(narrow, wide)
		if n := testing.AllocsPerRun(20, func() { f.own(r.Next()); drop(r) }); n != 0 {
			t.Errorf("%s allocates %v times", f.by, n)
		}
	}
}

// TestFormsHoldNothingAfterwards looks for references that are left.
func TestFormsHoldNothingAfterwards(t *testing.T) {
	narrow, wide := formRings(t)
	for _, f := range forms {
		r := f.ring(narrow, wide)
		s := r.Next()
		f.own(s)
		drop(r)
		if s.mem != nil || s.hold != 0 {
			t.Errorf("%s still holds memory", f.by)
		}
		a := s.more
		if a == nil {
			continue
		}
		if a.msg != (unix.Msghdr{}) || a.got != nil || slices.ContainsFunc(a.iov[:cap(a.iov)], func(v unix.Iovec) bool { return v.Base != nil }) ||
			slices.ContainsFunc(a.pins[:cap(a.pins)], func(p unsafe.Pointer) bool { return p != nil }) ||
			slices.ContainsFunc(a.refs[:cap(a.refs)], func(v any) bool { return v != nil }) {
			t.Errorf("%s still refers to memory: %v %v %v %v", f.by, a.msg, a.iov[:cap(a.iov)], a.pins[:cap(a.pins)], a.refs[:cap(a.refs)])
		}
	}
}
