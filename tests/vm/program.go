package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/uringgen/uringgen/tests/vm/internal/archive"
	"github.com/uringgen/uringgen/tests/vm/internal/bed"
	"github.com/uringgen/uringgen/tests/vm/internal/console"
	"github.com/uringgen/uringgen/tests/vm/internal/kernels"
	"github.com/uringgen/uringgen/tests/vm/internal/wire"
)

// runProgram boots a guest for one program; a guest that dies is tried once
// more.
func runProgram(ctx context.Context, opt *options) (int, error) {
	kernel, err := kernels.Resolve(ctx, opt.kernel, opt.arch)
	if err != nil {
		return 0, fault(err)
	}
	dir, err := os.MkdirTemp("", "vm-")
	if err != nil {
		return 0, fault(err)
	}
	defer os.RemoveAll(dir)
	job, err := newJob(opt)
	if err != nil {
		return 0, fault(err)
	}
	initrd := filepath.Join(dir, "initrd")
	if err := writeInitrd(ctx, initrd, opt, job, kernel.Config); err != nil {
		return 0, fault(err)
	}
	machine := bed.Machine{
		Kernel: kernel, Initrd: initrd, Memory: opt.memory, CPUs: opt.cpus, Append: opt.append,
		Dir: dir, Timeout: limit(opt), Verbose: opt.console,
	}
	res, err := boot(ctx, machine)
	if err != nil {
		return 0, fault(err)
	}
	return finish(opt, res)
}

func boot(ctx context.Context, m bed.Machine) (*bed.Result, error) {
	for attempt := 1; ; attempt++ {
		res, err := bed.Run(ctx, m, os.Stdout)
		var guest *bed.Error
		if !errors.As(err, &guest) {
			return res, err
		}
		if guest.Log != "" {
			fmt.Fprintf(os.Stderr, "vm: console of kernel %s:\n%s\n", m.Kernel.Name, strings.TrimRight(guest.Log, "\n"))
		}
		if !guest.Retry || attempt == 2 || ctx.Err() != nil {
			return nil, err
		}
		fmt.Fprintf(os.Stderr, "vm: %v; trying once more\n", err)
	}
}

// finish brings the files home and turns the result into an exit status.
func finish(opt *options, res *bed.Result) (int, error) {
	if opt.console {
		fmt.Fprint(os.Stderr, res.Log, res.Messages)
	}
	for name, data := range res.Files {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			return 0, fault(err)
		}
	}
	code := res.Exit.Code
	if res.Exit.Error != "" {
		return 0, fault(fmt.Errorf("the program could not be started in the guest: %s; it must be a static program for the guest (CGO_ENABLED=0, GOARCH)", res.Exit.Error))
	}
	if res.Exit.Signal != "" {
		fmt.Fprintf(os.Stderr, "vm: the program was ended by signal: %s\n", res.Exit.Signal)
	}
	if bad := console.Trouble(res.Messages, 30); len(bad) > 0 {
		fmt.Fprintf(os.Stderr, "vm: kernel %s reported trouble:\n%s\n", res.Start.Release, strings.Join(bad, "\n"))
		code = max(code, 1)
	}
	return code, nil
}

// limit is how long a guest may take: what go test allows the program, and
// time to boot.
func limit(opt *options) time.Duration {
	if opt.limit > 0 {
		return opt.limit
	}
	for _, a := range opt.rest {
		if v, ok := strings.CutPrefix(a, "-test.timeout="); ok {
			if d, err := time.ParseDuration(v); err == nil && d > 0 {
				return d + 2*time.Minute
			}
		}
	}
	return 12 * time.Minute
}

// outputs are the flags of a test binary that name the files, or the folder
// of files, that it writes.
var outputs = []string{
	"coverprofile", "cpuprofile", "memprofile", "blockprofile", "mutexprofile", "trace", "testlogfile",
	"gocoverdir", "outputdir",
}

func newJob(opt *options) (wire.Job, error) {
	cwd, err := os.Getwd()
	if err != nil {
		return wire.Job{}, err
	}
	job := wire.Job{
		Argv: append([]string{"/root/" + filepath.Base(opt.program)}, opt.rest...),
		Dir:  cwd, UID: opt.uid, Sysctl: opt.sysctl,
		Env: []string{"PATH=/root:/bin:/usr/bin", "HOME=/root", "TMPDIR=/run", "URINGGEN_VM=" + opt.kernel},
	}
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, "URINGGEN_") || name == "GODEBUG" || name == "GOMAXPROCS" || name == "GOTRACEBACK" {
			job.Env = append(job.Env, e)
		}
	}
	for _, a := range opt.rest {
		name, value, ok := strings.Cut(strings.TrimPrefix(a, "-test."), "=")
		if ok && value != "" && slices.Contains(outputs, name) {
			job.Collect = append(job.Collect, absolute(cwd, value))
		}
	}
	return job, nil
}

func absolute(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// writeInitrd packs the guest's init, the program, the kernel's configuration,
// the package's testdata and what -file names.
func writeInitrd(ctx context.Context, path string, opt *options, job wire.Job, config string) error {
	guest, err := guestInit(ctx, opt.arch)
	if err != nil {
		return err
	}
	text, err := json.Marshal(job)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	a := archive.New(&buf)
	a.Bytes("/init", 0o755, guest)
	a.Bytes(wire.JobFile, 0o644, text)
	a.Tree(opt.program, job.Argv[0])
	if _, err := os.Stat(config); err == nil {
		a.Tree(config, "/boot/config")
	}
	a.Dir(job.Dir)
	for _, c := range job.Collect {
		if info, err := os.Stat(c); err == nil && info.IsDir() {
			a.Dir(c)
		} else {
			a.Dir(filepath.Dir(c))
		}
	}
	if _, err := os.Stat("testdata"); err == nil {
		a.Tree("testdata", filepath.Join(job.Dir, "testdata"))
	}
	if mod := moduleFile(job.Dir); mod != "" {
		a.Tree(mod, mod)
	}
	for _, f := range opt.files {
		host, inside, ok := strings.Cut(f, ":")
		if !ok {
			inside = absolute(job.Dir, host)
		}
		a.Tree(host, inside)
	}
	if err := a.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, buf.Bytes(), 0o600)
}

// moduleFile is the nearest go.mod at or above dir: tests find their
// repository by it.
func moduleFile(dir string) string {
	for ; ; dir = filepath.Dir(dir) {
		mod := filepath.Join(dir, "go.mod")
		if _, err := os.Stat(mod); err == nil {
			return mod
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}
