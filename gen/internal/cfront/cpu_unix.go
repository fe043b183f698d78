//go:build unix

package cfront

import (
	"syscall"
	"time"
)

// used is the processor time that this process has had. A busy machine gives
// a run little of it, which is no reason to think that its input is damaged.
func used() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return time.Since(began)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

var began = time.Now()
