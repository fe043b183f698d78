// Boot measures how long a trivial test takes inside a kernel: from the
// command's start to its exit, the cache being warm. Run it from the root of
// the repository.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// beds are what is measured, and the seconds that it may take on two quiet
// cores.
var beds = []struct {
	name, kernel string
	limit        float64
}{
	{"user-mode Linux", "uml", 2},
	{"qemu, newest kernel", "newest", 8},
}

const trivial = `package trivial

import "testing"

func TestNothing(*testing.T) {}
`

func main() {
	rounds := flag.Int("rounds", 5, "rounds to measure")
	flag.Parse()
	if err := bench(*rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(rounds int) (err error) {
	dir, err := os.MkdirTemp("", "vm-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	vm, test := filepath.Join(dir, "vm"), filepath.Join(dir, "trivial.test")
	if err := os.WriteFile(filepath.Join(dir, "trivial_test.go"), []byte(trivial), 0o644); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"build", "-o", vm, "./tests/vm"},
		{"test", "-c", "-o", test, filepath.Join(dir, "trivial_test.go")},
	} {
		cmd := exec.Command("go", args...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", args[0], err, out)
		}
	}
	fmt.Printf("%-22s %8s %8s %8s\n", fmt.Sprint(rounds, " rounds"), "median", "fastest", "limit")
	for _, b := range beds {
		times, err := measure(rounds+1, vm, "-kernel", b.kernel, test)
		if err != nil {
			return err
		}
		times = times[1:] // the first fills the cache
		slices.Sort(times)
		fmt.Printf("%-22s %6.2f s %6.2f s %6.0f s\n", b.name, times[len(times)/2], times[0], b.limit)
	}
	return nil
}

// measure is how many seconds each run of a command takes.
func measure(n int, name string, args ...string) ([]float64, error) {
	var times []float64
	for range n {
		start := time.Now()
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", name, err, out)
		}
		times = append(times, time.Since(start).Seconds())
	}
	return times, nil
}
