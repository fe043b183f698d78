//go:build linux

package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
)

// report prints what a reader wants to see.
func report(w io.Writer, c contest, results []result) {
	fmt.Fprintf(w, "\n%s\n%-16s %12s %7s %15s %7s %13s %9s\n", c.title, "", "per CPU-s", "ratio", "middle half", "quiet", "instructions", "allocs")
	for _, r := range results {
		instructions := "-"
		if r.instructions != 0 {
			instructions = fmt.Sprintf("%.1f", r.instructions)
		}
		allocs := "-"
		if !c.server {
			allocs = fmt.Sprintf("%.4f", r.allocs)
		}
		fmt.Fprintf(w, "%-16s %12.0f %7.3f %7.3f-%.3f %7.3f %13s %9s\n", r.name, r.rate, r.ratio.median, r.ratio.low, r.ratio.high, r.quiet, instructions, allocs)
	}
}

// reportFunctions prints where instructions are executed, per request.
func reportFunctions(w io.Writer, results []result) {
	for _, r := range results {
		if r.functions == nil {
			continue
		}
		fmt.Fprintf(w, "\n%s: instructions by function\n", r.name)
		names := slices.SortedFunc(maps.Keys(r.functions), func(a, b string) int { return cmp.Compare(r.functions[b], r.functions[a]) })
		for _, n := range names {
			if per := r.functions[n] / batch; per >= 0.1 {
				fmt.Fprintf(w, "%9.2f  %s\n", per, n)
			}
		}
	}
}

const tableHead = "# contest, contestant, ratio to liburing, low, high, instructions, title; written by tests/bench/ring\n"

// tabulate writes what the plot needs.
func tabulate(w io.Writer, c contest, results []result) {
	for _, r := range results {
		fmt.Fprintf(w, "%s\t%s\t%.3f\t%.3f\t%.3f\t%.1f\t%s\n", c.name, r.name, r.ratio.median, r.ratio.low, r.ratio.high, r.instructions, c.title)
	}
}
