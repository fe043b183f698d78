package cfront

import (
	"slices"
	"strings"

	"modernc.org/cc/v4"
)

// attributes is what a declaration's attributes say about layout.
type attributes struct {
	packed  bool
	aligned int64 // 0 none, -1 without argument
}

// unsupported are attributes that change a layout or a type in ways that the
// model cannot express. Leaving them out in silence would give wrong offsets.
var unsupported = []string{"mode", "vector_size", "ms_struct", "scalar_storage_order", "address_space"}

func (a *attributes) add(b *builder, lists ...*cc.AttributeSpecifierList) {
	for _, l := range lists {
		for ; l != nil; l = l.AttributeSpecifierList {
			for v := l.AttributeSpecifier.AttributeValueList; v != nil; v = v.AttributeValueList {
				if v.AttributeValue != nil {
					a.value(b, v.AttributeValue)
				}
			}
		}
	}
}

func (a *attributes) value(b *builder, v *cc.AttributeValue) {
	switch name := strings.Trim(v.Token.SrcStr(), "_"); {
	case name == "packed":
		a.packed = true
	case name == "aligned" && v.Case != cc.AttributeValueExpr || name == "aligned" && v.ArgumentExpressionList == nil:
		a.raise(-1)
	case name == "aligned":
		n, ok := b.constant(v.ArgumentExpressionList.AssignmentExpression, "alignment")
		if !ok {
			return
		}
		if n <= 0 || n > 1<<28 || n&(n-1) != 0 {
			b.fault(position(v.Token), "alignment %d is not a power of two", n)
			return
		}
		a.raise(n)
	case slices.Contains(unsupported, name):
		b.fault(position(v.Token), "attribute %s is not supported", name)
	}
}

// alignas takes C11's _Alignas, which says the same.
func (a *attributes) alignas(b *builder, s *cc.AlignmentSpecifier) {
	if s == nil {
		return
	}
	if s.Case != cc.AlignmentSpecifierExpr {
		b.fault(position(s.Token), "_Alignas of a type is not supported")
		return
	}
	n, ok := b.constant(s.ConstantExpression, "alignment")
	switch {
	case !ok || n == 0:
	case n < 0 || n > 1<<28 || n&(n-1) != 0:
		b.fault(position(s.Token), "alignment %d is not a power of two", n)
	default:
		a.raise(n)
	}
}

// raise keeps the strictest of several alignments. One without argument is
// the target's largest useful one.
func (a *attributes) raise(n int64) {
	if n == -1 || a.aligned != -1 && n > a.aligned {
		a.aligned = n
	}
}
