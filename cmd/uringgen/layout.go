package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/gen"
)

func newLayout(a *app) *cobra.Command {
	var in input
	var arch string
	cmd := &cobra.Command{
		Use:   "layout TYPE...",
		Short: "Show offsets, sizes and holes of records, as pahole does",
		Long: `Prints each record with the offset and size of every member in bytes, nested
records indented, and what lies between members. A bit-field shows byte:bit and
its width in bits.

TYPE is a C name or the Go name that was made of it.`,
		Example: `  uringgen layout io_uring_sqe
  uringgen layout -arch 386 IoUringBpfCtx io_uring_params`,
		Args: cli.WantArgs(cobra.MinimumNArgs(1), "at least one TYPE"),
		RunE: func(_ *cobra.Command, args []string) error { return a.layout(&in, arch, args) },
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			records, err := loadLayouts(&in, "amd64")
			if err != nil {
				return nil, cobra.ShellCompDirectiveError
			}
			return records.Names(), cobra.ShellCompDirectiveNoFileComp
		},
	}
	in.addHeaders(cmd)
	addArch(cmd, &arch)
	return cmd
}

func loadLayouts(in *input, arch string) (*gen.Layouts, error) {
	cfg, err := in.config()
	if err != nil {
		return nil, err
	}
	return gen.LayoutsOf(cfg, arch)
}

func (a *app) layout(in *input, arch string, types []string) error {
	records, err := loadLayouts(in, arch)
	if err != nil {
		return err
	}
	var found []*gen.RecordLayout
	for _, t := range types {
		r := records.Find(t)
		if r == nil {
			return unknownType(t, records)
		}
		found = append(found, r)
	}
	for i, r := range found {
		if i > 0 {
			fmt.Fprintln(a.Out)
		}
		printLayout(a.Out, a.Paint(a.Out), r)
	}
	return nil
}

func unknownType(name string, records *gen.Layouts) error {
	if near := records.Suggest(name); len(near) > 0 {
		return fmt.Errorf("unknown type %q: did you mean %s?", name, strings.Join(near, ", "))
	}
	return fmt.Errorf("unknown type %q: the headers declare no record of a similar name (uringgen facts lists all)", name)
}

func printLayout(w io.Writer, p cli.Paint, r *gen.RecordLayout) {
	fmt.Fprintf(w, "%s {%s\n", p.Bold(r.Keyword+" "+r.Name), p.Faint("  // "+r.Place))
	width := 0
	for _, l := range r.Lines {
		width = max(width, len(layoutDecl(l)))
	}
	for _, l := range r.Lines {
		fmt.Fprintln(w, layoutLine(p, l, width))
	}
	fmt.Fprintf(w, "}%s\n", p.Faint(fmt.Sprintf("  // size %d, align %d, %s, %s, %s",
		r.Size, r.Align, cli.Plural(r.Members, "member", "members"), holes(r), padding(r))))
}

func holes(r *gen.RecordLayout) string {
	if r.Holes == 0 {
		return "no holes"
	}
	return fmt.Sprintf("%s of %s", cli.Plural(r.Holes, "hole", "holes"), extent(r.HoleBits))
}

func padding(r *gen.RecordLayout) string {
	if r.PaddingBits == 0 {
		return "no padding"
	}
	return extent(r.PaddingBits) + " of padding"
}

func layoutDecl(l gen.LayoutLine) string {
	return strings.Repeat("    ", l.Depth+1) + l.Text
}

func layoutLine(p cli.Paint, l gen.LayoutLine, width int) string {
	switch l.Kind {
	case gen.HoleLine, gen.PaddingLine:
		return p.Yellow(fmt.Sprintf("%s// %s", strings.Repeat("    ", l.Depth+1), l.Text))
	case gen.CloseLine:
		return layoutDecl(l)
	}
	offset, size := fmt.Sprint(l.BitOffset/8), fmt.Sprint(l.Bits/8)
	if l.Bitfield {
		offset, size = fmt.Sprintf("%d:%d", l.BitOffset/8, l.BitOffset%8), fmt.Sprintf(":%d", l.Bits)
	}
	return fmt.Sprintf("%-*s  %s", width, layoutDecl(l), p.Faint(fmt.Sprintf("// %5s %5s", offset, size)))
}

// extent is a number of bits, in bytes where possible.
func extent(bits int64) string {
	if bits%8 == 0 {
		return cli.Plural(int(bits/8), "byte", "bytes")
	}
	return cli.Plural(int(bits), "bit", "bits")
}
