//go:build linux

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/uringgen/uringgen/bpf"
	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/cmd/internal/requests"
	"github.com/uringgen/uringgen/gen"
	"github.com/uringgen/uringgen/headers"
)

func newCompile(a *cli.App) *cobra.Command {
	var program, op string
	cmd := &cobra.Command{
		Use:   "compile FILTER.o",
		Short: "Print the classic BPF of a filter, beside its C",
		Long: `Translates a program of an object, which clang has compiled to eBPF, and prints
the classic BPF that the kernel would run, each part below the line of C that it
comes from. Without --op it is right for every operation; with one it is
shorter. It needs no kernel that has filters.`,
		Example: `  clang --target=bpf -g -O2 -c filter.bpf.c -o filter.o
  uringctl compile filter.o --op openat2`,
		Args: cli.WantArgs(cobra.ExactArgs(1), "FILTER.o"),
		RunE: func(_ *cobra.Command, args []string) error { return compile(a, args[0], program, op) },
	}
	addProgram(cmd, &program)
	addOp(cmd, &op, "translate for this `operation` alone, such as socket")
	return cmd
}

func compile(a *cli.App, path, program, op string) error {
	number, title := bpf.AnyOp, "all operations"
	if op != "" {
		found, err := operation(op)
		if err != nil {
			return err
		}
		number, title = int(found), found.String()
	}
	o, err := loadObject(path, program)
	if err != nil {
		return err
	}
	author, err := gen.NewAuthor(gen.Config{Headers: headers.FS, Manifest: headers.Manifest})
	if err != nil {
		return err
	}
	r, err := bpf.TranslateWith(o.spec, o.program, requests.Options(author.Operations(), number))
	if err != nil {
		return err
	}
	p := a.Paint(a.Out)
	fmt.Fprintln(a.Out, p.Bold(fmt.Sprintf("; %s for %s, %s-endian: %s, %s of scratch memory", o.program, title, orderName(o.spec.ByteOrder),
		cli.Plural(len(r.Program), "instruction", "instructions"), cli.Plural(r.Scratch, "word", "words"))))
	listing(a.Out, p, r)
	for _, w := range r.Warnings {
		fmt.Fprintln(a.Err, requests.Warning(o.program, w))
	}
	return nil
}

// listing prints a program with the lines of C that its parts come from, in the
// syntax of the kernel's bpf_asm.
func listing(w io.Writer, p cli.Paint, r *bpf.Result) {
	var at bpf.Position
	i := 0
	for line := range strings.Lines(r.Program.String()) {
		if here := r.Positions[i]; here != at && here != (bpf.Position{}) {
			fmt.Fprintln(w, p.Faint("; "+place(here)))
			at = here
		}
		fmt.Fprint(w, line)
		i++
	}
}

// place is a line of C and where it stands.
func place(at bpf.Position) string {
	if at == (bpf.Position{}) {
		return "place in C unknown: compile with -g"
	}
	return at.String() + ": " + at.Text
}
