package main

// The exit codes beside those that all commands have, as the help of the
// command lists them.
const (
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
