// Package since_test holds gen/tables/io_uring/since.tbl against the shipped
// snapshots of old headers: nothing may be said to be newer than a kernel that
// has it, or older than one that lacks it.
//
// It reads table and snapshots by itself rather than with the generator's
// readers, so that a fault in those cannot hide one in the data.
package since_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/uringgen/uringgen/headers"
	"github.com/uringgen/uringgen/tests/need"
)

// row is a line of since.tbl.
type row struct {
	line      int
	name      string
	kernel    version
	backports []version // series of stable kernels that took it over later
	evidence  string
}

// snapshot is what the headers of one kernel declare: constants and records.
type snapshot struct {
	kernel version
	has    map[string]bool
}

func TestNoSnapshotContradictsARow(t *testing.T) {
	snaps := shipped(t)
	if len(snaps) < 5 {
		t.Fatalf("%d snapshots are shipped, want 5.10, 6.1, 6.12, 7.2 and 7.3 at least", len(snaps))
	}
	for _, r := range rows(t) {
		for _, fault := range contradictions(r, snaps) {
			t.Errorf("since.tbl:%d: %s is said to be new in %v, but %s", r.line, r.name, r.kernel, fault)
		}
	}
}

// The types with a method Since must know every one of their constants.
func TestRowsAreComplete(t *testing.T) {
	known := map[string]bool{}
	for _, r := range rows(t) {
		known[r.name] = true
	}
	newest := slices.MaxFunc(shipped(t), func(a, b snapshot) int { return a.kernel.compare(b.kernel) })
	families := []string{"IORING_OP_", "IORING_REGISTER_", "IORING_UNREGISTER_", "IORING_SETUP_", "IORING_FEAT_"}
	found := map[string]int{}
	for name := range newest.has {
		i := slices.IndexFunc(families, func(p string) bool { return strings.HasPrefix(name, p) })
		if i < 0 || strings.HasSuffix(name, "_LAST") {
			continue
		}
		found[families[i]]++
		if !known[name] {
			t.Errorf("since.tbl has no row for %s, which the headers of %v have; say which kernel brought it", name, newest.kernel)
		}
	}
	for _, p := range families {
		if found[p] == 0 {
			t.Errorf("the headers of %v have no %s*: the test looks for the wrong names", newest.kernel, p)
		}
	}
}

var bracket = regexp.MustCompile(`headers ([0-9.]+) lack it, ([0-9.]+) have it`)

// Where the evidence is two sets of headers, they must be neighbours and the
// later one the kernel of the row.
func TestEvidenceFitsTheRow(t *testing.T) {
	brackets := 0
	for _, r := range rows(t) {
		if r.evidence == "" {
			t.Errorf("since.tbl:%d: %s has no note saying how we know", r.line, r.name)
		}
		m := bracket.FindStringSubmatch(r.evidence)
		if m == nil {
			continue
		}
		brackets++
		lack, have := parse(t, m[1]), parse(t, m[2])
		if have != r.kernel || lack.next() != have {
			t.Errorf("since.tbl:%d: %s is said to be new in %v, but the note says %q", r.line, r.name, r.kernel, r.evidence)
		}
	}
	if brackets == 0 {
		t.Error("no note has the form \"headers X lack it, Y have it\": the test reads it wrongly")
	}
}

// The check itself, on made-up kernels.
func TestContradictions(t *testing.T) {
	v := func(s string) version { return parse(t, s) }
	snaps := []snapshot{
		{v("5.10"), map[string]bool{"OLD": true, "TAKEN": true}},
		{v("6.1"), map[string]bool{"OLD": true, "TAKEN": true}},
		{v("6.12"), map[string]bool{"OLD": true, "TAKEN": true, "NEW": true, "GONE": true}},
		{v("7.3"), map[string]bool{"OLD": true, "TAKEN": true, "NEW": true}},
	}
	tests := []struct {
		why       string
		name      string
		kernel    string
		backports []string
		want      []string
	}{
		{"older than all", "OLD", "5.1", nil, nil},
		{"in the very release", "OLD", "5.10", nil, nil},
		{"between two", "NEW", "6.7", nil, nil},
		{"too late", "OLD", "5.11", nil, []string{"5.10 have it"}},
		{"too early", "NEW", "6.0", nil, []string{"6.1 lack it"}},
		{"far too early", "NEW", "5.1", nil, []string{"5.10 lack it", "6.1 lack it"}},
		{"backport named", "TAKEN", "5.11", []string{"5.10"}, nil},
		{"backport to a kernel without it", "NEW", "6.7", []string{"6.1"}, []string{"6.1 lack it, though it is said to be backported there"}},
		{"backport to a kernel that had it all along", "OLD", "5.10", []string{"5.10"}, []string{"5.10 is no older kernel"}},
		{"backport to a kernel without a snapshot", "NEW", "6.7", []string{"6.6"}, []string{"no snapshot of 6.6"}},
		{"removed", "GONE", "6.12", nil, []string{"7.3 lack it"}},
		{"never there", "TYPO", "7.3", nil, []string{"7.3 lack it"}},
		{"too new for all", "OLD", "7.4", nil, []string{"5.10 have it", "6.1 have it", "6.12 have it", "7.3 have it"}},
		{"too new to be known", "TYPO", "7.4", nil, []string{"no snapshot has it"}},
	}
	for _, tt := range tests {
		r := row{name: tt.name, kernel: v(tt.kernel)}
		for _, b := range tt.backports {
			r.backports = append(r.backports, v(b))
		}
		got := contradictions(r, snaps)
		same := slices.EqualFunc(got, tt.want, strings.Contains)
		if !same {
			t.Errorf("%s: %s since %s, backports %v: %q, want %q", tt.why, tt.name, tt.kernel, tt.backports, got, tt.want)
		}
	}
}

// contradictions says what in the snapshots disproves a row.
func contradictions(r row, snaps []snapshot) []string {
	var faults []string
	add := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	anywhere := false
	for _, s := range snaps {
		has, backported := s.has[r.name], slices.Contains(r.backports, s.kernel)
		anywhere = anywhere || has
		due := s.kernel.compare(r.kernel) >= 0
		switch {
		case due && !has:
			add("the headers of %v lack it", s.kernel)
		case backported && due:
			add("%v is no older kernel to backport it to", s.kernel)
		case backported && !has:
			add("the headers of %v lack it, though it is said to be backported there", s.kernel)
		case !due && has && !backported:
			add("the headers of %v have it; name the backport in the note if that is one", s.kernel)
		}
	}
	for _, b := range r.backports {
		if !slices.ContainsFunc(snaps, func(s snapshot) bool { return s.kernel == b }) {
			add("there is no snapshot of %v to show its backport", b)
		}
	}
	if !anywhere && len(faults) == 0 {
		add("no snapshot has it")
	}
	return faults
}

// rows reads since.tbl: "constant | kernel | note", where a note may start
// with "backport 5.10 6.1; ".
func rows(t *testing.T) []row {
	t.Helper()
	const file = "gen/tables/io_uring/since.tbl"
	text, err := os.ReadFile(filepath.Join(need.Root(t), file))
	if err != nil {
		t.Fatal(err)
	}
	var out []row
	first := map[string]int{}
	n := 0
	for l := range strings.Lines(string(text)) {
		n++
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "#") || l == "constant | kernel | note" {
			continue
		}
		cells := strings.Split(l, "|")
		if len(cells) != 3 {
			t.Fatalf("%s:%d: %d columns, want 3", file, n, len(cells))
		}
		r := row{line: n, name: strings.TrimSpace(cells[0]), kernel: parse(t, strings.TrimSpace(cells[1]))}
		r.evidence = strings.TrimSpace(cells[2])
		if list, ok := strings.CutPrefix(r.evidence, "backport "); ok {
			list, r.evidence, _ = strings.Cut(list, ";")
			r.evidence = strings.TrimSpace(r.evidence)
			for _, b := range strings.Fields(list) {
				r.backports = append(r.backports, parse(t, b))
			}
		}
		if at := first[r.name]; at != 0 {
			t.Errorf("%s:%d: %s has a row already, in line %d", file, n, r.name, at)
		}
		first[r.name] = n
		out = append(out, r)
	}
	if len(out) == 0 {
		t.Fatalf("%s has no rows", file)
	}
	return out
}

// shipped reads the names of constants and records in the shipped snapshots.
func shipped(t *testing.T) []snapshot {
	t.Helper()
	names, err := fs.Glob(headers.Snapshots, "*.facts")
	if err != nil {
		t.Fatal(err)
	}
	var out []snapshot
	for _, name := range names {
		text, err := fs.ReadFile(headers.Snapshots, name)
		if err != nil {
			t.Fatal(err)
		}
		s := snapshot{parse(t, strings.TrimSuffix(name, ".facts")), map[string]bool{}}
		for l := range strings.Lines(string(text)) {
			if f := strings.Fields(l); len(f) > 2 && (f[0] == "cst" || f[0] == "rec") {
				s.has[f[1]] = true
			}
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b snapshot) int { return a.kernel.compare(b.kernel) })
	return out
}
