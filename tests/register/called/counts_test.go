package called

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"testing"

	"github.com/uringgen/uringgen/tests/need"
)

// counts is what each helper has to pass as the last argument of
// io_uring_register(2), as the kernel's source wants it. Kernels refuse most
// wrong counts, but no machine has all that is needed to ask for all of them:
// a kernel with filters, a network card that receives without copying.
var counts = map[string]string{
	"RegisterBuffers":              "count32(len(iovecs))",
	"UnregisterBuffers":            "0",
	"RegisterBuffers2":             "uint32(unsafe.Sizeof(IoUringRsrcRegister{}))",
	"RegisterBuffersTags":          "uint32(unsafe.Sizeof(IoUringRsrcRegister{}))",
	"RegisterBuffersSparse":        "uint32(unsafe.Sizeof(IoUringRsrcRegister{}))",
	"RegisterBuffersUpdate":        "uint32(unsafe.Sizeof(IoUringRsrcUpdate2{}))",
	"RegisterBuffersUpdateTags":    "uint32(unsafe.Sizeof(IoUringRsrcUpdate2{}))",
	"RegisterCloneBuffers":         "1",
	"RegisterFiles":                "count32(len(files))",
	"UnregisterFiles":              "0",
	"RegisterFilesUpdate":          "count32(len(files))",
	"RegisterFiles2":               "uint32(unsafe.Sizeof(IoUringRsrcRegister{}))",
	"RegisterFilesTags":            "uint32(unsafe.Sizeof(IoUringRsrcRegister{}))",
	"RegisterFilesSparse":          "uint32(unsafe.Sizeof(IoUringRsrcRegister{}))",
	"RegisterFilesUpdate2":         "uint32(unsafe.Sizeof(IoUringRsrcUpdate2{}))",
	"RegisterFilesUpdateTags":      "uint32(unsafe.Sizeof(IoUringRsrcUpdate2{}))",
	"RegisterFileAllocRange":       "0",
	"RegisterEventfd":              "1",
	"RegisterEventfdAsync":         "1",
	"UnregisterEventfd":            "0",
	"RegisterClock":                "0",
	"RegisterNapi":                 "1",
	"UnregisterNapi":               "1",
	"RegisterProbe":                "count32(len(ops))",
	"RegisterQuery":                "0",
	"RegisterQueryOpcodes":         "0",
	"RegisterQueryZcrx":            "0",
	"RegisterQueryScq":             "0",
	"RegisterQueryZcrxEvent":       "0",
	"RegisterPersonality":          "0",
	"UnregisterPersonality":        "id",
	"RegisterRestrictions":         "count32(len(restrictions))",
	"RegisterTaskRestrictions":     "1",
	"RegisterEnableRings":          "0",
	"RegisterBpfFilter":            "1",
	"RegisterBpfFilterProgram":     "1",
	"RegisterTaskBpfFilter":        "1",
	"RegisterTaskBpfFilterProgram": "1",
	"RegisterIowqAff":              "count32(len(mask) * int(unsafe.Sizeof(mask[0])))",
	"UnregisterIowqAff":            "0",
	"RegisterIowqMaxWorkers":       "2",
	"RegisterRingFds":              "count32(len(updates))",
	"RegisterRingFd":               "1",
	"UnregisterRingFds":            "count32(len(updates))",
	"UnregisterRingFd":             "1",
	"RegisterPbufRing":             "1",
	"RegisterPbufRingMmap":         "1",
	"UnregisterPbufRing":           "1",
	"RegisterPbufStatus":           "1",
	"RegisterSyncCancel":           "1",
	"RegisterSendMsgRing":          "1",
	"RegisterResizeRings":          "1",
	"RegisterMemRegion":            "1",
	"RegisterZcrxIfq":              "1",
	"RegisterZcrxCtrl":             "0",
}

func TestCounts(t *testing.T) {
	name := filepath.Join(need.Root(t), "generated", "uapi", "register_linux.go")
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || !fn.Name.IsExported() {
			continue
		}
		found[fn.Name.Name] = true
		want, known := counts[fn.Name.Name]
		if !known {
			t.Errorf("%s: say in this test what the kernel wants as nr_args", fn.Name.Name)
			continue
		}
		if got := count(fn); got != want {
			t.Errorf("%s passes %q as nr_args, want %q", fn.Name.Name, got, want)
		}
	}
	for name := range counts {
		if !found[name] {
			t.Errorf("there is no %s", name)
		}
	}
}

// count is the last argument of the call of Register or onRing in fn, "" if
// there is none.
func count(fn *ast.FuncDecl) string {
	out := ""
	ast.Inspect(fn, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if name, ok := call.Fun.(*ast.Ident); ok && (name.Name == "Register" || name.Name == "onRing") && len(call.Args) == 4 {
			out = types.ExprString(call.Args[3])
		}
		return true
	})
	return out
}
