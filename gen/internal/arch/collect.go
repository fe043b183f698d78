package arch

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// Want asks for constants.
type Want struct {
	Patterns []string // names; a "*" at the end stands for any rest
	Headers  []string // include names; the first that has a constant counts
	Hex      bool     // people write them in hexadecimal
	// Syscalls tells that these are syscall numbers: SYS_name here, __NR_name
	// in headers, SYS_NAME in x/sys.
	Syscalls bool
}

// Matches tells whether a constant is asked for.
func (w *Want) Matches(name string) bool {
	for _, p := range w.Patterns {
		if prefix, ok := strings.CutSuffix(p, "*"); name == p || ok && strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// The sources that a row can name.
const (
	fromHeaders = "headers"
	fromModule  = "x/sys"
	fromBoth    = "headers and x/sys"
)

// Collect makes a table from the headers of each target and from the source
// of golang.org/x/sys. Where both know a constant they must agree, but for
// those in kernelWins, which the C library, and with it x/sys, redefines.
func Collect(src *source.Source, module fs.FS, wants []Want, kernelWins []string) (*Table, error) {
	c := &collector{rows: map[string]*Row{}, wins: map[string]bool{}}
	for _, name := range kernelWins {
		c.wins[name] = false
	}
	var errs []error
	for _, t := range target.All() {
		errs = append(errs, c.target(src, module, t, wants))
	}
	for _, w := range wants {
		errs = append(errs, c.unmatched(w))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for _, name := range kernelWins {
		if !c.wins[name] {
			return nil, fmt.Errorf("headers and %s agree on %s everywhere; remove its row from the import table", module, name)
		}
	}
	out := &Table{}
	for _, name := range slices.Sorted(maps.Keys(c.rows)) {
		out.rows = append(out.rows, c.rows[name])
	}
	return out, nil
}

type collector struct {
	rows map[string]*Row
	wins map[string]bool // names whose header value counts; true once that decided anything
}

func (c *collector) target(src *source.Source, module fs.FS, t *target.Target, wants []Want) error {
	theirs, err := ReadModule(module, t.GOARCH)
	if err != nil {
		return err
	}
	var errs []error
	for i := range wants {
		w := &wants[i]
		ours, err := headerConstants(src, t, w)
		if err != nil {
			return fmt.Errorf("on %s: %w", t.GOARCH, err)
		}
		errs = append(errs, c.merge(t, w, ours, theirs))
	}
	return errors.Join(errs...)
}

// headerConstants is what the headers, and what they include, say on a target.
func headerConstants(src *source.Source, t *target.Target, w *Want) (Constants, error) {
	out := Constants{}
	for _, h := range w.Headers {
		u, err := cfront.Parse(src, t, []string{h}, cfront.Options{})
		if err != nil {
			return nil, err
		}
		for name, v := range w.declared(u) {
			if _, ok := out[name]; !ok {
				out[name] = v
			}
		}
	}
	return out, nil
}

// declared is the part of a unit's constants that is asked for, by our names.
func (w *Want) declared(u *model.Unit) Constants {
	out := Constants{}
	add := func(name string, v model.Value) {
		if rest, ok := strings.CutPrefix(name, "__NR_"); ok && w.Syscalls {
			name = "SYS_" + rest
		}
		if w.Matches(name) {
			out[name] = v.Int64()
		}
	}
	for _, e := range u.Enums {
		for _, k := range e.Consts {
			add(k.Name, k.Value)
		}
	}
	for _, m := range u.Macros {
		if m.Kind == model.IntMacro {
			add(m.Name, m.Value)
		}
	}
	return out
}

func (c *collector) merge(t *target.Target, w *Want, ours, theirs Constants) error {
	theirs = w.wanted(theirs)
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(ours)) {
		v := ours[name]
		other, both := theirs[name]
		_, wins := c.wins[name]
		if both && other != v {
			if !wins {
				errs = append(errs, fmt.Errorf("%s on %s is %d in %s and %d in %s: find out which is right, and give it a row in the import table",
					name, t.GOARCH, v, w.where(), other, module))
			}
			c.wins[name] = true
		}
		c.put(name, t, w, v, true, both && !wins)
	}
	for name, v := range theirs {
		_, done := ours[name]
		if _, wins := c.wins[name]; !done && !wins {
			c.put(name, t, w, v, false, true)
		}
	}
	return errors.Join(errs...)
}

// where names the headers for a message.
func (w *Want) where() string { return cmp.Or(strings.Join(w.Headers, " or "), "any header") }

// wanted is the part of x/sys's constants that is asked for, by our names.
func (w *Want) wanted(theirs Constants) Constants {
	out := Constants{}
	for name, v := range theirs {
		if rest, ok := strings.CutPrefix(name, "SYS_"); ok && w.Syscalls {
			name = "SYS_" + strings.ToLower(rest)
		}
		if w.Matches(name) {
			out[name] = v
		}
	}
	return out
}

func (c *collector) put(name string, t *target.Target, w *Want, v int64, headers, mod bool) {
	r := c.rows[name]
	if r == nil {
		r = &Row{Name: name, Hex: w.Hex, at: map[string]int64{}}
		c.rows[name] = r
	}
	r.at[t.GOARCH] = v
	headers = headers || strings.HasPrefix(r.From, fromHeaders)
	mod = mod || strings.HasSuffix(r.From, fromModule)
	switch {
	case headers && mod:
		r.From = fromBoth
	case headers:
		r.From = fromHeaders
	default:
		r.From = fromModule
	}
}

// unmatched is an error for what was asked for and found nowhere.
func (c *collector) unmatched(w Want) error {
	for _, p := range w.Patterns {
		one := Want{Patterns: []string{p}}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(c.rows)), one.Matches) {
			return fmt.Errorf("no constant %s in %s or %s; correct the import table", p, w.where(), module)
		}
	}
	return nil
}
