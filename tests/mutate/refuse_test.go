package mutate

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uringgen/uringgen/gen"
	"github.com/uringgen/uringgen/headers"
)

// TestRefused adds to a sound header what one Go package for all architectures
// cannot express, or what is not C. Each is refused where it stands.
func TestRefused(t *testing.T) {
	for _, lines := range []string{
		"struct uneven { __u32 a; __u64 b; };",
		"struct longs { long a; };",
		"struct pointers { void *a; };",
		"struct incomplete { struct nowhere a; };",
		"struct twice { __u32 a; __u32 a; };",
		"struct wide { __u32 a : 33; };",
		"#define LONG_SIZE sizeof(long)",
		"#define LONG_BITS (~0UL)",
		"enum { OF_A_LONG = sizeof(unsigned long) };",
		"#ifdef __s390x__\n#define ONLY_ON_S390X 1\n#endif",
		"#ifdef __s390x__\nstruct only_on_s390x { int a; };\n#endif",
		"#ifndef __s390x__\n#define ALL_BUT_S390X 1\n#endif",
		"#include <asm/none.h>",
	} {
		t.Run(lines, func(t *testing.T) {
			tree := maps.Clone(sound())
			text := tree[mainHeader].Data
			tree[mainHeader] = &fstest.MapFile{Data: append(bytes.Clone(text), lines+"\n"...), Mode: 0o444}
			_, err := gen.Generate(gen.Config{
				Headers: tree, Manifest: headers.Manifest, Snapshots: headers.Snapshots, Arch: headers.Arch,
			})
			if err == nil {
				t.Fatal("no error")
			}
			line := 1 + bytes.Count(text, []byte("\n"))
			if strings.HasPrefix(lines, "#if") {
				line++
			}
			if place := fmt.Sprintf("%s:%d:", mainHeader, line); !strings.Contains(err.Error(), place) {
				t.Errorf("the error does not say %s\n%v", place, err)
			}
		})
	}
}
