//go:build linux

package ring

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
)

// NAPI says how waits poll network devices before they sleep.
type NAPI struct {
	// BusyPoll is for how long, in microseconds; the kernel cuts it to 10
	// milliseconds. 0 does not poll.
	BusyPoll time.Duration
	// Prefer holds off the devices' interrupts in favour of polling.
	Prefer bool
	// Tracking is how the queues to poll are found: those of the sockets that
	// requests use, or since Linux 6.13 those that AddNAPI has named. What is
	// reported for a ring without polling is IO_URING_NAPI_TRACKING_INACTIVE.
	Tracking uapi.NAPITracking
}

// SetNAPI makes waits for completions poll network devices, and returns the
// settings before. A ring with IORING_SETUP_IOPOLL cannot (EINVAL).
//
// IORING_REGISTER_NAPI, since Linux 6.9 with CONFIG_NET_RX_BUSY_POLL,
// io_uring_register(2).
func (r *Ring) SetNAPI(n NAPI) (before NAPI, err error) {
	const most = time.Duration(^uint32(0)) * time.Microsecond
	switch {
	case n.BusyPoll < 0 || n.BusyPoll > most:
		return before, &ArgumentError{"SetNAPI", "BusyPoll", "is " + n.BusyPoll.String(), "use at most 10 milliseconds"}
	case n.Tracking != uapi.IO_URING_NAPI_TRACKING_DYNAMIC && n.Tracking != uapi.IO_URING_NAPI_TRACKING_STATIC:
		return before, &ArgumentError{"SetNAPI", "Tracking", "is " + n.Tracking.String(), "use IO_URING_NAPI_TRACKING_DYNAMIC or STATIC"}
	}
	arg := uapi.IoUringNapi{BusyPollTo: uint32(n.BusyPoll / time.Microsecond), OpParam: uint32(n.Tracking)}
	if n.Prefer {
		arg.PreferBusyPoll = 1
	}
	err = r.napi("SetNAPI", uapi.IORING_REGISTER_NAPI, &arg, uapi.RegisterNapi)
	return napiSettings(&arg), err
}

// ClearNAPI ends the polling of network devices, and returns the settings
// before.
//
// IORING_UNREGISTER_NAPI, since Linux 6.9 with CONFIG_NET_RX_BUSY_POLL,
// io_uring_register(2).
func (r *Ring) ClearNAPI() (before NAPI, err error) {
	var arg uapi.IoUringNapi
	err = r.napi("ClearNAPI", uapi.IORING_UNREGISTER_NAPI, &arg, uapi.UnregisterNapi)
	return napiSettings(&arg), err
}

// AddNAPI adds a queue of a network device, by its id (SO_INCOMING_NAPI_ID), to
// those that a ring with IO_URING_NAPI_TRACKING_STATIC polls. EINVAL: the ring
// tracks in another way, or there is no such id.
//
// IORING_REGISTER_NAPI, in this form since Linux 6.13, io_uring_register(2).
func (r *Ring) AddNAPI(id uint32) error {
	arg := uapi.IoUringNapi{Opcode: uapi.IO_URING_NAPI_STATIC_ADD_ID, OpParam: id}
	return r.napi("AddNAPI", uapi.IORING_REGISTER_NAPI, &arg, uapi.RegisterNapi)
}

// RemoveNAPI undoes AddNAPI. ENOENT: it was not added.
//
// IORING_REGISTER_NAPI, in this form since Linux 6.13, io_uring_register(2).
func (r *Ring) RemoveNAPI(id uint32) error {
	arg := uapi.IoUringNapi{Opcode: uapi.IO_URING_NAPI_STATIC_DEL_ID, OpParam: id}
	return r.napi("RemoveNAPI", uapi.IORING_REGISTER_NAPI, &arg, uapi.RegisterNapi)
}

func (r *Ring) napi(call string, op uapi.RegisterOp, arg *uapi.IoUringNapi, register func(int, *uapi.IoUringNapi) error) error {
	if err := r.registering(call); err != nil {
		return err
	}
	err := register(r.raw.fd, arg)
	if errors.Is(err, syscall.EOPNOTSUPP) {
		return &UnsupportedError{Feature: call, MinKernel: op.Since(), Config: "CONFIG_NET_RX_BUSY_POLL", Err: err}
	}
	if err == nil {
		return nil
	}
	remedy := fmt.Sprintf("a ring with IORING_SETUP_IOPOLL cannot; %s and %s need Linux 6.13", uapi.IO_URING_NAPI_TRACKING_STATIC, "AddNAPI")
	return registerError(call, op, err, map[syscall.Errno]string{syscall.EINVAL: remedy})
}

func napiSettings(arg *uapi.IoUringNapi) NAPI {
	return NAPI{
		BusyPoll: time.Duration(arg.BusyPollTo) * time.Microsecond,
		Prefer:   arg.PreferBusyPoll != 0,
		Tracking: uapi.NAPITracking(arg.OpParam),
	}
}
