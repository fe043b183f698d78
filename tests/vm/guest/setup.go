package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"

	"github.com/uringgen/uringgen/tests/vm/internal/wire"
)

// mounts are tried in order; a kernel that lacks one goes without it.
var mounts = []struct{ fstype, target string }{
	{"devtmpfs", "/dev"},
	{"proc", "/proc"},
	{"sysfs", "/sys"},
	{"tmpfs", "/run"}, // the tests' temporary files; /tmp may hold what was carried in
	{"tmpfs", "/dev/shm"},
	{"devpts", "/dev/pts"},
	{"bpf", "/sys/fs/bpf"},
	{"tracefs", "/sys/kernel/tracing"},
	{"cgroup2", "/sys/fs/cgroup"},
}

func mountAll() {
	for _, m := range mounts {
		if os.MkdirAll(m.target, 0o755) == nil { // no such folder: below a mount that failed
			warn("mount "+m.target, syscall.Mount(m.fstype, m.target, m.fstype, 0, ""))
		}
	}
	for _, dir := range []string{"/tmp", "/run", "/dev/shm"} {
		warn("make", os.MkdirAll(dir, 0o755))
		warn("make", os.Chmod(dir, os.ModeSticky|0o777))
	}
	for link, target := range map[string]string{
		"/dev/fd": "/proc/self/fd", "/dev/stdin": "/proc/self/fd/0",
		"/dev/stdout": "/proc/self/fd/1", "/dev/stderr": "/proc/self/fd/2",
	} {
		warn("link", os.Symlink(target, link))
	}
}

// prepare applies what the job asks of the machine.
func prepare(job wire.Job) {
	warn("loopback", loopbackUp())
	for name, value := range job.Sysctl {
		path := filepath.Join("/proc/sys", strings.ReplaceAll(name, ".", "/"))
		warn("sysctl", os.WriteFile(path, []byte(value), 0o644))
	}
}

// loopbackUp sets lo up: tests talk to 127.0.0.1.
func loopbackUp() error {
	s, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(s)
	var req struct { // struct ifreq of netdevice(7)
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}
	copy(req.name[:], "lo")
	req.flags = syscall.IFF_UP | syscall.IFF_RUNNING
	if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, uintptr(s), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&req))); e != 0 {
		return e
	}
	return nil
}

func hello() wire.Start {
	var u syscall.Utsname
	var s wire.Start
	if syscall.Uname(&u) == nil {
		s.Release, s.Machine = cString(u.Release[:]), cString(u.Machine[:])
	}
	text, err := os.ReadFile("/proc/uptime")
	if err == nil {
		_, err = fmt.Sscan(string(text), &s.Uptime)
	}
	warn("uptime", err)
	return s
}

// openPort finds the channel: a virtio serial port by name under qemu, the
// first serial line, set to pass bytes as they are, in user-mode Linux.
func openPort() (*os.File, error) {
	names, _ := filepath.Glob("/sys/class/virtio-ports/*/name")
	for _, n := range names {
		text, err := os.ReadFile(n)
		if err == nil && strings.TrimSpace(string(text)) == wire.PortName {
			return os.OpenFile("/dev/"+filepath.Base(filepath.Dir(n)), os.O_WRONLY, 0)
		}
	}
	if len(names) > 0 {
		return nil, errors.New("no virtio port is named " + wire.PortName)
	}
	tty, err := os.OpenFile("/dev/ttyS0", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	return tty, rawMode(tty)
}

// cString is the text of a field of a struct utsname.
func cString[T int8 | uint8](field []T) string {
	var b strings.Builder
	for _, c := range field {
		if c == 0 {
			break
		}
		b.WriteByte(byte(c))
	}
	return b.String()
}
