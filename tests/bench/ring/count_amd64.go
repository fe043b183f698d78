//go:build linux

package main

import "github.com/uringgen/uringgen/tests/bench/ring/steps"

// countRounds is how many batches are counted. All but the first are alike.
const countRounds = "5\n"

// count counts the contestant's instructions for each request.
func (r *result) count(c contest, b *built) error {
	n, err := steps.Run(countRounds, b.path(r.program), append(c.args(r.contestant, b), "count")...)
	if err != nil {
		return err
	}
	r.instructions = float64(n.Median()) / batch
	r.functions = n.Functions
	return nil
}
