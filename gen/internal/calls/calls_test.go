package calls_test

import (
	"fmt"
	"go/format"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uringgen/uringgen/gen/internal/calls"
	"github.com/uringgen/uringgen/gen/internal/plan"
)

// A small package, made by hand: a slot with unions, a record with a flexible
// array, one with a record inside.
func small() *plan.Package {
	u := func(c, field, typ string, offset, size int64) *plan.Access {
		return &plan.Access{C: c, GoType: typ, Offset: offset, Size: size, Field: field, FieldType: typ}
	}
	slot := &plan.Record{Name: "Slot", C: "struct slot", Tag: "slot", Size: 24, Access: []*plan.Access{
		u("op", "Op", "Op", 0, 1), u("prio", "Prio", "uint16", 2, 2), u("fd", "Fd", "int32", 4, 4),
		u("off", "Off", "uint64", 8, 8),
		{C: "half", GoType: "uint32", Offset: 8, Size: 4, Getter: "Half", Setter: "SetHalf"},
		u("signed", "Signed", "int32", 16, 4),
		{C: "index", GoType: "uint32", Offset: 16, Size: 4, Field: "Signed", FieldType: "int32", Getter: "Index", Setter: "SetIndex"},
		u("flags", "Flags", "Flags", 20, 4),
	}}
	inner := &plan.Record{Name: "Inner", C: "struct inner", Tag: "inner", Size: 16, Access: []*plan.Access{
		u("ptr", "Ptr", "uint64", 0, 8), u("n", "N", "uint32", 8, 4)}}
	outer := &plan.Record{Name: "Outer", C: "struct outer", Tag: "outer", Size: 24, Access: []*plan.Access{
		u("kind", "Kind", "uint16", 0, 2), u("result", "Result", "int32", 4, 4),
		{C: "in", GoType: "Inner", Offset: 8, Size: 16, Getter: "In", Kind: plan.Pointer}}}
	list := &plan.Record{Name: "List", C: "struct list", Tag: "list", Size: 8, Access: []*plan.Access{
		u("n", "N", "uint16", 0, 2), {C: "items", GoType: "Inner", Offset: 8, Getter: "Items", Kind: plan.Flexible}}}
	c := func(name, typ, value, since string) *plan.Const {
		return &plan.Const{Name: name, Type: typ, Value: value, Since: since, Pos: "x.h:7"}
	}
	return &plan.Package{Name: "small", Kernel: "1.0", Files: []*plan.File{{
		Name: "x.go", Header: "x.h", SHA256: "00ff",
		Types: []*plan.Type{{Name: "Op", Underlying: "uint8"}, {Name: "Flags", Underlying: "uint32", Flags: true}, {Name: "Call", Underlying: "uint8"}},
		Consts: []*plan.Group{{Consts: []*plan.Const{
			c("OP_A", "Op", "0", "1.2"), c("OP_B", "Op", "1", "1.10"), c("OP_MAX", "", "2", ""),
			c("F_X", "Flags", "0x2", "1.9"), c("ALL", "", "0xffffffff", ""), c("BIG", "", "1 << 40", ""),
			c("CALL_A", "Call", "0", ""), c("REG", "", "1 << 31", ""),
		}}},
		Records: []*plan.Record{slot, inner, outer, list},
	}}}
}

const (
	prepHead = "method | op | liburing | params | assigns | memory | doc\n@record | slot | x_prep_ | - | op | - | Slots are filled in\n"
	regHead  = "op | function | params | arg | nr_args | result | doc\n@call | Do | - | - | - | - | -\n@type | iovec | syscall.Iovec | - | - | - | -\n"
	sysHead  = "function | syscall | params | args | result | doc\n@index | Indexed | - | - | - | makes it\n@bitmap | Set | NBITS | - | - | is a set\n" +
		"Do | SYS_DO | fd:ring op:CALL_A arg:ptr n:u32 | fd op||registered(fd,REG) arg n | n:int | does it\n"
	prepRows = "PrepA | OP_A | x_prep_a | fd:i32 p:ptr flags:.flags | fd=fd off=ptr(p) flags=flags||F_X | p:submit p.data:cqe | does a\n" +
		"PrepB | OP_B | - | n:u16 | prio=n half=ALL index=ALL | - | does b\n"
	regRows = "CALL_A | DoA | - | - | 0 | - | does a\n"
)

func build(prep, reg, sys string) (*calls.Set, []calls.Finding, error) {
	return calls.Build(fstest.MapFS{
		"prep.tbl":     {Data: []byte(prepHead + prep)},
		"register.tbl": {Data: []byte(regHead + reg)},
		"syscalls.tbl": {Data: []byte(sysHead + sys)},
	}, small())
}

// emit builds and returns all Go text, white space collapsed.
func emit(t *testing.T, prep, reg, sys string) string {
	t.Helper()
	set, _, err := build(prep, reg, sys)
	if err != nil {
		t.Fatal(err)
	}
	files, err := set.Emit()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range files {
		formatted, err := format.Source(f.Data)
		if err != nil || string(formatted) != string(f.Data) {
			t.Errorf("%s is not as gofmt has it (%v)", f.Name, err)
		}
		b.Write(f.Data)
	}
	return regexp.MustCompile(`\s+`).ReplaceAllString(b.String(), " ")
}

func TestEmit(t *testing.T) {
	text := emit(t, prepRows, regRows+
		"CALL_A | DoSlice | s:[]iovec t:[]u64 | outer{kind=1 in.ptr=ptr(s) in.n=len(s,t?)} | sizeof(outer) | n:int | does slices\n"+
		"CALL_A | DoOut | items:[]inner | flexout(list,items,items){} | len(items) | head:*list | fetches\n"+
		"CALL_A | DoIn | task items:[]inner | flex(list,items,items){n=len(items)} | 1 | !n | stores\n"+
		"CALL_A | DoSet | o:*outer p:ptr | o{in.ptr=ptr(p)} | 0 | - | sets\n"+
		"CALL_A | DoMember | v:i32 | outer{result=v} | 0 | r:i32=result !result | fetches\n"+
		"CALL_A | DoValue | v:i32 w:[]uintptr | &v | bytes(w) | - | gives\n", "")
	for _, want := range []string{
		"// Slots are filled in.",
		"// Source: x.h of Linux 1.0, and the table prep.tbl. // SHA-256 of the header: 00ff",
		"// PrepA does a. // // Memory: p until submitted; the data of p until the completion. // // OP_A, in this form since Linux 1.9, as x_prep_a(3).",
		"func (sqe *Slot) PrepA(fd int32, p unsafe.Pointer, flags Flags) { *sqe = Slot{} sqe.Op = OP_A sqe.Fd = fd sqe.Off = addr(p) sqe.Flags = flags | F_X }",
		"{ *sqe = Slot{} sqe.Op = OP_B sqe.Prio = n sqe.Signed = -1 sqe.SetHalf(ALL) }",
		"func DoA(fd int) error { _, err := onRing(fd, CALL_A, nil, 0) return err }",
		"if len(t) != 0 && len(t) != len(s) { return -1, syscall.EINVAL } arg := Outer{ Kind: 1, } arg.In().Ptr = addr(first(s)) arg.In().N = count32(len(s)) " +
			"n, err = onRing(fd, CALL_A, unsafe.Pointer(&arg), uint32(unsafe.Sizeof(Outer{}))) runtime.KeepAlive(s) return n, err",
		"arg, array := behind[List, Inner](8, len(items)) _, err = onRing(fd, CALL_A, unsafe.Pointer(arg), count32(len(items))) copy(items, array) if err != nil { return nil, err } return arg, nil",
		"copy(array, items) arg.N = count16(len(items)) _, err := Do(-1, CALL_A, unsafe.Pointer(arg), 1)",
		"if o == nil { return syscall.EFAULT } o.In().Ptr = addr(p)",
		"err = syscall.Errno(-arg.Result) } if err != nil { return 0, err } return arg.Result, nil",
		"unsafe.Pointer(&v), count32(len(w)*int(unsafe.Sizeof(w[0]))))",
		"uintptr(op)|flagIf(registered, REG), uintptr(arg), uintptr(n), 0, 0)",
		"type Set [NBITS / 8 / unsafe.Sizeof(uintptr(0))]uintptr",
		"func Indexed(index int) int { return -2 - index }",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// Each mistake in a row is an error that names file and line, and what is
// wrong.
func TestRowErrors(t *testing.T) {
	row := func(params, assigns, memory string) string {
		return fmt.Sprintf("PrepZ | OP_B | - | %s | %s | %s | does z\n", params, assigns, memory)
	}
	reg := func(params, arg, nr, result string) string {
		return fmt.Sprintf("CALL_A | DoZ | %s | %s | %s | %s | does z\n", params, arg, nr, result)
	}
	for name, c := range map[string]struct{ table, text, want string }{
		"no such op":        {"prep", "PrepZ | OP_Z | - | - | - | - | z\n", `no operation "OP_Z"`},
		"no such member":    {"prep", row("x:u32", "nope=x", "-"), `struct slot has no member "nope"`},
		"no such constant":  {"prep", row("-", "fd=NOPE", "-"), `"NOPE" is neither a parameter nor a constant`},
		"no such type":      {"prep", row("x:u33", "fd=x", "-"), `unknown type "u33"`},
		"unused":            {"prep", row("x:u32", "-", "-"), "parameter x is not used"},
		"truncation":        {"prep", row("x:u64", "fd=x", "-"), "uint64 would be truncated to int32"},
		"big constant":      {"prep", row("-", "fd=BIG", "-"), "1099511627776 does not fit into int32"},
		"pointer as number": {"prep", row("p:ptr", "off=p", "p:cqe"), "use ptr(…) for its address"},
		"address truncated": {"prep", row("p:ptr", "fd=ptr(p)", "p:cqe"), "uint64 would be truncated to int32"},
		"shared bytes":      {"prep", row("x:u32 y:u64", "half=x off=y", "-"), "members off and half share bytes"},
		"memory missing":    {"prep", row("p:ptr", "off=ptr(p)", "-"), "say how long the kernel uses p"},
		"memory unknown":    {"prep", row("p:ptr", "off=ptr(p)", "q:cqe"), "no parameter q"},
		"memory when":       {"prep", row("p:ptr", "off=ptr(p)", "p:ever"), "want param:when"},
		"library name":      {"prep", "PrepZ | OP_B | x_prep_y | - | - | - | z\n", "the name made of x_prep_y is PrepY"},
		"library prefix":    {"prep", "PrepZ | OP_B | y_prep_z | - | - | - | z\n", "does not start with x_prep_"},
		"twice":             {"prep", "PrepA | OP_A | - | - | - | - | z\n", "PrepA is defined in line 3, too"},
		"no doc":            {"prep", "PrepZ | OP_B | - | - | - | - | -\n", "PrepZ has no doc"},
		"expression":        {"prep", row("-", "fd=direct(1", "-"), "leaves a bracket open"},
		"unknown function":  {"prep", row("-", "fd=nope(1)", "-"), "unknown function nope"},
		"arguments":         {"prep", row("-", "fd=direct(1,2)", "-"), "2 arguments do not suit"},
		"no value":          {"prep", row("-", "fd", "-"), "want member=expression"},
		"bad name":          {"prep", row("Len:u32", "fd=Len", "-"), "starts with a small letter"},
		"name taken":        {"prep", row("sqe:u32", "fd=sqe", "-"), "the name is taken"},
		"no Go name":        {"prep", "Prep-Z | OP_B | - | - | - | - | z\n", "want a Go name"},
		"no such call":      {"register", "CALL_Z | DoZ | - | - | 0 | - | z\n", `no operation "CALL_Z"`},
		"no nr_args":        {"register", reg("-", "-", "-", "-"), "nr_args is missing"},
		"value for pointer": {"register", reg("n:u32", "n", "0", "-"), "parameter n is no pointer"},
		"no such record":    {"register", reg("-", "nope{}", "0", "-"), `no record and no parameter "nope"`},
		"no array":          {"register", reg("s:[]inner", "flex(outer,in,s){}", "0", "-"), `no flexible array "in"`},
		"wrong slice":       {"register", reg("s:[]outer", "flex(list,items,s){}", "0", "-"), "s is a slice of Outer, the array of Inner"},
		"result":            {"register", reg("-", "-", "0", "n:u32"), "the call returns an int"},
		"result member":     {"register", reg("-", "outer{}", "0", "n:u32=result"), "of type int32, not uint32"},
		"length of number":  {"register", reg("n:u32", "-", "len(n)", "-"), "want a parameter that is a slice"},
		"small function":    {"register", "CALL_A | doZ | - | - | 0 | - | z\n", "starts with a capital letter"},
		"no syscall":        {"syscalls", "Z | - | a:u32 | a | n:int | z\n", "want a constant"},
		"seven arguments":   {"syscalls", "Z | SYS_Z | a:u32 | a a a a a a a | n:int | z\n", "at most 6"},
		"slice argument":    {"syscalls", "Z | SYS_Z | a:[]u32 | a | n:int | z\n", "no argument of a system call"},
	} {
		t.Run(name, func(t *testing.T) {
			tables := map[string]string{"prep": prepRows, "register": regRows, "syscalls": ""}
			heads := map[string]string{"prep": prepHead, "register": regHead, "syscalls": sysHead}
			line := strings.Count(heads[c.table]+tables[c.table], "\n") + 1
			tables[c.table] += c.text
			_, _, err := build(tables["prep"], tables["register"], tables["syscalls"])
			if err == nil {
				t.Fatal("no error")
			}
			if place := fmt.Sprintf("%s.tbl:%d: ", c.table, line); !strings.HasPrefix(err.Error(), place) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q, want %q and %q", err, place, c.want)
			}
		})
	}
}

// An operation without a row is a finding with its place; the rest is whole.
func TestUncovered(t *testing.T) {
	set, findings, err := build(strings.Split(prepRows, "\n")[0]+"\n", regRows, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := set.Emit(); err != nil {
		t.Error(err)
	}
	var got []string
	for _, f := range findings {
		got = append(got, f.Symbol+" "+f.Place)
		if !strings.Contains(f.Missing, "add a row to prep.tbl") {
			t.Errorf("%s: %q does not say where", f.Symbol, f.Missing)
		}
	}
	if strings.Join(got, ",") != "OP_B x.h:7" {
		t.Errorf("findings %v", got)
	}
}

// Directives alone are no calls.
func TestDirectivesAlone(t *testing.T) {
	set, _, err := build("", "", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := set.Emit(); err != nil {
		t.Error(err)
	}
}

func TestNoTablesNoFiles(t *testing.T) {
	set, findings, err := calls.Build(fstest.MapFS{}, small())
	if err != nil || len(findings) != 0 || set.Helpers() != 0 {
		t.Fatal(set, findings, err)
	}
	if files, err := set.Emit(); err != nil || len(files) != 0 {
		t.Error(files, err)
	}
}

// An operation that is new in the headers must not go unnoticed.
func TestShippedTablesNoticeNewOperation(t *testing.T) {
	p := *pinnedPackage(t)
	extra := &plan.File{Name: "new.go", Header: "new.h", Consts: []*plan.Group{{Consts: []*plan.Const{
		{Name: "IORING_OP_NEW", Type: p.Const("IORING_OP_NOP").Type, Value: "99", Pos: "new.h:1"},
		{Name: "IORING_REGISTER_NEW", Type: p.Const("IORING_REGISTER_FILES").Type, Value: "99", Pos: "new.h:2"},
	}}}}
	p.Files = append(p.Files[:len(p.Files):len(p.Files)], extra)
	_, findings, err := calls.Build(shippedFS, &p)
	if err != nil || len(findings) != 2 || findings[0].Symbol != "IORING_OP_NEW" || findings[1].Symbol != "IORING_REGISTER_NEW" {
		t.Errorf("%v %v", findings, err)
	}
}

func FuzzRow(f *testing.F) {
	f.Add("fd:i32", "fd=fd", "-", "outer{kind=1}")
	f.Add("p:ptr n:u16", "off=ptr(p) prio=n||1", "p:cqe", "flex(list,items,s){n=len(s)}")
	f.Add("x:[4]u8", "half=direct(u32(x))", "p.q:submit", "&x")
	f.Fuzz(func(t *testing.T, params, assigns, memory, arg string) {
		set, _, err := build(
			prepRows+fmt.Sprintf("PrepZ | OP_B | - | %s | %s | %s | z\n", params, assigns, memory),
			regRows+fmt.Sprintf("CALL_A | DoZ | %s | %s | 0 | - | z\n", params, arg), "")
		if err != nil && !strings.Contains(err.Error(), ".tbl:") {
			t.Errorf("an error without a place: %v", err)
		}
		if err == nil {
			if _, err := set.Emit(); err != nil {
				t.Errorf("rows without a mistake give no Go: %v", err)
			}
		}
	})
}
