package source

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/target"
)

// Open finds out what kind of header tree dir is. Files are read through an
// os.Root: nothing outside of the tree can be reached, whatever symlinks say.
func Open(dir string) (*Source, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open header tree: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("cannot open header tree: %s is not a directory", dir)
	}
	for _, try := range []func(string) (*Source, error){openKernel, openInclude, openPackage, openPlain} {
		s, err := try(dir)
		if err != nil {
			return nil, fmt.Errorf("cannot open header tree %s: %w", dir, err)
		}
		if s != nil {
			return s, nil
		}
	}
	return nil, fmt.Errorf("%s is not a header tree: it holds none of "+
		"include/uapi/linux (kernel sources), "+
		"usr/include/linux, include/linux (installed kernel headers), "+
		"linux (an include folder or a plain tree), uapi/linux (a plain tree)", dir)
}

func openKernel(dir string) (*Source, error) {
	if !isDir(dir, "include/uapi/linux") || !isDir(dir, "arch") {
		return nil, nil
	}
	return rooted(Kernel, dir, dir, kernelLookup)
}

// openInclude takes an include folder. Distributions keep asm/ as symlinks
// that lead out of include into its parent, so the parent is the root; only
// names below include are ever looked up in it.
func openInclude(dir string) (*Source, error) {
	if !isDir(dir, "linux") || !hasAsm(dir) {
		return nil, nil
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if filepath.Base(abs) != "include" {
		return rooted(Package, dir, dir, packageLookup("."))
	}
	return rooted(Package, dir, filepath.Dir(abs), packageLookup("include"))
}

func openPackage(dir string) (*Source, error) {
	for _, sub := range []string{"usr", "."} {
		if isDir(dir, filepath.Join(sub, "include/linux")) {
			return rooted(Package, dir, filepath.Join(dir, sub), packageLookup("include"))
		}
	}
	return nil, nil
}

func openPlain(dir string) (*Source, error) {
	for _, sub := range []string{".", "uapi"} {
		if isDir(dir, filepath.Join(sub, "linux")) {
			return rooted(Canonical, dir, filepath.Join(dir, sub), plainLookup)
		}
	}
	return nil, nil
}

func rooted(k Kind, dir, root string, l lookup) (*Source, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	return &Source{kind: k, dir: dir, root: r.FS(), lookup: l}, nil
}

// hasAsm tells an installed include folder from a plain tree.
func hasAsm(dir string) bool {
	if isDir(dir, "asm-generic") || isDir(dir, "asm") {
		return true
	}
	for _, t := range target.All() {
		if isDir(dir, filepath.Join(t.Triplet, "asm")) {
			return true
		}
	}
	return false
}

func isDir(dir, sub string) bool {
	info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(strings.TrimSuffix(sub, "/"))))
	return err == nil && info.IsDir()
}
