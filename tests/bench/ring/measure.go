//go:build linux

package main

import (
	"errors"
	"slices"
	"time"
)

const batch = 32

// result is what was measured of a contestant.
type result struct {
	contestant
	rate         float64 // requests per second of processor time, median
	ratio        spread  // to the first contestant
	quiet        float64 // the same of the times below which an eighth of their rounds lie
	allocs       float64 // per request
	instructions float64 // per request; 0 if they were not counted
	functions    map[string]float64
}

// spread is how a figure varies over the rounds: its median, and a quarter of
// the rounds is below low and above high.
type spread struct{ median, low, high float64 }

func (c contest) measure(b *built, o options) (results []result, err error) {
	present := slices.DeleteFunc(slices.Clone(c.contestants), func(k contestant) bool { return b.absent[k.program] })
	var running []*process
	defer func() {
		for _, p := range running {
			err = errors.Join(err, p.stop())
		}
	}()
	for _, k := range present {
		p, err := c.start(b, k)
		if err != nil {
			return nil, err
		}
		running = append(running, p)
	}
	n, err := calibrate(running, o.slice)
	if err != nil {
		return nil, err
	}
	times, allocs, err := race(running, n, o.rounds)
	if err != nil {
		return nil, err
	}
	for i, k := range present {
		r := result{contestant: k, allocs: float64(allocs[i]) / float64(n*o.rounds)}
		r.ratio = spreadOf(times[0], times[i])
		r.quiet = float64(quantile(times[0], 8)) / float64(quantile(times[i], 8))
		r.rate = float64(n) / quantile(times[i], 2).Seconds()
		if !c.server {
			if err := r.count(c, b); err != nil {
				return nil, err
			}
		}
		results = append(results, r)
	}
	return results, nil
}

// calibrate warms all up, and finds how many requests take the first one a
// slice of time.
func calibrate(running []*process, slice time.Duration) (int, error) {
	n := 32 * batch
	for {
		cpu, _, err := running[0].turn(n)
		if err != nil {
			return 0, err
		}
		if cpu >= slice/4 {
			n = max(batch, int(float64(n)*slice.Seconds()/cpu.Seconds())/batch*batch)
			break
		}
		n *= 2
	}
	for _, p := range running {
		if _, err := p.run(n); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// race lets them take turns; each round starts with another one.
func race(running []*process, n, rounds int) (times [][]time.Duration, allocs []int, err error) {
	times = make([][]time.Duration, len(running))
	allocs = make([]int, len(running))
	for round := range rounds {
		for i := range running {
			i = (i + round) % len(running)
			cpu, a, err := running[i].turn(n)
			if err != nil {
				return nil, nil, err
			}
			times[i] = append(times[i], cpu)
			allocs[i] += a
		}
	}
	return times, allocs, nil
}

// spreadOf is how much faster than base a contestant was, round by round.
func spreadOf(base, times []time.Duration) spread {
	var ratios []float64
	for i := range times {
		ratios = append(ratios, float64(base[i])/float64(times[i]))
	}
	slices.Sort(ratios)
	n := len(ratios)
	return spread{median: ratios[n/2], low: ratios[n/4], high: ratios[n-1-n/4]}
}

// quantile is the time below which one of part times lies.
func quantile(times []time.Duration, part int) time.Duration {
	s := slices.Sorted(slices.Values(times))
	return s[len(s)/part]
}
