//go:build linux

package nops

import (
	"slices"
	"time"
)

// Contest has rings take turns, so that what slows the machine down for a while
// slows all of them: only ratios within a round say something.
type Contest struct {
	rings   []*Ring
	batches int
	rounds  int
}

// NewContest warms rings up, and finds how many batches take the first one
// between half of slice and all of it. The rings stay the caller's.
func NewContest(slice time.Duration, rings ...*Ring) (*Contest, error) {
	c := &Contest{rings: rings, batches: 1}
	// A machine that stalls for a moment looks like one that is slow, so once is
	// not enough.
	for often := 0; often < 5; {
		n, err := rings[0].Run(c.batches)
		switch {
		case err != nil:
			return nil, err
		case n.Time < slice/2:
			c.batches *= 2
		default:
			often++
		}
	}
	return c, c.Round(make([]Count, len(rings)))
}

// Round gives each ring the same number of requests, and counts, in the order
// of NewContest. Each round another ring is the first.
func (c *Contest) Round(counts []Count) (err error) {
	for i := range c.rings {
		i = (i + c.rounds) % len(c.rings)
		if counts[i], err = c.rings[i].Run(c.batches); err != nil {
			return err
		}
	}
	c.rounds++
	return nil
}

// Spread is how a figure varies: its median, and a quarter of the values is
// below Low and above High.
type Spread struct{ Median, Low, High float64 }

// SpreadOf sorts values. There is at least one.
func SpreadOf(values []float64) Spread {
	slices.Sort(values)
	n := len(values)
	return Spread{values[n/2], values[n/4], values[n-1-n/4]}
}
