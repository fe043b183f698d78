package cfront

import "github.com/uringgen/uringgen/gen/internal/model"

// typeAhead tells whether a type name starts n tokens on.
func (e *evaluator) typeAhead(n int) bool {
	if e.at+n >= len(e.toks) || e.toks[e.at+n].kind != ident {
		return false
	}
	name := e.toks[e.at+n].text
	switch name {
	case "struct", "union", "enum", "const", "volatile", "__const", "__volatile__",
		"typeof", "__typeof", "__typeof__":
		return true
	}
	var w words
	return w.add(name) || e.b.typedefs[name] != nil
}

// typeName parses specifiers and an abstract declarator of "*" and "[n]".
func (e *evaluator) typeName() (*model.Type, error) {
	var w words
	var t *model.Type
	for e.typeAhead(0) {
		k := e.next()
		switch k.text {
		case "const", "volatile", "__const", "__volatile__":
			continue
		case "struct", "union", "enum":
			tag := e.b.tags[e.next().text]
			if tag == nil || tag.keyword != k.text {
				return nil, errNotConstant
			}
			t = tag.typ(e.toks[e.at-1].text)
			continue
		case "typeof", "__typeof", "__typeof__":
			var err error
			if t, err = e.operandType(); err != nil || t == nil {
				return nil, errNotConstant
			}
			continue
		}
		if w.add(k.text) {
			continue
		}
		if w.total > 0 || t != nil {
			return nil, errNotConstant
		}
		t = e.b.typedefs[k.text]
	}
	if t == nil {
		var ok bool
		if t, ok = w.typ(); !ok || w.total == 0 {
			return nil, errNotConstant
		}
	}
	for e.accept("*") {
		t = pointerTo(t)
		for e.accept("const") || e.accept("volatile") {
		}
	}
	return e.subscripts(t)
}

func (t *tag) typ(name string) *model.Type {
	if t.enum != nil {
		return &model.Type{Kind: model.EnumType, C: t.keyword + " " + name, Enum: t.enum}
	}
	return &model.Type{Kind: model.RecordType, C: t.keyword + " " + name, Record: t.record}
}

func (e *evaluator) subscripts(t *model.Type) (*model.Type, error) {
	if !e.accept("[") {
		return t, nil
	}
	n, err := e.conditional()
	if err != nil {
		return nil, err
	}
	if !n.isInt() || !e.accept("]") || int64(n.bits) < 0 || n.bits > maxArrayLen {
		return nil, errNotConstant
	}
	elem, err := e.subscripts(t)
	if err != nil {
		return nil, err
	}
	return &model.Type{Kind: model.Array, Len: int64(n.bits), Elem: elem}, nil
}
