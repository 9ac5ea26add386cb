package vars

import (
	"bytes"
	"sync/atomic"

	"segue/internal/sample"
)

// procVar is a variable of the process. Values are immutable and replaced as a
// whole, so that readers need no lock; the last writer wins.
type procVar struct{ v atomic.Pointer[sample.Value] }

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

// Set is for the command line and the global section; nil clears.
func (p *procVar) Set(v *sample.Value) { p.set(v) }
