package lb

import (
	"net/netip"
	"reflect"
	"strconv"
	"sync/atomic"

	"segue/internal/rate"
)

// Snapshot is a State as it travels to another process.
type Snapshot struct {
	Proxies map[string]ProxySnapshot
	Binds   map[string]Numbers
	Servers map[string]ServerSnapshot
	Objects map[string][]byte // of features: see Carrier
	Linked  []string          // those that the configuration names
}

// Numbers are the counters and rates of a state object by field name.
type Numbers map[string]int64

// ProxySnapshot is one ProxyState.
type ProxySnapshot struct {
	Numbers                Numbers
	Stopped, Paused, Unpub bool
}

// ServerSnapshot is one ServerState.
type ServerSnapshot struct {
	Numbers Numbers
	Oper    int32
	Admin   uint32
	Weight  int32
	Limit   int64 // "set maxconn server", -1 = the configuration's
	Addr    string
	FQDN    string // host name set at run time, "" = none
	Port    int32  // ServerState.NextPort
	PortMap int32
	Adopted ServerConf
	Health  *CarriedHealth // nil: no checks yet
	Added   bool           // at run time, and in no file since
}

// Carrier is a feature's object (State.Object) that goes to another process,
// too: there, Import gets what Export returned before anybody sees the object.
type Carrier interface {
	Export() []byte
	Import(data []byte)
}

// current names the counters of what runs now, which stays with the process
// that runs it.
var current = map[string]bool{"Cur": true, "Queued": true, "Served": true, "Waiting": true, "Conns": true, "IdleConns": true, "SafeConns": true, "NeedConns": true, "PeakConns": true, "NeedAt": true, "Epoch": true}

// Snapshot copies the state. Serving goes on meanwhile. gen is the generation
// that serves, now its loops' time in ms.
func (s *State) Snapshot(gen *Generation, now int64) Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Snapshot{Proxies: map[string]ProxySnapshot{}, Binds: map[string]Numbers{}, Servers: map[string]ServerSnapshot{}, Objects: map[string][]byte{}}
	for k, p := range s.proxies {
		out.Proxies[k] = ProxySnapshot{Numbers: numbers(p, now), Stopped: p.Stopped.Load(), Paused: p.Paused.Load(), Unpub: p.Unpub.Load()}
	}
	for k, b := range s.binds {
		out.Binds[k] = numbers(b, now)
	}
	for _, px := range gen.Proxies {
		for _, srv := range px.Servers {
			out.Servers[px.Name+"/"+srv.Name] = snapshotServer(srv, now)
		}
	}
	for k, data := range s.incoming { // nobody has asked for them here yet
		out.Objects[k] = data
	}
	for k, v := range s.extra {
		if c, ok := v.(Carrier); ok {
			out.Objects[k] = c.Export()
		}
	}
	for k := range s.linked {
		out.Linked = append(out.Linked, k)
	}
	return out
}

func snapshotServer(srv *Server, now int64) ServerSnapshot {
	st := srv.State
	v := ServerSnapshot{Numbers: numbers(st, now), Oper: st.Oper.Load(), Admin: st.Admin.Load(), Weight: st.Weight.Load(), Limit: -1, Added: srv.Added()}
	st.Mu.Lock()
	v.Adopted, v.Health = st.Adopted, st.Carried
	st.Mu.Unlock()
	if c, ok := st.Health.Load().(Checks); ok {
		v.Health = c.Carry()
	}
	if a := st.Addr.Load(); a != nil {
		v.Addr = a.String()
	}
	if name := st.FQDN.Load(); name != nil {
		v.FQDN = *name
	}
	v.Port, v.PortMap = st.NextPort.Load(), st.PortMap.Load()
	if n := srv.MaxConn.Load(); n != int64(srv.Conf.MaxConn) {
		v.Limit = n
	}
	return v
}

// Restore fills an empty State. Rates that were measured go on.
func (s *State) Restore(in *Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, v := range in.Proxies {
		p := new(ProxyState)
		setNumbers(p, v.Numbers)
		p.Stopped.Store(v.Stopped)
		p.Paused.Store(v.Paused)
		p.Unpub.Store(v.Unpub)
		s.proxies[k] = p
	}
	for k, n := range in.Binds {
		b := new(BindState)
		setNumbers(b, n)
		s.binds[k] = b
	}
	for k, v := range in.Servers {
		srv := &ServerState{Limit: v.Limit, Adopted: v.Adopted, Carried: v.Health}
		setNumbers(srv, v.Numbers)
		srv.Oper.Store(v.Oper)
		srv.Admin.Store(v.Admin)
		srv.Weight.Store(v.Weight)
		if a, err := netip.ParseAddrPort(v.Addr); err == nil {
			srv.Addr.Store(&a)
		}
		if v.FQDN != "" {
			srv.FQDN.Store(&v.FQDN)
		}
		srv.NextPort.Store(v.Port)
		srv.PortMap.Store(v.PortMap)
		s.servers[k] = srv
	}
	s.incoming, s.linked = in.Objects, map[string]bool{}
	for _, k := range in.Linked {
		s.linked[k] = true
	}
}

// each calls f with the name and a pointer to every number of a state object:
// *atomic.Int64, *rate.Counter or *rate.Average.
func each(v reflect.Value, f func(name string, n any)) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() || current[field.Name] {
			continue
		}
		at := v.Field(i)
		if field.Anonymous && field.Type.Kind() == reflect.Struct {
			each(at, f)
			continue
		}
		if field.Type.Kind() == reflect.Array {
			for j := range at.Len() {
				number(at.Index(j), field.Name+"."+strconv.Itoa(j), f)
			}
			continue
		}
		number(at, field.Name, f)
	}
}

func number(at reflect.Value, name string, f func(name string, n any)) {
	switch n := at.Addr().Interface().(type) {
	case *atomic.Int64, *rate.Counter, *rate.Average:
		f(name, n)
	}
}

// numbers reads the object's numbers; those that are 0 are left out. A rate's
// age, running and previous second go under three names.
func numbers(state any, now int64) Numbers {
	out := Numbers{}
	put := func(name string, v int64) {
		if v != 0 {
			out[name] = v
		}
	}
	each(reflect.ValueOf(state).Elem(), func(name string, n any) {
		switch n := n.(type) {
		case *atomic.Int64:
			put(name, n.Load())
		case *rate.Average:
			put(name, int64(n.State()))
		case *rate.Counter:
			age, curr, prev := n.State(now)
			put(name+".curr", int64(curr))
			put(name+".prev", int64(prev))
			if curr != 0 || prev != 0 {
				put(name+".age", int64(age))
			}
		}
	})
	return out
}

// setNumbers is the reverse of numbers in a process whose loops have just
// begun.
func setNumbers(state any, in Numbers) {
	each(reflect.ValueOf(state).Elem(), func(name string, n any) {
		switch n := n.(type) {
		case *atomic.Int64:
			n.Store(in[name])
		case *rate.Average:
			n.SetState(uint32(in[name]))
		case *rate.Counter:
			if curr, prev := in[name+".curr"], in[name+".prev"]; curr != 0 || prev != 0 {
				n.SetState(restoredAt, uint32(in[name+".age"]), uint32(curr), uint32(prev))
			}
		}
	})
}

// restoredAt is the loops' time, in ms, at which a new process takes over
// rates. It is at its start, within what a rate can tell.
const restoredAt = 0
