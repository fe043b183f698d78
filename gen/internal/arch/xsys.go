package arch

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"strings"
)

// Constants is a set of integer constants by name.
type Constants map[string]int64

// module is where Go keeps what C libraries and kernels of all architectures
// say.
const module = "golang.org/x/sys"

// FindModule is the source of golang.org/x/sys as the go command knows it in
// the current folder.
func FindModule() (fs.FS, error) {
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	dir := strings.TrimSpace(string(out))
	if err != nil {
		return nil, fmt.Errorf("cannot find %s: go list: %w: %s", module, err, strings.TrimSpace(stderr.String()))
	}
	if dir == "" {
		return nil, fmt.Errorf("cannot find %s: it is not in the module cache; run go mod download %s", module, module)
	}
	return os.DirFS(dir), nil
}

// goFiles are the generated files of x/sys/unix that hold constants; all of
// them but the first two are an architecture's.
var goFiles = []string{"zerrors_linux.go", "ztypes_linux.go", "zerrors_linux_%s.go", "ztypes_linux_%s.go", "zsysnum_linux_%s.go"}

// ReadModule reads the constants of package unix for one architecture from
// the source of golang.org/x/sys.
func ReadModule(fsys fs.FS, goarch string) (Constants, error) {
	out := Constants{}
	for _, name := range goFiles {
		if strings.Contains(name, "%") {
			name = fmt.Sprintf(name, goarch)
		}
		name = "unix/" + name
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s for %s: %w", module, goarch, err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", module, err)
		}
		out.file(f)
	}
	return out, nil
}

// file adds the integer constants of a file. Generated files give each its
// own literal; whatever is more than that is none of ours.
func (c Constants) file(f *ast.File) {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			spec := s.(*ast.ValueSpec)
			if len(spec.Names) != 1 || len(spec.Values) != 1 {
				continue
			}
			if v, ok := integer(spec.Values[0]); ok {
				c[spec.Names[0].Name] = v
			}
		}
	}
}

func integer(e ast.Expr) (int64, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		return constant.Int64Val(constant.ToInt(constant.MakeFromLiteral(e.Value, e.Kind, 0)))
	case *ast.UnaryExpr:
		v, ok := integer(e.X)
		return -v, ok && e.Op == token.SUB
	case *ast.ParenExpr:
		return integer(e.X)
	}
	return 0, false
}
