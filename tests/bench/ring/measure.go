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
		var ratios []float64
		for j := range times[i] {
			ratios = append(ratios, float64(times[0][j])/float64(times[i][j]))
		}
		slices.Sort(ratios)
		slices.Sort(times[i])
		r.rate = float64(n) / times[i][len(times[i])/2].Seconds()
		r.ratio = spread{ratios[len(ratios)/2], ratios[len(ratios)/4], ratios[len(ratios)-1-len(ratios)/4]}
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
		cpu, _, err := running[0].run(n)
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
		if _, _, err := p.run(n / batch / 4 * batch); err != nil {
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
			cpu, a, err := running[i].run(n)
			if err != nil {
				return nil, nil, err
			}
			times[i] = append(times[i], cpu)
			allocs[i] += a
		}
	}
	return times, allocs, nil
}
