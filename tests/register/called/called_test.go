// Package called asserts that the tests of the register helpers leave none
// out. It is apart from them, since they also run where their source is not.
package called

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"

	"github.com/uringgen/uringgen/tests/need"
)

// Each exported function of the generated package for Linux is called there.
func TestEveryHelperIsCalled(t *testing.T) {
	called := map[string]bool{}
	fset := token.NewFileSet()
	files, err := filepath.Glob("../*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no tests of the register helpers found")
	}
	for _, name := range files {
		f, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok {
				if s, ok := c.Fun.(*ast.SelectorExpr); ok {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == "uapi" {
						called[s.Sel.Name] = true
					}
				}
			}
			return true
		})
	}
	direct := map[string]bool{"Register": true} // what the others are made of
	n := 0
	for _, name := range []string{"register_linux.go", "syscall_linux.go"} {
		f, err := parser.ParseFile(fset, filepath.Join(need.Root(t), "generated", "uapi", name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || !fn.Name.IsExported() {
				continue
			}
			n++
			if !called[fn.Name.Name] && !direct[fn.Name.Name] {
				t.Errorf("no test calls uapi.%s", fn.Name.Name)
			}
		}
	}
	if n < 38 {
		t.Errorf("%d functions found: there are more", n)
	}
}
