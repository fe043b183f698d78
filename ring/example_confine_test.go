//go:build linux

package ring_test

import (
	"errors"
	"fmt"
	"log"
	"os/exec"
	"syscall"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
)

// onlyUnix accepts sockets of AF_UNIX.
var onlyUnix = cbpf.Filter{
	Op:      uint8(uapi.IORING_OP_SOCKET),
	PDUSize: 12, // family, type, protocol
	Program: cbpf.Program{
		cbpf.LoadWord(16), // family
		cbpf.JumpEqual(syscall.AF_UNIX, 0, 1),
		cbpf.Return(1),
		cbpf.Return(0),
	},
}

// A child that may read, write and make local sockets, and nothing else.
func ExampleStartFiltered() {
	cmd := exec.Command("worker")
	err := ring.StartFiltered(cmd, ring.Confinement{
		Restrictions: &ring.Restrictions{
			Ops:          []uapi.Op{uapi.IORING_OP_READ, uapi.IORING_OP_WRITE, uapi.IORING_OP_SOCKET},
			AllowedFlags: uapi.IOSQE_ASYNC | uapi.IOSQE_IO_LINK,
		},
		Filters:    ring.FilterSet{Filters: []cbpf.Filter{onlyUnix}},
		NoNewPrivs: true,
	})
	if errors.Is(err, ring.ErrNotSupported) {
		log.Fatal("io_uring cannot be confined here; deny io_uring_setup by seccomp instead: ", err)
	}
	if err != nil {
		log.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		log.Fatal(err)
	}
}

// A program that confines itself, whether it was built with cgo or not.
func ExampleReexecFiltered() {
	err := ring.ReexecFiltered(ring.Confinement{
		Filters:    ring.FilterSet{Filters: []cbpf.Filter{onlyUnix}},
		NoNewPrivs: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	// From here on all threads and rings are confined.
}

// A filter on one ring: a denied request shows in its completion.
func ExampleRing_AttachFilters() {
	r, err := ring.New(8, nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := r.AttachFilters(ring.FilterSet{Filters: []cbpf.Filter{onlyUnix}}); err != nil {
		log.Fatal(err)
	}
	s, err := r.Get()
	if err != nil {
		log.Fatal(err)
	}
	s.Prepare(func(e *uapi.IoUringSqe) { e.PrepSocket(syscall.AF_INET, syscall.SOCK_STREAM, 0, 0) })
	if _, err := r.SubmitAndWait(1); err != nil {
		log.Fatal(err)
	}
	for c := range r.Completions() {
		fmt.Println(errors.Is(c.Err(), syscall.EACCES)) // true
	}
	if err := r.Close(); err != nil {
		log.Fatal(err)
	}
}
