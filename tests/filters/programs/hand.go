package programs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/uringgen/uringgen/bpf/cbpf"
)

// Hand is a program that was written by hand, as short as its author could.
type Hand struct {
	Name    string // of the program in C that it equals
	Program cbpf.Program
}

// Hands is the programs written by hand in a folder, one a file, in order of
// their names.
func Hands(dir string) ([]Hand, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.cbpf"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s: no programs", dir)
	}
	var out []Hand
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		p, err := Assemble(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if err := cbpf.Validate(p); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		out = append(out, Hand{strings.TrimSuffix(filepath.Base(path), ".cbpf"), p})
	}
	return out, nil
}
