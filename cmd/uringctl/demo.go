//go:build linux

package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/generated/uapi"
)

func newDemo(a *cli.App) *cobra.Command {
	var program string
	cmd := &cobra.Command{
		Use:   "demo [FILTER.o]",
		Short: "Ask the kernel for eight sockets under a filter",
		Long: `Registers a filter of sockets on a ring and asks for eight sockets: four for TCP
over IPv4 and IPv6, which the filter should accept, and four others, which it
should reject. Prints what the kernel said to each, and exits 1 if that is not
what it should say. Without FILTER.o the filter is the one that comes with
uringctl, bpf/src/socket.bpf.c in its source.

Only -EACCES is a rejection by the filter, and only if a ring without the filter
does not get it, too.`,
		Args: cli.WantArgs(cobra.MaximumNArgs(1), "at most FILTER.o"),
		RunE: func(_ *cobra.Command, args []string) error {
			filters, err := socketFilters(args, program)
			if err != nil {
				return err
			}
			if err := needFilters(); err != nil {
				return err
			}
			return onRings(filters, func(filtered, free ask) error { return demo(a.Out, a.Paint(a.Out), filtered, free) })
		},
	}
	addProgram(cmd, &program)
	return cmd
}

// socketFilters is the object's program, or the built-in filters.
func socketFilters(args []string, program string) ([]cbpf.Filter, error) {
	if len(args) == 0 {
		if program != "" {
			return nil, cli.Usagef("demo: --program is for FILTER.o, which is not given")
		}
		return shipped(), nil
	}
	o, err := loadObject(args[0], program)
	if err != nil {
		return nil, err
	}
	f, err := o.filter(uapi.IORING_OP_SOCKET)
	return []cbpf.Filter{f}, err
}

// demo asks for each socket under the filter and free of it.
func demo(w io.Writer, p cli.Paint, filtered, free ask) error {
	wrong := 0
	for _, s := range sockets {
		under, err := filtered(s)
		if err != nil {
			return err
		}
		without, err := free(s)
		if err != nil {
			return err
		}
		right, text := s.verdict(under, without)
		word := p.Green("PASSED")
		if !right {
			wrong++
			word = p.Red("FAILED")
		}
		fmt.Fprintf(w, "Testing %s: %s (%s)\n", s.name, word, text)
	}
	if wrong > 0 {
		return fmt.Errorf("demo: %d of %d verdicts are wrong", wrong, len(sockets))
	}
	return nil
}
