package kernels

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
)

// What we unpack lies in a cache that lives long; each file has its checksum
// beside it, so that a damaged one is made anew and never booted.

// keep writes data to path, and its checksum beside it.
func keep(path string, mode os.FileMode, data []byte) error {
	sum := sha256.Sum256(data)
	if err := replace(path, mode, data); err != nil {
		return err
	}
	return replace(path+".sha256", 0o644, []byte(hex.EncodeToString(sum[:])))
}

// sound tells whether path holds what keep wrote.
func sound(path string) bool {
	want, err := os.ReadFile(path + ".sha256")
	if err != nil {
		return false
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]) == string(want)
}

// replace writes a file as a whole: readers see the old one or the new.
func replace(path string, mode os.FileMode, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if e := f.Chmod(mode); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
