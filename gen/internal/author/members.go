package author

import (
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/layout"
	"github.com/uringgen/uringgen/gen/internal/rules"
	"github.com/uringgen/uringgen/gen/internal/table"
)

// Member is one of a payload of which kernels do not agree in all bits.
type Member struct {
	Offset  uint32 // in the context, in bytes
	Bits    uint32 // those that all kernels agree in
	Warning string // what the others are, and what to write
}

// MembersFile is the table of such members.
const MembersFile = "members.tbl"

// addMembers gives each operation those of its payload.
func addMembers(tables fs.FS, b *rules.Bound, ops []Op) error {
	rows, err := table.Read(tables, MembersFile, "member", "bits", "warning")
	if err != nil {
		return err
	}
	flat := b.Layout.Flatten(b.Record(contextRecord))
	for _, row := range rows {
		name := row.Get("member")
		i := slices.IndexFunc(flat, func(f layout.Flat) bool { return f.Path == name })
		bits, err := strconv.ParseUint(row.Get("bits"), 0, 32)
		switch {
		case i < 0 || flat[i].Size != 4:
			return row.Errorf("struct %s has no member %s of 32 bits", contextRecord, name)
		case err != nil:
			return row.Errorf("bits are %q, want a number of 32 bits", row.Get("bits"))
		}
		payload, _, _ := strings.Cut(name, ".")
		for k := range ops {
			if ops[k].Payload == payload {
				ops[k].Members = append(ops[k].Members, Member{uint32(flat[i].Offset), uint32(bits), row.Get("warning")})
			}
		}
	}
	return nil
}
