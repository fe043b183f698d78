package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/aymanbagabas/go-udiff"
	"github.com/spf13/cobra"

	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/gen"
)

func newCheck(a *app) *cobra.Command {
	var in input
	var dir string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Tell whether the generated package is up to date and complete",
		Long: `Generates in memory and compares. Prints "ok", or a unified diff for each file
that "uringgen" would change, and each constant, record, op and register op that
no row of the tables covers, with the decision that is missing and the table
where to make it. Writes nothing.

Give the same flags as to the run that generated. Exits 0 if all is well and 3
if not.`,
		Example: `  uringgen check
  uringgen check -headers .cache/debian/linux-libc-dev-7.3/usr   would newer headers need decisions?`,
		Args: cli.WantArgs(cobra.NoArgs, "no arguments"),
		RunE: func(*cobra.Command, []string) error { return a.check(&in, dir) },
	}
	in.addHeaders(cmd)
	in.addPackage(cmd)
	addOutput(cmd, &dir)
	return cmd
}

func (a *app) check(in *input, flagDir string) error {
	dir, err := outputDir(flagDir, defaultOutput)
	if err != nil {
		return err
	}
	out, err := in.generate()
	if err != nil {
		return err
	}
	return a.compare(dir, out, gen.GoFiles, in.tablesPlace())
}

// compare prints "ok", or what differs.
func (a *app) compare(dir string, out *gen.Output, set gen.FileSet, tables string) error {
	var stale *gen.StaleError
	if err := gen.CheckFiles(dir, out.Files, set); err != nil && !errors.As(err, &stale) {
		return err
	}
	if stale == nil && len(out.Findings) == 0 {
		fmt.Fprintln(a.Out, "ok")
		return nil
	}
	if stale != nil {
		a.stale(stale)
	}
	if len(out.Findings) > 0 {
		a.findings(a.Out, out.Findings)
		fmt.Fprintf(a.Err, "uringgen: %s; the tables are in %s\n", cli.Plural(len(out.Findings), "decision is missing", "decisions are missing"), tables)
	}
	return &cli.ExitError{Code: exitStale}
}

// stale prints a diff of each file that would change.
func (a *app) stale(s *gen.StaleError) {
	p := a.Paint(a.Out)
	for _, c := range s.Changed {
		name := filepath.ToSlash(filepath.Join(s.Dir, c.Name))
		printDiff(a.Out, p, udiff.Unified(name, name+" (would be)", string(c.Old), string(c.New)))
	}
	for _, n := range s.Missing {
		fmt.Fprintf(a.Out, "%s: missing\n", filepath.Join(s.Dir, n))
	}
	for _, n := range s.Extra {
		fmt.Fprintf(a.Out, "%s: no longer generated\n", filepath.Join(s.Dir, n))
	}
	fmt.Fprintf(a.Err, "uringgen: %s is stale (%d changed, %d missing, %d no longer generated): generate it anew, by the command without check\n",
		s.Dir, len(s.Changed), len(s.Missing), len(s.Extra))
}
