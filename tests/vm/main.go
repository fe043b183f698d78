// The command vm runs a package's tests inside a Linux kernel of one's
// choice: under qemu, with Debian's cloud kernels, or as user-mode Linux.
//
//	go run ./tests/vm -kernel 7.3 ./generated/...
//	go test -exec "vm -kernel uml" ./ring
//
// Flags that it does not know are go test's. See -h.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/uringgen/uringgen/tests/vm/internal/kernels"
)

// Exit statuses beside those of go test and of the program that was run.
const (
	exitUsage = 2
	exitBed   = 125 // the guest, not the test, failed
)

func main() { os.Exit(command(os.Args[1:])) }

func command(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	opt, err := parseArgs(args)
	switch {
	case errors.Is(err, errHelp):
		fmt.Print(usage)
		return 0
	case err != nil:
		fmt.Fprintf(os.Stderr, "vm: %v\n", err)
		return exitUsage
	}
	code, err := dispatch(ctx, opt)
	if err != nil {
		fmt.Fprintf(os.Stderr, "vm: %v\n", err)
		return exitBed
	}
	return code
}

func dispatch(ctx context.Context, opt *options) (int, error) {
	if opt.update {
		if err := os.Setenv(kernels.UpdateVar, "1"); err != nil {
			return 0, err
		}
	}
	switch {
	case opt.program != "":
		return runProgram(ctx, opt)
	case opt.all:
		return runMatrix(ctx, opt)
	}
	return runTests(ctx, opt)
}
