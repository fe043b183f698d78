package plan

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/uringgen/uringgen/gen/internal/model"
	"github.com/uringgen/uringgen/gen/internal/naming"
	"github.com/uringgen/uringgen/gen/internal/rules"
)

// Documentation says, in this order, what a thing is in our own words, what
// it is in C, where its bytes are, and since when it is there. Line numbers of
// headers are left out: they would change with every header.

func (x *builder) typeDoc(t *Type, f *rules.Family, header string) string {
	return paragraphs(
		t.Name+" is "+f.Doc+".",
		fmt.Sprintf("C: %s (%s).", t.C, header),
	)
}

func (x *builder) recordDoc(r *Record, header, comment string) string {
	return paragraphs(
		titled(r.Name, cmp.Or(x.b.Doc(r.Tag), "is "+r.C)),
		fmt.Sprintf("C: %s (%s), %s. %s", r.C, header, count(r.Size, "byte"), sinceText(r.Since)),
		x.comment(comment),
	)
}

// memberDoc documents a member: where says where its bytes are, union what
// else they can be.
func (x *builder) memberDoc(r *Record, name, path string, m *model.Member, where, union string) string {
	facts := strings.TrimSpace(where + " " + sinceText(later(x.b.Since(path), r.Since)))
	doc := x.b.Doc(path)
	if doc == "" && !naming.Valid(name) {
		doc = "has no meaning yet"
	}
	return paragraphs(strings.TrimSpace(titled(name, doc)+"\n"+facts), union, x.comment(m.Comment))
}

func (x *builder) constDoc(c *rules.Const) string {
	return paragraphs(
		strings.TrimSpace(titled(c.Name, x.b.Doc(c.Name))+" "+sinceText(x.b.Since(c.Name))),
		x.comment(c.Comment),
	)
}

func (x *builder) groupDoc(c *rules.Const, key any) string {
	switch k := key.(type) {
	case *model.Enum:
		what := "an unnamed enum"
		if k.Tag != "" {
			what = "enum " + k.Tag
		}
		return paragraphs(titled(what, x.b.Doc(what)), fmt.Sprintf("C: %s (%s).", what, c.Pos.File), x.comment(k.Comment))
	case familyGroup:
		return fmt.Sprintf("Values of %s (%s).", k.family.Type, c.Pos.File)
	}
	return fmt.Sprintf("Constants of %s.", c.Pos.File)
}

// comment is the header's own comment where it is wanted.
func (x *builder) comment(c string) string {
	if !x.opt.Comments || c == "" {
		return ""
	}
	return "From the header:\n" + c
}

// titled is "Name text.", "" without a text.
func titled(name, text string) string {
	if text == "" {
		return ""
	}
	return name + " " + sentence(text)
}

// sentence ends a text with a full stop.
func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

func paragraphs(ps ...string) string {
	var out []string
	for _, p := range ps {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n\n")
}

// sinceText puts a version or a bracket of versions into words.
func sinceText(s string) string {
	first, last, bracket := strings.Cut(s, "..")
	switch {
	case s == "":
		return ""
	case !bracket:
		return "Since Linux " + s + "."
	case first == "":
		return "In headers of Linux " + last + " or before."
	}
	return "New in headers between Linux " + first + " and " + last + "."
}

// later is since, unless it says no more than that a member came with its
// record: it is the same, or a bracket that starts no later. A bracket may even
// end before the record's version, where the headers of an older kernel are of
// a stable release that took the record over.
func later(since, record string) string {
	first, _, bracket := strings.Cut(since, "..")
	switch {
	case since == record:
		return ""
	case bracket && record != "" && !strings.Contains(record, "..") && !rules.Older(record, first):
		return ""
	}
	return since
}

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
