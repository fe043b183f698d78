//go:build linux

package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/cmd/uringctl/nops"
	"github.com/uringgen/uringgen/generated/uapi"
)

// benchFlags is what the flags of bench say.
type benchFlags struct {
	nop             bool
	object, program string
	depth, batch    uint32
	seconds         uint
}

func newBench(a *cli.App) *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   "bench -N [-E FILTER.o]",
		Short: "Measure what a filter costs a request that does nothing",
		Long: `Submits NOPs on two rings, one with a filter on each request and one without,
which take turns of some milliseconds. Prints how many each completes, a line a
second, and in the end the ratio, which is taken turn by turn: what slows the
machine down does not count.

Without -E the filter is one instruction, which accepts: the least that filters
cost. With it, the program of the object as it is for NOPs, which have no
payload: it reads zeros.

Ctrl-C ends it with the ratio so far.`,
		Example: `  uringctl bench -N
  uringctl bench -N -E filter.o -d 128 -b 32 -t 10`,
		Args: cli.WantArgs(cobra.NoArgs, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return bench(cmd.Context(), a, f) },
	}
	fl := cmd.Flags()
	fl.BoolVarP(&f.nop, "nop", "N", false, "submit IORING_OP_NOP, which is all that it can")
	fl.StringVarP(&f.object, "filter", "E", "", "`FILTER.o`, an object that clang has compiled to eBPF")
	fl.Uint32VarP(&f.depth, "depth", "d", 128, "`entries` of the rings' queues")
	fl.Uint32VarP(&f.batch, "batch", "b", 32, "`requests` for each system call")
	fl.UintVarP(&f.seconds, "time", "t", 5, "`seconds` to measure; 0 goes on until Ctrl-C")
	addProgram(cmd, &f.program)
	return cmd
}

func (f *benchFlags) check() error {
	switch {
	case !f.nop:
		return cli.Usagef("bench: want -N: NOPs are what it can submit")
	case f.program != "" && f.object == "":
		return cli.Usagef("bench: --program is for FILTER.o of -E, which is not given")
	case f.batch == 0 || f.batch > f.depth:
		return cli.Usagef("bench: -b %d: want 1 to %d, the depth", f.batch, f.depth)
	case f.seconds > maxSeconds:
		return cli.Usagef("bench: -t %d: want at most %d", f.seconds, maxSeconds)
	}
	return nil
}

// maxSeconds is a day.
const maxSeconds = 24 * 60 * 60

// filter is the filter to measure.
func (f *benchFlags) filter() (cbpf.Filter, error) {
	if f.object == "" {
		return cbpf.Filter{Op: uint8(uapi.IORING_OP_NOP), Program: cbpf.Program{cbpf.Return(1)}}, nil
	}
	o, err := loadObject(f.object, f.program)
	if err != nil {
		return cbpf.Filter{}, err
	}
	return o.filter(uapi.IORING_OP_NOP)
}

func bench(ctx context.Context, a *cli.App, f benchFlags) (err error) {
	if err := f.check(); err != nil {
		return err
	}
	filter, err := f.filter()
	if err != nil {
		return err
	}
	if err := needFilters(); err != nil {
		return err
	}
	filtered, err := nops.Open(f.depth, f.batch, filter)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, filtered.Close()) }()
	free, err := nops.Open(f.depth, f.batch)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, free.Close()) }()
	// From here on a signal ends the run, not the process: rings are closed.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	return newMatch(a.Out, a.Paint(a.Out), cli.Plural(len(filter.Program), "instruction", "instructions")).
		run(ctx, time.Duration(f.seconds)*time.Second, filtered, free)
}
