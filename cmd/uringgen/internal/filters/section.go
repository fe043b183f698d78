package filters

import (
	"errors"
	"fmt"
	"strings"

	"github.com/uringgen/uringgen/gen"
)

// section is the one that filters stand in, alone or with their operations
// behind it: "io_uring_filter/openat,openat2".
const section = "io_uring_filter"

var errElsewhere = errors.New("not a filter")

// operations is which operations a section names. open tells that it names
// none, and that no others were given.
func (j *Job) operations(name string) (ops []gen.Operation, open bool, err error) {
	first, rest, named := strings.Cut(name, "/")
	switch {
	case first != section:
		return nil, false, errElsewhere
	case !named:
		return j.Default, len(j.Default) == 0, nil
	}
	ops, err = ParseOps(j.Ops, rest)
	if err != nil {
		return nil, false, fmt.Errorf("section %s: %w", name, err)
	}
	return ops, false, nil
}

// ParseOps reads operations as sections name them: "openat,openat2".
func ParseOps(known []gen.Operation, list string) ([]gen.Operation, error) {
	var out []gen.Operation
	seen := map[string]bool{}
	for word := range strings.SplitSeq(list, ",") {
		name := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(word)), "ioring_op_")
		op, ok := find(known, name)
		switch {
		case !ok:
			return nil, fmt.Errorf("no operation %q: they are those of IORING_OP_*, in small letters and without that prefix, such as socket", word)
		case seen[name]:
			return nil, fmt.Errorf("operation %q is named twice", word)
		}
		seen[name] = true
		out = append(out, op)
	}
	return out, nil
}

func find(known []gen.Operation, name string) (gen.Operation, bool) {
	for _, o := range known {
		if o.Name == name {
			return o, true
		}
	}
	return gen.Operation{}, false
}
