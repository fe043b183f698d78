package cfront

import (
	"fmt"
	"strconv"

	"modernc.org/cc/v4"

	"github.com/uringgen/uringgen/gen/internal/model"
)

// packer follows #pragma pack. cc hands pragmas over while it preprocesses,
// ahead of the parser, so the state is kept as events by place; a record
// looks up what was in force where it stands.
type packer struct {
	p      *parse
	cur    int64
	saved  []int64
	stack  []entered
	events map[string][]packEvent
}

type entered struct {
	file string
	pack int64
}

type packEvent struct {
	line, col int
	pack      int64
}

func newPacker(p *parse) *packer {
	return &packer{p: p, events: map[string][]packEvent{}}
}

// pragma is cc's handler. It panics with abort where going on would never
// end.
func (k *packer) pragma(toks []cc.Token) error {
	if k.p.files.stop.Load() {
		panic(abort{&Error{Msg: "given up"}})
	}
	if len(toks) == 0 {
		return nil
	}
	pos := position(toks[0])
	switch toks[0].SrcStr() {
	case "uringgen_enter":
		return k.enter(pos)
	case "uringgen_leave":
		k.leave(pos)
	case "pack":
		k.pack(pos, toks[1:])
	case "once":
		k.p.once[pos.File] = true
	}
	return nil
}

func (k *packer) enter(pos model.Pos) error {
	if k.p.once[pos.File] {
		return cc.SkipSource
	}
	k.stack = append(k.stack, entered{pos.File, k.cur})
	if len(k.stack) > maxIncludeDepth {
		panic(abort{&Error{start(pos.File), fmt.Sprintf("includes are nested more than %d deep: this header includes itself", maxIncludeDepth)}})
	}
	ev := k.events[pos.File]
	if len(ev) > 0 && ev[0].pack != k.cur {
		k.p.faults.add(start(pos.File), "included under #pragma pack(%d) and again under #pragma pack(%d)", ev[0].pack, k.cur)
	}
	if len(ev) == 0 {
		k.note(model.Pos{File: pos.File})
	}
	return nil
}

func (k *packer) leave(pos model.Pos) {
	n := len(k.stack) - 1
	if n < 0 {
		return
	}
	if was := k.stack[n].pack; was != k.cur {
		k.p.faults.add(start(pos.File), "ends under #pragma pack(%d) but began under pack(%d): a #pragma pack(pop) is missing", k.cur, was)
	}
	k.stack = k.stack[:n]
}

func (k *packer) note(pos model.Pos) {
	k.events[pos.File] = append(k.events[pos.File], packEvent{pos.Line, pos.Col, k.cur})
}

// pack takes "(", "push", ",", "1", ")" and the like.
func (k *packer) pack(pos model.Pos, args []cc.Token) {
	bare := true
	for _, t := range args {
		switch s := t.SrcStr(); s {
		case "(", ")", ",", "":
		case "push":
			k.saved = append(k.saved, k.cur)
			bare = false
		case "pop":
			bare = false
			if len(k.saved) == 0 {
				k.p.faults.add(pos, "#pragma pack(pop) without a push")
				return
			}
			k.cur = k.saved[len(k.saved)-1]
			k.saved = k.saved[:len(k.saved)-1]
		default:
			bare = false
			n, err := strconv.ParseInt(s, 0, 64)
			if err != nil || n < 0 || n > 16 || n&(n-1) != 0 {
				k.p.faults.add(pos, "#pragma pack(%s): want a power of two up to 16", s)
				return
			}
			k.cur = n
		}
	}
	if bare {
		k.cur = 0
	}
	k.note(pos)
}

// at is the packing in force at a place.
func (k *packer) at(pos model.Pos) int64 {
	pack := int64(0)
	for _, e := range k.events[pos.File] {
		if e.line > pos.Line || e.line == pos.Line && e.col > pos.Col {
			break
		}
		pack = e.pack
	}
	return pack
}

// position is the place of a token.
func position(n cc.Node) model.Pos {
	p := n.Position()
	return model.Pos{File: p.Filename, Line: p.Line, Col: p.Column}
}
