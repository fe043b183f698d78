// Package console reads a kernel's log for what no test may leave behind.
package console

import (
	"regexp"
	"strings"
)

// trouble are the lines by which a kernel says that it is broken. They stand
// at the start of a message, after the time stamp; elsewhere the words may be
// anybody's.
var trouble = regexp.MustCompile(`^(WARNING: |BUG: |kernel BUG at |Oops|Kernel panic|general protection fault|` +
	`(rcu: )?INFO: (rcu_\w+ (self-)?detected|task .* blocked for more than)|` +
	`watchdog: BUG|UBSAN: |KASAN: |list_\w+ corruption|Unable to handle kernel |refcount_t: |possible recursive locking)`)

// stamp is what the kernel puts before a message: a level, seconds, a CPU.
var stamp = regexp.MustCompile(`^(<\d+>)?(\[[^\]]*\]\s*)*`)

// Trouble returns the lines of log that report a fault, each with up to
// after more lines behind it.
func Trouble(log string, after int) []string {
	var found []string
	lines := strings.Split(log, "\n")
	for i := 0; i < len(lines); i++ {
		l := strings.TrimRight(lines[i], "\r")
		if !trouble.MatchString(stamp.ReplaceAllString(l, "")) {
			continue
		}
		end := min(i+1+after, len(lines))
		found = append(found, strings.TrimRight(strings.Join(lines[i:end], "\n"), "\r\n"))
		i = end - 1
	}
	return found
}
