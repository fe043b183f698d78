package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// LongFlags lets long flags be written with one dash, as Go's own commands
// have them. Without it "-headers" would read as "-h" and print the help. An
// argument is changed only if what follows its dash is the whole name of a
// long flag.
func LongFlags(root *cobra.Command, args []string) []string {
	names := map[string]bool{}
	collectFlags(root, names)
	out := make([]string, len(args))
	for i, a := range args {
		if a == "--" {
			copy(out[i:], args[i:])
			break
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(a, "-"), "=")
		if strings.HasPrefix(a, "-") && len(name) > 1 && names[name] {
			a = "-" + a
		}
		out[i] = a
	}
	return out
}

func collectFlags(cmd *cobra.Command, names map[string]bool) {
	add := func(f *pflag.Flag) { names[f.Name] = true }
	cmd.Flags().VisitAll(add)
	cmd.PersistentFlags().VisitAll(add)
	names["help"] = true
	for _, c := range cmd.Commands() {
		collectFlags(c, names)
	}
}
