package lb

import (
	"net/netip"
	"reflect"
	"sync/atomic"
)

// Snapshot is a State as it travels to another process.
type Snapshot struct {
	Proxies map[string]map[string]int64 // numbers by field name
	Binds   map[string]map[string]int64
	Servers map[string]ServerSnapshot
}

// ServerSnapshot is one ServerState.
type ServerSnapshot struct {
	Numbers map[string]int64
	Oper    int32
	Admin   uint32
	Weight  int32
	Addr    string
	Adopted ServerConf
}

// current names the counters of what runs now, which stays with the process
// that runs it.
var current = map[string]bool{"Cur": true, "Queued": true, "Served": true, "Waiting": true, "Conns": true, "IdleConns": true, "Epoch": true}

// Snapshot copies the state. Serving goes on meanwhile.
func (s *State) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Snapshot{Proxies: map[string]map[string]int64{}, Binds: map[string]map[string]int64{}, Servers: map[string]ServerSnapshot{}}
	for k, p := range s.proxies {
		out.Proxies[k] = numbers(p)
	}
	for k, b := range s.binds {
		out.Binds[k] = numbers(b)
	}
	for k, srv := range s.servers {
		v := ServerSnapshot{Numbers: numbers(srv), Oper: srv.Oper.Load(), Admin: srv.Admin.Load(), Weight: srv.Weight.Load()}
		srv.Mu.Lock()
		v.Adopted = srv.Adopted
		srv.Mu.Unlock()
		if a := srv.Addr.Load(); a != nil {
			v.Addr = a.String()
		}
		out.Servers[k] = v
	}
	return out
}

// Restore fills an empty State.
func (s *State) Restore(in *Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, n := range in.Proxies {
		p := new(ProxyState)
		setNumbers(p, n)
		s.proxies[k] = p
	}
	for k, n := range in.Binds {
		b := new(BindState)
		setNumbers(b, n)
		s.binds[k] = b
	}
	for k, v := range in.Servers {
		srv := new(ServerState)
		setNumbers(srv, v.Numbers)
		srv.Oper.Store(v.Oper)
		srv.Admin.Store(v.Admin)
		srv.Weight.Store(v.Weight)
		srv.Adopted = v.Adopted
		if a, err := netip.ParseAddrPort(v.Addr); err == nil {
			srv.Addr.Store(&a)
		}
		s.servers[k] = srv
	}
}

var int64Type = reflect.TypeFor[atomic.Int64]()

// each calls f with the name and the value of every number of a state object.
func each(v reflect.Value, f func(name string, n *atomic.Int64)) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		switch {
		case field.Anonymous && field.Type.Kind() == reflect.Struct:
			each(v.Field(i), f)
		case field.Type == int64Type && field.IsExported() && !current[field.Name]:
			f(field.Name, v.Field(i).Addr().Interface().(*atomic.Int64))
		}
	}
}

func numbers(state any) map[string]int64 {
	out := map[string]int64{}
	each(reflect.ValueOf(state).Elem(), func(name string, n *atomic.Int64) {
		if v := n.Load(); v != 0 {
			out[name] = v
		}
	})
	return out
}

func setNumbers(state any, in map[string]int64) {
	each(reflect.ValueOf(state).Elem(), func(name string, n *atomic.Int64) { n.Store(in[name]) })
}
