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
type Class struct {
	Kernels  []string // as the kernel's arch folder and __TARGET_ARCH_ name them
	GOARCHes []string
}

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
			out = append(out, Class{})
		}
		c := &out[i]
		c.GOARCHes = append(c.GOARCHes, x.GOARCH)
		if !slices.Contains(c.Kernels, x.Kernel) {
			c.Kernels = append(c.Kernels, x.Kernel)
		}
	}
	slices.SortStableFunc(out, func(x, y Class) int { return len(y.GOARCHes) - len(x.GOARCHes) })
	return out
}

// conditional defines constants for each class but the first, and for that
// where no other is named.
func conditional(b *strings.Builder, rows []*arch.Row) error {
	classes := classesOf(rows)
	seen := map[string]bool{}
	for _, c := range classes {
		for _, k := range c.Kernels {
			if seen[k] {
				return fmt.Errorf("constants differ between the architectures of arch/%s, which __TARGET_ARCH_%s does not tell apart", k, k)
			}
			seen[k] = true
		}
	}
	for i, c := range classes[1:] {
		word := "elif"
		if i == 0 {
			word = "if"
		}
		fmt.Fprintf(b, "#%s %s\n", word, c.condition())
		define(b, rows, c.GOARCHes[0])
	}
	b.WriteString("#else\n")
	define(b, rows, classes[0].GOARCHes[0])
	b.WriteString("#endif\n")
	return nil
}

func classesOf(rows []*arch.Row) []Class { return Classes(arch.Of(rows)) }

// condition is true for the class, when compiling for BPF and for the
// architecture itself.
func (c *Class) condition() string {
	var list []string
	for _, k := range c.Kernels {
		list = append(list, fmt.Sprintf("defined(__TARGET_ARCH_%s)", k))
	}
	for _, g := range c.GOARCHes {
		if m := target.ByGOARCH(g).Macro(); !slices.Contains(list, "defined("+m+")") {
			list = append(list, "defined("+m+")")
		}
	}
	return strings.Join(list, " || ")
}

// warn marks the constants where nothing tells the architecture.
func warn(b *strings.Builder, rows []*arch.Row) {
	var none []string
	for _, x := range target.All() {
		if k := fmt.Sprintf("!defined(__TARGET_ARCH_%s)", x.Kernel); !slices.Contains(none, k) {
			none = append(none, k)
		}
	}
	fmt.Fprintf(b, "\n#if defined(__bpf__) && defined(__clang__) && __clang_major__ >= 14 && \\\n\t%s\n", strings.Join(none, " && \\\n\t"))
	for _, r := range rows {
		fmt.Fprintf(b, "#pragma clang deprecated(%s, \"it differs by architecture: compile with -D__TARGET_ARCH_x86, arm64, mips, ...\")\n", r.Name)
	}
	b.WriteString("#endif\n")
}
