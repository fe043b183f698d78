package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/cilium/ebpf"
	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/tests/filters/programs"
)

// job is one translation.
type job struct {
	name string
	spec *ebpf.CollectionSpec
}

// times prints how long translating takes: of the shipped filters and the
// tests', together and the slowest of each, and of programs that are made to
// take long.
func times(rounds int) error {
	ours, err := shippedFilters()
	if err != nil {
		return err
	}
	tests, err := testFilters()
	if err != nil {
		return err
	}
	hard, err := adversaries()
	if err != nil {
		return err
	}
	fmt.Printf("%-24s %9s %9s\n", fmt.Sprint("ms, ", rounds, " rounds"), "median", "fastest")
	together(rounds, "shipped filters", ours)
	together(rounds, "filters of tests", tests)
	for _, j := range hard {
		show(j.name, j.measure(rounds))
	}
	return nil
}

// together prints the time of all jobs one after the other, and that of the one
// that takes longest.
func together(rounds int, what string, jobs []job) {
	if len(jobs) == 0 {
		fmt.Printf("%-24s %9s\n", what, "none yet")
		return
	}
	sums := make([]time.Duration, rounds)
	var slowest []time.Duration
	var name string
	for _, j := range jobs {
		all := j.measure(rounds)
		for i, d := range all {
			sums[i] += d
		}
		if slowest == nil || slices.Min(all) > slices.Min(slowest) {
			slowest, name = all, j.name
		}
	}
	show(fmt.Sprintf("%d %s", len(jobs), what), sums)
	show("  "+name, slowest)
}

func shippedFilters() (jobs []job, err error) {
	paths, err := filepath.Glob(shipped + "/*.o")
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		spec, err := ebpf.LoadCollectionSpec(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for _, name := range bpf.Programs(spec) {
			jobs = append(jobs, job{name, spec})
		}
	}
	return jobs, nil
}

func testFilters() ([]job, error) {
	sources, err := programs.Sources(testdata)
	if err != nil {
		return nil, err
	}
	return compiled(sources)
}

func adversaries() (jobs []job, err error) {
	dir, err := os.MkdirTemp("", "filters-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	header, err := filepath.Abs(testdata + "/filter.h")
	if err != nil {
		return nil, err
	}
	sources, err := programs.WriteAdversaries(dir, header)
	if err != nil {
		return nil, err
	}
	return compiled(sources)
}

// compiled is a job for each program of some sources.
func compiled(sources []programs.Source) (jobs []job, err error) {
	specs, err := objects(sources, reference)
	if err != nil {
		return nil, err
	}
	for _, s := range sources {
		for _, name := range s.Programs {
			jobs = append(jobs, job{name, specs[name]})
		}
	}
	return jobs, nil
}

// measure is the times of some rounds.
func (j job) measure(rounds int) []time.Duration {
	all := make([]time.Duration, rounds)
	for i := range all {
		all[i] = j.run()
	}
	return all
}

// run translates once. Whether it can be translated does not matter here.
func (j job) run() time.Duration {
	start := time.Now()
	_, _ = bpf.Translate(j.spec, j.name, bpf.AnyOp)
	return time.Since(start)
}

func show(name string, all []time.Duration) {
	all = slices.Sorted(slices.Values(all))
	fmt.Printf("%-24s %9.2f %9.2f\n", name, milliseconds(all[len(all)/2]), milliseconds(all[0]))
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
