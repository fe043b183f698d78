package author

import (
	"fmt"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/arch"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// left are the prefixes of constants that no filter sees.
var left = []string{"SYS_", "AT_", "_"}

// archConstants is the part of the header with the constants that the headers
// do not hold.
func archConstants(t *arch.Table) (string, error) {
	if t == nil {
		return "", nil
	}
	var same, differ []*arch.Row
	for _, r := range t.Rows() {
		switch {
		case slices.ContainsFunc(left, func(p string) bool { return strings.HasPrefix(r.Name, p) }):
		case r.Differs():
			differ = append(differ, r)
		default:
			same = append(same, r)
		}
	}
	var b strings.Builder
	section(&b, "Constants that are the same on all architectures.")
	define(&b, same, target.All()[0].GOARCH)
	if len(differ) == 0 {
		return b.String(), nil
	}
	section(&b, "Constants that differ by architecture. Where the compiler is not told which one\nit is, they are those of the most, and a warning where they are used.")
	if err := conditional(&b, differ); err != nil {
		return "", err
	}
	warn(&b, differ)
	return b.String(), nil
}

func define(b *strings.Builder, rows []*arch.Row, goarch string) {
	for _, r := range rows {
		if v, ok := r.Value(goarch); ok {
			fmt.Fprintf(b, "#define %s %s\n", r.Name, r.Literal(v))
		}
	}
}

// Class is architectures that choose the same values.
type Class []*target.Target

// Classes groups all architectures by their values; the first class has the
// values of the most.
func Classes(t *arch.Table) []Class {
	var rows []*arch.Row
	if t != nil {
		rows = t.Rows()
	}
	var out []Class
	index := map[string]int{}
	for _, x := range target.All() {
		key := ""
		for _, r := range rows {
			if !strings.HasPrefix(r.Name, "SYS_") {
				v, ok := r.Value(x.GOARCH)
				key += fmt.Sprint(v, ok, " ")
			}
		}
		i, ok := index[key]
		if !ok {
			i = len(out)
			index[key] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], x)
	}
	slices.SortStableFunc(out, func(x, y Class) int { return len(y) - len(x) })
	return out
}

// kernels are the names of the class's architectures in arch/ of a kernel tree
// and in __TARGET_ARCH_*, each once.
func (c Class) kernels() []string {
	var out []string
	for _, x := range c {
		if !slices.Contains(out, x.Kernel) {
			out = append(out, x.Kernel)
		}
	}
	return out
}

// conditional defines constants for each class but the first, and for that
// where no other is named.
func conditional(b *strings.Builder, rows []*arch.Row) error {
	classes := Classes(arch.Of(rows))
	seen := map[string]bool{}
	for _, c := range classes {
		for _, k := range c.kernels() {
			if seen[k] {
				return fmt.Errorf("constants differ between the architectures of arch/%s, which __TARGET_ARCH_%s does not tell apart", k, k)
			}
			seen[k] = true
		}
	}
	usual := classes[0][0].GOARCH
	for i, c := range classes[1:] {
		word := "elif"
		if i == 0 {
			word = "if"
		}
		fmt.Fprintf(b, "#%s %s\n", word, c.condition())
		define(b, rows, c[0].GOARCH)
		final(b, rows, c[0].GOARCH, usual)
	}
	b.WriteString("#else\n")
	define(b, rows, usual)
	b.WriteString("#endif\n")
	return nil
}

// condition is true for the class, when compiling for BPF and for the
// architecture itself.
func (c Class) condition() string {
	var list []string
	for _, k := range c.kernels() {
		list = append(list, fmt.Sprintf("defined(__TARGET_ARCH_%s)", k))
	}
	for _, x := range c {
		if m := fmt.Sprintf("defined(%s)", x.Macro()); !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return strings.Join(list, " || ")
}

// pragmas begins lines with pragmas, for clang when it compiles for BPF.
const pragmas = "#if defined(__bpf__) && defined(__clang__)"

// final marks the constants of an architecture that are not the usual ones: a
// source that defines its own would have the usual ones in mind.
func final(b *strings.Builder, rows []*arch.Row, goarch, usual string) {
	b.WriteString(pragmas + "\n")
	for _, r := range rows {
		v, ok := r.Value(goarch)
		if u, also := r.Value(usual); ok && (!also || u != v) {
			fmt.Fprintf(b, "#pragma clang final(%s)\n", r.Name)
		}
	}
	b.WriteString("#endif\n")
}

// warn marks the constants where nothing tells the architecture.
func warn(b *strings.Builder, rows []*arch.Row) {
	var none []string
	for _, k := range Class(target.All()).kernels() {
		none = append(none, fmt.Sprintf("!defined(__TARGET_ARCH_%s)", k))
	}
	fmt.Fprintf(b, "\n%s && \\\n\t%s\n", pragmas, strings.Join(none, " && \\\n\t"))
	for _, r := range rows {
		fmt.Fprintf(b, "#pragma clang deprecated(%s, \"it differs by architecture: compile with -D__TARGET_ARCH_x86, arm64, mips, ...\")\n", r.Name)
	}
	b.WriteString("#endif\n")
}
