package register

import (
	"errors"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/tests/kernel"
)

// What a whole test needs that is more than an operation of its own.
var (
	sparseTables = kernel.Feature{
		Name: "tables of empty slots", Since: kernel.Version{Major: 5, Minor: 19},
		Probe: onARing(func(fd int) error { return uapi.RegisterFilesSparse(fd, 1) }),
	}
	kernelBuffers = kernel.Feature{
		Name: "rings of buffers in the kernel's memory", Since: kernel.Version{Major: 6, Minor: 4},
		Probe: onARing(func(fd int) error { return uapi.RegisterPbufRingMmap(fd, 1, 8, 0) }),
	}
)

// onARing probes on a ring that is closed again.
func onARing(probe func(fd int) error) func() error {
	return func() error {
		r, err := openRing(0)
		if err != nil {
			return err
		}
		return errors.Join(probe(r.fd), r.close())
	}
}
