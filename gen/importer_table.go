package gen

import (
	"slices"
	"strconv"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/arch"
	"github.com/uringgen/uringgen/gen/internal/cgen"
	"github.com/uringgen/uringgen/gen/internal/facts"
	"github.com/uringgen/uringgen/gen/internal/manifest"
	"github.com/uringgen/uringgen/gen/internal/table"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// importTable is the typed view of an import table.
type importTable struct {
	picks      []importPick
	aligns     []*importAlign
	arch       []arch.Want
	kernelWins []string
}

// importPick is a wanted header.
type importPick struct {
	cgen.Pick
	bound bool   // its facts make the snapshot
	since string // kernel that brought all of it
	row   table.Row
}

// importAlign is a difference between targets that may be.
type importAlign struct {
	goarch, from, to string
	used             bool
	row              table.Row
}

// due tells that a kernel is new enough to have all that is wanted.
func (p *importPick) due(kernel string) bool { return !older(kernel, p.since) }

// older compares kernel versions number by number; what follows the numbers
// ("-rc1") does not count.
func older(a, b string) bool { return slices.Compare(numbers(a), numbers(b)) < 0 }

func numbers(version string) []int {
	version, _, _ = strings.Cut(version, "-")
	var out []int
	for _, s := range strings.Split(version, ".") {
		n, _ := strconv.Atoi(s)
		out = append(out, n)
	}
	return out
}

func parseImportTable(name string, text []byte) (*importTable, error) {
	rows, err := table.Parse(name, string(text), "kind", "name", "symbols", "since", "note")
	if err != nil {
		return nil, err
	}
	t := &importTable{}
	for _, row := range rows {
		if err := t.row(row); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *importTable) row(row table.Row) error {
	name, symbols := row.Get("name"), strings.Fields(row.Get("symbols"))
	if since := row.Get("since"); since != "" && !manifest.ValidKernel(since) {
		return row.Errorf("since %q is no kernel version", since)
	}
	want := arch.Want{Patterns: symbols, Headers: strings.Fields(name)}
	switch row.Get("kind") {
	case "header", "with":
		return t.pick(row, name, symbols)
	case "align":
		if target.ByGOARCH(name) == nil || len(symbols) != 2 {
			return row.Errorf("align takes GOARCH | FROM TO")
		}
		t.aligns = append(t.aligns, &importAlign{goarch: name, from: symbols[0], to: symbols[1], row: row})
		return nil
	case "kernel-wins":
		t.kernelWins = append(t.kernelWins, name)
		return nil
	case "flags":
		want.Hex = true
	case "syscalls":
		want.Syscalls = true
	case "numbers":
	default:
		return row.Errorf("unknown kind %q", row.Get("kind"))
	}
	if len(symbols) == 0 {
		return row.Errorf("no symbols")
	}
	t.arch = append(t.arch, want)
	return nil
}

func (t *importTable) pick(row table.Row, name string, symbols []string) error {
	if name == "" || len(symbols) == 0 || row.Get("since") == "" {
		return row.Errorf("a header needs name, symbols (\"*\" for all) and since")
	}
	if slices.ContainsFunc(t.picks, func(p importPick) bool { return p.Header == name }) {
		return row.Errorf("second row for <%s>", name)
	}
	t.picks = append(t.picks, importPick{
		Pick:  cgen.Pick{Header: name, Symbols: symbols},
		bound: row.Get("kind") == "header",
		since: row.Get("since"),
		row:   row,
	})
	return nil
}

// allows tells whether a difference between targets is one of the table's.
func (t *importTable) allows(d facts.Difference) bool {
	if !d.OnlyAlign() {
		return false
	}
	_, from, _ := strings.Cut(d.First, " ")
	_, to, _ := strings.Cut(d.Here, " ")
	for _, a := range t.aligns {
		if a.goarch == d.GOARCH && a.from == from && a.to == to {
			a.used = true
			return true
		}
	}
	return false
}
