package main

import (
	"io"
	"strings"

	"github.com/uringgen/uringgen/cmd/internal/cli"
)

// printDiff prints a unified diff.
func printDiff(w io.Writer, p cli.Paint, text string) {
	for line := range strings.Lines(text) {
		body := strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(body, "+++"), strings.HasPrefix(body, "---"):
			body = p.Bold(body)
		case strings.HasPrefix(body, "@@"):
			body = p.Cyan(body)
		case strings.HasPrefix(body, "+"):
			body = p.Green(body)
		case strings.HasPrefix(body, "-"):
			body = p.Red(body)
		}
		// What a terminal shows is all there is to do about a failing write.
		_, _ = io.WriteString(w, body+"\n")
	}
}
