package cfront_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/target"
)

const commented = `/*
 * About s.
 * @b: from above
 */
struct s {
	int a;	/* first */
	int b;
};
/* heading */
#define ONE 1
#define TWO 2 /* two */
/*
 * THREE	listed
 */
enum e { THREE, /* beside */ };
`

func TestComments(t *testing.T) {
	for _, on := range []bool{true, false} {
		u, err := cfront.Parse(tree("h.h", commented), target.ByGOARCH("amd64"), []string{"h.h"}, cfront.Options{Comments: on})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{"s": u.Records[0].Comment, "THREE": u.Enums[0].Consts[0].Comment}
		for _, m := range u.Records[0].Members {
			got[m.Name] = m.Comment
		}
		for _, m := range u.Macros {
			got[m.Name] = m.Comment
		}
		for name, want := range map[string]string{
			"s": "About s.\n@b: from above", "a": "first", "b": "from above",
			"ONE": "", "TWO": "two", "THREE": "listed",
		} {
			if !on {
				want = ""
			}
			if got[name] != want {
				t.Errorf("comments %v: %s has %q, want %q", on, name, got[name], want)
			}
		}
	}
}

// A kernel tree is read as headers_install would have installed it.
func TestKernelTree(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"include/uapi/linux/a.h":           "#include <linux/compiler.h>\n#include <asm/b.h>\nstruct a { void __user *p; char c; B b; } __packed;\n",
		"include/uapi/asm-generic/b.h":     "typedef int B;\n",
		"arch/s390/include/uapi/asm/b.h":   "typedef long B;\n",
		"include/linux/compiler.h":         "this is not for user space\n",
		"arch/x86/include/asm/internal.h":  "",
		"include/uapi/linux/unrelated.txt": "",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	src, err := source.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for goarch, want := range map[string]string{"amd64": "B=int", "s390x": "B=long"} {
		u, err := cfront.Parse(src, target.ByGOARCH(goarch), []string{"linux/a.h"}, cfront.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r := u.Records[0]
		if got := showType(r.Members[2].Type); got != want || !r.Packed {
			t.Errorf("%s: b is %s, packed %v; want %s, packed", goarch, got, r.Packed, want)
		}
		if _, ok := cfront.ArchSensitive(src, u); !ok {
			t.Errorf("%s: an include of asm/ is not seen", goarch)
		}
	}
}
