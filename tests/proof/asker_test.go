//go:build linux

package proof

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/proof/cases"
)

// sockaddr is an address as the kernel takes it.
type sockaddr [128]byte

func socketOf(family, typ, protocol uint32) request {
	return request{prep: func(e *uapi.IoUringSqe) { e.PrepSocket(int32(family), int32(typ), int32(protocol), 0) }}
}

func connectTo(fd int, addr *sockaddr, length int) request {
	return request{func(e *uapi.IoUringSqe) { e.PrepConnect(int32(fd), unsafe.Pointer(addr), uint32(length)) }, []any{addr}}
}

// asker makes requests at random, and knows what filters see of each. They do
// no harm: files are in a folder of the test's own, and connections are those of
// UDP, which send nothing.
type asker struct {
	*cases.Source
	*rand.Rand
	sight
	dir   int // a folder
	paths []*byte
	fds   []int // sockets, and what is none
}

func newAsker(t *testing.T) *asker {
	t.Helper()
	a := &asker{Source: cases.NewSource(here, cases.Seed(t)), Rand: rand.New(rand.NewPCG(cases.Seed(t), 4)), sight: look(t), fds: []int{-1}}
	dir := t.TempDir()
	for _, err := range []error{os.WriteFile(filepath.Join(dir, "file"), []byte("text"), 0o600), os.Mkdir(filepath.Join(dir, "folder"), 0o700)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	keep := func(fd int, err error) int {
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { syscall.Close(fd) })
		return fd
	}
	a.dir = keep(syscall.Open(dir, syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0))
	for _, p := range []string{"file", "folder", ".", "none/file"} {
		path, err := syscall.BytePtrFromString(p)
		if err != nil {
			t.Fatal(err)
		}
		a.paths = append(a.paths, path)
	}
	for _, family := range []int{syscall.AF_INET, syscall.AF_INET6} {
		if fd, err := syscall.Socket(family, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0); err != syscall.EAFNOSUPPORT {
			a.fds = append(a.fds, keep(fd, err))
		}
	}
	return a
}

// ask is a request of an operation, and what filters see of it.
func (a *asker) ask(op uapi.Op) (request, cases.Request) {
	seen := a.Source.Request(op)
	var q request
	switch op {
	case uapi.IORING_OP_SOCKET:
		q = a.socket(&seen)
	case uapi.IORING_OP_OPENAT, uapi.IORING_OP_OPENAT2:
		q = a.open(&seen)
	case uapi.IORING_OP_CONNECT:
		q = a.connect(&seen)
	default:
		q = a.plain(op)
	}
	flags := [...]uapi.SQEFlags{0, 0, 0, uapi.IOSQE_ASYNC, uapi.IOSQE_IO_LINK, uapi.IOSQE_IO_HARDLINK, uapi.IOSQE_IO_DRAIN, uapi.IOSQE_IO_LINK | uapi.IOSQE_ASYNC}[a.IntN(8)]
	seen.Flags = a.flags(flags)
	prep := q.prep
	q.prep = func(e *uapi.IoUringSqe) { prep(e); e.Flags |= flags }
	return q, seen
}

// socket leaves out types that preparation refuses, before any filter.
func (a *asker) socket(seen *cases.Request) request {
	seen.Type &= 0xf | uint32(here.Value("SOCK_CLOEXEC")|here.Value("SOCK_NONBLOCK"))
	q := socketOf(seen.Family, seen.Type, seen.Protocol)
	seen.Type &= a.typeMask
	return q
}

func (a *asker) open(seen *cases.Request) request {
	path := a.paths[a.IntN(len(a.paths))]
	if seen.Op == uapi.IORING_OP_OPENAT {
		flags, mode := uint32(seen.Open), uint32(seen.Mode)
		seen.Open, seen.Resolve = a.openat(uint64(flags)), 0
		return request{func(e *uapi.IoUringSqe) { e.PrepOpenat(int32(a.dir), unsafe.Pointer(path), flags, mode) }, []any{path}}
	}
	how := &uapi.OpenHow{Flags: seen.Open, Mode: seen.Mode, Resolve: seen.Resolve}
	if a.IntN(2) == 0 { // else most are not valid
		how.Mode &= 0o777
		if how.Flags&(here.Value("O_CREAT")|here.Value("O_TMPFILE")) == 0 {
			how.Mode = 0
		}
	}
	seen.Open = a.openat2(how.Flags)
	return request{func(e *uapi.IoUringSqe) { e.PrepOpenat2(int32(a.dir), unsafe.Pointer(path), unsafe.Pointer(how)) }, []any{path, how}}
}

// lengths are of addresses of which something is missing, or which are longer
// than they need to be.
var lengths = []int{0, 1, 2, 3, 7, 8, 15, 16, 17, 23, 24, 25, 27, 28, 29, 110, 128}

func (a *asker) connect(seen *cases.Request) request {
	addr := new(sockaddr)
	here.Order.PutUint16(addr[:], uint16(seen.Family))
	addr[2], addr[3] = byte(seen.Port>>8), byte(seen.Port)
	at, length := 8, 28
	if uint16(seen.Family) == syscall.AF_INET {
		at, length = 4, 16
	}
	copy(addr[at:], seen.Addr[:])
	if a.IntN(2) == 0 {
		length = lengths[a.IntN(len(lengths))]
	}
	seen.Family, seen.Port, seen.Addr = 0, 0, [16]byte{}
	a.sight.connect(seen, addr, length)
	return connectTo(a.fds[a.IntN(len(a.fds))], addr, length)
}

// plain is of an operation that shows filters nothing but its head. What needs a
// descriptor has none.
func (a *asker) plain(op uapi.Op) request {
	return request{prep: func(e *uapi.IoUringSqe) {
		switch op {
		case uapi.IORING_OP_NOP, uapi.IORING_OP_NOP128:
			e.PrepNop()
		default:
			e.PrepRead(-1, nil, 0, 0)
		}
		e.Opcode = op
	}}
}
