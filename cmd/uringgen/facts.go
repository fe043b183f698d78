package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/gen"
)

func newFacts(a *app) *cobra.Command {
	var in input
	var arch, kernel string
	cmd := &cobra.Command{
		Use:   "facts",
		Short: "Print what the headers declare, one sorted fact a line",
		Long: `Prints a snapshot of the ABI that any tool which knows lines can compare:

  rec NAME size align            a struct or union
  fld NAME.MEMBER offset size type
                                 a member; byte.bit and :width for a bit-field
  cst NAME value                 an enumerator or macro`,
		Example: `  uringgen facts -arch 386
  uringgen facts -kernel 6.12 | grep IORING_OP_
  uringgen facts -headers /usr > this-machine.facts`,
		Args: cli.WantArgs(cobra.NoArgs, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if kernel != "" && (in.headers != "" || cmd.Flags().Changed("arch")) {
				return cli.Usagef("--kernel is a snapshot as it is: it goes with neither --headers nor --arch")
			}
			return a.facts(&in, arch, kernel)
		},
	}
	in.addHeaders(cmd)
	addArch(cmd, &arch)
	cmd.Flags().StringVar(&kernel, "kernel", "", "print the built-in snapshot of this `version` instead")
	cli.Complete(cmd, "kernel", shippedSnapshots()...)
	return cmd
}

func (a *app) facts(in *input, arch, kernel string) error {
	f, err := chooseFacts(in, arch, kernel)
	if err != nil {
		return err
	}
	_, err = io.WriteString(a.Out, f.String())
	return err
}

func chooseFacts(in *input, arch, kernel string) (gen.Facts, error) {
	if kernel != "" {
		return shippedSnapshot(kernel)
	}
	cfg, err := in.config()
	if err != nil {
		return gen.Facts{}, err
	}
	return gen.FactsOf(cfg, arch)
}
