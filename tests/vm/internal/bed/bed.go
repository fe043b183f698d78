// Package bed boots a kernel with an initramfs and receives what the guest
// sends: under qemu's software emulation, or as a user-mode Linux process.
package bed

import (
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/uringgen/uringgen/tests/vm/internal/wire"
)

// Kernel is a kernel to boot.
type Kernel struct {
	Name     string // what the user asked for: "7.3", "uml", a path
	Image    string // file to boot
	UserMode bool   // Image is a user-mode Linux program
	GOARCH   string
	Config   string // file with its configuration, gzipped or not; "" if not known
}

// Machine is what one guest consists of.
type Machine struct {
	Kernel  Kernel
	Initrd  string // file
	Memory  int    // MiB
	CPUs    int
	Append  []string // more kernel arguments
	Dir     string   // a folder for this guest alone
	Timeout time.Duration
	Verbose bool // kernel log in full
}

// Result is what came of a guest that ran its program to the end.
type Result struct {
	Start wire.Start
	Exit  wire.Exit
	Files map[string][]byte
	Wall  time.Duration
	// Messages is what the kernel said at level warning and worse, Log all
	// that came on its console.
	Messages, Log string
}

// Error is a guest that did not run its program to the end, or did not even
// start. It is never the fault of a test that merely fails.
type Error struct {
	Kernel  string
	What    string
	Remedy  string
	Log     string // console, "" if nothing came
	Started bool   // the program had been started
	Retry   bool   // a second attempt may go otherwise
}

func (e *Error) Error() string {
	s := fmt.Sprintf("kernel %s: %s", e.Kernel, e.What)
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	return s
}

// command is the process that is the guest. The frames arrive on the write
// end of the pipe given as the process's file descriptor 3.
func command(m Machine) (*exec.Cmd, error) {
	if _, err := os.Stat(m.Kernel.Image); err != nil {
		return nil, &Error{Kernel: m.Kernel.Name, What: err.Error(), Remedy: "give a kernel image, a series such as 7.3, or uml"}
	}
	if m.Kernel.UserMode {
		return userMode(m), nil
	}
	return qemu(m)
}
