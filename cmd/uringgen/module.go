package main

import (
	"os"
	"path/filepath"
)

// defaultOutput is where generated code goes below a module's root.
const defaultOutput = "generated/uapi"

// outputDir is the folder that -o names, else the usual one of the module
// that the working directory is in, else the one below the working directory.
func outputDir(flag, usual string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	wd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	return displayPath(wd, filepath.Join(moduleRoot(wd), usual)), nil
}

// moduleRoot is the closest folder upwards that holds a go.mod; dir if none.
func moduleRoot(dir string) string {
	for d := dir; ; d = filepath.Dir(d) {
		if info, err := os.Stat(filepath.Join(d, "go.mod")); err == nil && info.Mode().IsRegular() {
			return d
		}
		if d == filepath.Dir(d) {
			return dir
		}
	}
}

// displayPath is path as seen from wd.
func displayPath(wd, path string) string {
	if rel, err := filepath.Rel(wd, path); err == nil {
		return rel
	}
	return path
}
