//go:build sweep

package proof_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/tests/need"
)

// TestSweep holds every header of linux-libc-dev's include/linux, each alone,
// against clang. It takes minutes, so it is built only with the tag "sweep":
//
//	go test -tags sweep -run Sweep -v ./gen/internal/layout/proof
//
// SWEEP_ARCHES narrows the targets ("amd64,386").
func TestSweep(t *testing.T) {
	usr := need.Headers(t, "linux-libc-dev", "newest")
	names := headersBelow(t, filepath.Join(usr, "include"), "linux")
	for _, a := range known() {
		if only := os.Getenv("SWEEP_ARCHES"); only != "" && !slices.Contains(strings.Split(only, ","), a.GOARCH) {
			continue
		}
		t.Run(a.GOARCH, func(t *testing.T) { sweep(t, usr, names, a) })
	}
}

func headersBelow(t testing.TB, root, below string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(root), below, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(p, ".h") {
			names = append(names, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// score counts what was compared and what was equal.
type score struct {
	mu       sync.Mutex
	n, equal map[string]int
}

func (s *score) count(kind string, n, equal int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n[kind] += n
	s.equal[kind] += equal
}

func sweep(t *testing.T, usr string, names []string, a arch) {
	s := &score{n: map[string]int{}, equal: map[string]int{}}
	t.Cleanup(func() {
		for _, k := range []string{"headers", "rec", "fld", "enum", "enumerator", "integer", "claims"} {
			t.Logf("%-10s %d of %d equal", k, s.equal[k], s.n[k])
		}
	})
	for _, h := range names {
		t.Run(h, func(t *testing.T) {
			t.Parallel()
			s.header(t, debian(t, usr, []string{h}), a, h)
		})
	}
}

func (s *score) header(t *testing.T, tr tree, a arch, name string) {
	c := newCompiler(t, tr)
	_, msg, theirErr := c.run(a, tr.includes(), "-fsyntax-only")
	u, err := cfront.Parse(tr.src, a, tr.headers, cfront.Options{})
	var l *layout.Layout
	if err == nil {
		l, err = layout.Compute(u, a)
	}
	switch {
	case err != nil && theirErr != nil:
		return // nobody can read it
	case err != nil:
		s.count("headers", 1, 0)
		t.Fatalf("only we refuse it: %v", err)
	case theirErr != nil:
		// For one: the body of an inline function, which we do not read.
		t.Skipf("clang cannot compile it: %s", head(msg, 2))
	}
	s.count("headers", 1, 1)
	o := ours{only(u, name), l}
	s.listings(t, enumerate(o, a), debugInfo(t, c.object(t, a, tr.includes()), wanted(tr, a, []string{name})))
	s.claims(t, c, a, claimAll(o))
	proveFacts(t, o)
	if a.GOARCH == "amd64" {
		mine, theirs := macroListings(t, c, a, o)
		s.listings(t, mine, theirs)
	}
}

func (s *score) listings(t *testing.T, mine, theirs listing) {
	for key, what := range theirs {
		kind, _, _ := strings.Cut(key, " ")
		s.count(kind, 1, btoi(mine[key] == what))
	}
	compare(t, mine, theirs)
}

func (s *score) claims(t *testing.T, c compiler, a arch, list *claims) {
	_, msg, _ := c.run(a, c.tree.includes()+list.text.String(), "-fsyntax-only")
	bad := strings.Count(msg, "error:")
	if bad > 0 {
		t.Errorf("clang: %s", head(msg, 20))
	}
	s.count("claims", list.n, list.n-bad)
}
