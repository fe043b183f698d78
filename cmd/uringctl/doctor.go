//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/uringgen/uringgen/cmd/internal/cli"
	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
)

func newDoctor(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Tell what this kernel has of filters",
		Long: `Asks the kernel, by probes that leave no trace, what it has of filters, and
prints a line for each. Exits 0 if the kernel has filters, and 1 if not.`,
		Args: cli.WantArgs(cobra.NoArgs, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return doctor(cmd.Context(), a, findings) },
	}
}

// probeLimit is how long a probe that starts a child may take.
const probeLimit = 10 * time.Second

// finding is something that a kernel has or has not.
type finding struct {
	name  string
	probe func(context.Context) (string, error)
}

var findings = []finding{
	{"filters of requests", func(context.Context) (string, error) { return "yes", ring.FiltersSupported() }},
	payloadFinding(uapi.IORING_OP_SOCKET),
	payloadFinding(uapi.IORING_OP_OPENAT),
	payloadFinding(uapi.IORING_OP_OPENAT2),
	payloadFinding(uapi.IORING_OP_CONNECT),
	{"confinement outlives execve", outlivesExec},
	{"this process is confined", func(context.Context) (string, error) {
		is, err := ring.ThreadConfined()
		if is {
			return "yes", err
		}
		return "no", err
	}},
}

// payloadFinding is what filters see of an operation's arguments.
func payloadFinding(op uapi.Op) finding {
	return finding{"payload of " + op.String(), func(context.Context) (string, error) {
		n, err := ring.PayloadSize(op)
		if want := payloads[op].size; err == nil && n < want {
			return fmt.Sprintf("%d bytes of %d: filters do not see all arguments; a newer kernel has them", n, want), nil
		}
		return fmt.Sprintf("%d bytes", n), err
	}}
}

func outlivesExec(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	kept, err := ring.ExecKeepsConfinement(ctx)
	if !kept {
		return "no: a program that uses a ring and executes another one is free; update the kernel, or forbid execve", err
	}
	return "yes", err
}

// doctor prints all findings. The first one is what the exit code is about.
func doctor(ctx context.Context, a *cli.App, list []finding) error {
	p := a.Paint(a.Out)
	width := 0
	for _, f := range list {
		width = max(width, len(f.name))
	}
	var first error
	for i, f := range list {
		text, err := f.probe(ctx)
		switch {
		case errors.Is(err, ring.ErrNotSupported):
			text = p.Red("not in this kernel")
		case err != nil:
			text = p.Red("unknown: " + err.Error())
		}
		fmt.Fprintf(a.Out, "%-*s  %s\n", width, f.name, text)
		if i == 0 {
			first = err
		}
	}
	return withWay(first)
}
