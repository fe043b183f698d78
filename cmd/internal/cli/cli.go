// Package cli is what the commands of this module have in common: how they
// start, end, complain and colour.
package cli

import (
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// App is what the subcommands of a command share.
type App struct {
	Out, Err io.Writer
	Color    string // auto, always or never
}

// Run is a whole command but for ending the process: it returns the exit code.
// root makes the command, which Run completes with what all commands have.
func Run(root func(*App) *cobra.Command, args []string, stdout, stderr io.Writer) int {
	a := &App{Out: stdout, Err: stderr}
	top := root(a)
	a.complete(top)
	top.SetArgs(LongFlags(top, args))
	cmd, err := top.ExecuteC()
	return finish(cmd, err, stderr)
}

// complete adds --color, and has errors reported by finish alone.
func (a *App) complete(root *cobra.Command) {
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SuggestionsMinimumDistance = 2
	root.PersistentFlags().StringVar(&a.Color, "color", "auto", "colour `when`: auto (on a terminal), always or never")
	Complete(root, "color", "auto", "always", "never")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		switch a.Color {
		case "auto", "always", "never":
			return nil
		}
		return Usagef("--color %q: want auto, always or never", a.Color)
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return Usagef("%w", err) })
}

// WantCommand is the RunE of a command that does nothing by itself.
func WantCommand(example string) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		return Usagef("%s: want a command, such as %s", cmd.CommandPath(), example)
	}
}

// NoSuchCommand is the Args of a command that takes other commands but no
// arguments.
func NoSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if s := cmd.SuggestionsFor(args[0]); len(s) > 0 {
		hint = "; did you mean " + strings.Join(s, " or ") + "?"
	}
	return Usagef("unknown command %q for %q%s", args[0], cmd.CommandPath(), hint)
}

// WantArgs makes a wrong number of arguments a usage error. what names those
// that are wanted.
func WantArgs(check cobra.PositionalArgs, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) != nil {
			return Usagef("%s: want %s, have %s", strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" "), what, Plural(len(args), "argument", "arguments"))
		}
		return nil
	}
}

// Complete gives the words that the shell offers for a flag.
func Complete(cmd *cobra.Command, flag string, words ...string) {
	f := cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err) // a flag that the program itself misspells
	}
}

// Plural is a number and the word for that many.
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Version is what the go command stamped into the program.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
