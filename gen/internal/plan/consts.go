package plan

import (
	"fmt"
	"math/bits"
	"strconv"

	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/rules"
)

// constants plans the constants of the bound headers, grouped as a reader of
// the header would: an enum is a group, so are the macros of one family.
func (x *builder) constants() {
	groups := map[any]*Group{}
	for _, c := range x.b.Consts {
		x.fail(x.scope.Claim(c.Name, c.Name, c.Pos))
		file := x.file(c.Pos.File)
		key := x.groupKey(c)
		g := groups[key]
		if g == nil {
			g = &Group{}
			groups[key] = g
			file.Consts = append(file.Consts, g)
			g.Doc = x.groupDoc(c, key)
		}
		k := &Const{Name: c.Name, Value: x.literal(c), Since: x.b.Since(c.Name), Pos: place(c.Pos)}
		if c.Family != nil {
			k.Type = c.Family.Type
		}
		k.Doc = x.constDoc(c)
		g.Consts = append(g.Consts, k)
	}
}

// familyGroup is the group of a header's macros of one family.
type familyGroup struct {
	file   string
	family *rules.Family
}

// groupKey tells groups apart. A macro that only an exact row keeps out of a
// family stays beside it: a mask beside its flags.
func (x *builder) groupKey(c *rules.Const) any {
	switch kin := x.b.Kin(c); {
	case c.Enum != nil:
		return c.Enum
	case kin != nil:
		return familyGroup{c.Pos.File, kin}
	case x.b.Set(c) != "":
		return c.Pos.File + " " + x.b.Set(c)
	}
	return c
}

// literal is a constant's value in Go: flags and masks in hexadecimal, what
// counts in decimal.
func (x *builder) literal(c *rules.Const) string {
	kin := x.b.Kin(c)
	switch {
	case c.String:
		return strconv.Quote(c.Text)
	case c.Value.Negative:
		return strconv.FormatInt(c.Value.Int64(), 10)
	case kin != nil && kin.Flags, kin == nil && looksLikeBits(c.Value):
		return fmt.Sprintf("%#x", c.Value.Bits)
	}
	return strconv.FormatUint(c.Value.Bits, 10)
}

// looksLikeBits guesses, for the eye alone, that a large number is a mask, an
// offset or a single bit.
func looksLikeBits(v model.Value) bool {
	return v.Bits >= 1<<16 && (bits.OnesCount64(v.Bits) == 1 || bits.TrailingZeros64(v.Bits) >= 12 || bits.TrailingZeros64(^v.Bits) >= 16)
}
