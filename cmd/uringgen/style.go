package main

import (
	"io"
	"os"
	"strings"

	"github.com/fatih/color"
)

// paint is how output is coloured; without colour it passes text through.
type paint struct{ on bool }

// paint decides by --color; auto colours standard output if it is a terminal
// and neither NO_COLOR nor TERM=dumb forbids it.
func (a *app) paint(w io.Writer) paint {
	return paint{a.color == "always" || a.color == "auto" && w == os.Stdout && !color.NoColor}
}

func (p paint) apply(s string, attrs ...color.Attribute) string {
	if !p.on {
		return s
	}
	c := color.New(attrs...)
	c.EnableColor()
	return c.Sprint(s)
}

func (p paint) bold(s string) string   { return p.apply(s, color.Bold) }
func (p paint) faint(s string) string  { return p.apply(s, color.Faint) }
func (p paint) red(s string) string    { return p.apply(s, color.FgRed) }
func (p paint) green(s string) string  { return p.apply(s, color.FgGreen) }
func (p paint) yellow(s string) string { return p.apply(s, color.FgYellow) }
func (p paint) cyan(s string) string   { return p.apply(s, color.FgCyan) }

// diff prints a unified diff.
func (p paint) diff(w io.Writer, text string) {
	for line := range strings.Lines(text) {
		body := strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(body, "+++"), strings.HasPrefix(body, "---"):
			body = p.bold(body)
		case strings.HasPrefix(body, "@@"):
			body = p.cyan(body)
		case strings.HasPrefix(body, "+"):
			body = p.green(body)
		case strings.HasPrefix(body, "-"):
			body = p.red(body)
		}
		// What a terminal shows is all there is to do about a failing write.
		_, _ = io.WriteString(w, body+"\n")
	}
}
