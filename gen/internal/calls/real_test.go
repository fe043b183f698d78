package calls_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/calls"
	"github.com/uringgen/uringgen/gen/internal/cfront"
	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/plan"
	"github.com/uringgen/uringgen/gen/internal/rules"
	"github.com/uringgen/uringgen/gen/internal/source"
	"github.com/uringgen/uringgen/gen/internal/target"
)

var shippedFS = os.DirFS(filepath.Join("..", "..", "tables", "io_uring"))

// pinned is the package planned from the headers and tables of this
// repository.
var pinned = sync.OnceValues(func() (*plan.Package, error) {
	top := filepath.Join("..", "..", "..", "headers")
	r, err := rules.Load(shippedFS)
	if err != nil {
		return nil, err
	}
	t := target.All()[0]
	u, err := cfront.Parse(source.FromFS(os.DirFS(filepath.Join(top, "uapi"))), t, r.Reads(), cfront.Options{})
	if err != nil {
		return nil, err
	}
	l, err := layout.Compute(u, t)
	if err != nil {
		return nil, err
	}
	b, err := r.Bind(u, l, nil)
	if err != nil {
		return nil, err
	}
	return plan.Build(b, plan.Options{Package: "uapi", Kernel: "7.3"})
})

func pinnedPackage(t *testing.T) *plan.Package {
	t.Helper()
	p, err := pinned()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The shipped tables cover each operation of the pinned headers.
func TestShippedTables(t *testing.T) {
	set, findings, err := calls.Build(shippedFS, pinnedPackage(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Errorf("%s (%s): %s", f.Symbol, f.Place, f.Missing)
	}
	files, err := set.Emit()
	if err != nil {
		t.Fatal(err)
	}
	again, err := set.Emit()
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		if string(f.Data) != string(again[i].Data) {
			t.Errorf("%s differs when it is written a second time", f.Name)
		}
	}
}
