package vars

import (
	"bytes"
	"sync/atomic"

	"segue/internal/sample"
)

// procVar is a variable of the process. Values are immutable and replaced as a
// whole, so that readers need no lock; the last writer wins.
type procVar struct {
	v atomic.Pointer[sample.Value]
	// said is what the global section of the generation that serves sets; nil =
	// nothing. Written at activation.
	said atomic.Pointer[sample.Value]
}

// configure takes what the global section of a new generation sets, nil for
// nothing. What was set at runtime stays where the section says what it said.
func (p *procVar) configure(says *procVar) {
	var next *sample.Value
	if says != nil {
		next = says.v.Load()
	}
	was := p.said.Swap(next)
	if was == next || was != nil && next != nil && same(was, next) {
		return
	}
	p.v.Store(next)
}

func same(a, b *sample.Value) bool {
	return a.Type == b.Type && a.Int == b.Int && a.IP == b.IP && bytes.Equal(a.Bytes, b.Bytes)
}

func (p *procVar) get(out *sample.Value) bool {
	v := p.v.Load()
	if v == nil {
		return false
	}
	*out = *v
	return true
}

func (p *procVar) set(v *sample.Value) {
	if v == nil {
		p.v.Store(nil)
		return
	}
	c := *v
	c.Flags, c.Bytes = sample.Const, bytes.Clone(v.Bytes)
	p.v.Store(&c)
}

// Get is for the command line: the value, false when it is not set.
func (p *procVar) Get(out *sample.Value) bool { return p.get(out) }

// Set is for the command line; nil clears.
func (p *procVar) Set(v *sample.Value) { p.set(v) }
