// Package kernels finds the kernel that a user asked for: a file, or a
// package of Debian's archive, unpacked into the repository's cache.
package kernels

import (
	"context"
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/uringgen/uringgen/tests/vm/internal/bed"
)

// GoneError says that the archive has no kernel of a series now.
type GoneError struct{ Series, GOARCH string }

func (e *GoneError) Error() string {
	return fmt.Sprintf("the Debian archive has no %s kernel for %s now", e.Series, e.GOARCH)
}

// packages are the names of Debian's kernel packages, newest naming first;
// "%" stands for the release. Up to 7.1 and 6.18 the image is in linux-image.
var packages = map[string][]string{
	"amd64": {"linux-binary-%-cloud-amd64", "linux-image-%-cloud-amd64"},
	"arm64": {"linux-binary-%-cloud-arm64", "linux-image-%-cloud-arm64"},
	"s390x": {"linux-binary-%-s390x", "linux-image-%-s390x"},
}

// images are the places of the image in an unpacked package.
var images = []string{"boot/vmlinuz-*", "usr/lib/modules/*/vmlinuz"}

var series = regexp.MustCompile(`^(newest|\d+\.\d+)$`)

// Resolve finds a kernel by path, by series ("7.3", "newest"), or as "uml".
func Resolve(ctx context.Context, spec, goarch string) (bed.Kernel, error) {
	k := bed.Kernel{Name: spec, GOARCH: goarch}
	var err error
	switch {
	case spec == "uml":
		k.UserMode = true
		k.Image, err = userMode(ctx, goarch)
		k.Config = filepath.Join(filepath.Dir(k.Image), "usr/share/doc/user-mode-linux/config.gz")
	case series.MatchString(spec):
		k.Image, err = packaged(ctx, spec, goarch)
		if found, _ := filepath.Glob(filepath.Join(filepath.Dir(k.Image), "boot/config-*")); len(found) > 0 {
			k.Config = found[0]
		}
	default:
		if _, e := os.Stat(spec); e != nil {
			return k, fmt.Errorf("no kernel %q: it is no file, and not uml, newest or a series such as 7.3", spec)
		}
		k.Image, err = filepath.Abs(spec)
		k.UserMode = isUserMode(spec)
	}
	return k, err
}

// packaged is the image of the newest package of a series.
func packaged(ctx context.Context, series, goarch string) (string, error) {
	names, ok := packages[goarch]
	if !ok {
		return "", fmt.Errorf("no Debian kernel is known for GOARCH %s", goarch)
	}
	dir, err := fetch(ctx, goarch, series, names...)
	if err != nil {
		return "", err
	}
	return imageIn(dir)
}

// imageIn is the bootable image of an unpacked package: the ELF file inside
// it where that can be had.
func imageIn(dir string) (string, error) {
	for _, pattern := range images {
		found, _ := filepath.Glob(filepath.Join(dir, pattern))
		if len(found) == 0 {
			continue
		}
		elfFile := filepath.Join(dir, "vmlinux")
		if sound(elfFile) {
			return elfFile, nil
		}
		ok, err := unpack(found[0], elfFile)
		if err != nil {
			return "", fmt.Errorf("%w; remove %s and try again", err, dir)
		}
		if ok {
			return elfFile, nil
		}
		return found[0], nil
	}
	return "", fmt.Errorf("no kernel image in %s; remove it and try again", dir)
}

// isUserMode tells a user-mode Linux program from a kernel for bare metal:
// the latter is linked at the top of the address space, or is no ELF file.
func isUserMode(path string) bool {
	f, err := elf.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD && p.Vaddr >= 1<<47 {
			return false
		}
	}
	return true
}
