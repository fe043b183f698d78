package register

import (
	"encoding/binary"
	"errors"
	"os"
	"syscall"
	"testing"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

func TestProbe(t *testing.T) {
	r := newRing(t, 0)
	all := make([]uapi.IoUringProbeOp, 256)
	p, err := uapi.RegisterProbe(r.fd, all)
	if err != nil {
		t.Fatal(err)
	}
	if p.OpsLen == 0 || int(p.OpsLen) != int(p.LastOp)+1 {
		t.Errorf("a probe of %d operations up to %v", p.OpsLen, p.LastOp)
	}
	for i, op := range all {
		supported := op.Flags&uapi.IO_URING_OP_SUPPORTED != 0
		if supported && (int(op.Op) != i || i >= int(p.OpsLen)) {
			t.Errorf("entry %d is %v, supported", i, op.Op)
		}
	}
	if all[uapi.IORING_OP_NOP].Flags&uapi.IO_URING_OP_SUPPORTED == 0 {
		t.Error("the kernel has no NOP")
	}
	few := all[:3]
	if p, err := uapi.RegisterProbe(r.fd, few); err != nil || p.OpsLen != 3 {
		t.Errorf("a probe of 3: %+v, %v", p, err)
	}
	if _, err := uapi.RegisterProbe(r.fd, make([]uapi.IoUringProbeOp, 257)); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("a probe of 257: %v", err)
	}
}

func TestPersonality(t *testing.T) {
	r := newRing(t, 0)
	id, err := uapi.RegisterPersonality(r.fd)
	if err != nil {
		t.Fatal(err)
	}
	if n := r.do(func(s *uapi.IoUringSqe) { s.PrepNop(); s.Personality = uint16(id) }); n != 0 {
		t.Errorf("a request with the personality: %d", n)
	}
	if err := uapi.UnregisterPersonality(r.fd, uint32(id)); err != nil {
		t.Error(err)
	}
	fails(t, uapi.UnregisterPersonality(r.fd, uint32(id)), syscall.EINVAL)
}

func TestEventfd(t *testing.T) {
	r := newRing(t, 0)
	fd, _, errno := syscall.Syscall(syscall.SYS_EVENTFD2, 0, syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if errno != 0 {
		t.Fatal(errno)
	}
	defer syscall.Close(int(fd))
	fails(t, uapi.UnregisterEventfd(r.fd), syscall.ENXIO)
	if err := uapi.RegisterEventfd(r.fd, int32(fd)); err != nil {
		t.Fatal(err)
	}
	fails(t, uapi.RegisterEventfdAsync(r.fd, int32(fd)), syscall.EBUSY)
	r.do(func(s *uapi.IoUringSqe) { s.PrepNop() })
	var count [8]byte
	if _, err := syscall.Read(int(fd), count[:]); err != nil || binary.NativeEndian.Uint64(count[:]) == 0 {
		t.Errorf("the eventfd has % x, %v", count, err)
	}
	if err := uapi.UnregisterEventfd(r.fd); err != nil {
		t.Error(err)
	}
	if err := uapi.RegisterEventfdAsync(r.fd, int32(fd)); err != nil {
		t.Error(err)
	}
	r.do(func(s *uapi.IoUringSqe) { s.PrepNop() })
	if n, err := syscall.Read(int(fd), count[:]); !errors.Is(err, syscall.EAGAIN) {
		t.Errorf("an event for a request that was done at once: %d, %v", n, err)
	}
	if err := uapi.UnregisterEventfd(r.fd); err != nil {
		t.Error(err)
	}
}

func TestClock(t *testing.T) {
	const monotonic, boottime = 1, 7
	r := newRing(t, 0)
	if !ok(t, uapi.IORING_REGISTER_CLOCK, uapi.RegisterClock(r.fd, boottime)) {
		return
	}
	fails(t, uapi.RegisterClock(r.fd, 99), syscall.EINVAL)
	if err := uapi.RegisterClock(r.fd, monotonic); err != nil {
		t.Error(err)
	}
}

func TestNapi(t *testing.T) {
	r := newRing(t, 0)
	napi := &uapi.IoUringNapi{BusyPollTo: 10, PreferBusyPoll: 1}
	err := uapi.RegisterNapi(r.fd, napi)
	if _, none := os.Stat("/proc/sys/net/core/busy_poll"); none != nil && !lacks(uapi.IORING_REGISTER_NAPI) {
		fails(t, err, syscall.EOPNOTSUPP)
		fails(t, uapi.UnregisterNapi(r.fd, napi), syscall.EOPNOTSUPP)
		return
	}
	if !ok(t, uapi.IORING_REGISTER_NAPI, err) {
		fails(t, uapi.UnregisterNapi(r.fd, napi), syscall.EINVAL)
		return
	}
	if err := uapi.UnregisterNapi(r.fd, napi); err != nil || napi.BusyPollTo != 10 || napi.PreferBusyPoll != 1 {
		t.Errorf("the settings come back as %+v, %v", *napi, err)
	}
	if err := uapi.UnregisterNapi(r.fd, nil); err != nil {
		t.Errorf("without wanting the settings: %v", err)
	}
}

func TestIowq(t *testing.T) {
	r := newRing(t, 0)
	if ok(t, uapi.IORING_REGISTER_IOWQ_AFF, uapi.RegisterIowqAff(r.fd, []uintptr{1})) {
		fails(t, uapi.RegisterIowqAff(r.fd, nil), syscall.EINVAL)
		if err := uapi.UnregisterIowqAff(r.fd); err != nil {
			t.Error(err)
		}
	}
	first, second := [2]uint32{3, 4}, [2]uint32{}
	if ok(t, uapi.IORING_REGISTER_IOWQ_MAX_WORKERS, uapi.RegisterIowqMaxWorkers(r.fd, &first)) {
		if err := uapi.RegisterIowqMaxWorkers(r.fd, &second); err != nil || second != [2]uint32{3, 4} {
			t.Errorf("the limits set come back as %v, %v", second, err)
		}
		if first == second {
			t.Errorf("the limits before were not written back: %v", first)
		}
	}
}

func TestRingFds(t *testing.T) {
	r := newRing(t, 0)
	index, err := uapi.RegisterRingFd(r.fd)
	if !ok(t, uapi.IORING_REGISTER_RING_FDS, err) {
		return
	}
	reg := uapi.RegisteredRing(int(index))
	if reg >= -1 {
		t.Errorf("RegisteredRing(%d) is %d", index, reg)
	}
	if n := r.doOn(reg, func(s *uapi.IoUringSqe) { s.PrepNop() }); n != 0 {
		t.Errorf("a request through the index: %d", n)
	}
	r.push(func(s *uapi.IoUringSqe) { s.PrepNop() })
	if n, err := uapi.EnterRaw(reg, 1, 0); n != 1 || err != nil {
		t.Errorf("EnterRaw: %d, %v", n, err)
	}
	if !older("6.3") {
		_, err := uapi.RegisterPersonality(reg)
		if err != nil {
			t.Errorf("registering through the index: %v", err)
		}
	}
	if err := uapi.UnregisterRingFd(r.fd, index); err != nil {
		t.Error(err)
	}
	if _, err := uapi.EnterRaw(reg, 0, 0); err == nil {
		t.Error("the index works after it was taken back")
	}
	list := []uapi.IoUringRsrcUpdate{{Offset: ^uint32(0), Data: uint64(r.fd)}, {Offset: ^uint32(0), Data: uint64(r.fd)}}
	if n, err := uapi.RegisterRingFds(r.fd, list); n != 2 || err != nil || list[0].Offset == list[1].Offset {
		t.Errorf("two at once: %d, %v, %v", n, err, list)
	}
	list[0].Data, list[1].Data = 0, 0
	if n, err := uapi.UnregisterRingFds(r.fd, list); n != 2 || err != nil {
		t.Errorf("two back: %d, %v", n, err)
	}
}

func TestSyncCancel(t *testing.T) {
	r := newRing(t, 0)
	from, _ := pipe(t)
	forever := uapi.KernelTimespec{TvSec: -1, TvNsec: -1}
	cancel := &uapi.IoUringSyncCancelReg{Addr: 61, Timeout: forever}
	if lacks(uapi.IORING_REGISTER_SYNC_CANCEL) {
		_, err := uapi.RegisterSyncCancel(r.fd, cancel)
		fails(t, err, syscall.EINVAL)
		return
	}
	_, err := uapi.RegisterSyncCancel(r.fd, cancel)
	fails(t, err, syscall.ENOENT)
	r.push(func(s *uapi.IoUringSqe) { s.PrepPollAdd(from, 1); s.UserData = 61 })
	if n, err := uapi.Enter(r.fd, 1, 0, 0, nil); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if _, err := uapi.RegisterSyncCancel(r.fd, cancel); err != nil {
		t.Error(err)
	}
	r.tags(61)
}

func TestSendMsgRing(t *testing.T) {
	r := newRing(t, 0)
	var sqe uapi.IoUringSqe
	sqe.PrepMsgRing(int32(r.fd), 71, 72, 0)
	if !ok(t, uapi.IORING_REGISTER_SEND_MSG_RING, uapi.RegisterSendMsgRing(&sqe)) {
		return
	}
	r.wait(1)
	if c := r.reap(); len(c) != 1 || c[0] != (completion{72, 71}) {
		t.Errorf("the message is %v", c)
	}
	sqe.PrepNop()
	fails(t, uapi.RegisterSendMsgRing(&sqe), syscall.EINVAL)
}

func TestResizeRings(t *testing.T) {
	plain := newRing(t, 0)
	fails(t, uapi.RegisterResizeRings(plain.fd, &uapi.IoUringParams{SqEntries: 16}), syscall.EINVAL)
	if older("6.1") {
		return // no IORING_SETUP_DEFER_TASKRUN, and so no ring to resize
	}
	r := newRing(t, uapi.IORING_SETUP_SINGLE_ISSUER|uapi.IORING_SETUP_DEFER_TASKRUN)
	p := &uapi.IoUringParams{SqEntries: 32, CqEntries: 128, Flags: uapi.IORING_SETUP_CQSIZE}
	if ok(t, uapi.IORING_REGISTER_RESIZE_RINGS, uapi.RegisterResizeRings(r.fd, p)) && (p.SqEntries != 32 || p.CqEntries != 128 || p.CqOff.Cqes == 0) {
		t.Errorf("resized to %+v", *p)
	}
}

func TestMemRegionAndWaits(t *testing.T) {
	r := newRing(t, uapi.IORING_SETUP_R_DISABLED)
	page := memory(t, 1)
	region := &uapi.IoUringRegionDesc{UserAddr: address(&page[0]), Size: uint64(len(page)), Flags: uapi.IORING_MEM_REGION_TYPE_USER}
	if !ok(t, uapi.IORING_REGISTER_MEM_REGION, uapi.RegisterMemRegion(r.fd, region, uapi.IORING_MEM_REGION_REG_WAIT_ARG)) {
		return
	}
	fails(t, uapi.RegisterMemRegion(r.fd, region, 0), syscall.EBUSY)
	if err := uapi.RegisterEnableRings(r.fd); err != nil {
		t.Fatal(err)
	}
	list := unsafe.Slice((*uapi.IoUringRegWait)(unsafe.Pointer(&page[0])), 2)
	list[1] = uapi.IoUringRegWait{Ts: uapi.KernelTimespec{TvNsec: 1e6}, Flags: uapi.IORING_REG_WAIT_TS}
	fails(t, waits(func() (int, error) {
		return uapi.EnterRegWait(r.fd, 0, 1, uapi.IORING_ENTER_GETEVENTS, 1)
	}), syscall.ETIME)
	_, err := uapi.EnterRegWait(r.fd, 0, 1, uapi.IORING_ENTER_GETEVENTS, 1000)
	fails(t, err, syscall.EFAULT)
}

func TestTimedWaits(t *testing.T) {
	r := newRing(t, 0)
	ts := &uapi.KernelTimespec{TvNsec: 1e6}
	fails(t, waits(func() (int, error) {
		return uapi.EnterTimeout(r.fd, 0, 1, uapi.IORING_ENTER_GETEVENTS, ts, 0, new(uapi.Sigset))
	}), syscall.ETIME)
	fails(t, waits(func() (int, error) {
		return uapi.EnterArg(r.fd, 0, 1, uapi.IORING_ENTER_GETEVENTS, &uapi.IoUringGeteventsArg{Ts: address(ts)})
	}), syscall.ETIME)
	r.push(func(s *uapi.IoUringSqe) { s.PrepNop() })
	if n, err := uapi.Enter(r.fd, 1, 1, uapi.IORING_ENTER_GETEVENTS, new(uapi.Sigset)); n != 1 || err != nil {
		t.Errorf("Enter with a signal mask: %d, %v", n, err)
	}
}

// waits is the error of a wait that no signal has cut short.
func waits(enter func() (int, error)) error {
	for {
		if _, err := enter(); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

func TestSetupErrors(t *testing.T) {
	fd, err := uapi.Setup(0, &uapi.IoUringParams{})
	if fd != -1 {
		t.Errorf("a descriptor with the error: %d", fd)
	}
	fails(t, err, syscall.EINVAL)
	_, err = uapi.Setup(1, nil)
	fails(t, err, syscall.EFAULT)
}
