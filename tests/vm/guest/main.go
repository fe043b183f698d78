// The guest's /init: it mounts what a Linux program expects, runs one program
// as its child, sends back output, files and exit status, and powers off.
//
// It is process 1 of a kernel under test, so it uses nothing but system calls
// that every kernel has, and never exits: that would be a panic.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"

	"github.com/uringgen/uringgen/tests/vm/internal/wire"
)

func main() {
	runtime.LockOSThread()
	mountAll()
	port, err := openPort()
	if err != nil {
		fmt.Fprintln(os.Stderr, "vm guest: no channel to the host:", err)
		powerOff()
	}
	serve(wire.NewWriter(port))
	powerOff()
}

// serve runs the job; whatever happens, Bye is the last frame.
func serve(w *wire.Writer) {
	send(w, wire.Hello, hello())
	var exit wire.Exit
	var job wire.Job
	if text, err := os.ReadFile(wire.JobFile); err != nil {
		exit.Error = err.Error()
	} else if err := json.Unmarshal(text, &job); err != nil {
		exit.Error = wire.JobFile + ": " + err.Error()
	} else {
		prepare(job)
		start := time.Now()
		exit = run(job, w)
		exit.Seconds = time.Since(start).Seconds()
		collect(w, job.Collect)
	}
	warn("send", w.Send(wire.Log, kernelLog()))
	send(w, wire.Bye, exit)
}

func send(w *wire.Writer, k wire.Kind, v any) {
	text, err := json.Marshal(v)
	if err == nil {
		err = w.Send(k, text)
	}
	warn("send", err)
}

// warn notes on the console what went wrong; the guest goes on.
func warn(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "vm guest: %s: %v\n", what, err)
	}
}

func powerOff() {
	syscall.Sync()
	warn("power off", syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF))
	select {} // the host ends us
}
