//go:build linux

package ring

import (
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

// SQE is one request, from Next until its last completion: an entry of the
// submission queue, and what has to be remembered until the kernel is done.
//
// Call one of the methods that are named after operations, once, and then
// those that modify the request. After Submit an SQE must not be touched. A
// request that could not be prepared (Err tells why) completes with -EINVAL,
// so that nothing is lost and a chain of links breaks there.
type SQE struct {
	entry *uapi.IoUringSqe // in the ring's memory
	id    ID
	data  uint64         // the caller's user data
	mem   unsafe.Pointer // what the kernel reads or writes
	more  *attachment    // what else; kept when the slot is reused
	ring  *Ring
	hold  hold // what there is to let go of in the end
	next  *SQE // spare slots
}

// ID names a request until its last completion, to cancel or change it. It is
// what the kernel has as user data:
//
//	bit 63      set, which tells it from what others put into completions
//	bits 32-62  generation of the slot
//	bits 8-31   slot
//	bits 0-7    operation, or state of a slot without one
type ID uint64

const (
	idMark       ID = 1 << 63
	idGeneration ID = 1 << 32

	stateMask  ID = 0xff
	stateIdle  ID = 0xff // free
	stateTaken ID = 0xfe // handed out by Next, without a request; one less than idle
	stateVoid  ID = 0xfd // submitted without a request; the least state
)

// Op is the operation that was asked for.
func (id ID) Op() uapi.Op { return uapi.Op(id & stateMask) }

func (id ID) slot() uint32 { return uint32(id) >> 8 }

// opNone is no operation of any kernel: an entry with it fails.
const opNone uapi.Op = 0xff

// hold says what a slot has to let go of.
type hold uint8

const (
	holdMem    hold = 1 << iota // mem
	holdMore                    // more
	holdHidden                  // nothing, but its success is not told
	holdFiller                  // nothing, and its failure is not told either
	holdPair                    // nothing; the place behind belongs to it
	holdWide                    // nothing; the entry has 128 bytes in two places
)

// idle makes the slot free for the next generation, so that whatever still
// names the old one finds nothing.
func (s *SQE) idle() { s.id = s.id.successor() }

// successor is the ID of a slot after its request is over. Generations wrap.
func (id ID) successor() ID { return (id | stateIdle) + idGeneration | idMark }

// begin is called first by what prepares a request. It refuses a slot that has
// a request already, or whose request is the kernel's, and leaves word of that
// for the next Submit: the entry may be another request's by now.
func (s *SQE) begin() bool {
	if s.id&stateMask != stateTaken {
		s.ring.misused++
		return false
	}
	return true
}

// mine tells whether the entry still holds this request, or waits for it, and
// says so to Submit if not.
func (s *SQE) mine() bool {
	if s.id&stateMask != stateTaken && s.entry.UserData != uint64(s.id) {
		s.ring.misused++
		return false
	}
	return true
}

// arm is called last by what prepares a request.
func (s *SQE) arm(op uapi.Op) {
	id := s.id&^stateMask | ID(op)
	s.id = id
	s.entry.UserData = uint64(id)
	s.ring.prepared++
}

// keep holds what the kernel reads or writes until the last completion.
func (s *SQE) keep(p unsafe.Pointer) {
	s.mem = p
	s.hold |= holdMem
}

// release lets go of all that the request held.
func (s *SQE) release() {
	if s.hold&holdMem != 0 {
		s.mem = nil
	}
	if s.hold&holdMore != 0 {
		s.more.clear()
	}
	if s.hold&holdHidden != 0 {
		s.ring.hidden--
	}
	s.hold = 0
}
