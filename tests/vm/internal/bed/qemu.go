package bed

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/tests/vm/internal/wire"
)

// board is how qemu emulates an architecture.
type board struct {
	program string // and Debian's package that has it
	pkg     string
	args    []string
	serial  string // device name of the virtio serial bus
	console string // kernel's name of the console
}

var boards = map[string]board{
	"amd64": {"qemu-system-x86_64", "qemu-system-x86", []string{"-machine", "pc", "-cpu", "max"}, "virtio-serial-pci", "ttyS0"},
	"arm64": {"qemu-system-aarch64", "qemu-system-arm", []string{"-machine", "virt", "-cpu", "cortex-a57"}, "virtio-serial-pci", "ttyAMA0"},
	"s390x": {"qemu-system-s390x", "qemu-system-misc", []string{"-machine", "s390-ccw-virtio", "-cpu", "max"}, "virtio-serial-ccw", "ttysclp0"},
}

// qemu is the command of an emulated guest. Software emulation always:
// /dev/kvm exists on hosts where it does not work.
func qemu(m Machine) (*exec.Cmd, error) {
	b, ok := boards[m.Kernel.GOARCH]
	if !ok {
		return nil, &Error{Kernel: m.Kernel.Name, What: "no emulated board for " + m.Kernel.GOARCH}
	}
	program, err := exec.LookPath(b.program)
	if err != nil {
		return nil, &Error{Kernel: m.Kernel.Name, What: b.program + " is not installed", Remedy: "install Debian's package " + b.pkg}
	}
	args := slices.Concat(b.args, []string{
		"-accel", "tcg", "-smp", fmt.Sprint(m.CPUs), "-m", fmt.Sprint(m.Memory),
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio",
		"-kernel", m.Kernel.Image, "-initrd", m.Initrd,
		"-append", kernelArgs(m, "console="+b.console, "reboot=t", "tsc=reliable", "mitigations=off"),
		"-add-fd", "fd=3,set=1", "-chardev", "file,id=frames,path=/dev/fdset/1,append=on",
		"-device", b.serial, "-device", "virtserialport,chardev=frames,name=" + wire.PortName,
	})
	return exec.Command(program, args...), nil
}

// kernelArgs is the kernel's command line. A panic ends the guest at once.
func kernelArgs(m Machine, own ...string) string {
	args := slices.Concat(own, []string{"panic=-1", "oops=panic", "random.trust_cpu=on"})
	if !m.Verbose {
		// Warnings and worse still reach the console.
		args = append(args, "quiet", "loglevel=5")
	}
	return strings.Join(append(args, m.Append...), " ")
}
