package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/facts"
	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/manifest"
	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// Arches lists the architectures that are known, as GOARCH names them.
func Arches() []string {
	var names []string
	for _, t := range target.All() {
		names = append(names, t.GOARCH)
	}
	slices.Sort(names)
	return names
}

// Kernel is the version of Linux that a MANIFEST says its headers are of.
func Kernel(manifestText []byte) (string, error) {
	m, err := manifest.Parse("MANIFEST", manifestText)
	if err != nil {
		return "", err
	}
	return m.Kernel, nil
}

// FactsOf reads the headers of cfg and lists what the bound ones declare on
// an architecture. Headers of an older kernel may lack some that are bound;
// at least one must be there.
func FactsOf(cfg Config, goarch string) (Facts, error) {
	d, err := describe(cfg, goarch)
	if err != nil {
		return Facts{}, err
	}
	return Facts{facts.Of(d.unit, d.layout, d.headers)}, nil
}

// described is a unit laid out for one target.
type described struct {
	unit    *model.Unit
	layout  *layout.Layout
	headers []string // bound, and there
}

func describe(cfg Config, goarch string) (*described, error) {
	t, err := findTarget(goarch)
	if err != nil {
		return nil, err
	}
	src, err := cfg.open()
	if err != nil {
		return nil, err
	}
	bound, err := cfg.bound()
	if err != nil {
		return nil, publicError(err)
	}
	d := &described{headers: present(src, t, bound)}
	if d.unit, err = cfront.Parse(src, t, d.headers, cfront.Options{}); err != nil {
		return nil, publicError(err)
	}
	if d.layout, err = layout.Compute(d.unit, t); err != nil {
		return nil, publicError(err)
	}
	return d, nil
}

// present are the headers that the source has. If it has none, all are
// returned, so that the error of reading them says where they were looked for.
func present(src *source.Source, t *target.Target, headers []string) []string {
	var there []string
	for _, h := range headers {
		if src.Exists(t, h) {
			there = append(there, h)
		}
	}
	if len(there) == 0 {
		return headers
	}
	return there
}

func findTarget(goarch string) (*target.Target, error) {
	for _, t := range target.All() {
		if t.GOARCH == goarch {
			return t, nil
		}
	}
	return nil, fmt.Errorf("unknown GOARCH %q: there are %s", goarch, strings.Join(Arches(), " "))
}
