package lift

import (
	"cmp"
	"slices"
)

// place is a position on a stack.
type place struct{ frame, off int }

func (p place) compare(q place) int {
	return cmp.Or(p.frame-q.frame, p.off-q.off)
}

// cells is what stands at places, in their order.
type cells[V any] []cell[V]

type cell[V any] struct {
	at place
	v  V
}

func (c cells[V]) find(at place) (int, bool) {
	return slices.BinarySearchFunc(c, at, func(x cell[V], at place) int { return x.at.compare(at) })
}

// get is the zero value where nothing is.
func (c cells[V]) get(at place) (v V, ok bool) {
	if i, ok := c.find(at); ok {
		return c[i].v, true
	}
	return v, false
}

func (c *cells[V]) set(at place, v V) {
	i, ok := c.find(at)
	if ok {
		(*c)[i].v = v
		return
	}
	*c = slices.Insert(*c, i, cell[V]{at, v})
}

// drop takes away what stands at places of which gone says so.
func (c *cells[V]) drop(gone func(place) bool) {
	*c = slices.DeleteFunc(*c, func(x cell[V]) bool { return gone(x.at) })
}
