package balance

import (
	"fmt"
	"testing"

	"segue/internal/conf"
	"segue/internal/lb"
)

func (f *farm) looked() int { return f.looks }

// fill makes servers full.
func fill(b lb.Balancer, servers []*lb.Server) {
	for _, srv := range servers {
		srv.MaxConn.Store(100)
		srv.MinConn.Store(0)
		srv.State.Served.Store(100)
		b.Taken(srv)
	}
}

// A pick looks at a constant number of servers, however many there are and
// whatever is the matter with them. What a change of many servers costs is spread
// over the picks that follow.
func TestPickLooksAtFew(t *testing.T) {
	const n, picks = 10000, 4000
	all := append([][2]string{{"hdr(x-none)", "map-based"}, {"hdr(x-none)", "consistent"}, {"random(3)", ""}}, everyAlgorithm...)
	for _, c := range []struct {
		name    string
		prepare func(px *lb.Proxy, b lb.Balancer)
		each    func(px *lb.Proxy, b lb.Balancer, i int)
	}{
		{name: "idle"},
		{name: "all but one full", prepare: func(px *lb.Proxy, b lb.Balancer) { fill(b, px.Servers[1:]) }},
		{name: "all full", prepare: func(px *lb.Proxy, b lb.Balancer) { fill(b, px.Servers) }},
		{name: "all but one down", prepare: func(px *lb.Proxy, b lb.Balancer) {
			for _, srv := range px.Servers[1:] {
				srv.State.Admin.Store(uint32(lb.ForcedMaint))
				b.Changed(srv)
			}
		}},
		{name: "all at a limit that grows with the load", prepare: func(px *lb.Proxy, b lb.Balancer) {
			px.FullConn = 1000
			for _, srv := range px.Servers {
				srv.MaxConn.Store(100)
				srv.MinConn.Store(1)
				srv.State.Served.Store(1)
				b.Taken(srv)
			}
		}},
		{name: "at a limit that the load crosses again and again", prepare: func(px *lb.Proxy, b lb.Balancer) {
			px.FullConn = 1000
			for _, srv := range px.Servers {
				srv.MaxConn.Store(100)
				srv.MinConn.Store(1)
				srv.State.Served.Store(1)
				b.Taken(srv)
			}
		}, each: func(px *lb.Proxy, b lb.Balancer, i int) { px.Back.Cur.Store(int64(i%2) * 20) }},
	} {
		for _, a := range all {
			t.Run(fmt.Sprint(c.name, "/", a[0], a[1]), func(t *testing.T) {
				px, b := large(t, a[0], a[1])
				s := request("GET", "/", map[string]string{"x-key": "abc"})
				if c.prepare != nil {
					c.prepare(px, b)
				}
				for i := range picks {
					if c.each != nil {
						c.each(px, b, i)
					}
					b.Pick(s, nil)
				}
				// Each server may be looked at once more, to find it full.
				if got, most := b.(interface{ looked() int }).looked(), 12*picks+2*n; got > most {
					t.Errorf("%d picks looked at %d servers, want at most %d", picks, got, most)
				}
			})
		}
	}
}

// A server that was set aside at a limit that grows is found again as soon as
// there is room, whoever made it.
func TestServersWhoseLimitGrowsAreFound(t *testing.T) {
	for _, a := range everyAlgorithm[:5] {
		t.Run(a[0], func(t *testing.T) {
			px := backend(make([]int, 100)...)
			for _, srv := range px.Servers {
				srv.State.Weight.Store(1)
				srv.Conf.Weight = 1
				srv.MaxConn.Store(10)
				srv.MinConn.Store(2)
			}
			px.FullConn = 100
			b, err := New(px, conf.Balance{Algo: a[0]}, conf.HashType{}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			pick := func() *lb.Server {
				srv, _ := b.Pick(nil, nil)
				if srv != nil {
					if srv.State.Served.Load() >= srv.Limit() {
						t.Fatalf("%s is full", srv.Name)
					}
					srv.State.Served.Add(1)
					b.Taken(srv)
				}
				return srv
			}
			room := func() (n int) {
				for pick() != nil {
					n++
				}
				return n
			}
			if n := room(); n != 200 {
				t.Errorf("%d places with no load, want 200", n)
			}
			px.Back.Cur.Store(29)
			if pick() != nil {
				t.Error("a place before the limit grows")
			}
			px.Back.Cur.Store(30)
			if n := room(); n != 100 {
				t.Errorf("%d places more, want 100", n)
			}
			px.Servers[70].State.Served.Add(-2)
			b.Dropped(px.Servers[70])
			px.Back.Cur.Store(20)
			if srv := pick(); srv != px.Servers[70] {
				t.Error("the server that lost two streams is not found")
			}
			if pick() != nil {
				t.Error("a place beyond the limit that fell")
			}
			px.Back.Cur.Store(99)
			if n := room(); n != 601 {
				t.Errorf("%d places nearly at the full load, want 601", n)
			}
			px.Back.Cur.Store(100)
			if n := room(); n != 100 {
				t.Errorf("%d places at the full load, want 100", n)
			}
			px.Servers[3].MaxConn.Store(12)
			b.Changed(px.Servers[3])
			if n := room(); n != 2 {
				t.Errorf("%d places after the limit was raised, want 2", n)
			}
		})
	}
}
