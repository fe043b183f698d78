//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/cmd/uringctl/nops"
)

// turn is how long a ring runs before the other one does.
const turn = 5 * time.Millisecond

// The rings of a match.
const (
	filtered = iota
	free
	contestants
)

// match is a filtered ring against a free one.
type match struct {
	w     io.Writer
	paint cli.Paint
	names [contestants]string

	second, total [contestants]nops.Count
	ratios        []float64 // of the rates, turn by turn
}

// newMatch prints to w. filter describes the filter.
func newMatch(w io.Writer, p cli.Paint, filter string) *match {
	return &match{w: w, paint: p, names: [contestants]string{"with the filter (" + filter + ")", "without"}}
}

// run lets them take turns until the time is over, 0 being never, or ctx ends.
func (m *match) run(ctx context.Context, limit time.Duration, rings ...*nops.Ring) error {
	c, err := nops.NewContest(turn, rings...)
	if err != nil {
		return err
	}
	start := time.Now()
	next := start.Add(time.Second)
	for {
		var round [contestants]nops.Count
		if err := c.Round(round[:]); err != nil {
			return err
		}
		m.add(round)
		now := time.Now()
		if !now.Before(next) {
			m.tick()
			for !now.Before(next) {
				next = next.Add(time.Second)
			}
		}
		if ctx.Err() != nil || limit != 0 && now.Sub(start) >= limit {
			m.summary()
			return nil
		}
	}
}

func (m *match) add(round [contestants]nops.Count) {
	for i := range round {
		m.second[i].Add(round[i])
		m.total[i].Add(round[i])
	}
	m.ratios = append(m.ratios, round[free].Each()/round[filtered].Each())
}

// tick prints a line for each ring about the second that has passed.
func (m *match) tick() {
	m.lines(&m.second)
	m.second = [contestants]nops.Count{}
}

// summary prints the same of the whole, and the ratio.
func (m *match) summary() {
	fmt.Fprintln(m.w)
	m.lines(&m.total)
	s := nops.SpreadOf(m.ratios)
	each, denied := m.total[free].Each(), m.total[filtered].Denied
	fmt.Fprintf(m.w, "%s (half of %s within %.3f to %.3f): a NOP takes %.1f ns, to which the filter adds %.1f ns\n",
		m.paint.Bold(fmt.Sprintf("ratio %.3f", s.Median)), cli.Plural(len(m.ratios), "turn", "turns"), s.Low, s.High, each, each*(1/s.Median-1))
	if denied > 0 {
		fmt.Fprintf(m.w, "the filter denies %.0f%% of the NOPs, and a denied request is not carried out\n", 100*float64(denied)/float64(m.total[filtered].Completed))
	}
}

func (m *match) lines(counts *[contestants]nops.Count) {
	for i, c := range counts {
		fmt.Fprintf(m.w, "%s  %s\n", rateLine(c), m.paint.Faint(m.names[i]))
	}
}

// rateLine is "IOPS=13.89M, IOS/call=32/32": requests that completed in a
// second, and for each system call how many were submitted and completed.
func rateLine(c nops.Count) string {
	calls := max(1, c.Calls)
	rate := 0.0
	if each := c.Each(); each > 0 {
		rate = 1e9 / each
	}
	return fmt.Sprintf("IOPS=%s, IOS/call=%d/%d", short(rate), c.Submitted/calls, c.Completed/calls)
}

// short is a number with a unit where it is large.
func short(n float64) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%.2fM", n/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.2fK", n/1e3)
	}
	return fmt.Sprintf("%.0f", n)
}
