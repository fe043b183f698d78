package author

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/rules"
	"github.com/uringgen/uringgen/gen/internal/table"
)

// Names of the kernel's that the header is built around.
const (
	contextRecord = "io_uring_bpf_ctx"
	opEnum        = "io_uring_op"
	opPrefix      = "IORING_OP_"
	opLast        = "IORING_OP_LAST"
	flagPrefix    = "IOSQE_"
	bitSuffix     = "_BIT"
)

// Op is an operation that requests can have.
type Op struct {
	Name    string // without the prefix, in small letters: "socket"
	C       string // "IORING_OP_SOCKET"
	Number  uint8
	Since   string // "5.19", "" if that is not known
	Payload string // the member of the context with its arguments, "" if it has none
	From    string // the first release that fills the payload in
	PDUSize uint8  // bytes of payload
	Always  bool   // every kernel that has filters fills the payload in
	Members []Member
}

// OpsFile is the table of the operations that show filters their arguments.
const OpsFile = "filters.tbl"

// Operations lists all operations in order of their numbers, with what the
// tables say of them. Findings are members of the context that it says nothing
// of.
func Operations(tables fs.FS, b *rules.Bound) ([]Op, []rules.Finding, error) {
	rows, err := table.Read(tables, OpsFile, "op", "payload", "kernel", "note")
	if err != nil {
		return nil, nil, err
	}
	ctx := b.Record(contextRecord)
	ops := enumerated(b)
	if ctx == nil || len(ops) == 0 {
		return nil, nil, fmt.Errorf("the headers lack struct %s or enum %s: filters cannot be written for them", contextRecord, opEnum)
	}
	used := map[string]bool{}
	for _, row := range rows {
		i := slices.IndexFunc(ops, func(o Op) bool { return o.C == row.Get("op") })
		size, ok := payloadSize(b, ctx, row.Get("payload"))
		switch {
		case i < 0:
			return nil, nil, row.Errorf("no operation %s in the headers", row.Get("op"))
		case !ok:
			return nil, nil, row.Errorf("struct %s has no member %s that is a struct", contextRecord, row.Get("payload"))
		case ops[i].Payload != "":
			return nil, nil, row.Errorf("%s has a row already", ops[i].C)
		case !rules.Older("", row.Get("kernel")):
			return nil, nil, row.Errorf("%q is not a kernel release such as 7.0", row.Get("kernel"))
		}
		ops[i].Payload, ops[i].From, ops[i].PDUSize = row.Get("payload"), row.Get("kernel"), size
		ops[i].Always = ops[i].From == b.Since(contextRecord)
		used[ops[i].Payload] = true
	}
	if err := addMembers(tables, b, ops); err != nil {
		return nil, nil, err
	}
	return ops, unclaimed(b, ctx, used), nil
}

func enumerated(b *rules.Bound) []Op {
	var ops []Op
	for _, c := range b.Consts {
		if c.Enum == nil || c.Enum.Tag != opEnum || c.Name == opLast {
			continue
		}
		name := strings.ToLower(strings.TrimPrefix(c.Name, opPrefix))
		ops = append(ops, Op{Name: name, C: c.Name, Number: uint8(c.Value.Bits), Since: b.Since(c.Name)})
	}
	slices.SortFunc(ops, func(x, y Op) int { return cmp.Compare(x.Number, y.Number) })
	return ops
}

// payloadSize is the size of a member that is a struct defined in place.
func payloadSize(b *rules.Bound, ctx *model.Record, name string) (uint8, bool) {
	for _, f := range b.Layout.Flatten(ctx) {
		if f.Path == name && f.Member.InPlace(f.Owner) != nil {
			return uint8(f.Size), true
		}
	}
	return 0, false
}

func unclaimed(b *rules.Bound, ctx *model.Record, used map[string]bool) []rules.Finding {
	var out []rules.Finding
	for _, f := range b.Layout.Flatten(ctx) {
		if f.Depth == 0 && f.Member.InPlace(f.Owner) != nil && !used[f.Path] {
			out = append(out, rules.Finding{
				Symbol: contextRecord + "." + f.Path, Pos: f.Member.Pos,
				Missing: "which operations show their arguments there? " + OpsFile + " has no row",
			})
		}
	}
	return out
}

// operations is the part of the header with the operations and the flags of
// requests.
func (in *Input) operations() string {
	var b strings.Builder
	section(&b, "Operations, and the kernel that brought each.")
	b.WriteString("#ifndef LINUX_IO_URING_H\n#define LINUX_IO_URING_H\n\n#ifndef __VMLINUX_H__\nenum " + opEnum + " {\n")
	for _, o := range in.Ops {
		line := fmt.Sprintf("\t%s = %d,", o.C, o.Number)
		if o.Since != "" {
			line += " /* " + o.Since + " */"
		}
		b.WriteString(line + "\n")
	}
	b.WriteString("};\n#endif\n\n/* Bits of ctx->sqe_flags. IOSQE_IO_DRAIN arrives together with IOSQE_ASYNC. */\n")
	for _, c := range in.Bound.Consts {
		if strings.HasPrefix(c.Name, flagPrefix) && !strings.HasSuffix(c.Name, bitSuffix) {
			fmt.Fprintf(&b, "#define %s %#xU\n", c.Name, c.Value.Bits)
		}
	}
	b.WriteString("\n#endif\n")
	return b.String()
}

// payloads says whose arguments stand where.
func (in *Input) payloads() string {
	var b strings.Builder
	for _, o := range in.Ops {
		if o.Payload != "" {
			fmt.Fprintf(&b, "%-18s ctx->%s, %d bytes, since Linux %s\n", o.C, o.Payload, o.PDUSize, o.From)
		}
	}
	b.WriteString("\nOther operations show no arguments. What a kernel does not fill in reads as 0.\n")
	return b.String()
}

// assertions compile only where the compiler lays the context out as the
// kernel does.
func (in *Input) assertions(ctx *model.Record) string {
	var b strings.Builder
	layout := in.Bound.Layout
	fmt.Fprintf(&b, "_Static_assert(sizeof(struct %s) == %d, \"size of the context\");\n", contextRecord, layout.Record(ctx).Size)
	for _, f := range layout.Flatten(ctx) {
		if rules.Public(in.Bound.Class(f.Member)) {
			fmt.Fprintf(&b, "_Static_assert(__builtin_offsetof(struct %s, %s) == %d, \"place of %s\");\n", contextRecord, f.Expr, f.Offset, f.Path)
		}
	}
	return b.String()
}
