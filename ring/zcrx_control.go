//go:build linux

package ring

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"github.com/uringgen/uringgen/generated/uapi"
)

var controlRemedies = map[syscall.Errno]string{
	syscall.ENXIO:  "the ring has no such source",
	syscall.EINVAL: "an event is armed again after it was told of",
	syscall.EPERM:  "give the process CAP_NET_ADMIN",
}

// control is a call about the source.
func (z *Zcrx) control(name string, op uapi.ZCRXCtrlOp, since string, fill func(*uapi.ZcrxCtrl)) error {
	g := registration{"Zcrx." + name, uapi.IORING_REGISTER_ZCRX_CTRL, controlRemedies}
	if z.ring == nil {
		return z.gone(name)
	}
	if err := g.begin(z.ring); err != nil {
		return err
	}
	ctrl := &uapi.ZcrxCtrl{ZcrxId: z.id, Op: op}
	if fill != nil {
		fill(ctrl)
	}
	err := uapi.RegisterZcrxCtrl(z.ring.raw.fd, ctrl)
	if err == nil && fill != nil {
		fill(ctrl)
	}
	var q uapi.IoUringQueryZcrx
	if errors.Is(err, syscall.EOPNOTSUPP) && uapi.RegisterQueryZcrx(&q) == nil && uint32(op) >= q.NrCtrlOpcodes {
		return g.lacks(op.String(), since, err)
	}
	return g.failed(err)
}

// Flush has the kernel take what Return has given back at once, instead of when
// it next needs memory.
//
// ZCRX_CTRL_FLUSH_RQ, since Linux 6.19.
func (z *Zcrx) Flush() error {
	return z.control("Flush", uapi.ZCRX_CTRL_FLUSH_RQ, "6.19", nil)
}

// Export makes a descriptor of the source, which is the caller's to close, for
// ImportZcrx on another ring.
//
// ZCRX_CTRL_EXPORT, since Linux 6.19.
func (z *Zcrx) Export() (fd int, err error) {
	err = z.control("Export", uapi.ZCRX_CTRL_EXPORT, "6.19", func(c *uapi.ZcrxCtrl) { fd = int(c.ZcExport().ZcrxFd) })
	if err != nil {
		return -1, err
	}
	return fd, nil
}

// ArmEvent has an event told of once more, after it was. EINVAL: it was not.
//
// ZCRX_CTRL_ARM_EVENT, since Linux 7.2.
func (z *Zcrx) ArmEvent(event uapi.ZCRXEvent) error {
	return z.control("ArmEvent", uapi.ZCRX_CTRL_ARM_EVENT, "7.2", func(c *uapi.ZcrxCtrl) { c.ZcArmEvent().EventType = event })
}

// AddArea adds memory for data, of size bytes rounded up to whole pages.
//
// ZCRX_CTRL_ADD_AREA, since Linux 7.3.
func (z *Zcrx) AddArea(size int) error {
	o := &ZcrxOptions{Size: size}
	if size <= 0 || size > maxAlloc {
		return z.wrong("AddArea", "size", fmt.Sprintf("is %d", size), "use a number of bytes that there is memory for")
	}
	area, memory, err := o.area()
	if err != nil {
		return err
	}
	err = z.control("AddArea", uapi.ZCRX_CTRL_ADD_AREA, "7.3", func(c *uapi.ZcrxCtrl) {
		c.ZcArea().AreaPtr = uint64(uintptr(unsafe.Pointer(area)))
	})
	runtime.KeepAlive(area)
	if err != nil {
		memory.unmap()
		return err
	}
	z.areas[area.RqAreaToken&uapi.IORING_ZCRX_AREA_MASK] = memory
	return nil
}

// ImportZcrx lets the ring receive from a source of another ring, by a
// descriptor that Export made. Data and Return are methods of the other one.
//
// ZCRX_REG_IMPORT, since Linux 6.19.
func (r *Ring) ImportZcrx(fd int) (*Zcrx, error) {
	g := registerZcrx
	g.call = "ImportZcrx"
	if err := g.begin(r); err != nil {
		return nil, err
	}
	if err := zcrxRing(&g, r); err != nil {
		return nil, err
	}
	if fd < 0 {
		return nil, g.wrong("fd", fmt.Sprintf("is %d", fd), "use a descriptor that Export made")
	}
	reg := &uapi.IoUringZcrxIfqReg{IfIdx: uint32(fd), Flags: uapi.ZCRX_REG_IMPORT}
	if err := uapi.RegisterZcrxIfq(r.raw.fd, reg, nil, nil, nil); err != nil {
		var q uapi.IoUringQueryZcrx
		_ = uapi.RegisterQueryZcrx(&q)
		if registers(g.op) && q.RegisterFlags&uint64(uapi.ZCRX_REG_IMPORT) == 0 {
			return nil, g.lacks("sharing a source of zero-copy receive", "6.19", err)
		}
		return nil, g.failed(err)
	}
	z := &Zcrx{ring: r, id: reg.ZcrxId, imported: true}
	r.resources.queues = append(r.resources.queues, z)
	return z, nil
}
