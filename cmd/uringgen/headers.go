package main

import (
	"cmp"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/gen"
	"github.com/uringgen/uringgen/headers"
)

func newHeaders(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "headers",
		Short: "Manage the headers that uringgen builds on",
		Args:  cli.NoSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.Usagef("%s: want a command, such as import", cmd.CommandPath())
		},
	}
	cmd.AddCommand(newImport(a))
	return cmd
}

// importFlags is what the flags of "headers import" say.
type importFlags struct {
	dir, kernel, pkg, table string
}

func newImport(a *app) *cobra.Command {
	var fl importFlags
	cmd := &cobra.Command{
		Use:   "import SRC",
		Short: "Take over the declarations of original headers",
		Long: `Reads original headers and writes their declarations in one canonical form,
without comments: what uringgen has built in. SRC is an unpacked linux-libc-dev
(the folder, or its usr or usr/include), /usr/include, or a kernel source tree.

Beside the headers it writes MANIFEST (kernel, package, checksums of the
originals), the snapshot of the ABI, and the table of constants that differ by
architecture if SRC has the headers of all of them. What it wrote is read back
and must declare the same as the original on every architecture. All files are
written or, on an error, none.`,
		Example: `  uringgen headers import .cache/debian/linux-libc-dev-7.3
  uringgen headers import -o my/headers ~/src/linux`,
		Args: cli.WantArgs(cobra.ExactArgs(1), "SRC"),
		RunE: func(_ *cobra.Command, args []string) error { return a.importHeaders(args[0], fl) },
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
	}
	f := cmd.Flags()
	f.StringVarP(&fl.dir, "output", "o", "", "`folder` to write to (default headers of the module around\nthe working directory)")
	f.StringVar(&fl.kernel, "kernel", "", "the `version` of the kernel, if SRC does not tell")
	f.StringVar(&fl.pkg, "package", "", "`name-version` of the package that SRC is, with a space between, if it\ndoes not tell")
	f.StringVar(&fl.table, "table", "", "read what is wanted of SRC from `file` instead of the built-in table")
	completeDirs(cmd, "output")
	return cmd
}

func (a *app) importHeaders(src string, fl importFlags) error {
	dir, err := outputDir(fl.dir, "headers")
	if err != nil {
		return err
	}
	opt := gen.ImportOptions{Table: headers.ImportTable, Kernel: fl.kernel, Package: fl.pkg}
	if fl.table != "" {
		if opt.Table, err = os.ReadFile(fl.table); err != nil {
			return err
		}
	}
	got, err := gen.ImportHeaders(src, opt)
	if err != nil {
		return err
	}
	results, err := gen.WriteFiles(dir, got.Files, gen.ImportFiles)
	if err != nil {
		return err
	}
	printResults(a.Out, dir, results)
	a.reportImport(src, got)
	return nil
}

func (a *app) reportImport(src string, got *gen.Import) {
	r := got.Report
	fmt.Fprintf(a.Out, "%d records, %d constants of Linux %s (%s)\n", r.Records, r.Constants, got.Kernel, cmp.Or(got.Package, "no package"))
	for _, l := range r.LeftOut {
		fmt.Fprintf(a.Out, "left out, has no value: %s\n", l)
	}
	for _, l := range r.Lacking {
		fmt.Fprintf(a.Err, "%s lacks %s: newer than Linux %s\n", src, l, got.Kernel)
	}
	if r.ArchKept != "" {
		fmt.Fprintf(a.Err, "arch.tbl is left as it is: %s\n", r.ArchKept)
	}
	if len(r.Unchecked) > 0 {
		fmt.Fprintf(a.Err, "%s has no headers for %s: not compared there\n",
			src, strings.Join(r.Unchecked, " "))
	}
}

// headersKernel is the version of Linux that the built-in headers are of.
func headersKernel() string {
	v, err := gen.Kernel(headers.Manifest)
	if err != nil {
		return "unknown version: " + err.Error()
	}
	return v
}
