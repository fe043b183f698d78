package gen

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"go/token"
	"io/fs"
	"runtime"
	"slices"
	"sync"

	"github.com/uringgen/uringgen/gen/internal/arch"
	"github.com/uringgen/uringgen/gen/internal/calls"
	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/facts"
	"github.com/uringgen/uringgen/gen/internal/gogen"
	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/manifest"
	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/plan"
	"github.com/uringgen/uringgen/gen/internal/rules"
	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// Generate makes a Go package of the headers that cfg names. It writes
// nothing: see Write and Check. What no table row covers is listed in the
// output's Findings; the package is complete without.
func Generate(cfg Config) (*Output, error) {
	in, err := cfg.load()
	if err != nil {
		return nil, publicError(err)
	}
	out, err := in.generate()
	if err != nil {
		return nil, publicError(err)
	}
	return out, nil
}

// inputs is all that a run works on, read and checked by itself.
type inputs struct {
	cfg      Config
	src      *source.Source
	tables   fs.FS
	rules    *rules.Rules
	history  *rules.History
	manifest *manifest.Manifest // nil if there is none
	arch     *arch.Table        // nil if there is none
}

func (cfg Config) load() (*inputs, error) {
	cfg.Package = cmp.Or(cfg.Package, "uapi")
	if !token.IsIdentifier(cfg.Package) || cfg.Package == "_" {
		return nil, fmt.Errorf("gen.Config: Package %q is no name of a Go package", cfg.Package)
	}
	in := &inputs{cfg: cfg}
	var errs [4]error
	in.src, errs[0] = cfg.open()
	if in.tables, errs[1] = cfg.tables(); errs[1] == nil {
		in.rules, errs[1] = rules.Load(in.tables)
	}
	if cfg.Manifest != nil {
		in.manifest, errs[2] = manifest.Parse("MANIFEST", cfg.Manifest)
	}
	if cfg.Arch != nil {
		in.arch, errs[3] = arch.Parse("arch.tbl", cfg.Arch)
	}
	return in, errors.Join(errs[:]...)
}

func (in *inputs) generate() (*Output, error) {
	bound, differences, err := in.bind()
	if err != nil {
		return nil, err
	}
	p, err := plan.Build(bound, in.options(bound))
	if err != nil {
		return nil, err
	}
	if err := bound.CheckDifferences(differences); err != nil {
		return nil, err
	}
	return in.emit(bound, p)
}

// bind holds the tables against the headers.
func (in *inputs) bind() (*rules.Bound, []facts.Difference, error) {
	// Old headers have no bearing on what these ones say.
	history := make(chan error, 1)
	go func() {
		var err error
		in.history, err = rules.LoadHistory(in.cfg.Snapshots)
		history <- err
	}()
	u, ls, differences, err := in.read()
	if err := errors.Join(<-history, err); err != nil {
		return nil, nil, err
	}
	bound, err := in.rules.Bind(u, ls, in.history)
	return bound, differences, err
}

// read parses the headers and lays them out for all targets. The unit and
// layout returned are those of the first target; differences are what the
// others have otherwise.
func (in *inputs) read() (*model.Unit, *layout.Layout, []facts.Difference, error) {
	targets, headers := target.All(), in.rules.Reads()
	opt := cfront.Options{Comments: in.cfg.Comments}
	u, err := cfront.Parse(in.src, targets[0], headers, opt)
	if err != nil {
		return nil, nil, nil, err
	}
	units := slices.Repeat([]*model.Unit{u}, len(targets))
	_, sensitive := cfront.ArchSensitive(in.src, u)
	if sensitive {
		err := each(targets[1:], func(i int, t *target.Target) (err error) {
			units[i+1], err = cfront.Parse(in.src, t, headers, opt)
			return err
		})
		if err != nil {
			return nil, nil, nil, err
		}
	}
	ls := make([]*layout.Layout, len(targets))
	err = each(targets, func(i int, t *target.Target) (err error) {
		ls[i], err = layout.Compute(units[i], t)
		return err
	})
	if err != nil {
		return nil, nil, nil, err
	}
	if !sensitive {
		return u, ls[0], facts.Across(u, ls, in.rules.Files()), nil
	}
	sets := make([]facts.Set, len(targets))
	for i, t := range targets {
		sets[i] = facts.Set{GOARCH: t.GOARCH, Unit: units[i], Facts: facts.Of(units[i], ls[i], in.rules.Files())}
	}
	return u, ls[0], facts.Differ(sets), nil
}

// each runs f for all targets, side by side as far as there are processors:
// reading has a time limit. What is wrong on several is said once.
func each(targets []*target.Target, f func(int, *target.Target) error) error {
	errs := make([]error, len(targets))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, t := range targets {
		slots <- struct{}{}
		wg.Go(func() {
			errs[i] = f(i, t)
			<-slots
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// options is what the plan takes from beside the headers.
func (in *inputs) options(b *rules.Bound) plan.Options {
	opt := plan.Options{Package: in.cfg.Package, Comments: in.cfg.Comments, SHA256: map[string]string{}}
	if in.manifest != nil {
		opt.Kernel = in.manifest.Kernel
	}
	for _, name := range in.rules.Files() {
		if in.manifest != nil {
			if h, ok := in.manifest.Header(name); ok {
				opt.SHA256[name] = h.SHA256
				continue
			}
		}
		if text, err := in.src.Read(b.Layout.Target, name); err == nil {
			sum := sha256.Sum256(text)
			opt.SHA256[name] = hex.EncodeToString(sum[:])
		}
	}
	return opt
}

// emit writes the files, those of the headers and those of the calls side by
// side.
func (in *inputs) emit(b *rules.Bound, p *plan.Package) (*Output, error) {
	set, missing, err := calls.Build(in.tables, p)
	if err != nil {
		return nil, err
	}
	var callFiles []calls.File
	var callErr error
	done := make(chan struct{})
	go func() {
		defer close(done)
		callFiles, callErr = set.Emit()
	}()
	files, err := gogen.Emit(p, in.arch)
	<-done
	if err := errors.Join(err, callErr); err != nil {
		return nil, err
	}
	ops, err := in.operations(b)
	if err != nil {
		return nil, err
	}
	out := &Output{Stats: stats(p, set)}
	for _, f := range files {
		out.Files = append(out.Files, File(f))
	}
	for _, f := range callFiles {
		out.Files = append(out.Files, File(f))
	}
	slices.SortFunc(out.Files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	for i := 1; i < len(out.Files); i++ {
		if name := out.Files[i].Name; name == out.Files[i-1].Name {
			return nil, errors.New("two files would be called " + name + ": rename one of them in rules.tbl")
		}
	}
	for _, f := range slices.Concat(b.Findings, ops.undecided) {
		out.Findings = append(out.Findings, Finding{f.Symbol, f.Pos.String(), f.Missing})
	}
	for _, f := range missing {
		out.Findings = append(out.Findings, Finding(f))
	}
	return out, nil
}

func stats(p *plan.Package, set *calls.Set) Stats {
	s := Stats{Helpers: set.Helpers()}
	for _, f := range p.Files {
		s.Records += len(f.Records)
		for _, g := range f.Consts {
			s.Constants += len(g.Consts)
			for _, c := range g.Consts {
				if c.Type != "" {
					s.Typed++
				}
			}
		}
	}
	return s
}
