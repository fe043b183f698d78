package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// The exit codes, as the help of the command lists them.
const (
	exitOK       = 0
	exitFailure  = 1
	exitUsage    = 2
	exitStale    = 3
	exitReview   = 4
	exitBreaking = 5
)

const exitCodes = `Exit codes:
  0  fine
  1  an error; nothing was written
  2  wrong usage
  3  check: stale, or something needs a decision
  4  diff: something changed and wants a look
  5  diff: something changed that breaks existing code`

// exitError ends the command with a code. Without err all has been said.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func usageErrorf(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// finish tells of err and gives the exit code for it. cmd is the command
// that ran; its usage is shown if it was used wrongly.
func finish(cmd *cobra.Command, err error, stderr io.Writer) int {
	if err == nil {
		return exitOK
	}
	var e *exitError
	if !errors.As(err, &e) {
		e = &exitError{exitFailure, err}
	}
	if e.err != nil {
		fmt.Fprintf(stderr, "uringgen: %v\n", err)
	}
	if e.code == exitUsage {
		cmd.Example = "" // the message is to stay in sight
		fmt.Fprintf(stderr, "\n%s", cmd.UsageString())
	}
	return e.code
}
