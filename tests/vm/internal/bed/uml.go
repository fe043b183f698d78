package bed

import (
	"fmt"
	"os/exec"
	"strings"
)

// userMode is the command of a user-mode Linux guest. Its first serial line
// is the pipe for the frames; console 0 is standard output.
func userMode(m Machine) *exec.Cmd {
	args := []string{
		fmt.Sprintf("mem=%dM", m.Memory), "initrd=" + m.Initrd, "rdinit=/init", "root=/dev/ram0",
		"con=null", "con0=null,fd:1", "ssl=null", "ssl0=null,fd:3", "uml_dir=" + m.Dir,
	}
	return exec.Command(m.Kernel.Image, append(args, strings.Fields(kernelArgs(m))...)...)
}
