package lb

import (
	"reflect"
	"strings"
	"sync/atomic"
)

// Tally is what was counted: sums, and the highest of what has a maximum. Rates
// and averages are of their moment and no part of it.
type Tally struct {
	Proxies, Binds, Servers map[string]Numbers
	Process                 Numbers // a Count; nil from a version that tells none
}

// uncounted names the numbers of state objects that are settings or times of
// what runs now. They belong to the process that serves.
var uncounted = map[string]bool{"MaxConn": true, "LastChange": true, "Down": true, "DownTrans": true, "DownTime": true}

// highest says whether of two values of a number the higher one counts.
func highest(name string) bool { return strings.HasSuffix(name, "Max") || name == "LastSession" }

// Tally is the part of a snapshot that Since compares with.
func (in *Snapshot) Tally() Tally {
	t := Tally{Proxies: make(map[string]Numbers, len(in.Proxies)), Binds: in.Binds, Servers: make(map[string]Numbers, len(in.Servers))}
	for k := range in.Proxies {
		t.Proxies[k] = in.Proxies[k].Numbers
	}
	for k := range in.Servers {
		t.Servers[k] = in.Servers[k].Numbers
	}
	return t
}

// Since is what was counted after base was taken.
func (s *State) Since(base Tally) Tally {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := Tally{Proxies: map[string]Numbers{}, Binds: map[string]Numbers{}, Servers: map[string]Numbers{}}
	for k, v := range s.proxies {
		more(t.Proxies, k, v, base.Proxies[k])
	}
	for k, v := range s.binds {
		more(t.Binds, k, v, base.Binds[k])
	}
	for k, v := range s.servers {
		more(t.Servers, k, v, base.Servers[k])
	}
	return t
}

// more adds to out what the object has counted since base, if anything.
func more(out map[string]Numbers, key string, state any, base Numbers) {
	var n Numbers
	counts(state, func(name string, v *atomic.Int64) {
		now, was := v.Load(), base[name]
		if now <= was { // or it was cleared meanwhile
			return
		}
		if n == nil {
			n = Numbers{}
		}
		if n[name] = now; !highest(name) {
			n[name] = now - was
		}
	})
	if n != nil {
		out[key] = n
	}
}

// Add counts what another process has counted for objects that are here, too.
func (s *State) Add(t Tally) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, n := range t.Proxies {
		if p := s.proxies[k]; p != nil {
			add(p, n)
		}
	}
	for k, n := range t.Binds {
		if b := s.binds[k]; b != nil {
			add(b, n)
		}
	}
	for k, n := range t.Servers {
		if srv := s.servers[k]; srv != nil {
			add(srv, n)
		}
	}
}

func add(state any, n Numbers) {
	counts(state, func(name string, v *atomic.Int64) {
		switch by := n[name]; {
		case by <= 0:
		case highest(name):
			raise(v, by)
		default:
			v.Add(by)
		}
	})
}

// counts calls f with every number of a state object that is part of a Tally.
func counts(state any, f func(name string, v *atomic.Int64)) {
	each(reflect.ValueOf(state).Elem(), func(name string, n any) {
		if v, ok := n.(*atomic.Int64); ok && !uncounted[name] {
			f(name, v)
		}
	})
}
