package register

import (
	"errors"
	"syscall"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

const fixed = uapi.IOSQE_FIXED_FILE

var message = []byte("hello")

// writes sends a message through a slot of the file table and reads it from
// the pipe's other end: the slot holds the file it should.
func writes(r *ring, slot, from int32) {
	r.t.Helper()
	n := r.do(func(s *uapi.IoUringSqe) {
		s.PrepWrite(slot, unsafe.Pointer(&message[0]), uint32(len(message)), ^uint64(0))
		s.Flags = fixed
	})
	buf := make([]byte, 16)
	if int(n) != len(message) {
		r.t.Errorf("a write to slot %d: result %d", slot, n)
		return
	}
	if m, err := syscall.Read(int(from), buf); err != nil || string(buf[:m]) != string(message) {
		r.t.Errorf("slot %d wrote %q, %v", slot, buf[:max(m, 0)], err)
	}
}

// An array of 8-byte ints in place of __s32 would leave every other slot with
// descriptor 0.
func TestFiles(t *testing.T) {
	r := newRing(t, 0)
	from, to := pipe(t)
	fails(t, uapi.UnregisterFiles(r.fd), syscall.ENXIO)
	fails(t, uapi.RegisterFiles(r.fd, nil), syscall.EFAULT, syscall.EINVAL)
	if err := uapi.RegisterFiles(r.fd, []int32{from, to, -1, to}); err != nil {
		t.Fatal(err)
	}
	fails(t, uapi.RegisterFiles(r.fd, []int32{to}), syscall.EBUSY)
	writes(r, 1, from)
	writes(r, 3, from)
	if n, err := uapi.RegisterFilesUpdate(r.fd, 1, []int32{-1, to, uapi.IORING_REGISTER_FILES_SKIP}); n != 3 || err != nil {
		t.Errorf("update: %d, %v", n, err)
	}
	writes(r, 2, from)
	writes(r, 3, from)
	n, err := uapi.RegisterFilesUpdate(r.fd, 4, []int32{to})
	if n > 0 {
		t.Errorf("an update beyond the table changed %d slots", n)
	}
	fails(t, err, syscall.EINVAL)
	if err := uapi.UnregisterFiles(r.fd); err != nil {
		t.Error(err)
	}
}

// Tags come back as completions: they must be handed over by address, and
// with the size of the record as count.
func TestFilesTags(t *testing.T) {
	r := newRing(t, 0)
	from, to := pipe(t)
	fails(t, uapi.RegisterFilesTags(r.fd, []int32{from, to}, []uint64{1}), syscall.EINVAL)
	if err := uapi.RegisterFilesTags(r.fd, []int32{from, -1, to}, []uint64{11, 0, 13}); err != nil {
		t.Fatal(err)
	}
	writes(r, 2, from)
	n, err := uapi.RegisterFilesUpdateTags(r.fd, 1, []int32{to, to}, []uint64{22, 23})
	if n != 2 || err != nil {
		t.Errorf("update: %d, %v", n, err)
	}
	r.tags(13)
	if _, err := uapi.RegisterFilesUpdateTags(r.fd, 0, []int32{to}, []uint64{1, 2}); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("two tags for one file: %v", err)
	}
	writes(r, 1, from)
	if err := uapi.UnregisterFiles(r.fd); err != nil {
		t.Error(err)
	}
	r.lastTags(11, 22, 23)
	if err := uapi.RegisterFilesTags(r.fd, []int32{from, to}, nil); err != nil {
		t.Errorf("without tags: %v", err)
	}
	writes(r, 1, from)
}

func TestFiles2AsTheKernelHasIt(t *testing.T) {
	r := newRing(t, 0)
	from, to := pipe(t)
	files, tags := []int32{from, -1}, []uint64{31, 0}
	reg := &uapi.IoUringRsrcRegister{Nr: 2, Data: address(&files[0]), Tags: address(&tags[0])}
	if err := uapi.RegisterFiles2(r.fd, reg); err != nil {
		t.Fatal(err)
	}
	files[0], tags[0] = to, 32
	up := &uapi.IoUringRsrcUpdate2{Offset: 1, Nr: 1, Data: address(&files[0]), Tags: address(&tags[0])}
	if n, err := uapi.RegisterFilesUpdate2(r.fd, up); n != 1 || err != nil {
		t.Errorf("update: %d, %v", n, err)
	}
	writes(r, 1, from)
	if err := uapi.UnregisterFiles(r.fd); err != nil {
		t.Error(err)
	}
	r.lastTags(31, 32)
}

// kept keeps what an address was taken of: on the heap, and alive.
var kept []any

func address[T any](p *T) uint64 {
	kept = append(kept, p)
	return uint64(uintptr(unsafe.Pointer(p)))
}

// null is a path; a global, since a slot does not keep it.
var null = []byte("/dev/null\x00")

func TestFilesSparse(t *testing.T) {
	kernel.Need(t, sparseTables)
	r := newRing(t, 0)
	if err := uapi.RegisterFilesSparse(r.fd, 4); err != nil {
		t.Fatal(err)
	}
	open := func(s *uapi.IoUringSqe) {
		s.PrepOpenDirect(unsafe.Pointer(&null[0]), 0, 0, uapi.IORING_FILE_INDEX_ALLOC)
	}
	if ok(t, uapi.IORING_REGISTER_FILE_ALLOC_RANGE, uapi.RegisterFileAllocRange(r.fd, 2, 1)) {
		if n := r.do(open); n != 2 {
			t.Errorf("opened into slot %d, want 2", n)
		}
		if n := r.do(open); n != -int32(syscall.ENFILE) {
			t.Errorf("a second file into a range of one: %d", n)
		}
		fails(t, uapi.RegisterFileAllocRange(r.fd, 3, 2), syscall.EINVAL)
	}
	if n := r.do(func(s *uapi.IoUringSqe) { s.PrepCloseDirect(2) }); n != 0 {
		t.Errorf("PrepCloseDirect: %d", n)
	}
}
