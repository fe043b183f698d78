//go:build linux

package rules

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
)

func TestPDUSize(t *testing.T) {
	for _, tt := range []struct {
		op   uapi.Op
		rule Rule
		want uint8
	}{
		{uapi.IORING_OP_NOP, Accept(), 0},
		{uapi.IORING_OP_SOCKET, Deny(), 12},
		{uapi.IORING_OP_OPENAT, SQEFlags.HasNone(uapi.IOSQE_ASYNC), 24},
		{uapi.IORING_OP_CONNECT, SQEFlags.HasNone(uapi.IOSQE_ASYNC), 0},
		{uapi.IORING_OP_CONNECT, All(UserData.Is(1), Not(Any(ConnectFamily.Is(uapi.AF_INET), Deny()))), 24},
		{uapi.IORING_OP_CONNECT, ConnectAddr.In(prefix("10.0.0.0/8")), 24},
		{uapi.IORING_OP_CONNECT, Any(ConnectPort.Is(1), Accept()), 24}, // whatever the program reads
		{uapi.IORING_OP_SOCKET, SocketType.Is(uapi.SOCK_STREAM), 12},
		{uapi.IORING_OP_OPENAT, OpenMode.Is(0), 24},
		{uapi.IORING_OP_OPENAT2, OpenMode.Is(0), 24},
	} {
		f, err := Compile(tt.op, tt.rule)
		if err != nil || f.Op != uint8(tt.op) || f.PDUSize != tt.want {
			t.Errorf("%v for %v: op %d, PDUSize %d, %v; want %d, %d", tt.rule, tt.op, f.Op, f.PDUSize, err, tt.op, tt.want)
		}
	}
}

func TestSet(t *testing.T) {
	set := Set{
		uapi.IORING_OP_SOCKET:  SocketFamily.Is(uapi.AF_INET),
		uapi.IORING_OP_NOP:     Accept(),
		uapi.IORING_OP_CONNECT: ConnectPort.Is(443),
		uapi.IORING_OP_OPENAT2: OpenResolve.HasAll(uapi.RESOLVE_BENEATH),
	}
	for _, order := range orders {
		filters, err := set.CompileFor(order)
		if err != nil {
			t.Fatal(err)
		}
		var got []uapi.Op
		for _, f := range filters {
			op := uapi.Op(f.Op)
			got = append(got, op)
			want, err := CompileFor(op, set[op], order)
			if err != nil || !reflect.DeepEqual(f, want) {
				t.Errorf("%v: %v, %v; want %v", op, f, err, want)
			}
		}
		want := []uapi.Op{uapi.IORING_OP_NOP, uapi.IORING_OP_CONNECT, uapi.IORING_OP_OPENAT2, uapi.IORING_OP_SOCKET}
		if !slices.Equal(got, want) {
			t.Errorf("order of operations %v, want %v", got, want)
		}
	}
}

// TestNative has no order stand for this machine's, which the requests are of.
func TestNative(t *testing.T) {
	f, err := Compile(uapi.IORING_OP_CONNECT, All(ConnectFamily.Is(uapi.AF_INET), ConnectPort.AtLeast(1000)))
	if err != nil {
		t.Fatal(err)
	}
	for port, want := range map[uint16]uint32{999: 0, 1000: 1} {
		if got, err := cbpf.Run(f.Program, connectRequest("127.0.0.1", port), nil); err != nil || got != want {
			t.Errorf("port %d: %d, %v; want %d", port, got, err, want)
		}
	}
}

func TestDeterministic(t *testing.T) {
	for seed := range uint64(200) {
		var first cbpf.Filter
		for i := range 3 {
			m := newMaker(seed, 9)
			f, err := Compile(m.op, m.rule(5))
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				first = f
			} else if !reflect.DeepEqual(f, first) {
				t.Fatalf("seed %d: got\n%v and\n%v", seed, f.Program, first.Program)
			}
		}
	}
}

// TestImmutable changes what rules were made of, and compiles them while they
// are in use.
func TestImmutable(t *testing.T) {
	ports := []uint16{80, 443}
	nets := []netip.Prefix{prefix("10.0.0.0/8")}
	subs := []Rule{ConnectPort.In(ports...), ConnectAddr.In(nets...)}
	r := All(subs...)
	text := r.String()
	ports[0], nets[0], subs[1] = 22, prefix("0.0.0.0/0"), Accept()
	if got := r.String(); got != text {
		t.Errorf("the rule became %v, was %v", got, text)
	}
	done := make(chan error)
	for range 4 {
		go func() {
			_, err := Compile(uapi.IORING_OP_CONNECT, Any(r, Not(r)))
			done <- err
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := r.String(); got != text {
		t.Errorf("compiled, the rule became %v, was %v", got, text)
	}
}
