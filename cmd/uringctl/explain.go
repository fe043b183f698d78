//go:build linux

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/bpf/cbpf"
	"github.com/uringgen/uringgen/cmd/internal/cli"
)

func newExplain(a *cli.App) *cobra.Command {
	var program, op string
	cmd := &cobra.Command{
		Use:   "explain FILTER.o --op OPERATION [MEMBER=VALUE ...]",
		Short: "Tell which line of a filter decides about a request",
		Long: `Runs a filter, without a kernel, on a request, and tells which instruction
decides, on which value, and the line of C that it comes from. The request is
given as filters see it, member by member; what is not given is zero:

  every operation   user_data sqe_flags
  socket            family type protocol
  openat, openat2   flags mode resolve    (kernels add O_LARGEFILE to flags)
  connect           family port v4_addr v6_addr

Values are numbers, and names of constants as this machine's architecture has
them, joined by |; ports are as they are written, addresses of IPv4 or IPv6.`,
		Example: `  uringctl explain filter.o --op socket family=AF_INET type=SOCK_STREAM protocol=IPPROTO_UDP
  uringctl explain filter.o --op openat2 'flags=O_RDWR|O_CREAT' mode=0644 resolve=RESOLVE_BENEATH
  uringctl explain filter.o --op connect family=AF_INET port=443 v4_addr=10.0.0.1`,
		Args: cli.WantArgs(cobra.MinimumNArgs(1), "FILTER.o"),
		RunE: func(_ *cobra.Command, args []string) error { return explain(a, args[0], program, op, args[1:]) },
	}
	addProgram(cmd, &program)
	addOp(cmd, &op, "the `operation` of the request, such as socket")
	return cmd
}

func explain(a *cli.App, path, program, op string, words []string) error {
	if op == "" {
		return cli.Usagef("explain: want --op, the operation of the request")
	}
	number, err := operation(op)
	if err != nil {
		return err
	}
	o, err := loadObject(path, program)
	if err != nil {
		return err
	}
	ctx, err := contextOf(number, words, o.spec.ByteOrder)
	if err != nil {
		return err
	}
	r, err := bpf.Translate(o.spec, o.program, int(number))
	if err != nil {
		return err
	}
	why, err := cbpf.Explain(r.Program, ctx, o.spec.ByteOrder)
	if err != nil {
		return err
	}
	fmt.Fprintln(a.Out, why)
	fmt.Fprintln(a.Out, place(r.Positions[why.Path[why.Decided].Index]))
	return nil
}
