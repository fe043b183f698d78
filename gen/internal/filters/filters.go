// Package filters writes translated filters as Go: a function for each, and
// its programs as literals. What is the same on all architectures stands once,
// what is not in files that say for which ones they are.
package filters

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/naming"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// Package is filters that came from one source.
type Package struct {
	Name    string
	Stem    string // what the names of its files begin with: "socket"
	Source  string // base name of the source: "socket.bpf.c"
	Inputs  []Input
	Filters []Filter
}

// Input is a file that the filters were made from.
type Input struct{ Name, SHA256 string }

// Filter is one function of the source.
type Filter struct {
	Name     string // in C
	Doc      string // goes on after the Go name, "" for none
	Source   string // base name of the file that it stands in
	AnyOp    bool   // the program is for any operation: the caller names them
	Sizes    []Size // of payloads, which the program of AnyOp does not look at
	Programs []Program
}

// Size is how many bytes of payload an operation has.
type Size struct {
	Op      string // "IORING_OP_SOCKET"
	PDUSize uint8
}

// Program is what a filter is for one operation on one architecture.
type Program struct {
	Op           string // "IORING_OP_SOCKET", "" if AnyOp
	PDUSize      uint8
	GOARCH       string
	Instructions []Instruction
}

// Instruction is one of classic BPF.
type Instruction struct {
	Op     uint16
	JT, JF uint8
	K      uint32
	Text   string // what it does, without the instruction's own number
	Place  string // the line of C that it comes from, "" to say nothing
}

// same tells that two instructions do the same.
func (in Instruction) same(o Instruction) bool {
	return in.Op == o.Op && in.JT == o.JT && in.JF == o.JF && in.K == o.K
}

// prefix is what the names of its files begin with. The go command takes a
// name apart at underscores, and looks only at what is before the first dot.
func (p *Package) prefix() string { return strings.ReplaceAll(p.Stem, ".", "-") + "_filter" }

// onPrefix begins the part of a file's name that tells for which architectures
// it is. No underscore follows it, so that nothing there reads as a GOARCH.
const onPrefix = "_on-"

// Owns tells whether a file has a name that files of the package have.
func (p *Package) Owns(name string) bool {
	rest, ok := strings.CutPrefix(name, p.prefix())
	label, labeled := strings.CutPrefix(rest, onPrefix)
	return ok && (rest == ".go" || labeled && strings.HasSuffix(rest, ".go") && !strings.ContainsAny(label, "_/"))
}

// literal is a program as it is written: for some operations, which have the
// same one on every architecture.
type literal struct {
	name string
	ops  []string
	on   map[string][]Instruction // by GOARCH
}

// literals is the programs of a filter, in order of their operations.
func (f *Filter) literals() []literal {
	var all []literal
	for _, p := range f.Programs {
		i := slices.IndexFunc(all, func(l literal) bool { return l.ops[0] == p.Op })
		if i < 0 {
			i = len(all)
			all = append(all, literal{ops: []string{p.Op}, on: map[string][]Instruction{}})
		}
		all[i].on[p.GOARCH] = p.Instructions
	}
	var out []literal
	for _, l := range all {
		if i := slices.IndexFunc(out, l.equal); i >= 0 {
			out[i].ops = append(out[i].ops, l.ops...)
			continue
		}
		out = append(out, l)
	}
	base := naming.Unexported(f.Name)
	for i := range out {
		out[i].name = base + "Program"
		if len(out) > 1 {
			out[i].name = base + naming.Identifier(shortName(out[i].ops[0]))
		}
	}
	return out
}

// shortName is an operation as sections of C name it.
func shortName(op string) string { return strings.ToLower(strings.TrimPrefix(op, "IORING_OP_")) }

func (l literal) equal(o literal) bool {
	return maps.EqualFunc(l.on, o.on, func(a, b []Instruction) bool { return slices.EqualFunc(a, b, Instruction.same) })
}

// groups sorts the architectures by what the literals are there; the largest
// group comes first. Those for which nothing was translated are in none.
func groups(ls []literal) [][]string {
	var out [][]string
	for _, t := range target.All() {
		if !slices.ContainsFunc(ls, func(l literal) bool { return l.on[t.GOARCH] != nil }) {
			continue
		}
		i := slices.IndexFunc(out, func(g []string) bool {
			return !slices.ContainsFunc(ls, func(l literal) bool {
				return !slices.EqualFunc(l.on[g[0]], l.on[t.GOARCH], Instruction.same)
			})
		})
		if i < 0 {
			i = len(out)
			out = append(out, nil)
		}
		out[i] = append(out[i], t.GOARCH)
	}
	slices.SortStableFunc(out, func(a, b []string) int { return cmp.Compare(len(b), len(a)) })
	return out
}

// label names a set of architectures: "le" and "be" are all of a byte order,
// "usual" those that have most constants in common.
func label(goarches []string) string {
	var kernels []string
	count := map[bool]int{} // by byte order
	for _, g := range goarches {
		t := target.ByGOARCH(g)
		if !slices.Contains(kernels, t.Kernel) {
			kernels = append(kernels, t.Kernel)
		}
		count[t.Big]++
	}
	name := strings.Join(kernels, "-")
	if slices.Contains(kernels, "x86") || slices.Contains(kernels, "s390") {
		name = "usual"
	}
	for big, order := range map[bool]string{false: "le", true: "be"} {
		switch {
		case count[!big] > 0:
		case count[big] == ofOrder(big):
			return order
		default:
			return name + "-" + order
		}
	}
	return name
}

func ofOrder(big bool) int {
	n := 0
	for _, t := range target.All() {
		if t.Big == big {
			n++
		}
	}
	return n
}
