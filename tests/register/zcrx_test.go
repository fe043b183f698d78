package register

import (
	"syscall"
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
)

// A real queue of a device is more than a test can ask for: these are the
// refusals that show that the arguments arrive.
func TestZcrx(t *testing.T) {
	plain := newRing(t, 0)
	area, region := new(uapi.IoUringZcrxAreaReg), new(uapi.IoUringRegionDesc)
	fails(t, uapi.RegisterZcrxIfq(plain.fd, nil, area, region, nil), syscall.EFAULT)

	reg := &uapi.IoUringZcrxIfqReg{}
	fails(t, uapi.RegisterZcrxIfq(plain.fd, reg, area, region, nil),
		syscall.EINVAL, syscall.EPERM, syscall.EOPNOTSUPP) // a ring of another kind, no privilege, not in the kernel
	if reg.AreaPtr != address(area) || reg.RegionPtr != address(region) || reg.EventDesc != 0 {
		t.Errorf("addresses %#x %#x %#x", reg.AreaPtr, reg.RegionPtr, reg.EventDesc)
	}

	err := uapi.RegisterZcrxCtrl(plain.fd, &uapi.ZcrxCtrl{ZcrxId: 1})
	if lacks(uapi.IORING_REGISTER_ZCRX_CTRL) {
		fails(t, err, syscall.EINVAL)
	} else {
		fails(t, err, syscall.ENXIO, syscall.EOPNOTSUPP)
	}
}
