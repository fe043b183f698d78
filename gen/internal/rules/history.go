package rules

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/facts"
)

// History tells which symbols the headers of known kernels have. The nil
// History knows nothing.
type History struct {
	versions []version         // ascending
	has      []map[string]bool // parallel: "cst NAME", "rec NAME", "fld PATH"
}

// LoadHistory reads the snapshots in fsys: one file a release, "6.12.facts".
func LoadHistory(fsys fs.FS) (*History, error) {
	if fsys == nil {
		return nil, nil
	}
	names, err := fs.Glob(fsys, "*.facts")
	if err != nil {
		return nil, err
	}
	h := &History{}
	for _, name := range names {
		v, ok := parseVersion(strings.TrimSuffix(name, ".facts"))
		if !ok {
			return nil, fmt.Errorf("snapshot %s: the name is not that of a kernel release such as 6.12.facts", name)
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("snapshot %s: %w", name, err)
		}
		list, err := facts.Parse(name, string(text))
		if err != nil {
			return nil, err
		}
		has := make(map[string]bool, len(list))
		for _, f := range list {
			has[f.Kind+" "+f.Name] = true
		}
		i, _ := slices.BinarySearchFunc(h.versions, v, version.compare)
		h.versions = slices.Insert(h.versions, i, v)
		h.has = slices.Insert(h.has, i, has)
	}
	return h, nil
}

// since brackets when a fact appeared: "6.13..7.2" for one that 6.12 lacks
// and 7.2 has, "..5.10" for one that the oldest snapshot has, "7.3" where
// only one release fits, "" where no snapshot has it.
func (h *History) since(fact string) string {
	if h == nil {
		return ""
	}
	i := slices.IndexFunc(h.has, func(m map[string]bool) bool { return m[fact] })
	switch {
	case i < 0:
		return ""
	case i == 0:
		return ".." + h.versions[0].String()
	}
	first, last := h.versions[i-1].next(), h.versions[i]
	if first == last {
		return last.String()
	}
	return first.String() + ".." + last.String()
}

// contradicts says which snapshot disproves that a fact is new in v, "" if
// none does. Stable kernels take things over from later ones: such are
// backports, and their snapshots must have the fact.
func (h *History) contradicts(fact string, v version, backports []version) string {
	if h == nil {
		return ""
	}
	for i, at := range h.versions {
		has, backport := h.has[i][fact], slices.Contains(backports, at)
		switch known := at.compare(v) >= 0; {
		case known && backport:
			return fmt.Sprintf("%v is no backport of it, but later", at)
		case known && !has:
			return fmt.Sprintf("the headers of %v lack it", at)
		case backport && !has:
			return fmt.Sprintf("the headers of %v lack it, and the note calls that a backport", at)
		case !known && !backport && has:
			return fmt.Sprintf("the headers of %v have it already; if that is a stable kernel that took it over, note \"backport %v; ...\"", at, at)
		}
	}
	return ""
}
