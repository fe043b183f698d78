//go:build linux

package ring

import "github.com/uringgen/uringgen/generated/uapi"

// Cancel cancels a request of this ring. It completes with 0 if the request
// was canceled, which then completes with -ECANCELED; -ENOENT if it is over;
// -EALREADY if it is being carried out and may not stop.
func (s *SQE) Cancel(id ID) {
	if !s.begin() {
		return
	}
	s.entry.PrepCancel64(uint64(id), 0)
	s.arm(uapi.IORING_OP_ASYNC_CANCEL)
}
