//go:build linux

// Filtercost measures what filters cost a request that does nothing, as the
// ratio of the time that it takes with them to the time without, inside
// user-mode Linux, which has the processor's own speed and no JIT, and inside
// the newest kernel under qemu, which has a JIT but a processor of software: its
// ratios put things in order, and measure nothing.
//
// All set-ups take turns in each round, and ratios are taken within rounds.
// One set-up has no filter, either: its ratio says how far the others can be
// trusted.
//
// Run it from the root of the repository.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
)

func main() {
	rounds := flag.Int("rounds", 501, "rounds to measure")
	here := flag.Bool("here", false, "measure the running kernel, and print JSON")
	flag.Parse()
	if err := bench(max(1, *rounds), *here); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(rounds int, here bool) error {
	if here {
		r, err := measure(rounds)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	for _, b := range beds {
		r, err := b.run(rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		report(os.Stdout, b.name, r)
	}
	return nil
}

// bed is where to measure.
type bed struct {
	name, kernel string
	flags        []string // of tests/vm
	jit          string   // what the kernel must have
}

var beds = []bed{
	{"user-mode Linux", "uml", nil, noJIT},
	{"qemu", "newest", []string{"-sysctl", "net.core.bpf_jit_enable=1"}, "on"},
}

// run runs this program inside the bed. It has no cgo, and so is static.
func (b *bed) run(rounds int) (*result, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := append([]string{"run", "./tests/vm", "-kernel", b.kernel}, b.flags...)
	cmd := exec.Command("go", append(args, self, "-here", "-rounds", strconv.Itoa(rounds))...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, errors.Join(err, errors.New(string(out)))
	}
	r := new(result)
	if err := json.Unmarshal(out, r); err != nil {
		return nil, fmt.Errorf("%w in %s", err, out)
	}
	if r.JIT != b.jit {
		return nil, fmt.Errorf("the kernel's JIT is %s, and should be %s", r.JIT, b.jit)
	}
	return r, nil
}
