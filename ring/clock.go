//go:build linux

package ring

import (
	"fmt"

	"github.com/uringgen/uringgen/generated/uapi"
	"golang.org/x/sys/unix"
)

// Clock is what limits of time on waits are measured with.
type Clock uint32

// The clocks that there are.
const (
	Monotonic Clock = unix.CLOCK_MONOTONIC // stands still while the system sleeps; the default
	Boottime  Clock = unix.CLOCK_BOOTTIME  // goes on
)

// String is "CLOCK_MONOTONIC" or "CLOCK_BOOTTIME".
func (c Clock) String() string {
	switch c {
	case Monotonic:
		return "CLOCK_MONOTONIC"
	case Boottime:
		return "CLOCK_BOOTTIME"
	}
	return fmt.Sprintf("Clock(%d)", uint32(c))
}

// SetClock chooses the clock for the limits of waits for completions:
// SubmitAndWaitLimits. Timeout requests have a clock of their own. With Boottime
// a wait whose time ends while the system sleeps ends when it wakes up.
//
// IORING_REGISTER_CLOCK, since Linux 6.12, io_uring_register(2).
func (r *Ring) SetClock(c Clock) error {
	if c != Monotonic && c != Boottime {
		return &ArgumentError{"SetClock", "the clock", "is " + c.String(), "use Monotonic or Boottime"}
	}
	if err := r.registering("SetClock"); err != nil {
		return err
	}
	if err := uapi.RegisterClock(r.raw.fd, uint32(c)); err != nil {
		return registerError("SetClock", uapi.IORING_REGISTER_CLOCK, err, nil)
	}
	return nil
}
