package main

import (
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/gen"
)

func newGenerate(a *app) *cobra.Command {
	var in input
	var dir string
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Write the Go package (what uringgen does without a command)",
		Long: `Writes one Go file a header, and the register helpers, prep methods and system
calls that go with them. All files are written or, on an error, none. Files that
uringgen did not generate are never touched; files that it once generated and
no longer does are removed.

What no row of the tables decides comes out as plain constants and structs, and
is listed on standard error; "uringgen check" fails on it.`,
		Example: `  uringgen generate -o internal/uapi -package uapi
  uringgen generate -headers ~/src/linux -comments -o /tmp/uapi`,
		Args: cli.WantArgs(cobra.NoArgs, "no arguments"),
		RunE: func(*cobra.Command, []string) error { return a.generate(&in, dir) },
	}
	in.addHeaders(cmd)
	in.addPackage(cmd)
	addOutput(cmd, &dir)
	return cmd
}

func addOutput(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVarP(dir, "output", "o", "", "`folder` of the generated package\n(default "+defaultOutput+" of the module around the working directory)")
	completeDirs(cmd, "output")
}

func (a *app) generate(in *input, flagDir string) error {
	start := time.Now()
	dir, err := outputDir(flagDir, defaultOutput)
	if err != nil {
		return err
	}
	out, err := in.generate()
	if err != nil {
		return err
	}
	results, err := gen.Write(dir, out)
	if err != nil {
		return err
	}
	printResults(a.Out, dir, results)
	s := out.Stats
	fmt.Fprintf(a.Out, "%d records, %d constants (%d typed), %d helpers in %d ms\n",
		s.Records, s.Constants, s.Typed, s.Helpers, time.Since(start).Milliseconds())
	if n := len(out.Findings); n > 0 {
		a.findings(a.Err, out.Findings)
		fmt.Fprintf(a.Err, "%s; the code was written without; the tables are in %s\n", cli.Plural(n, "decision is missing", "decisions are missing"), in.tablesPlace())
	}
	return nil
}

// printResults prints a line a file.
func printResults(w io.Writer, dir string, results []gen.Result) {
	width := 0
	for _, r := range results {
		width = max(width, len(filepath.Join(dir, r.Name)))
	}
	for _, r := range results {
		size := ""
		if r.Status != gen.Removed {
			size = fmt.Sprintf("  %7d bytes", r.Size)
		}
		fmt.Fprintf(w, "%-*s  %-9s%s\n", width, filepath.Join(dir, r.Name), r.Status, size)
	}
}

// findings lists what needs a decision, one a line, as an editor can jump to.
func (a *app) findings(w io.Writer, list []gen.Finding) {
	p := a.Paint(w)
	for _, f := range list {
		fmt.Fprintf(w, "%s: %s: %s\n", f.Place, p.Bold(f.Symbol), f.Missing)
	}
}
