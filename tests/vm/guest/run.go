package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/uringgen/uringgen/tests/vm/internal/wire"
)

func run(job wire.Job, w *wire.Writer) wire.Exit {
	cmd := exec.Command(job.Argv[0], job.Argv[1:]...)
	cmd.Dir, cmd.Env = job.Dir, job.Env
	cmd.Stdout = w.Stream()
	cmd.Stderr = cmd.Stdout
	if job.UID != 0 {
		id := uint32(job.UID)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: id, Gid: id}}
	}
	err := cmd.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return wire.Exit{Code: 126, Error: err.Error()}
	}
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return wire.Exit{Code: 128 + int(status.Signal()), Signal: status.Signal().String()}
	}
	return wire.Exit{Code: status.ExitStatus()}
}

// collect sends back the regular files at or below each path that exists.
func collect(w *wire.Writer, paths []string) {
	for _, top := range paths {
		warn(top, filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil // not there: the program did not write it
			}
			data, err := os.ReadFile(path)
			if err == nil {
				err = w.Send(wire.File, append([]byte(path+"\x00"), data...))
			}
			if err != nil {
				return w.Send(wire.Output, []byte("vm guest: "+path+" does not come back: "+err.Error()+"\n"))
			}
			return nil
		}))
	}
}
