package cfront

import (
	"modernc.org/cc/v4"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// tok is a token of a constant expression.
type tok struct {
	text string
	src  *cc.Token // where it comes from; of an expanded one, the macro's name
	hide *hide     // macros that it must not be expanded as
	val  *value    // of a known token
	kind tokKind
	gap  bool // white space before it
	self bool // names the macro whose value is being worked out
}

func (t tok) pos() model.Pos {
	if t.src == nil {
		return model.Pos{}
	}
	return position(*t.src)
}

type tokKind uint8

const (
	end tokKind = iota
	ident
	number
	char
	str
	punct
	known // stands for a macro whose value is known
	other // wide literals and whatever no constant expression has
)

// kindOf classifies a token by its text: cc's own classes differ between
// macro bodies and the syntax tree.
func kindOf(s string) tokKind {
	if s == "" {
		return end
	}
	switch c := s[0]; {
	case c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '$' || c >= 0x80:
		if last := s[len(s)-1]; last == '"' || last == '\'' {
			return other
		}
		return ident
	case '0' <= c && c <= '9' || c == '.' && len(s) > 1 && '0' <= s[1] && s[1] <= '9':
		return number
	case c == '\'':
		return char
	case c == '"':
		return str
	}
	return punct
}

func fromCC(t *cc.Token) tok {
	s := t.SrcStr()
	return tok{kind: kindOf(s), text: s, src: t}
}

// flatten lists the tokens of an expression. cc's own cc.NodeTokens does so
// by reflection; nearly all expressions in headers are made of the few nodes
// listed here.
func flatten(n cc.Node, out []tok) []tok {
	pair := func(l cc.ExpressionNode, op *cc.Token, r cc.ExpressionNode) []tok {
		return flatten(r, append(flatten(l, out), fromCC(op)))
	}
	switch x := n.(type) {
	case nil:
		return out
	case *cc.ConstantExpression:
		return flatten(x.ConditionalExpression, out)
	case *cc.AdditiveExpression:
		return pair(x.AdditiveExpression, &x.Token, x.MultiplicativeExpression)
	case *cc.MultiplicativeExpression:
		return pair(x.MultiplicativeExpression, &x.Token, x.CastExpression)
	case *cc.ShiftExpression:
		return pair(x.ShiftExpression, &x.Token, x.AdditiveExpression)
	case *cc.InclusiveOrExpression:
		return pair(x.InclusiveOrExpression, &x.Token, x.ExclusiveOrExpression)
	case *cc.PrimaryExpression:
		switch x.Case {
		case cc.PrimaryExpressionExpr:
			return append(flatten(x.ExpressionList, append(out, fromCC(&x.Token))), fromCC(&x.Token2))
		case cc.PrimaryExpressionGeneric, cc.PrimaryExpressionStmt:
		default:
			return append(out, fromCC(&x.Token))
		}
	case *cc.UnaryExpression:
		switch x.Case {
		case cc.UnaryExpressionPlus, cc.UnaryExpressionMinus, cc.UnaryExpressionCpl, cc.UnaryExpressionNot:
			return flatten(x.CastExpression, append(out, fromCC(&x.Token)))
		}
	}
	list := cc.NodeTokens(n)
	for i := range list {
		out = append(out, fromCC(&list[i]))
	}
	return out
}
