package rules

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// version is a kernel version, the numbers of "6.12".
type version struct{ major, minor int }

func parseVersion(s string) (version, bool) {
	a, b, ok := strings.Cut(s, ".")
	major, err1 := strconv.ParseUint(a, 10, 16)
	minor, err2 := strconv.ParseUint(b, 10, 16)
	v := version{int(major), int(minor)}
	return v, ok && err1 == nil && err2 == nil && v.String() == s
}

func (v version) String() string { return fmt.Sprintf("%d.%d", v.major, v.minor) }

func (v version) compare(o version) int {
	return cmp.Or(cmp.Compare(v.major, o.major), cmp.Compare(v.minor, o.minor))
}

// Older tells whether release a came before release b. What is no release,
// such as "", came before all.
func Older(a, b string) bool {
	x, _ := parseVersion(a)
	y, _ := parseVersion(b)
	return x.compare(y) < 0
}

// next is the release after v. Linux starts a new major after about twenty
// releases; these are the ones that did.
func (v version) next() version {
	switch v {
	case version{3, 19}, version{4, 20}, version{5, 19}, version{6, 19}:
		return version{v.major + 1, 0}
	}
	return version{v.major, v.minor + 1}
}

// checkVersions wants every row of since.tbl to name a release.
func (r *Rules) checkVersions() error {
	var errs faults
	for _, v := range sorted(r.since) {
		if _, ok := parseVersion(v.text); !ok {
			errs.row(v.row, "%q is not a kernel release such as 6.12", v.text)
		}
		if len(backports(v.row.Get("note"))) == 0 && strings.HasPrefix(v.row.Get("note"), "backport") {
			errs.row(v.row, "the note does not say \"backport 5.10 ...; ...\"")
		}
	}
	return errs.err()
}

// backports are the stable kernels that took something over, which a note
// begins with: "backport 5.10 6.1; ...".
func backports(note string) []version {
	list, _, _ := strings.Cut(note, ";")
	words := strings.Fields(list)
	if len(words) == 0 || words[0] != "backport" {
		return nil
	}
	var out []version
	for _, w := range words[1:] {
		v, ok := parseVersion(w)
		if !ok {
			return nil
		}
		out = append(out, v)
	}
	return out
}
