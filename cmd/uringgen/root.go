package main

import (
	"github.com/spf13/cobra"

	"github.com/uringgen/uringgen/cmd/internal/cli"
)

// app is what the commands share.
type app struct{ *cli.App }

const rootLong = `uringgen reads the uapi headers of io_uring and writes the Go package that
binds them: types, constants, register helpers and SQE prep methods, for all
13 Linux architectures that Go knows. The headers are built in; no compiler,
no kernel source and no network is needed.

Without a command it generates.

` + exitCodes

const rootExample = `  uringgen                        write generated/uapi of this module
  uringgen -o internal/uapi       write it elsewhere
  uringgen --headers ~/src/linux --comments -o internal/uapi
                                  from a kernel tree, with the headers' comments
  uringgen check                  is generated/uapi up to date?
  uringgen filter --package p tcp.bpf.c
                                  translate filters written in C
  uringgen diff 7.2 7.3           what did Linux 7.3 change?
  uringgen layout io_uring_sqe    offsets, sizes and holes`

func newRoot(common *cli.App) *cobra.Command {
	a := &app{common}
	root := newGenerate(a)
	root.Use = "uringgen"
	root.Short = "Write the Go package that binds io_uring's uapi headers"
	root.Long = rootLong
	root.Example = rootExample
	root.Args = cli.NoSuchCommand
	root.Version = cli.Version()
	root.Flags().Bool("version", false, "print what \"uringgen version\" prints")
	root.SetVersionTemplate(versionText())
	root.AddCommand(newGenerate(a), newCheck(a), newDiff(a), newFacts(a), newLayout(a), newHeaders(a), newCHeader(a), newFilter(a), newVersion(a))
	return root
}

// completeDirs lets the shell offer folders for flags.
func completeDirs(cmd *cobra.Command, flags ...string) {
	for _, f := range flags {
		if err := cmd.MarkFlagDirname(f); err != nil {
			panic(err) // a flag that the program itself misspells
		}
	}
}
