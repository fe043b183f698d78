package filters

import (
	"fmt"

	"github.com/uringgen/uringgen/gen"
)

// Compiler compiles sources as bpf2go does, which does not exist on Windows.
type Compiler struct {
	CC      string
	Flags   []string
	Headers []gen.File
}

// Compile fails on Windows.
func (j *Job) Compile(_ *Compiler, path string) (*Source, error) {
	return nil, fmt.Errorf("%s: bpf2go, which compiles C, is not there on Windows: compile elsewhere, and give the objects", path)
}
