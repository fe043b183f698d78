package main

import (
	"github.com/spf13/cobra"

	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/gen"
)

func newCHeader(a *app) *cobra.Command {
	var in input
	var dir string
	var check bool
	cmd := &cobra.Command{
		Use:   "cheader -o DIR",
		Short: "Write the C header for those who write filters",
		Long: `Writes uringgen.h, which has all that a filter of io_uring requests needs: the
context, operations, constants of all architectures, byte order, prefixes and
ports. Beside it are headers of the usual names (linux/bpf.h, bpf/bpf_helpers.h,
sys/socket.h) that include it, so that sources need no change and no header of
the system. Compile with -I DIR.

"uringgen filter" has all that built in.`,
		Example: `  uringgen cheader -o include
  clang --target=bpfel -D__TARGET_ARCH_x86 -O2 -g -I include -c tcp.bpf.c`,
		Args: cli.WantArgs(cobra.NoArgs, "no arguments"),
		RunE: func(*cobra.Command, []string) error { return a.cheader(&in, dir, check) },
	}
	in.addHeaders(cmd)
	cmd.Flags().StringVarP(&dir, "output", "o", "", "`folder` of the headers")
	cmd.Flags().BoolVar(&check, "check", false, "write nothing: exit 3 if the folder is not up to date")
	completeDirs(cmd, "output")
	return cmd
}

func (a *app) cheader(in *input, dir string, check bool) error {
	if dir == "" {
		return cli.Usagef("cheader: give the folder to write to, as -o DIR")
	}
	cfg, err := in.config()
	if err != nil {
		return err
	}
	author, err := gen.NewAuthor(cfg)
	if err != nil {
		return err
	}
	out, err := author.Header()
	if err != nil {
		return err
	}
	return a.deliver(dir, out, gen.AuthorFiles, check, in.tablesPlace())
}

// deliver writes generated files, or with check compares them with those that
// are there.
func (a *app) deliver(dir string, out *gen.Output, set gen.FileSet, check bool, tables string) error {
	if check {
		return a.compare(dir, out, set, tables)
	}
	results, err := gen.WriteFiles(dir, out.Files, set)
	if err != nil {
		return err
	}
	printResults(a.Out, dir, results)
	if n := len(out.Findings); n > 0 {
		a.findings(a.Err, out.Findings)
	}
	return nil
}
