//go:build linux

package ring

import "github.com/uringgen/uringgen/generated/uapi"

// SetUserData is what the completions of the request will have as UserData. It
// is 0 otherwise.
func (s *SQE) SetUserData(v uint64) { s.data = v }

// ID names the request until its last completion. It is valid once the request
// was prepared.
func (s *SQE) ID() ID { return s.id }

// Err tells why the request could not be prepared; nil if it could.
func (s *SQE) Err() error {
	if s.hold&holdMore != 0 {
		return s.more.err
	}
	return nil
}

// SetFlags adds modifiers to a request that was prepared.
//
// IOSQE_CQE_SKIP_SUCCESS is kept from the kernel, since only a completion
// tells when memory is free again: the ring takes that completion, and does
// not give it out if the request succeeded.
func (s *SQE) SetFlags(f uapi.SQEFlags) {
	if !s.mine() {
		return
	}
	if s.id&stateMask == stateTaken {
		s.fail(opNone, &ArgumentError{"SetFlags", "the request", "is not prepared", "call SetFlags after the method that prepares it"})
		return
	}
	if f&uapi.IOSQE_CQE_SKIP_SUCCESS != 0 {
		f &^= uapi.IOSQE_CQE_SKIP_SUCCESS
		if s.hold&holdHidden == 0 {
			s.hold |= holdHidden
			s.ring.hidden++
		}
	}
	if f&uapi.IOSQE_IO_DRAIN != 0 {
		s.ring.drains = true
	}
	s.entry.Flags |= f
}

// Prepare calls f with the entry itself, for what this package has no method
// for. f uses one of the entry's Prep methods, and sets anything but UserData,
// which belongs to the ring. Memory that f names is kept if it is among refs
// (pointers, slices); all else is the caller's to keep until the last
// completion.
func (s *SQE) Prepare(f func(*uapi.IoUringSqe), refs ...any) {
	if !s.begin() {
		return
	}
	*s.entry = uapi.IoUringSqe{} // so that nothing old goes to the kernel if f does too little
	f(s.entry)
	if !s.begin() {
		return // f has prepared or submitted the request
	}
	if s.entry.Opcode >= uapi.Op(stateVoid) {
		s.fail(opNone, &ArgumentError{"Prepare", "the operation", "is none of any kernel", "let f use one of the entry's Prep methods"})
		return
	}
	if op, wide := s.entry.Opcode, s.hold&holdWide != 0; s.ring.takesTwo(op) != wide {
		s.fail(op, sizeError(wide))
		return
	}
	if err := checkUserData(s.entry); err != nil {
		s.fail(s.entry.Opcode, err)
		return
	}
	if len(refs) > 0 {
		a := s.attach()
		a.refs = append(a.refs, refs...)
	}
	s.arm(s.entry.Opcode)
	if f := s.entry.Flags; f&(uapi.IOSQE_CQE_SKIP_SUCCESS|uapi.IOSQE_IO_DRAIN) != 0 {
		s.entry.Flags = 0
		s.SetFlags(f)
	}
}

// fail makes the request one that completes with -EINVAL, and keeps the reason.
func (s *SQE) fail(op uapi.Op, err error) {
	if !s.mine() {
		return
	}
	var links uapi.SQEFlags
	if s.id&stateMask != stateTaken { // else the flags are of the request before
		links = s.entry.Flags & (uapi.IOSQE_IO_LINK | uapi.IOSQE_IO_HARDLINK)
	}
	s.void(links)
	a := s.attach()
	if a.err == nil {
		a.err = err
	}
	if s.id&stateMask == stateTaken {
		s.arm(min(op, uapi.Op(stateVoid))) // what is above means something else
	} else {
		s.entry.UserData = uint64(s.id)
	}
}
