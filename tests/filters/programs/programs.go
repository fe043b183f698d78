// Package programs is the list of filters in C that translations are proven
// with, and the classic BPF that was written by hand for some of them.
package programs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/cilium/ebpf"
)

// Source is a file of programs.
type Source struct {
	Path     string
	Programs []string // names of its functions, in order
}

var filterLine = regexp.MustCompile(`(?m)^FILTER\((\w+)\)`)

// Name is the program that a line of C begins; "" if it begins none.
func Name(line []byte) string {
	if m := filterLine.FindSubmatch(line); m != nil {
		return string(m[1])
	}
	return ""
}

// Sources is the files below a folder, with the programs of each.
func Sources(dir string) ([]Source, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.c"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s: no C files", dir)
	}
	var out []Source
	for _, p := range paths {
		s, err := Read(p)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// Read is one file with its programs.
func Read(path string) (Source, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Source{}, err
	}
	s := Source{Path: path}
	for _, m := range filterLine.FindAllSubmatch(text, -1) {
		s.Programs = append(s.Programs, string(m[1]))
	}
	return s, nil
}

// Variant is a way to compile for eBPF.
type Variant struct {
	Clang     string // command
	Optimize  string // as clang's option
	CPU       string // as clang's -mcpu
	BigEndian bool
}

// String is "clang-14 -O2 -mcpu=v1", with -EB for big-endian objects.
func (v Variant) String() string {
	s := filepath.Base(v.Clang) + " " + v.Optimize + " -mcpu=" + v.CPU
	if v.BigEndian {
		s += " -EB"
	}
	return s
}

// Reference is the compiler that everybody has: Debian 12's.
const Reference = "clang-14"

// compilers are the reference and what else may be installed, with the
// instruction sets that each knows.
var compilers = []struct {
	name string
	cpus []string
}{
	{Reference, []string{"v1", "v2", "v3"}},
	{"clang-16", []string{"v1", "v3"}},
	{"clang-19", []string{"v1", "v2", "v3", "v4"}},
	{"clang-20", []string{"v1", "v4"}},
	{"clang-21", []string{"v1", "v4"}},
}

// Variants is all ways that the installed compilers know, in one byte order.
func Variants(bigEndian bool) []Variant {
	var out []Variant
	for _, c := range compilers {
		clang, err := exec.LookPath(c.name)
		if err != nil {
			continue
		}
		for _, o := range []string{"-O0", "-O1", "-O2"} {
			for _, cpu := range c.cpus {
				out = append(out, Variant{clang, o, cpu, bigEndian})
			}
		}
	}
	return out
}

// Object compiles a file for eBPF. headers is the folder of linux/io_uring.h.
func (s *Source) Object(v Variant, headers string) (*ebpf.CollectionSpec, error) {
	dir, err := os.MkdirTemp("", "filter-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	target := "--target=bpfel"
	if v.BigEndian {
		target = "--target=bpfeb"
	}
	out := filepath.Join(dir, "filter.o")
	args := []string{target, "-g", "-c", v.Optimize, "-mcpu=" + v.CPU, "-Wall", "-Werror", "-Wno-unused-function", "-I", headers, "-o", out, s.Path}
	if text, err := exec.Command(v.Clang, args...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", v.Clang, strings.Join(args, " "), err, text)
	}
	spec, err := ebpf.LoadCollectionSpec(out)
	if err != nil {
		return nil, fmt.Errorf("%s, %v: %w", s.Path, v, err)
	}
	for _, p := range s.Programs {
		if spec.Programs[p] == nil {
			return nil, fmt.Errorf("%s, %v: no program %s", s.Path, v, p)
		}
	}
	return spec, nil
}
