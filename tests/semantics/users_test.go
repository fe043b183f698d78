//go:build linux

package semantics

import (
	"testing"

	"github.com/uringgen/uringgen/generated/uapi"
	"github.com/uringgen/uringgen/ring"
)

// What binds a ring is the ring's, not its user's, across processes too.
func TestRingUsedByChild(t *testing.T) {
	inChild(t, func(t *testing.T) {
		none := func(*ring.Raw) {}
		for _, c := range []struct {
			name         string
			before       func() string     // what binds the task that makes the ring
			after        func(r *ring.Raw) // what binds the ring
			role, enters string
			nop          string
		}{
			{"a free ring", nil, none, "enter", "1 0", ok},
			{"a free ring, by a bound child", nil, none, "bound, enter", "0 EACCES 1 0", ok},
			{"a ring with a filter", nil, func(r *ring.Raw) { must(t, filter(r.FD(), opNop, deny)) }, "enter", "1 0", denied},
			{"a ring with restrictions", nil, func(r *ring.Raw) {
				must(t, uapi.RegisterRestrictions(r.FD(), []uapi.IoUringRestriction{allowOp(opClose)}))
			}, "enter", "1 0", denied},
			{"a ring of a bound task", bindThread, none, "enter", "1 0", denied},
			{"a ring of a restricted task", func() string { return restrict(allowOp(opClose)) }, none, "enter", "1 0", denied},
		} {
			onThread(t, c.name, func(t *testing.T) {
				var r *ring.Raw
				if c.before == nil {
					r = newRing(t, uapi.IORING_SETUP_R_DISABLED)
				} else {
					wants(t, "made elsewhere", elsewhereForGood(func() string {
						if s := answer(noNewPrivs()) + c.before(); s != ok+ok {
							return s
						}
						var err error
						r, err = open(uapi.IORING_SETUP_R_DISABLED)
						return answer(err)
					}), ok)
					t.Cleanup(func() { must(t, r.Close()) })
				}
				c.after(r)
				queue(t, r, []entry{{1, 0}})
				wants(t, "the child", play(c.role, gives(t, r.FD())), c.enters)
				got, err := next(r, patience)
				must(t, err)
				wants(t, "NOP", result(got.Res), c.nop)
			})
		}
	})
}
