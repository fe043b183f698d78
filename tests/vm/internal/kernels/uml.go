package kernels

import (
	"context"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
)

// userMode is Debian's user-mode Linux. It wants a newer C library than the
// oldest system we support has, and re-executes itself, so that a copy of it
// is made to use the library that lies beside it in the cache.
func userMode(ctx context.Context, goarch string) (string, error) {
	if goarch != "amd64" {
		return "", fmt.Errorf("user-mode Linux is there for amd64 only, not for %s", goarch)
	}
	uml, err := fetch(ctx, goarch, "newest", "user-mode-linux")
	if err != nil {
		return "", err
	}
	libc, err := fetch(ctx, goarch, "newest", "libc6")
	if err != nil {
		return "", err
	}
	// The copy holds the library's path: a cache that was moved needs another.
	program := filepath.Join(uml, fmt.Sprintf("linux.uml-%08x", crc32.ChecksumIEEE([]byte(libc))))
	if sound(program) {
		return program, nil
	}
	patchelf, err := exec.LookPath("patchelf")
	if err != nil {
		return "", fmt.Errorf("user-mode Linux needs patchelf: install Debian's package patchelf")
	}
	tmp := fmt.Sprintf("%s.%d", program, os.Getpid())
	defer os.Remove(tmp)
	out, err := exec.CommandContext(ctx, patchelf,
		"--set-interpreter", filepath.Join(libc, "usr/lib64/ld-linux-x86-64.so.2"),
		"--set-rpath", filepath.Join(libc, "usr/lib/x86_64-linux-gnu"),
		"--output", tmp, filepath.Join(uml, "usr/bin/linux.uml")).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("patchelf: %w: %s", err, out)
	}
	data, err := os.ReadFile(tmp)
	if err != nil {
		return "", err
	}
	return program, keep(program, 0o755, data)
}
