package calls

import (
	"strings"
	"testing"

	"github.com/uringgen/uringgen/gen/internal/plan"
)

func TestDocs(t *testing.T) {
	op, flag, unknown := &plan.Const{Since: "5.6"}, &plan.Const{Since: "5.19"}, &plan.Const{}
	for _, c := range []struct {
		text             string
		consts           []*plan.Const
		doc, since, fail string
	}{
		{text: "does it", consts: []*plan.Const{op}, doc: "F does it.", since: "since Linux 5.6"},
		{text: "does it", consts: []*plan.Const{op, flag}, doc: "F does it.", since: "in this form since Linux 5.19"},
		{text: "does it", consts: []*plan.Const{unknown}, doc: "F does it."},
		{text: "does it", consts: []*plan.Const{{Since: "6.13..7.2"}}, doc: "F does it.", since: "in this form since Linux 6.13..7.2"},
		{text: "does it. Works since Linux 6.4", consts: []*plan.Const{op}, doc: "F does it.", since: "in this form since Linux 6.4"},
		{text: "does it. Works since Linux 6.4. It is fast", consts: []*plan.Const{op},
			doc: "F does it. It is fast.", since: "in this form since Linux 6.4"},
		{text: "does it. Works since Linux 7.0; before, EINVAL", consts: []*plan.Const{op},
			doc: "F does it. Works since Linux 7.0; before, EINVAL.", since: "in this form since Linux 7.0"},
		{text: "does it. Works since Linux 5.10", consts: []*plan.Const{op, flag}, fail: `it says "since Linux 5.10", but a constant that it needs came with 5.19`},
	} {
		e := &env{consts: c.consts}
		doc, since, err := e.docs("F", c.text, op)
		if c.fail != "" {
			if err == nil || !strings.Contains(err.Error(), c.fail) {
				t.Errorf("%q: error %v, want %q", c.text, err, c.fail)
			}
			continue
		}
		if doc != c.doc || since != c.since || err != nil {
			t.Errorf("%q: %q, %q, %v; want %q, %q", c.text, doc, since, err, c.doc, c.since)
		}
	}
}
