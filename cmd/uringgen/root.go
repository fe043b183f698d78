package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// app is what the commands share.
type app struct {
	out, err io.Writer
	color    string // auto, always or never
}

// run is the whole command but for ending the process.
func run(args []string, stdout, stderr io.Writer) int {
	root := newRoot(&app{out: stdout, err: stderr})
	root.SetArgs(longFlags(root, args))
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteC()
	return finish(cmd, err, stderr)
}

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
  uringgen diff 7.2 7.3           what did Linux 7.3 change?
  uringgen layout io_uring_sqe    offsets, sizes and holes`

func newRoot(a *app) *cobra.Command {
	root := newGenerate(a)
	root.Use = "uringgen"
	root.Short = "Write the Go package that binds io_uring's uapi headers"
	root.Long = rootLong
	root.Example = rootExample
	root.Args = noSuchCommand
	root.Version = ownVersion()
	root.Flags().Bool("version", false, "print what \"uringgen version\" prints")
	root.SetVersionTemplate(versionText())
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SuggestionsMinimumDistance = 2
	root.PersistentFlags().StringVar(&a.color, "color", "auto", "colour `when`: auto (on a terminal), always or never")
	complete(root, "color", "auto", "always", "never")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		switch a.color {
		case "auto", "always", "never":
			return nil
		}
		return usageErrorf("--color %q: want auto, always or never", a.color)
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageErrorf("%w", err) })
	root.AddCommand(newGenerate(a), newCheck(a), newDiff(a), newFacts(a), newLayout(a), newHeaders(a), newCHeader(a), newFilter(a), newVersion(a))
	return root
}

// noSuchCommand is for a command that takes other commands but no arguments.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if s := cmd.SuggestionsFor(args[0]); len(s) > 0 {
		hint = "; did you mean " + strings.Join(s, " or ") + "?"
	}
	return usageErrorf("unknown command %q for %q%s", args[0], cmd.CommandPath(), hint)
}

// wantArgs makes a wrong number of arguments a usage error.
func wantArgs(check cobra.PositionalArgs, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) != nil {
			return usageErrorf("%s: want %s, have %s", strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" "), what, plural(len(args), "argument", "arguments"))
		}
		return nil
	}
}

// complete gives the words that the shell offers for a flag.
func complete(cmd *cobra.Command, flag string, words ...string) {
	f := cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err) // a flag that the program itself misspells
	}
}

func completeDirs(cmd *cobra.Command, flags ...string) {
	for _, f := range flags {
		if err := cmd.MarkFlagDirname(f); err != nil {
			panic(err) // a flag that the program itself misspells
		}
	}
}
