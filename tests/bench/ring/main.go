//go:build linux

// Ring measures package ring against liburing, against a C ring inlined by
// hand, against giouring, and against package net.
//
// All contestants run on one processor, with the same setup flags and the
// matching calls, each in a process of its own that lives for the whole run.
// They take turns: each round gives each of them the same number of requests,
// and what counts is the processor time that its process took. Ratios are
// taken within rounds, so that what slows a whole round down does not count.
// liburing runs twice: its ratio to itself says how far the others can be
// trusted. Instructions are counted one by one, see package steps.
//
// Run it from the root of the repository.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/uringgen/uringgen/generated/uapi"
)

func main() {
	o := options{}
	flag.IntVar(&o.rounds, "rounds", 31, "rounds to measure")
	flag.DurationVar(&o.slice, "slice", 40*time.Millisecond, "processor time of a contestant in a round")
	flag.StringVar(&o.only, "only", "", "measure this contest alone: nop, read or echo")
	flag.StringVar(&o.table, "o", "", "write a table for tests/bench/plot")
	setup := flag.Uint("flags", uint(usual), "set all rings up with these flags")
	flag.BoolVar(&o.functions, "functions", false, "list the functions in which instructions are executed")
	flag.BoolVar(&o.strict, "strict", false, "fail if a goal is missed")
	flag.Parse()
	o.flags = uapi.SetupFlags(*setup)
	if err := bench(o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	rounds            int
	slice             time.Duration
	only, table       string
	flags             uapi.SetupFlags
	functions, strict bool
}

func bench(o options) (err error) {
	dir, err := os.MkdirTemp("", "ring-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b, err := build(dir)
	if err != nil {
		return err
	}
	b.flags = o.flags
	runtime.LockOSThread()
	cpu, err := pin()
	if err != nil {
		return err
	}
	fmt.Printf("%s, %s, processor %d, flags %v, %d rounds of %v\n", kernelRelease(), b.liburing, cpu, b.flags, o.rounds, o.slice)
	for _, p := range b.missing {
		fmt.Println("left out:", p)
	}
	var table strings.Builder
	var missed []string
	for _, c := range contests {
		if o.only != "" && o.only != c.name {
			continue
		}
		results, err := c.measure(b, o)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		report(os.Stdout, c, results)
		if o.functions {
			reportFunctions(os.Stdout, results)
		}
		tabulate(&table, c, results)
		missed = append(missed, c.missed(results)...)
	}
	for _, m := range missed {
		fmt.Println("missed:", m)
	}
	if o.strict && missed != nil {
		return errors.New("goals were missed")
	}
	if o.table != "" {
		return os.WriteFile(o.table, []byte(tableHead+table.String()), 0o644)
	}
	return nil
}
