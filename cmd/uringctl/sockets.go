//go:build linux

package main

import (
	"fmt"
	"syscall"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
)

// socket is a request for one, and what the filter should say to it.
type socket struct {
	name                  string
	family, typ, protocol int
	accept                bool
}

// sockets are those of the demonstration. Types have no SOCK_CLOEXEC, which
// some kernels show to filters.
var sockets = []socket{
	{"AF_INET TCP (explicit)", uapi.AF_INET, uapi.SOCK_STREAM, uapi.IPPROTO_TCP, true},
	{"AF_INET TCP (default)", uapi.AF_INET, uapi.SOCK_STREAM, 0, true},
	{"AF_INET6 TCP (explicit)", uapi.AF_INET6, uapi.SOCK_STREAM, uapi.IPPROTO_TCP, true},
	{"AF_INET6 TCP (default)", uapi.AF_INET6, uapi.SOCK_STREAM, 0, true},
	{"AF_INET UDP", uapi.AF_INET, uapi.SOCK_DGRAM, uapi.IPPROTO_UDP, false},
	{"AF_INET RAW", uapi.AF_INET, uapi.SOCK_RAW, uapi.IPPROTO_ICMP, false},
	{"AF_UNIX", uapi.AF_UNIX, uapi.SOCK_STREAM, 0, false},
	{"AF_INET TCP socket with UDP proto", uapi.AF_INET, uapi.SOCK_STREAM, uapi.IPPROTO_UDP, false},
}

// verdict judges what the kernel said under the filter, given what it says
// without: a descriptor, or a negative errno.
func (s socket) verdict(under, without int32) (right bool, text string) {
	const rejected = -int32(syscall.EACCES)
	switch {
	case under == rejected && without == rejected:
		return false, "rejected, but without the filter, too"
	case under == rejected:
		return !s.accept, map[bool]string{true: "rejected by the filter, though it should be accepted", false: "correctly rejected"}[s.accept]
	case under == -int32(syscall.EAFNOSUPPORT):
		return false, "accepted by the filter, but this kernel has no such sockets: " + syscall.EAFNOSUPPORT.Error()
	case under < 0 && s.accept:
		return false, fmt.Sprintf("accepted by the filter, but the kernel says: %v", syscall.Errno(-under))
	case under < 0:
		return false, fmt.Sprintf("accepted by the filter, though it should be rejected; the kernel says: %v", syscall.Errno(-under))
	case !s.accept:
		return false, fmt.Sprintf("accepted, fd=%d, though it should be rejected", under)
	}
	return true, fmt.Sprintf("fd=%d", under)
}

// ask requests a socket and returns the result: the number of a descriptor,
// which is closed by then, or a negative errno.
type ask func(socket) (int32, error)

// onRings runs body with a ring that has the filters and one that has not.
func onRings(filters []cbpf.Filter, body func(filtered, free ask) error) error {
	free, err := ring.New(1, nil)
	if err != nil {
		return err
	}
	defer free.Close()
	filtered, err := ring.New(1, nil)
	if err != nil {
		return err
	}
	defer filtered.Close()
	if err := filtered.AttachFilters(ring.FilterSet{Filters: filters}); err != nil {
		return err
	}
	return body(on(filtered), on(free))
}

// on asks a ring.
func on(r *ring.Ring) ask {
	return func(s socket) (int32, error) {
		e, err := r.Get()
		if err != nil {
			return 0, err
		}
		e.Socket(s.family, s.typ, s.protocol)
		if _, err := r.SubmitAndWait(1); err != nil {
			return 0, err
		}
		var res [1]ring.CQE
		if n := r.Reap(res[:]); n != 1 {
			return 0, fmt.Errorf("%d completions of one request", n)
		}
		if res[0].Res >= 0 {
			return res[0].Res, syscall.Close(int(res[0].Res))
		}
		return res[0].Res, nil
	}
}
