//go:build !windows

package filters

import (
	"encoding/binary"
	"errors"
	"fmt"
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

// Compile makes an object for each class of architectures and byte order. A
// source that the compiler refuses for some architectures only, as one with
// values of its own for constants that differ there, has no object for those,
// and warn is told.
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
	s := &Source{Name: filepath.Base(path), Inputs: []gen.FilterInput{{Name: filepath.Base(path), SHA256: hash(text)}}}
	for i, class := range j.Classes {
		made, err := j.compileClass(c, job{cc, path, include, filepath.Join(dir, "filter.o")}, class)
		switch {
		case err == nil:
			s.Objects = append(s.Objects, made...)
		case i == 0:
			return nil, fmt.Errorf("%s: the compiler refuses it: %w", path, err)
		default:
			j.Warn(fmt.Sprintf("%s: the compiler refuses it for %s: there the filter will deny everything",
				path, strings.Join(slices.Concat(class.LittleEndian, class.BigEndian), ", ")))
		}
	}
	return s, nil
}

func write(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// job is what the objects of a source have in common.
type job struct {
	cc                  []string
	path, include, dest string
}

// orders are the byte orders, by clang's names of their targets.
var orders = map[string]binary.ByteOrder{"bpfel": binary.LittleEndian, "bpfeb": binary.BigEndian}

// compileClass makes the objects of a class, one for each byte order.
func (j *Job) compileClass(c *Compiler, one job, class gen.ArchClass) ([]*Object, error) {
	var out []*Object
	for _, name := range slices.Sorted(maps.Keys(orders)) {
		serves := ofOrder(class, orders[name])
		if len(serves) == 0 {
			continue
		}
		spec, err := one.compile(c, name, class.Kernels[0])
		if err != nil {
			return nil, err
		}
		out = append(out, &Object{filepath.Base(one.path), serves, spec})
	}
	return out, nil
}

func (one *job) compile(c *Compiler, targetName, kernel string) (*ebpf.CollectionSpec, error) {
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
	flags := slices.Concat(one.cc[1:],
		[]string{"-D__TARGET_ARCH_" + kernel, "-I", one.include, "-Wall", "-Werror=implicit-function-declaration", "-Werror=macro-redefined"}, c.Flags)
	err = bpf2go.Compile(bpf2go.CompileArgs{
		CC: one.cc[0], Flags: flags, Workdir: wd, Source: source, Dest: one.dest, Target: target, DisableStripping: true,
	})
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(one.dest)
	if err != nil {
		return nil, err
	}
	return load(one.path, data)
}
