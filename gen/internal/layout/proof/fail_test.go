package proof_test

import (
	"strings"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/target"
)

// A proof that cannot fail proves nothing: what is spoilt in the model must
// be found, by name.
func TestProofFinds(t *testing.T) {
	tr := plain(t, "testdata")
	c, amd64 := newCompiler(t, tr), target.ByGOARCH("amd64")
	theirs := debugInfo(t, c.object(t, amd64, tr.includes()), func(string) bool { return true })

	find := func(o ours, tag string) *model.Record {
		for _, r := range o.unit.Records {
			if r.Tag == tag {
				return r
			}
		}
		t.Fatalf("no struct %s in the model", tag)
		return nil
	}
	for _, s := range []struct {
		name  string
		spoil func(o *ours)
		claim string // in the compiler's message; "" if claims cannot show it
		names string // in the comparison
	}{
		{"packed lost", func(o *ours) { find(*o, "packed_all").Packed = false }, "sizeof(struct packed_all) == 24", "rec struct packed_all:"},
		{"offset", func(o *ours) {
			r := find(*o, "plain_all")
			r.Members[0], r.Members[1] = r.Members[1], r.Members[0]
		}, "__builtin_offsetof(struct plain_all, b) == 0", "fld struct plain_all.b:"},
		{"sign", func(o *ours) {
			find(*o, "plain_signs").Members[0].Type = &model.Type{Kind: model.Int, Base: model.UChar}
		}, "(signed char, unsigned char)", ""},
		{"bit-field width", func(o *ours) { find(*o, "bits_simple").Members[3].Bits = 2 }, "", "fld struct bits_simple.d:"},
		{"record missing", func(o *ours) { o.unit.Records = o.unit.Records[1:] }, "", "we miss rec struct plain_all:"},
		{"member missing", func(o *ours) {
			r := find(*o, "zero_array")
			r.Members = append(r.Members[:1:1], r.Members[2])
		}, "sizeof(struct zero_array) == 2", "we miss fld struct zero_array.b:"},
		{"enumerator missing", func(o *ours) { o.unit.Enums[0].Consts = o.unit.Enums[0].Consts[:2] }, "", "we miss enumerator SIGN_PLUS:"},
		{"enumerator invented", func(o *ours) {
			e := o.unit.Enums[0]
			e.Consts = append(e.Consts, &model.Const{Name: "SIGN_NONE"})
		}, "SIGN_NONE", "the compiler does not have enumerator SIGN_NONE:"},
		{"value", func(o *ours) { o.unit.Enums[0].Consts[0].Value = model.Value{Bits: 1<<32 - 1} }, "(SIGN_MINUS)", "enumerator SIGN_MINUS:"},
	} {
		t.Run(s.name, func(t *testing.T) {
			o := read(t, tr, amd64)
			s.spoil(&o)
			o.layout = compute(t, o.unit, amd64)
			_, msg, _ := c.run(amd64, tr.includes()+claimAll(o).text.String(), "-fsyntax-only")
			if s.claim == "" && msg != "" || !strings.Contains(msg, s.claim) {
				t.Errorf("the compiler says %q, want it to reject %q", head(msg, 5), s.claim)
			}
			found := strings.Join(differences(enumerate(o, amd64), theirs), "\n")
			if s.names == "" && found != "" || !strings.Contains(found, s.names) {
				t.Errorf("the comparison says %q, want %q", head(found, 5), s.names)
			}
		})
	}
}

func TestMacroProofFinds(t *testing.T) {
	tr := plain(t, "testdata")
	c, amd64 := newCompiler(t, tr), target.ByGOARCH("amd64")
	macros := objectMacros(t, c, amd64, func(string) bool { return true })
	good := strings.Join(integers(t, c, amd64, macros), " ")
	for _, m := range macros {
		value, none := strings.HasPrefix(m, "VALUE_"), strings.HasPrefix(m, "NO_VALUE_")
		if has := strings.Contains(" "+good+" ", " "+m+" "); value && !has || none && has {
			t.Errorf("%s taken for an integer: %v", m, has)
		}
	}
}
