package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/uringgen/uringgen/cmd/internal/cli"
)

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the versions of uringgen and of the kernel headers in it",
		Args:  cli.WantArgs(cobra.NoArgs, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(a.Out, versionText())
			return err
		},
	}
}

// versionText is what "uringgen version" and --version print.
func versionText() string {
	return fmt.Sprintf("uringgen %s\nheaders of Linux %s\nsnapshots of Linux %s\n",
		cli.Version(), headersKernel(), strings.Join(shippedSnapshots(), ", "))
}
