package cli

import (
	"io"
	"os"

	"github.com/fatih/color"
)

// Paint is how output is coloured; without colour it passes text through.
type Paint struct{ on bool }

// Paint decides by --color; auto colours standard output if it is a terminal
// and neither NO_COLOR nor TERM=dumb forbids it.
func (a *App) Paint(w io.Writer) Paint {
	return Paint{a.Color == "always" || a.Color == "auto" && w == os.Stdout && !color.NoColor}
}

func (p Paint) apply(s string, attrs ...color.Attribute) string {
	if !p.on {
		return s
	}
	c := color.New(attrs...)
	c.EnableColor()
	return c.Sprint(s)
}

// Bold is for what matters most.
func (p Paint) Bold(s string) string { return p.apply(s, color.Bold) }

// Faint is for what matters least.
func (p Paint) Faint(s string) string { return p.apply(s, color.Faint) }

// Red is for what is wrong.
func (p Paint) Red(s string) string { return p.apply(s, color.FgRed) }

// Green is for what is right.
func (p Paint) Green(s string) string { return p.apply(s, color.FgGreen) }

// Yellow is for what wants a look.
func (p Paint) Yellow(s string) string { return p.apply(s, color.FgYellow) }

// Cyan is for what stands between.
func (p Paint) Cyan(s string) string { return p.apply(s, color.FgCyan) }
