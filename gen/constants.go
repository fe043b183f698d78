package gen

import "github.com/uringgen/uringgen/gen/internal/arch"

// ArchConstants is the constants of a table, as Config.Arch holds it, that an
// architecture has, by their C names.
func ArchConstants(table []byte, goarch string) (map[string]int64, error) {
	if _, err := findTarget(goarch); err != nil {
		return nil, err
	}
	t, err := arch.Parse("arch.tbl", table)
	if err != nil {
		return nil, publicError(err)
	}
	out := map[string]int64{}
	for _, r := range t.Rows() {
		if v, ok := r.Value(goarch); ok {
			out[r.Name] = v
		}
	}
	return out, nil
}
