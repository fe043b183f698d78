package source

import (
	"path"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/target"
)

func plainLookup(_ *target.Target, name string) []string { return []string{name} }

// packageLookup is for trees rooted at the parent of include/. The asm/
// headers are the target's own: Debian keeps them below a folder named by the
// target's triplet, a tree of a single architecture directly below include.
func packageLookup(include string) lookup {
	return func(t *target.Target, name string) []string {
		plain := path.Join(include, name)
		if strings.HasPrefix(name, "asm/") {
			return []string{path.Join(include, t.Triplet, name), plain}
		}
		return []string{plain}
	}
}

// kernelLookup is for kernel source trees. What an architecture does not
// have of its own is generic.
func kernelLookup(t *target.Target, name string) []string {
	if asm, ok := strings.CutPrefix(name, "asm/"); ok {
		return []string{
			path.Join("arch", t.Kernel, "include/uapi/asm", asm),
			path.Join("include/uapi/asm-generic", asm),
		}
	}
	return []string{path.Join("include/uapi", name)}
}

// emptyInKernel are headers that uapi headers include but that
// headers_install drops.
var emptyInKernel = map[string]bool{
	"linux/compiler.h":       true,
	"linux/compiler_types.h": true,
}

// kernelDefines is what headers_install edits away in uapi headers, as
// macros.
const kernelDefines = `#define __user
#define __force
#define __iomem
#define __rcu
#define __bitwise
#define __attribute_const__
#define __packed __attribute__((packed))
#define __aligned(x) __attribute__((aligned(x)))
#define __EXPORTED_HEADERS__ 1
`
