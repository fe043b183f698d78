package main

import (
	"cmp"
	"fmt"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/cmd/uringgen/internal/filters"
	"github.com/uringgen/uringgen/gen"
)

// filterFlags is what the flags of "uringgen filter" say.
type filterFlags struct {
	dir, pkg, ops, cc string
	cflags            []string
	check             bool
}

func newFilter(a *app) *cobra.Command {
	var fl filterFlags
	cmd := &cobra.Command{
		Use:   "filter FILE...",
		Short: "Translate filters written in C into Go",
		Long: `Compiles each C file with clang, for all architectures, translates its filters
to the classic BPF that Linux takes, and writes a Go function for each: who
calls it needs neither clang nor eBPF. The files of FILE.bpf.c are called
FILE_filter*.go.

A filter is a function in a section that names its operations:

	SEC("io_uring_filter/socket")
	int tcp_only(struct io_uring_bpf_ctx *ctx)

uringgen.h, which sources include, is built in ("uringgen cheader" writes it),
and stands in for linux/bpf.h, bpf/bpf_helpers.h and other usual headers. A C
file in the folder of a Go package needs a first line //go:build ignore.

A FILE that ends in .o is an object of bpf2go's: NAME_bpfel.o and NAME_bpfeb.o
for sources that are the same on all architectures, NAME_mips_bpfel.o and the
like for others. A folder stands for the objects in it.`,
		Example: `  //go:generate go tool uringgen filter --package sandbox tcp.bpf.c
  uringgen filter --package sandbox --op socket --cc clang-19 rfc.bpf.c
  uringgen filter --check --package sandbox tcp.bpf.c   exits 3 if the code is stale`,
		Args: cli.WantArgs(cobra.MinimumNArgs(1), "one file or more"),
		RunE: func(_ *cobra.Command, args []string) error { return a.filter(&fl, args) },
	}
	f := cmd.Flags()
	f.StringVar(&fl.pkg, "package", os.Getenv("GOPACKAGE"), "`name` of the Go package; go generate sets the default")
	f.StringVarP(&fl.dir, "output", "o", ".", "`folder` of the Go package")
	f.StringVar(&fl.ops, "op", "", "`operations` of filters whose section names none, such as openat,openat2")
	f.StringVar(&fl.cc, "cc", cmp.Or(os.Getenv("BPF2GO_CC"), filters.FindClang(exec.LookPath)), "the clang that compiles; the default is that of BPF2GO_CC,\nor clang, or the newest clang-N that there is")
	f.StringArrayVar(&fl.cflags, "cflag", nil, "one more `argument` for clang; may be given again")
	f.BoolVar(&fl.check, "check", false, "write nothing: exit 3 if the folder is not up to date")
	completeDirs(cmd, "output")
	return cmd
}

func (a *app) filter(fl *filterFlags, args []string) error {
	if !token.IsIdentifier(fl.pkg) || fl.pkg == "_" {
		return cli.Usagef("filter: --package %q: want the name of a Go package", fl.pkg)
	}
	job, headers, err := a.filterJob(fl)
	if err != nil {
		return err
	}
	sources, err := fl.sources(job, &filters.Compiler{CC: fl.cc, Flags: fl.cflags, Headers: headers}, args)
	if err != nil {
		return err
	}
	var packages []gen.FilterPackage
	for _, s := range sources {
		p, err := job.Translate(s)
		if err != nil {
			return err
		}
		packages = append(packages, *p)
	}
	out, err := gen.Filters(packages...)
	if err != nil {
		return err
	}
	return a.deliver(fl.dir, out, gen.FilterFiles(packages...), fl.check, builtinTables)
}

// filterJob is what is known without the sources, and the author's header.
func (a *app) filterJob(fl *filterFlags) (*filters.Job, []gen.File, error) {
	cfg, err := (&input{}).config()
	if err != nil {
		return nil, nil, err
	}
	author, err := gen.NewAuthor(cfg)
	if err != nil {
		return nil, nil, err
	}
	job := &filters.Job{
		Package: fl.pkg, Dir: fl.dir, Ops: author.Operations(), Classes: author.ArchClasses(),
		Warn: func(text string) { fmt.Fprintln(a.Err, "uringgen: "+text) },
	}
	if fl.ops != "" {
		if job.Default, err = filters.ParseOps(job.Ops, fl.ops); err != nil {
			return nil, nil, cli.Usagef("filter: --op: %w", err)
		}
	}
	header, err := author.Header()
	if err != nil {
		return nil, nil, err
	}
	return job, header.Files, nil
}

// sources compiles C files and reads objects.
func (fl *filterFlags) sources(job *filters.Job, cc *filters.Compiler, args []string) ([]*filters.Source, error) {
	var out []*filters.Source
	var objects []string
	for _, path := range args {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return nil, err
		case info.IsDir():
			found, err := filepath.Glob(filepath.Join(path, "*.o"))
			if err != nil {
				return nil, err
			}
			if len(found) == 0 {
				return nil, fmt.Errorf("%s: no objects (*.o) in the folder", path)
			}
			objects = append(objects, found...)
		case strings.HasSuffix(path, ".o"):
			objects = append(objects, path)
		default:
			s, err := job.Compile(cc, path)
			if err != nil {
				return nil, err
			}
			out = append(out, s)
		}
	}
	opened, err := job.Open(objects)
	return append(out, opened...), err
}
