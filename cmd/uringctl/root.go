//go:build linux

package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/ring"
)

const rootLong = `uringctl works with filters of io_uring requests: functions in C that say
which requests a program may make, compiled by clang to eBPF, and translated to
the classic BPF that Linux 7.0 and later run. Nothing here needs a privilege.

Exit codes:
  0  fine
  1  an error; demo: a wrong verdict; doctor: the kernel has no filters
  2  wrong usage`

const rootExample = `  uringctl doctor                 what has this kernel?
  uringctl demo                   eight sockets, and what the kernel says to each
  uringctl bench -N               what does a filter cost?
  uringctl compile filter.o       the classic BPF of a filter, beside its C
  uringctl explain filter.o --op socket family=AF_INET type=SOCK_DGRAM
                                  which line of C decides?`

func newRoot(a *cli.App) *cobra.Command {
	root := &cobra.Command{
		Use:     "uringctl",
		Short:   "Try, measure and explain filters of io_uring requests",
		Long:    rootLong,
		Example: rootExample,
		Args:    cli.NoSuchCommand,
		RunE:    cli.WantCommand("demo"),
		Version: cli.Version(),
	}
	root.AddCommand(newDemo(a), newBench(a), newCompile(a), newExplain(a), newDoctor(a))
	return root
}

// addProgram adds the flag that chooses a program of an object.
func addProgram(cmd *cobra.Command, program *string) {
	cmd.Flags().StringVar(program, "program", "", "`name` of the function, if the object has several")
}

// needFilters fails where the kernel has no filters.
func needFilters() error { return withWay(ring.FiltersSupported()) }

// withWay tells who lacks the kernel for it how to try all the same.
func withWay(err error) error {
	if errors.Is(err, ring.ErrNotSupported) {
		return fmt.Errorf("%w; to try it in a kernel that has it, run \"make demo\" in uringgen's source", err)
	}
	return err
}
