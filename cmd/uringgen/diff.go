package main

import (
	"cmp"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/gen"
)

func newDiff(a *app) *cobra.Command {
	var in input
	var arch string
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Show what changed from one set of headers to another",
		Long: `Compares what two sets of headers declare: records, offsets, sizes, values of
constants. OLD and NEW are each a folder of headers, a file that
"uringgen facts" wrote, or the version of a kernel whose snapshot is built in.

  +  came new
  ~  changed and wants a look: a type of the same size, a bound (_LAST, _MAX)
     that was raised, a _MASK with more bits, reserved bytes that were put to use
  !  breaks existing code: removed, or another value, offset or size

Exits 0 if nothing changed or things only came new, 4 at a "~" and 5 at a "!".`,
		Example: `  uringgen diff 7.2 7.3
  uringgen diff 7.3 .cache/debian/linux-libc-dev-7.4/usr
  uringgen facts > before.facts; …; uringgen diff before.facts headers`,
		Args: cli.WantArgs(cobra.ExactArgs(2), "OLD and NEW"),
		RunE: func(_ *cobra.Command, args []string) error { return a.diff(args[0], args[1], arch, in) },
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) >= 2 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return shippedSnapshots(), cobra.ShellCompDirectiveDefault
		},
	}
	addArch(cmd, &arch)
	cmd.Flags().StringVar(&in.tables, "tables", "", "read from `dir` the rules that say which headers of a folder count")
	completeDirs(cmd, "tables")
	return cmd
}

func addArch(cmd *cobra.Command, arch *string) {
	cmd.Flags().StringVar(arch, "arch", "amd64", "lay records out as on this `GOARCH`")
	cli.Complete(cmd, "arch", gen.Arches()...)
}

func (a *app) diff(oldArg, newArg, arch string, in input) error {
	older, err := factsOf(oldArg, arch, in)
	if err != nil {
		return err
	}
	newer, err := factsOf(newArg, arch, in)
	if err != nil {
		return err
	}
	changes := gen.Diff(older, newer)
	printChanges(a.Out, a.Paint(a.Out), changes)
	switch gen.Worst(changes) {
	case gen.Breaking:
		return &cli.ExitError{Code: exitBreaking}
	case gen.Review:
		return &cli.ExitError{Code: exitReview}
	}
	return nil
}

// printChanges prints a block a record, one for all constants, and a count.
func printChanges(w io.Writer, p cli.Paint, changes []gen.Change) {
	if len(changes) == 0 {
		fmt.Fprintln(w, "no changes")
		return
	}
	var count [gen.Breaking + 1]int
	for i, c := range changes {
		if i == 0 || heading(changes[i-1]) != heading(c) {
			if i > 0 {
				fmt.Fprintln(w)
			}
			fmt.Fprintln(w, p.Bold(heading(c)))
		}
		fmt.Fprintln(w, changeLine(p, c))
		count[c.Severity]++
	}
	fmt.Fprintf(w, "\n%d new, %d to review, %d breaking\n", count[gen.Addition], count[gen.Review], count[gen.Breaking])
}

func heading(c gen.Change) string { return cmp.Or(c.Record, "constants") }

func changeLine(p cli.Paint, c gen.Change) string {
	what := c.Detail
	switch {
	case c.Old == "":
		what = c.Describe(c.New)
	case c.New == "":
		what = "removed, was " + c.Describe(c.Old)
	}
	line := fmt.Sprintf("%-32s %s", cmp.Or(c.Name, "(record)"), what)
	if c.Note != "" {
		line += " (" + c.Note + ")"
	}
	switch c.Severity {
	case gen.Breaking:
		return p.Red("  ! " + line)
	case gen.Review:
		return p.Yellow("  ~ " + line)
	}
	return p.Green("  + " + line)
}
