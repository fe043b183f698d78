package liburing

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// sets is how many argument sets each function is called with.
const sets = 4000

// sqeType is where the methods are.
var sqeType = reflect.TypeFor[*uapi.IoUringSqe]()

// modifiers change a slot and do not fill it in.
var modifiers = map[string]string{
	"PrepSendSetAddr": "adds an address to what PrepSend has filled in",
}

// call is a method with arguments, and the arguments as C gets them.
type call struct {
	function uint64
	method   reflect.Method
	args     []reflect.Value
	words    [words]uint64
}

// apply runs the method on a slot and returns its bytes.
func (c *call) apply(sqe uapi.IoUringSqe) [64]byte {
	in := append([]reflect.Value{reflect.ValueOf(&sqe)}, c.args...)
	c.method.Func.Call(in)
	return *(*[64]byte)(unsafe.Pointer(&sqe))
}

func (c *call) String() string {
	var s []string
	for _, a := range c.args {
		if a.Kind() == reflect.UnsafePointer {
			s = append(s, fmt.Sprintf("%#x", uint64(a.Pointer())))
		} else {
			s = append(s, fmt.Sprintf("%#v", a.Interface()))
		}
	}
	return c.method.Name + "(" + strings.Join(s, ", ") + ")"
}

// newCall picks arguments of the method's types: random ones, and often those
// where bits are lost or signs differ.
func newCall(r *rand.Rand, m reflect.Method) (*call, error) {
	c := &call{method: m}
	for i := 1; i < m.Type.NumIn(); i++ {
		t := m.Type.In(i)
		v, word := reflect.New(t).Elem(), pick(r)
		switch t.Kind() {
		case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
			shift := 64 - t.Bits()
			v.SetInt(int64(word) << shift >> shift)
			word = uint64(v.Int())
		case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
			v.SetUint(word << (64 - t.Bits()) >> (64 - t.Bits()))
			word = v.Uint()
		case reflect.UnsafePointer:
			word = pointer(r)
			v.SetPointer(*(*unsafe.Pointer)(unsafe.Pointer(&word)))
		default:
			return nil, fmt.Errorf("%s: a parameter of type %v", m.Name, t)
		}
		c.args, c.words[i-1] = append(c.args, v), word
	}
	return c, nil
}

func pick(r *rand.Rand) uint64 {
	switch r.IntN(8) {
	case 0:
		edges := []uint64{0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
			1 << 32, 1<<63 - 1, 1 << 63, ^uint64(0), ^uint64(99)}
		return edges[r.IntN(len(edges))]
	case 1:
		return r.Uint64() >> r.IntN(64)
	}
	return r.Uint64()
}

// pointer is nil or an address that no process has, so that neither the
// garbage collector nor checkptr takes it for one of Go's objects: one that is
// not canonical, or in 32 bits one of the kernel's.
func pointer(r *rand.Rand) uint64 {
	if r.IntN(8) == 0 {
		return 0
	}
	if unsafe.Sizeof(uintptr(0)) == 4 {
		return 0xc0000000 | uint64(r.Uint32()>>2)
	}
	return uint64(1+r.IntN(0x7ffe))<<48 | r.Uint64()>>16
}

// Each of liburing's functions has a method, and both make the same 64 bytes
// of a zeroed slot.
func TestAgreesWithLiburing(t *testing.T) {
	c := newCompiler(t)
	list := functions(t, c)
	if len(list) < 100 {
		t.Fatalf("clang found %d functions in liburing.h: it has more", len(list))
	}
	r := rand.New(rand.NewPCG(1, 2))
	var calls []*call
	for i, f := range list {
		m, ok := sqeType.MethodByName(f.method())
		if !ok {
			t.Errorf("liburing has %s(%s), which needs a row in prep.tbl: no method %s", f.name, strings.Join(f.params, ", "), f.method())
			continue
		}
		if n := m.Type.NumIn() - 1; n != len(f.params) {
			t.Errorf("%s takes %d arguments, %s %d (%s)", m.Name, n, f.name, len(f.params), strings.Join(f.params, ", "))
			continue
		}
		for range sets {
			one, err := newCall(r, m)
			if err != nil {
				t.Error(err)
				break
			}
			one.function = uint64(i)
			calls = append(calls, one)
		}
	}
	compare(t, list, calls, run(t, program(t, c, list), calls))
	t.Logf("%d functions, %d argument sets for each", len(list), sets)
}

// run sends the calls through the C program.
func run(t *testing.T, bin string, calls []*call) []byte {
	t.Helper()
	var in bytes.Buffer
	for _, c := range calls {
		in.Write(binary.NativeEndian.AppendUint64(nil, c.function))
		for _, w := range c.words {
			in.Write(binary.NativeEndian.AppendUint64(nil, w))
		}
	}
	cmd := exec.Command(bin)
	cmd.Stdin = &in
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if len(out) != 64*len(calls) {
		t.Fatalf("the C program wrote %d bytes for %d calls", len(out), len(calls))
	}
	return out
}

// compare reports the first difference of each function.
func compare(t *testing.T, list []function, calls []*call, out []byte) {
	t.Helper()
	failed := map[uint64]bool{}
	for i, c := range calls {
		got, want := c.apply(uapi.IoUringSqe{}), [64]byte(out[64*i:])
		if got != want && !failed[c.function] {
			failed[c.function] = true
			t.Errorf("%v\n  Go: % x\n  C:  % x\n  %s", c, got, want, list[c.function].name)
		}
	}
}

// prepMethods lists the methods under test.
func prepMethods(t *testing.T) []reflect.Method {
	t.Helper()
	var out []reflect.Method
	for m := range methods() {
		out = append(out, m)
	}
	if len(out) < 100 {
		t.Fatalf("%v has %d Prep methods: there are more", sqeType, len(out))
	}
	return out
}

func methods() func(func(reflect.Method) bool) {
	return func(yield func(reflect.Method) bool) {
		for i := range sqeType.NumMethod() {
			if m := sqeType.Method(i); strings.HasPrefix(m.Name, "Prep") && !yield(m) {
				return
			}
		}
	}
}

// No stale member survives: what a slot held before makes no difference.
func TestOverwritesWholeSlot(t *testing.T) {
	var dirty uapi.IoUringSqe
	for i := range (*[64]byte)(unsafe.Pointer(&dirty)) {
		(*[64]byte)(unsafe.Pointer(&dirty))[i] = 0xff
	}
	r := rand.New(rand.NewPCG(3, 4))
	for _, m := range prepMethods(t) {
		for range 50 {
			c, err := newCall(r, m)
			if err != nil {
				t.Error(err)
				break
			}
			clean, over := c.apply(uapi.IoUringSqe{}), c.apply(dirty)
			if stale := clean != over; stale != (modifiers[m.Name] != "") {
				t.Errorf("%v leaves stale members: %v\n  of zeros: % x\n  of ones:  % x", c, stale, clean, over)
				break
			}
		}
	}
}

// The kernel writes user_data back, so a prepared slot has none: the caller
// sets it afterwards.
func TestLeavesUserDataZero(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, m := range prepMethods(t) {
		c, err := newCall(r, m)
		if err != nil {
			t.Error(err)
			continue
		}
		b := c.apply(uapi.IoUringSqe{})
		if data := binary.NativeEndian.Uint64(b[32:]); data != 0 {
			t.Errorf("%v sets user_data to %#x", c, data)
		}
	}
}

// Preparing a request costs no allocation where memory is on the heap anyway.
func TestNoAllocation(t *testing.T) {
	var sqe uapi.IoUringSqe
	buf := make([]byte, 1<<16)
	if n := testing.AllocsPerRun(100, func() {
		sqe.PrepRead(1, unsafe.Pointer(&buf[0]), 10, 0)
		sqe.PrepSendto(1, unsafe.Pointer(&buf[0]), 10, 0, unsafe.Pointer(&buf[100]), 16)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// A buffer that only a prepared slot refers to must not be on the stack: that
// moves when it grows, and the kernel goes on writing to the old place.
func TestBuffersLeaveTheStack(t *testing.T) {
	var sqe uapi.IoUringSqe
	local := [64]byte{1}
	sqe.PrepRead(0, unsafe.Pointer(&local), 64, 0)
	before := uint64(uintptr(unsafe.Pointer(&local)))
	if grow(200) == 0 {
		t.Fatal("grow")
	}
	if now := uint64(uintptr(unsafe.Pointer(&local))); now != before || sqe.Addr != now {
		t.Errorf("the buffer was at %#x and is at %#x now; the slot has %#x", before, now, sqe.Addr)
	}
}

//go:noinline
func grow(n int) int {
	var frame [1024]byte
	frame[n%len(frame)] = byte(n)
	if n == 0 {
		return 1
	}
	return grow(n-1) + int(frame[0])*0
}
