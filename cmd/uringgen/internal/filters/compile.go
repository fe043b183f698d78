//go:build !windows

package filters

import (
	"encoding/binary"
	"errors"
	"fmt"
	"go/build"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cilium/ebpf"
	bpf2go "github.com/cilium/ebpf/cmd/bpf2go/gen"

	"github.com/uringgen/uringgen/gen"
)

// Compiler compiles sources as bpf2go does.
type Compiler struct {
	CC      string   // clang, with arguments in front of others if there are spaces
	Flags   []string // more arguments
	Headers []gen.File
}

// Compile makes an object for each architecture of the kernel's and byte order.
// A source that the compiler refuses for some of them only, as one with values
// of its own for constants that differ there, has no object for those, and
// j.Warn is told.
func (j *Job) Compile(c *Compiler, path string) (*Source, error) {
	cc := strings.Fields(c.CC)
	if len(cc) == 0 {
		return nil, errors.New("no compiler is named: give --cc")
	}
	if _, err := exec.LookPath(cc[0]); err != nil {
		return nil, fmt.Errorf("%s is compiled by %s: %w; install clang 14 or newer, or name it with --cc or BPF2GO_CC", path, cc[0], err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "uringgen-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	include := filepath.Join(dir, "include")
	for _, h := range c.Headers {
		if err := write(filepath.Join(include, h.Name), h.Data); err != nil {
			return nil, err
		}
	}
	one := &compilation{cc: cc, path: path, include: include, dest: filepath.Join(dir, "filter.o")}
	name := filepath.Base(path)
	s := &Source{Name: name, Stem: stem(name), Inputs: []gen.FilterInput{{Name: name, SHA256: hash(text)}}}
	j.inPackage(path)
	var refused []string
	for i, arches := range j.kernels() {
		made, err := one.compileFor(c, arches)
		switch {
		case err == nil:
			s.Objects = append(s.Objects, made...)
		case i == 0:
			return nil, fmt.Errorf("%s: the compiler refuses it: %w", path, err)
		default:
			refused = append(refused, goarches(arches)...)
		}
	}
	if refused != nil {
		j.Warn(fmt.Sprintf("%s: the compiler refuses it for %s: there the filter will deny everything", path, strings.Join(refused, ", ")))
	}
	return s, nil
}

// kernels is all architectures, by how the kernel calls them. Not all of a
// class are alike to a source, which may ask for __TARGET_ARCH_riscv.
func (j *Job) kernels() [][]gen.Arch {
	var out [][]gen.Arch
	for _, c := range j.Classes {
		for _, a := range c {
			i := slices.IndexFunc(out, func(k []gen.Arch) bool { return k[0].Kernel == a.Kernel })
			if i < 0 {
				i = len(out)
				out = append(out, nil)
			}
			out[i] = append(out[i], a)
		}
	}
	return out
}

func write(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// inPackage warns of a C file that would stop a Go package from building.
func (j *Job) inPackage(path string) {
	dir, name := filepath.Split(path)
	compiled, err := build.Default.MatchFile(dir, name)
	if err != nil || !compiled {
		return
	}
	here, _ := filepath.Abs(dir)
	there, _ := filepath.Abs(j.Dir)
	beside, _ := filepath.Glob(filepath.Join(here, "*.go"))
	if here == there || len(beside) > 0 {
		j.Warn(path + ": the go command takes it for a part of the package in its folder, and will not build that: begin it with the line //go:build ignore, or move it to a folder of its own")
	}
}

// stem is a source's name without what says that it is one.
func stem(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(name, filepath.Ext(name)), ".bpf")
}

// compilation is what the objects of a source have in common.
type compilation struct {
	cc                  []string
	path, include, dest string
	said                bool // the compiler has given its warnings
}

// compileFor makes the objects for one of the kernel's architectures, one for
// each byte order.
func (one *compilation) compileFor(c *Compiler, arches []gen.Arch) ([]*Object, error) {
	var out []*Object
	for _, name := range slices.Sorted(maps.Keys(orders)) {
		serves := ofOrder(arches, orders[name])
		if len(serves) == 0 {
			continue
		}
		spec, err := one.compile(c, name, serves[0].Kernel)
		if err != nil {
			return nil, err
		}
		out = append(out, &Object{Name: filepath.Base(one.path), GOARCHes: goarches(serves), Spec: spec})
	}
	return out, nil
}

// ofOrder are the architectures that have a byte order.
func ofOrder(arches []gen.Arch, order binary.ByteOrder) []gen.Arch {
	return slices.DeleteFunc(slices.Clone(arches), func(a gen.Arch) bool { return a.BigEndian != (order == binary.BigEndian) })
}

func goarches(arches []gen.Arch) []string {
	var out []string
	for _, a := range arches {
		out = append(out, a.GOARCH)
	}
	return out
}

func (one *compilation) compile(c *Compiler, targetName, kernel string) (*ebpf.CollectionSpec, error) {
	target, _, err := bpf2go.FindTarget(targetName)
	if err != nil {
		return nil, err
	}
	wd, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	source, err := filepath.Abs(one.path)
	if err != nil {
		return nil, err
	}
	warnings := "-Wall"
	if one.said {
		warnings = "-Wno-everything" // once is enough
	}
	one.said = true
	flags := slices.Concat(one.cc[1:],
		[]string{"-D__TARGET_ARCH_" + kernel, "-I", one.include, warnings, "-Werror=implicit-function-declaration", "-Werror=final-macro"}, c.Flags)
	err = bpf2go.Compile(bpf2go.CompileArgs{
		CC: one.cc[0], Flags: flags, Workdir: wd, Source: source, Dest: one.dest, Target: target, DisableStripping: true,
	})
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(one.dest)
	if err != nil {
		return nil, fmt.Errorf("%s has written no object: %w", one.cc[0], err)
	}
	return load(one.path, data)
}
