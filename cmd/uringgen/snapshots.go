package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/uringgen/uringgen/gen"
	"github.com/uringgen/uringgen/headers"
)

const snapshotExt = ".facts"

// shippedSnapshots lists the kernels whose facts are built in, oldest first.
func shippedSnapshots() []string {
	files, err := fs.Glob(headers.Snapshots, "*"+snapshotExt)
	if err != nil {
		panic(err) // the pattern is malformed
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(f, snapshotExt)
	}
	slices.SortFunc(files, func(a, b string) int { return slices.Compare(version(a), version(b)) })
	return files
}

func version(s string) []int {
	var v []int
	for part := range strings.SplitSeq(s, ".") {
		n, _ := strconv.Atoi(part) // what is no number sorts first
		v = append(v, n)
	}
	return v
}

func shippedSnapshot(kernel string) (gen.Facts, error) {
	if !slices.Contains(shippedSnapshots(), kernel) {
		return gen.Facts{}, fmt.Errorf("no snapshot of kernel %q: there are %s", kernel, strings.Join(shippedSnapshots(), ", "))
	}
	name := kernel + snapshotExt
	text, err := fs.ReadFile(headers.Snapshots, name)
	if err != nil {
		return gen.Facts{}, err
	}
	return gen.ParseFacts(name, string(text))
}

// factsOf finds the facts that an argument stands for: a folder of headers, a
// file of facts, or a shipped snapshot.
func factsOf(arg, arch string, in input) (gen.Facts, error) {
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		in.headers = arg
		cfg, err := in.config()
		if err != nil {
			return gen.Facts{}, err
		}
		return gen.FactsOf(cfg, arch)
	case err == nil:
		text, err := os.ReadFile(arg)
		if err != nil {
			return gen.Facts{}, err
		}
		return gen.ParseFacts(arg, string(text))
	case strings.Contains(arg, "/") || path.Ext(arg) == snapshotExt:
		return gen.Facts{}, err
	}
	f, err := shippedSnapshot(arg)
	if err != nil {
		return f, fmt.Errorf("%s is neither a folder nor a file, and %w", arg, err)
	}
	return f, nil
}
