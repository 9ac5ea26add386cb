package pattern

// RefState is what of a Ref must outlive the process: the whole List, if it was
// changed at run time. It holds plain values, for any encoding.
type RefState struct {
	Key       string // identity
	Digest    []byte // of what the configuration said
	Cur, Next uint32
	LastID    uint64
	Entries   []EntryState
}

// EntryState is one entry of a RefState.
type EntryState struct {
	ID       uint64
	Pattern  string
	Value    string
	HasValue bool
	File     string
	Line     int
	Version  uint32
	Changed  bool // Value was set at run time
}

// Export returns the state of all Refs that were changed at run time. The rest
// is what the files say.
func (rs *Refs) Export() []RefState {
	var out []RefState
	for _, r := range rs.all {
		if s, ok := r.export(); ok && r.key != "" {
			s.Key, s.Digest = r.key, r.digest[:]
			out = append(out, s)
		}
	}
	return out
}

func (l *List) export() (RefState, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.touched {
		return RefState{}, false
	}
	s := RefState{Cur: l.cur, Next: l.next, LastID: l.lastID}
	for _, e := range l.entries {
		if !e.gone.Load() {
			s.Entries = append(s.Entries, EntryState{e.ID, e.Pattern, e.Value(), e.HasValue(), e.File, e.Line, e.Version, e.changed})
		}
	}
	return s, true
}

// ImportRefs makes a generation that serves only as NewRefs's prev: the one of
// the process before.
func ImportRefs(states []RefState) *Refs {
	rs := &Refs{}
	for _, s := range states {
		l := &List{cur: s.Cur, next: s.Next, lastID: s.LastID, touched: true}
		for _, es := range s.Entries {
			e := newEntry(es.Pattern, es.Value, es.HasValue, es.File, es.Line)
			e.ID, e.Version, e.changed = es.ID, es.Version, es.Changed
			l.entries = append(l.entries, e)
		}
		r := &Ref{List: l, key: s.Key}
		copy(r.digest[:], s.Digest)
		rs.all = append(rs.all, r)
	}
	return rs
}
