//go:build linux

package ring

import "runtime"

// call is a function to be called by the owner.
type call struct {
	f        func(*Ring) error
	err      error
	panicked any
	returned bool
	done     chan struct{}
}

// run calls f. If f ends the goroutine, only what is deferred runs.
func (c *call) run(r *Ring) {
	defer close(c.done)
	defer func() {
		if !c.returned {
			c.panicked = recover()
		}
	}()
	c.err = c.f(r)
	c.returned = true
}

// outcome is to the caller what f was to the owner.
func (c *call) outcome() error {
	switch {
	case c.panicked != nil:
		panic(c.panicked)
	case !c.returned:
		runtime.Goexit()
	}
	return c.err
}

// refuse answers without calling f.
func (c *call) refuse(err error) {
	c.err, c.returned = err, true
	close(c.done)
}
