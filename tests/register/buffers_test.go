package register

import (
	"errors"
	"syscall"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// reads fills a registered buffer from /dev/zero.
func reads(r *ring, buf []byte, index uint16) {
	r.t.Helper()
	zero, err := syscall.Open("/dev/zero", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	defer syscall.Close(zero)
	buf[0], buf[len(buf)-1] = 1, 1
	var n int32
	for range 10 { // the kernel ends a read between pages when a signal is there, as the runtime's own are
		n = r.do(func(s *uapi.IoUringSqe) {
			s.PrepReadFixed(int32(zero), unsafe.Pointer(&buf[0]), uint32(len(buf)), 0, index)
		})
		if int(n) == len(buf) || n <= 0 {
			break
		}
	}
	if int(n) != len(buf) || buf[0] != 0 || buf[len(buf)-1] != 0 {
		r.t.Errorf("a read into buffer %d: result %d, bytes %d %d", index, n, buf[0], buf[len(buf)-1])
	}
}

func TestBuffers(t *testing.T) {
	r := newRing(t, 0)
	a, b := memory(t, 1), memory(t, 2)
	fails(t, uapi.UnregisterBuffers(r.fd), syscall.ENXIO)
	if err := uapi.RegisterBuffers(r.fd, []syscall.Iovec{iovec(a), iovec(b)}); err != nil {
		t.Fatal(err)
	}
	fails(t, uapi.RegisterBuffers(r.fd, []syscall.Iovec{iovec(a)}), syscall.EBUSY)
	reads(r, a, 0)
	reads(r, b, 1)
	if err := uapi.UnregisterBuffers(r.fd); err != nil {
		t.Error(err)
	}
}

func TestBuffersTags(t *testing.T) {
	r := newRing(t, 0)
	a, b := memory(t, 1), memory(t, 1)
	fails(t, uapi.RegisterBuffersTags(r.fd, []syscall.Iovec{iovec(a)}, []uint64{1, 2}), syscall.EINVAL)
	if err := uapi.RegisterBuffersTags(r.fd, []syscall.Iovec{iovec(a), iovec(b)}, []uint64{41, 42}); err != nil {
		t.Fatal(err)
	}
	reads(r, b, 1)
	n, err := uapi.RegisterBuffersUpdateTags(r.fd, 1, []syscall.Iovec{iovec(a)}, []uint64{43})
	if n != 1 || err != nil {
		t.Errorf("update: %d, %v", n, err)
	}
	r.tags(42)
	reads(r, a, 1)
	if _, err := uapi.RegisterBuffersUpdateTags(r.fd, 1, []syscall.Iovec{iovec(a)}, []uint64{1, 2}); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("two tags for one buffer: %v", err)
	}
	if err := uapi.UnregisterBuffers(r.fd); err != nil {
		t.Error(err)
	}
	r.lastTags(41, 43)
}

func TestBuffers2AsTheKernelHasIt(t *testing.T) {
	r := newRing(t, 0)
	a := memory(t, 1)
	vec, tags := []syscall.Iovec{iovec(a)}, []uint64{51}
	if err := uapi.RegisterBuffers2(r.fd, &uapi.IoUringRsrcRegister{Nr: 1, Data: address(&vec[0]), Tags: address(&tags[0])}); err != nil {
		t.Fatal(err)
	}
	reads(r, a, 0)
	tags2 := []uint64{52}
	n, err := uapi.RegisterBuffersUpdate(r.fd, &uapi.IoUringRsrcUpdate2{Nr: 1, Data: address(&vec[0]), Tags: address(&tags2[0])})
	if n != 1 || err != nil {
		t.Errorf("update: %d, %v", n, err)
	}
	r.tags(51)
}

func TestBuffersSparseAndClone(t *testing.T) {
	kernel.Need(t, sparseTables)
	r, other := newRing(t, 0), newRing(t, 0)
	a := memory(t, 1)
	if err := uapi.RegisterBuffersSparse(r.fd, 3); err != nil {
		t.Fatal(err)
	}
	if n, err := uapi.RegisterBuffersUpdateTags(r.fd, 2, []syscall.Iovec{iovec(a)}, nil); n != 1 || err != nil {
		t.Errorf("update: %d, %v", n, err)
	}
	reads(r, a, 2)
	clone := &uapi.IoUringCloneBuffers{SrcFd: uint32(r.fd)}
	if ok(t, uapi.IORING_REGISTER_CLONE_BUFFERS, uapi.RegisterCloneBuffers(other.fd, clone)) {
		reads(other, a, 2)
		fails(t, uapi.RegisterCloneBuffers(other.fd, clone), syscall.EBUSY)
	}
}

func TestPbufRing(t *testing.T) {
	r := newRing(t, 0)
	pages := memory(t, 1)
	reg := &uapi.IoUringBufReg{RingAddr: address(&pages[0]), RingEntries: 8, Bgid: 7}
	if !ok(t, uapi.IORING_REGISTER_PBUF_RING, uapi.RegisterPbufRing(r.fd, reg)) {
		return
	}
	fails(t, uapi.RegisterPbufRing(r.fd, reg), syscall.EEXIST)
	if head, err := uapi.RegisterPbufStatus(r.fd, 7); ok(t, uapi.IORING_REGISTER_PBUF_STATUS, err) && head != 0 {
		t.Errorf("the head of a new ring of buffers is %d", head)
	}
	if err := uapi.UnregisterPbufRing(r.fd, 7); err != nil {
		t.Error(err)
	}
	fails(t, uapi.UnregisterPbufRing(r.fd, 7), syscall.ENOENT)
	if !lacks(uapi.IORING_REGISTER_PBUF_STATUS) {
		_, err := uapi.RegisterPbufStatus(r.fd, 7)
		fails(t, err, syscall.ENOENT)
	}
}

func TestPbufRingMmap(t *testing.T) {
	kernel.Need(t, kernelBuffers)
	r := newRing(t, 0)
	if err := uapi.RegisterPbufRingMmap(r.fd, 3, 8, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := r.mmap(uapi.IORING_OFF_PBUF_RING|3<<uapi.IORING_OFF_PBUF_SHIFT, 8*16); err != nil {
		t.Error(err)
	}
	if err := uapi.UnregisterPbufRing(r.fd, 3); err != nil {
		t.Error(err)
	}
}
