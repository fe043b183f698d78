package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/tests/vm/internal/kernels"
	"github.com/uringgen/uringgen/tests/vm/internal/report"
)

// defaultMatrix is what -all runs; another architecture than -arch stands
// behind an @. s390x is big-endian.
var defaultMatrix = []string{"uml", "6.12", "7.0", "7.1", "7.2", "7.3", "newest@arm64", "newest@s390x"}

// runMatrix runs the tests on each kernel in turn, and goes on where one
// fails. A series that the archive has dropped is left out, loudly.
func runMatrix(ctx context.Context, opt *options) (int, error) {
	table := report.New()
	code := 0
	var faults []error
	for _, k := range opt.matrix {
		fmt.Printf("=== kernel %s\n", k)
		one := *opt
		kernel, arch, ok := strings.Cut(k, "@")
		one.kernel = kernel
		if ok {
			one.arch = arch
		}
		c, err := runReported(ctx, &one, table.Kernel(k))
		var gone *kernels.GoneError
		switch {
		case errors.As(err, &gone):
			fmt.Printf("--- SKIP: kernel %s: %v; what is claimed of it rests on the answers recorded in tests/golden\n", k, err)
			table.Kernel(k).Gone(err.Error())
		case err != nil:
			fmt.Printf("--- FAULT: %v\n", err)
			faults = append(faults, err)
		}
		code = max(code, c)
		if ctx.Err() != nil {
			return code, ctx.Err()
		}
	}
	text := table.Markdown()
	fmt.Print("\n" + text)
	if opt.table != "" {
		faults = append(faults, report.Insert(opt.table, text))
	}
	return code, errors.Join(faults...)
}

// runReported is runTests with its events read for the table.
func runReported(ctx context.Context, opt *options, col *report.Column) (int, error) {
	verbose := slices.Contains(opt.rest, "-v")
	return withGoTest(ctx, opt, []string{"-json"}, func(cmd *exec.Cmd) error {
		events, err := cmd.StdoutPipe()
		if err != nil {
			return err
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		if err := col.Read(events, os.Stdout, verbose); err != nil {
			return errors.Join(err, cmd.Process.Kill(), cmd.Wait())
		}
		return cmd.Wait()
	})
}
