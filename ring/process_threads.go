//go:build linux

package ring

import (
	"os"
	"strconv"
	"strings"
)

// threads are the numbers of the process's threads.
func threads() ([]int, error) {
	dir, err := os.Open("/proc/self/task")
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	tids := make([]int, 0, len(names))
	for _, n := range names {
		if tid, err := strconv.Atoi(n); err == nil {
			tids = append(tids, tid)
		}
	}
	return tids, nil
}

// privilege is what a thread has that a registration depends on.
type privilege struct {
	text    string
	kernels bool // a worker of io_uring, which runs no code of the program
}

// privileges reads what a thread has. noNewPrivs leaves that out.
func privileges(tid int, noNewPrivs bool) (p privilege, err error) {
	status, err := os.ReadFile("/proc/self/task/" + strconv.Itoa(tid) + "/status")
	if err != nil {
		return p, err
	}
	var parts []string
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch name {
		case "Name":
			p.kernels = strings.HasPrefix(value, "iou-")
		case "NoNewPrivs":
			if !noNewPrivs {
				parts = append(parts, name+" "+value)
			}
		case "CapEff", "Seccomp", "Seccomp_filters":
			parts = append(parts, name+" "+value)
		}
	}
	p.text = strings.Join(parts, ", ")
	return p, nil
}
