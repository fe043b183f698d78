// Filters prints how long translated filters are beside those that were
// written by hand, and how long translating takes. Run it from the root of the
// repository.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/cilium/ebpf"
	"github.com/uringgen/uringgen/tests/filters/programs"
)

const (
	testdata = "tests/filters/testdata"
	shipped  = "generated/filters/obj"
	headers  = "headers/uapi"
)

// reference is the way to compile that the goals are for.
var reference = programs.Variant{Clang: programs.Reference, Optimize: "-O2", CPU: "v1"}

func main() {
	rounds := flag.Int("rounds", 11, "rounds to measure")
	flag.Parse()
	if err := bench(*rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(rounds int) error {
	if err := lengths(); err != nil {
		return err
	}
	fmt.Println()
	return times(rounds)
}

// objects is the compiled file of each program.
func objects(sources []programs.Source, v programs.Variant) (map[string]*ebpf.CollectionSpec, error) {
	out := map[string]*ebpf.CollectionSpec{}
	for _, s := range sources {
		spec, err := s.Object(v, headers)
		if err != nil {
			return nil, err
		}
		for _, p := range s.Programs {
			out[p] = spec
		}
	}
	return out, nil
}
