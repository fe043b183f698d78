package cli

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// example is a command with a subcommand, a flag, and all ways to end.
func example(*App) *cobra.Command {
	root := &cobra.Command{Use: "example", Args: NoSuchCommand, RunE: WantCommand("work")}
	var how string
	work := &cobra.Command{
		Use:  "work",
		Args: WantArgs(cobra.NoArgs, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			switch how {
			case "failure":
				return errors.New("it did not work")
			case "silent":
				return &ExitError{Code: 7}
			}
			return nil
		},
	}
	work.Flags().StringVarP(&how, "how", "w", "", "how to end")
	root.AddCommand(work)
	return root
}

func TestRun(t *testing.T) {
	for _, c := range []struct {
		args   string
		code   int
		stderr string // how it begins
	}{
		{"work", ExitOK, ""},
		{"work -how=failure", ExitFailure, "example: it did not work\n"},
		{"work -w silent", 7, ""},
		{"", ExitUsage, "example: example: want a command, such as work\n\nUsage:"},
		{"works", ExitUsage, "example: unknown command \"works\" for \"example\"; did you mean work?\n\nUsage:"},
		{"work hard", ExitUsage, "example: work: want no arguments, have 1 argument\n\nUsage:"},
		{"work --where", ExitUsage, "example: unknown flag: --where\n\nUsage:"},
		{"work --color blue", ExitUsage, "example: --color \"blue\": want auto, always or never\n\nUsage:"},
	} {
		var out, diag bytes.Buffer
		code := Run(example, strings.Fields(c.args), &out, &diag)
		if code != c.code || !strings.HasPrefix(diag.String(), c.stderr) || c.stderr == "" && diag.Len() > 0 {
			t.Errorf("%q: exit %d, want %d\nstderr %s\nwant %s", c.args, code, c.code, diag.String(), c.stderr)
		}
	}
}

func TestLongFlags(t *testing.T) {
	root := example(nil)
	for _, c := range []struct{ in, want []string }{
		{[]string{"work", "-how", "x"}, []string{"work", "--how", "x"}},
		{[]string{"work", "-how=x", "-help"}, []string{"work", "--how=x", "--help"}},
		{[]string{"work", "-w", "x", "-wx", "-h"}, []string{"work", "-w", "x", "-wx", "-h"}},
		{[]string{"--how", "x", "-nothing", "-"}, []string{"--how", "x", "-nothing", "-"}},
		{[]string{"work", "--", "-how"}, []string{"work", "--", "-how"}},
	} {
		if got := LongFlags(root, c.in); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestPaint(t *testing.T) {
	for when, want := range map[string]bool{"always": true, "never": false, "auto": false} {
		var out bytes.Buffer
		a := &App{Out: &out, Color: when}
		p := a.Paint(a.Out)
		if coloured := p.Bold("x") != "x"; coloured != want {
			t.Errorf("--color %s to something that is no terminal: colour %v", when, coloured)
		}
	}
}
