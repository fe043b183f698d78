//go:build linux

package ring

import (
	"syscall"

	"github.com/uringgen/uringgen/generated/uapi"
)

// Personality names credentials that a ring keeps: user, groups, capabilities.
// 0 is none, and means those of whoever submits.
type Personality uint16

// KeepPersonality keeps the credentials that the calling thread has now, for
// requests that SetPersonality gives them to. At most 65535 at a time (EBUSY).
//
// IORING_REGISTER_PERSONALITY, since Linux 5.6, io_uring_register(2).
func (r *Ring) KeepPersonality() (Personality, error) {
	if err := r.registering("KeepPersonality"); err != nil {
		return 0, err
	}
	id, err := uapi.RegisterPersonality(r.raw.fd)
	if err != nil {
		return 0, registerError("KeepPersonality", uapi.IORING_REGISTER_PERSONALITY, err, map[syscall.Errno]string{
			syscall.EBUSY: "drop some with DropPersonality",
		})
	}
	return Personality(id), nil
}

// DropPersonality lets go of credentials. Requests that have them already keep
// them. EINVAL: there are none of that name.
//
// IORING_UNREGISTER_PERSONALITY, since Linux 5.6, io_uring_register(2).
func (r *Ring) DropPersonality(p Personality) error {
	if err := r.registering("DropPersonality"); err != nil {
		return err
	}
	if err := uapi.UnregisterPersonality(r.raw.fd, uint32(p)); err != nil {
		return registerError("DropPersonality", uapi.IORING_UNREGISTER_PERSONALITY, err, map[syscall.Errno]string{
			syscall.EINVAL: "KeepPersonality has not returned it, or it was dropped",
		})
	}
	return nil
}

// SetPersonality makes a request that was prepared run with credentials that
// KeepPersonality has kept. The request completes with -EINVAL if they were
// dropped.
func (s *SQE) SetPersonality(p Personality) {
	if !s.mine() {
		return
	}
	if s.id&stateMask == stateTaken {
		s.fail(opNone, &ArgumentError{"SetPersonality", "the request", "is not prepared", "call SetPersonality after the method that prepares it"})
		return
	}
	s.entry.Personality = uint16(p)
}
