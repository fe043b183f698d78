package layout

import (
	"errors"
	"slices"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// engine lays out records, each once, those it contains first.
type engine struct {
	types
	faults
	records map[*model.Record]*Record
	failed  map[*model.Record]bool
	stack   []*model.Record // records being laid out, outermost first
}

// layOut is the layout of r. The error is errElsewhere, with the fault kept
// in e.faults, or says that r contains itself.
func (e *engine) layOut(r *model.Record) (*Record, error) {
	if x := e.records[r]; x != nil {
		return x, nil
	}
	if e.failed[r] {
		return nil, errElsewhere
	}
	if i := slices.Index(e.stack, r); i >= 0 {
		return nil, errors.New(cycle(e.stack[i:]))
	}
	e.stack = append(e.stack, r)
	x, ok := e.members(r)
	e.stack = e.stack[:len(e.stack)-1]
	if !ok {
		e.failed[r] = true
		return nil, errElsewhere
	}
	e.records[r] = x
	return x, nil
}

func cycle(in []*model.Record) string {
	var b strings.Builder
	b.WriteString(describe(in[0]) + " contains itself")
	for _, r := range in[1:] {
		b.WriteString(", through " + describe(r))
	}
	b.WriteString("; only a pointer can refer back")
	return b.String()
}

// members places the members of r one after the other.
func (e *engine) members(r *model.Record) (*Record, bool) {
	c, err := e.cursor(r)
	if err != nil {
		e.fail(r.Pos, "%s: %s", describe(r), err)
		return nil, false
	}
	out, ok := &Record{Members: make([]Member, 0, len(r.Members))}, true
	for i, m := range r.Members {
		if m == nil {
			e.fail(r.Pos, "%s: member %d is nil", describe(r), i)
			return nil, false
		}
		p, err := e.member(c, m, i == len(r.Members)-1)
		if err != nil {
			if !errors.Is(err, errElsewhere) {
				e.fail(m.Pos, "%s: %s", describeMember(r, m), err)
			}
			ok = false
			continue
		}
		out.Members = append(out.Members, p)
	}
	if !ok {
		return nil, false
	}
	out.Size, out.Align = c.finish()
	if out.Size > e.maxSize() {
		e.fail(r.Pos, "%s: %d bytes is too large for %s", describe(r), out.Size, e.target.GOARCH)
		return nil, false
	}
	return out, true
}

// cursor prepares for the members of r.
func (e *engine) cursor(r *model.Record) (*cursor, error) {
	align, err := e.explicit(r.Aligned)
	if err != nil {
		return nil, err
	}
	if r.Pack < 0 || r.Pack > maxAlign || r.Pack&(r.Pack-1) != 0 {
		return nil, errors.New("#pragma pack takes a power of two")
	}
	return &cursor{
		union:   r.Kind == model.Union,
		packed:  r.Packed,
		pack:    r.Pack,
		unnamed: e.target.UnnamedBitfieldAligns,
		align:   max(align, 1),
		limit:   e.maxSize() * 8,
	}, nil
}

// member sizes m and has it placed.
func (e *engine) member(c *cursor, m *model.Member, last bool) (Member, error) {
	f := field{named: m.Name != "", packed: c.packed || m.Packed, bits: m.Bits}
	var err error
	if f.size, f.align, err = e.shape(m.Type, !m.Bitfield && (last || c.union)); err != nil {
		return Member{}, err
	}
	if f.explicit, err = e.explicit(m.Aligned); err != nil {
		return Member{}, err
	}
	if !m.Bitfield {
		return c.place(f)
	}
	if err := checkBits(m, f.size); err != nil {
		return Member{}, err
	}
	return c.placeBits(f)
}
