package bpf

import (
	"fmt"
	"path"
	"strings"

	"github.com/cilium/ebpf/btf"
)

// Position is a place in a filter's source. Its zero value is a place that is
// not known, as in an object that was compiled without -g.
type Position struct {
	File string // as the compiler was given it
	Line int    // from 1
	Text string // the line, without the space around it
}

// String is "filter.bpf.c:12", with the last element of the file's path.
func (p Position) String() string {
	if p.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", path.Base(p.File), p.Line)
}

func position(src fmt.Stringer) (p Position, ok bool) {
	line, ok := src.(*btf.Line)
	if !ok || line.LineNumber() == 0 { // 0 is code that no line stands for
		return Position{}, false
	}
	return Position{line.FileName(), int(line.LineNumber()), strings.TrimSpace(line.Line())}, true
}

// heads tells whether the line is the one where a function's definition begins.
func (p Position) heads(function string) bool {
	_, after, ok := strings.Cut(p.Text, function)
	return ok && function != "" && strings.HasPrefix(strings.TrimSpace(after), "(") && !strings.Contains(after, ";")
}

// TranslateError is a program that cannot be translated.
type TranslateError struct {
	Program  string   // name of the function
	Position Position // where in C; zero if the object does not tell
	Index    int      // of the eBPF instruction, as llvm-objdump counts; -1 if it is about the whole
	Reason   string   // what cannot be translated
	Remedy   string   // what to write instead; "" if that is not known
}

// Error is "filter.bpf.c:12: tcp_only: reason; remedy", with the line of C
// behind it.
func (e *TranslateError) Error() string {
	var b strings.Builder
	if p := e.Position.String(); p != "" {
		b.WriteString(p + ": ")
	}
	b.WriteString(e.Program)
	if e.Position.File == "" && e.Index >= 0 {
		fmt.Fprintf(&b, ": instruction %d", e.Index)
	}
	b.WriteString(": " + e.Reason)
	if e.Remedy != "" {
		b.WriteString("; " + e.Remedy)
	}
	if e.Position.Text != "" {
		b.WriteString(": `" + e.Position.Text + "`")
	}
	return b.String()
}
