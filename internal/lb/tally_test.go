package lb

import (
	"reflect"
	"testing"

	"segue/internal/conf"
)

// TestTallySince: sums add up over processes, maxima are kept, settings and what
// runs now stay where they are.
func TestTallySince(t *testing.T) {
	key := func(s *State) (*ProxyState, *ServerState) {
		srv, _ := s.Server("b", "s")
		return s.Proxy("b", "b"), srv
	}
	old, next := NewState(), NewState()
	p, srv := key(old)
	p.CumConn.Store(10)
	p.CurMax.Store(3)
	p.Responses[2].Store(9)
	p.MaxConn.Store(50)
	gen := &Generation{Proxies: []*Proxy{{Name: "b", Servers: []*Server{{Name: "s", Proxy: &Proxy{Name: "b"}, State: srv, Conf: &conf.Server{ServerWords: &conf.ServerWords{}}}}}}}
	snapshot := old.Snapshot(gen, 0)
	next.Restore(&snapshot)
	base := snapshot.Tally()

	p.CumConn.Add(4) // the old process goes on
	p.Cur.Store(2)
	p.CurMax.Store(8)
	p.Responses[2].Add(1)
	p.MaxConn.Store(60)
	srv.BytesIn.Store(100)
	srv.LastChange.Store(77)
	q, other := key(next) // and the new one serves
	q.CumConn.Add(100)
	q.CurMax.Store(5)

	rest := old.Since(base)
	if want := (Numbers{"CumConn": 4, "CurMax": 8, "Responses.2": 1}); !reflect.DeepEqual(rest.Proxies["b/b"], want) {
		t.Errorf("the rest of the proxy: %v, want %v", rest.Proxies, want)
	}
	next.Add(rest)
	for _, c := range []struct {
		name      string
		got, want int64
	}{
		{"connections", q.CumConn.Load(), 114}, {"responses", q.Responses[2].Load(), 10}, {"most at once", q.CurMax.Load(), 8},
		{"running now", q.Cur.Load(), 0}, {"a setting", q.MaxConn.Load(), 50},
		{"bytes of the server", other.BytesIn.Load(), 100}, {"its last change", other.LastChange.Load(), 0},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", c.name, c.got, c.want)
		}
	}
	p.CumConn.Store(1) // cleared
	if rest := old.Since(base); rest.Proxies["b/b"]["CumConn"] != 0 {
		t.Errorf("after clear counters the rest is %v", rest.Proxies)
	}
	next.Add(Tally{Proxies: map[string]Numbers{"b/unknown": {"CumConn": 1}}}) // nobody's
}
