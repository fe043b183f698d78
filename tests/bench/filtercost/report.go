//go:build linux

package main

import (
	"fmt"
	"io"
)

// report prints what a reader wants to see.
func report(w io.Writer, bed string, r *result) {
	fmt.Fprintf(w, "\n%s: Linux %s, JIT %s, NOPs in batches of %d, %d rounds of %v\n", bed, r.Kernel, r.JIT, batch, r.Rounds, slice)
	fmt.Fprintf(w, "%-22s %8s %8s %7s %15s\n", "", "filters", "ns", "ratio", "middle half")
	for i, row := range r.Rows {
		s := setups[i]
		fmt.Fprintf(w, "%-22s %8d %8.1f %7.3f %7.3f-%.3f\n", s.name, len(s.filters), row.Each, row.Ratio.Median, row.Ratio.Low, row.Ratio.High)
	}
}
