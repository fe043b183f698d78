//go:build linux

package ring

// attachment is what a request needs besides one buffer: memory that the ring
// owns, such as a path with its final zero, and references to the caller's. A
// slot gets one when it first needs it, and uses it again for later requests.
type attachment struct {
	err  error
	path [2][]byte // ended by a zero byte
	refs []any     // the caller's
}

// clear lets go of the caller's memory. What the ring owns stays for the next
// request.
func (a *attachment) clear() {
	a.err = nil
	clear(a.refs)
	a.refs = a.refs[:0]
}

// attach is the slot's attachment, to be cleared with the last completion.
func (s *SQE) attach() *attachment {
	if s.more == nil {
		s.more = new(attachment)
	}
	s.hold |= holdMore
	return s.more
}
