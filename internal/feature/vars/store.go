package vars

import (
	"segue/internal/lb"
	"segue/internal/sample"
)

// overhead is what a variable costs beside its bytes, for the limits: HAProxy's
// structure has about this size.
const overhead = 56

// limits are tune.vars.*: bytes, 0 = none. Manual 3.2.
type limits struct{ sess, txn, reqres int }

var noLimits = &limits{}

func limitsOf(gen *lb.Generation) *limits {
	if gen.Conf == nil {
		return noLimits
	}
	v := &gen.Conf.Global.Tune.VarsLimit
	return newLimits(v)
}

// newLimits applies the hierarchy: what limits a wide scope limits those
// within it.
func newLimits(v *[6]int) *limits {
	sess := least(v[2], least(v[1], v[0]))
	txn := least(v[3], sess)
	return &limits{sess: sess, txn: txn, reqres: least(v[4], txn)}
}

// least is the smaller one of two limits of which 0 is none.
func least(a, b int) int {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// entry is one variable's value in a list.
type entry struct {
	id  uint64
	set bool
	v   sample.Value
	buf []byte // memory of v.Bytes
}

// list is the variables of one scope. Few are set, so that a scan is the fastest
// look-up. Entries behind its length keep their memory.
type list struct {
	entries []entry
	size    int // bytes accounted
}

func (l *list) find(id uint64) *entry {
	for i := range l.entries {
		if l.entries[i].id == id {
			return &l.entries[i]
		}
	}
	return nil
}

// add appends an entry, with the memory of an earlier life if it has one.
func (l *list) add(id uint64) *entry {
	if n := len(l.entries); n < cap(l.entries) {
		l.entries = l.entries[:n+1]
	} else {
		l.entries = append(l.entries, entry{})
	}
	e := &l.entries[len(l.entries)-1]
	*e = entry{id: id, buf: e.buf[:0]}
	return e
}

// reset forgets the variables and keeps small memory.
func (l *list) reset() {
	for i := range l.entries {
		if cap(l.entries[i].buf) > keepBuf {
			l.entries[i].buf = nil
		}
	}
	l.entries, l.size = l.entries[:0], 0
}

// keepBuf is how much memory of a variable is kept for the next stream.
const keepBuf = 1024

// store gives e a copy of v.
func (e *entry) store(v *sample.Value) {
	e.set = true
	e.buf = append(e.buf[:0], v.Bytes...)
	e.v = *v
	e.v.Flags = sample.Const
	e.v.Bytes = nil
	if v.Bytes != nil {
		e.v.Bytes = e.buf
	}
}

// streamVars is Stream.Vars: the transaction's variables and those of the
// request, which those of the response replace.
type streamVars struct {
	txn, reqres list
	response    bool // reqres is the response's
}

// Recycle implements lb.Recycler.
func (sv *streamVars) Recycle() {
	sv.txn.reset()
	sv.reqres.reset()
	sv.response = false
}

// Recycle implements lb.Recycler for sessions.
func (l *list) Recycle() { l.reset() }

// lists returns the list of the variable's scope and its limit; nil where the
// scope does not exist. With grow it is made.
func (v *Variable) list(s *lb.Stream, grow bool) (*list, int) {
	switch v.scope {
	case sess, check:
		if v.scope == check && s.Session.Flags&lb.IsCheck == 0 {
			return nil, 0
		}
		l, _ := s.Session.Vars.(*list)
		if l == nil && grow {
			l = &list{}
			s.Session.Vars = l
		}
		return l, v.limits.sess
	case txn, req, res:
		sv, _ := s.Vars.(*streamVars)
		if sv == nil {
			if !grow {
				return nil, 0
			}
			sv = &streamVars{}
			s.Vars = sv
		}
		if v.scope == txn {
			return &sv.txn, v.limits.txn
		}
		if !sv.response && responds(s) {
			sv.reqres.reset()
			sv.response = true
		}
		if sv.response != (v.scope == res) {
			return nil, 0
		}
		return &sv.reqres, v.limits.reqres
	}
	return nil, 0
}

// responds tells whether the stream has begun to look for a server, where the
// request's variables end. Manual 2.8.
func responds(s *lb.Stream) bool { return s.Dir == lb.Response || s.Connected >= 0 }

// Get implements sample.Var.
func (v *Variable) Get(s *lb.Stream, out *sample.Value) bool {
	if v.scope == proc {
		return v.proc.get(out)
	}
	l, _ := v.list(s, false)
	if l == nil {
		return false
	}
	e := l.find(v.id)
	if e == nil || !e.set {
		return false
	}
	*out = e.v
	return true
}

// Set implements sample.Var. A value that the limits have no room for is not
// stored, and the variable is cleared.
func (v *Variable) Set(s *lb.Stream, val *sample.Value) {
	if v.scope == proc {
		v.proc.set(val)
		return
	}
	l, limit := v.list(s, val != nil)
	if l == nil {
		return
	}
	e := l.find(v.id)
	if e == nil {
		if val == nil || limit != 0 && l.size+overhead+len(val.Bytes) > limit {
			return
		}
		e = l.add(v.id)
		l.size += overhead
	}
	if e.set {
		l.size -= len(e.v.Bytes)
	}
	e.set = false
	if val == nil || limit != 0 && l.size+len(val.Bytes) > limit {
		return
	}
	e.store(val)
	l.size += len(val.Bytes)
}

// exists reports whether the variable has been created; it may be unset.
func (v *Variable) exists(s *lb.Stream) bool {
	if v.scope == proc {
		return true
	}
	l, _ := v.list(s, false)
	return l != nil && l.find(v.id) != nil
}
