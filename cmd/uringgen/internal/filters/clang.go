package filters

import "fmt"

// The versions of clang that FindClang looks for, the oldest being the first
// that compiles uringgen.h.
const oldestClang, newestClang = 14, 40

// FindClang is the command to compile with where none is named: clang, or, as
// Debian calls the packages that do not depend on a default, the clang-N with
// the highest N that look finds.
func FindClang(look func(name string) (path string, err error)) string {
	const usual = "clang"
	if _, err := look(usual); err == nil {
		return usual
	}
	for n := newestClang; n >= oldestClang; n-- {
		name := fmt.Sprintf("clang-%d", n)
		if _, err := look(name); err == nil {
			return name
		}
	}
	return usual
}
