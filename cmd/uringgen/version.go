package main

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the versions of uringgen and of the kernel headers in it",
		Args:  wantArgs(cobra.NoArgs, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(a.out, versionText())
			return err
		},
	}
}

// versionText is what "uringgen version" and --version print.
func versionText() string {
	return fmt.Sprintf("uringgen %s\nheaders of Linux %s\nsnapshots of Linux %s\n",
		ownVersion(), headersKernel(), strings.Join(shippedSnapshots(), ", "))
}

// ownVersion is what the go command stamped into the program.
func ownVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
