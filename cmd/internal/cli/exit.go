package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// The exit codes of every command; a command may have more.
const (
	ExitOK      = 0
	ExitFailure = 1
	ExitUsage   = 2
)

// ExitError ends the command with a code. Without Err all has been said.
type ExitError struct {
	Code int
	Err  error
}

// Error is Err's, or the code where there is none.
func (e *ExitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap is Err.
func (e *ExitError) Unwrap() error { return e.Err }

// Usagef is an error that says how the command was used wrongly.
func Usagef(format string, args ...any) error {
	return &ExitError{ExitUsage, fmt.Errorf(format, args...)}
}

// finish tells of err and gives the exit code for it. cmd is the command that
// ran; its usage is shown if it was used wrongly.
func finish(cmd *cobra.Command, err error, stderr io.Writer) int {
	if err == nil {
		return ExitOK
	}
	var e *ExitError
	if !errors.As(err, &e) {
		e = &ExitError{ExitFailure, err}
	}
	if e.Err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", cmd.Root().Name(), err)
	}
	if e.Code == ExitUsage {
		cmd.Example = "" // the message is to stay in sight
		fmt.Fprintf(stderr, "\n%s", cmd.UsageString())
	}
	return e.Code
}
