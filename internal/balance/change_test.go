package balance

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"segue/internal/conf"
	"segue/internal/lb"
)

func TestWeightsAreLive(t *testing.T) {
	for _, c := range []struct {
		name   string
		algo   string
		change func(srv *lb.Server)
		most   int // of 160 turns, for the server that changed; the other has weight 1
		least  int
	}{
		{"roundrobin takes a new weight", "roundrobin", func(s *lb.Server) { s.State.Weight.Store(3) }, 125, 110},
		{"static-rr does not", "static-rr", func(s *lb.Server) { s.State.Weight.Store(3) }, 81, 79},
		{"weight 0 gets nothing", "roundrobin", func(s *lb.Server) { s.State.Weight.Store(0) }, 0, 0},
		{"weight 0 gets nothing from a static table", "static-rr", func(s *lb.Server) { s.State.Weight.Store(0) }, 0, 0},
		{"slowstart gives a share", "roundrobin", func(s *lb.Server) { s.State.Ramp.Store(4) }, 38, 26},
		{"a drained server gets nothing", "roundrobin", func(s *lb.Server) { s.State.Admin.Store(uint32(lb.ForcedDrain)) }, 0, 0},
		{"a stopping server gets nothing", "first", func(s *lb.Server) { s.State.Oper.Store(int32(lb.Stopping)) }, 0, 0},
		{"random takes a new weight", "random(1)", func(s *lb.Server) { s.State.Weight.Store(255) }, 160, 140},
	} {
		t.Run(c.name, func(t *testing.T) {
			px := backend(1, 1)
			b := balancer(t, px, c.algo)
			c.change(px.Servers[0])
			b.Changed(px.Servers[0])
			if n := strings.Count(picks(b, 160), "0"); n < c.least || n > c.most {
				t.Errorf("%d turns of 160, want %d to %d", n, c.least, c.most)
			}
		})
	}
}

func TestServersThatAreAddedServe(t *testing.T) {
	for _, a := range everyAlgorithm {
		px := backend(1)
		b, err := New(px, conf.Balance{Algo: a[0]}, conf.HashType{Method: a[1]}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < 100; i++ {
			b.Changed(addServer(px, fmt.Sprint(i), i, 1))
		}
		for _, srv := range px.Servers[:99] {
			srv.State.Admin.Store(uint32(lb.ConfMaint))
			b.Changed(srv)
		}
		if srv, _ := b.Pick(request("GET", "/", map[string]string{"x-key": "k"}), nil); srv != px.Servers[99] {
			t.Errorf("%s %s: the only server left is not picked", a[0], a[1])
		}
	}
}

func TestStickyStaysUntilItsServerGoes(t *testing.T) {
	px := backend(1, 1, 1)
	b := balancer(t, px, "sticky")
	admin := func(i int, a lb.Admin) {
		px.Servers[i].State.Admin.Store(uint32(a))
		b.Changed(px.Servers[i])
	}
	got := picks(b, 3)
	admin(0, lb.ForcedMaint)
	got += picks(b, 2)
	admin(0, 0) // joins at the end
	got += picks(b, 2)
	admin(1, lb.ForcedMaint)
	got += picks(b, 1)
	admin(2, lb.ForcedMaint)
	got += picks(b, 1)
	admin(0, lb.ForcedMaint)
	got += picks(b, 1)
	if want := "000" + "11" + "11" + "2" + "0" + "-"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBalanceFactorBoundsTheLoad(t *testing.T) {
	px := backend(1, 1, 2)
	b, err := New(px, conf.Balance{Algo: "hdr(x-key)"}, conf.HashType{Method: "consistent"}, Options{Factor: 150})
	if err != nil {
		t.Fatal(err)
	}
	s := request("GET", "/", map[string]string{"x-key": "the same"})
	for range 40 {
		srv, _ := b.Pick(s, nil)
		srv.State.Served.Add(1)
		px.TotalServed.Add(1)
	}
	for i, most := range []int64{16, 16, 31} { // 1.5 * 40 * weight/4, rounded up
		if n := px.Servers[i].State.Served.Load(); n > most {
			t.Errorf("server %d holds %d of 40, want at most %d", i, n, most)
		}
	}
}

func TestAffinityGivesWay(t *testing.T) {
	for _, c := range []struct {
		preserve        string
		served, waiting int64
		moves           bool
	}{
		{"always", 1, 9, false},
		{"maxconn", 0, 0, false},
		{"maxconn", 1, 0, true},
		{"maxqueue", 1, 1, false},
		{"maxqueue", 1, 2, true},
	} {
		px := backend(1, 1, 1)
		b, err := New(px, conf.Balance{Algo: "hdr(x-key)"}, conf.HashType{Method: "consistent"}, Options{Preserve: c.preserve})
		if err != nil {
			t.Fatal(err)
		}
		s := request("GET", "/", map[string]string{"x-key": "k"})
		home, _ := b.Pick(s, nil)
		home.MaxConn.Store(1)
		home.Conf.MaxQueue = 2
		home.State.Served.Store(c.served)
		home.State.Waiting.Store(c.waiting)
		if srv, _ := b.Pick(s, nil); (srv != home) != c.moves {
			t.Errorf("%s with %d served and %d waiting: moves = %v, want %v", c.preserve, c.served, c.waiting, srv != home, c.moves)
		}
	}
}

func TestLeastconnCountsALimitedQueueAsRoom(t *testing.T) {
	px := backend(1)
	b := balancer(t, px, "leastconn")
	srv := px.Servers[0]
	srv.MaxConn.Store(1)
	srv.State.Served.Store(1)
	b.Taken(srv)
	if got, full := b.Pick(nil, nil); got != nil || !full {
		t.Error("a full server without maxqueue is picked")
	}
	srv.Conf.MaxQueue = 2
	b.Changed(srv)
	if got, _ := b.Pick(nil, nil); got != srv {
		t.Error("a server whose queue has room is not picked")
	}
}

// What a balancer keeps at a server means nothing to the one that replaces it:
// news of a server that is gone neither disturbs it nor brings the server back.
func TestNewsOfAServerOfTheBalancerBefore(t *testing.T) {
	for _, a := range everyAlgorithm {
		px := backend(1, 1, 1, 1, 1)
		method := conf.HashType{Method: a[1]}
		if _, err := New(px, conf.Balance{Algo: a[0]}, method, Options{}); err != nil {
			t.Fatal(err)
		}
		gone := px.Servers[4]
		px.Servers = px.Servers[:1:1]
		px.Servers[0].LB = nil
		b, err := New(px, conf.Balance{Algo: a[0]}, method, Options{})
		if err != nil {
			t.Fatal(err)
		}
		b.Taken(gone)
		b.Dropped(gone)
		for range 10 {
			if srv, _ := b.Pick(request("GET", "/", map[string]string{"x-key": "k"}), gone); srv != px.Servers[0] {
				t.Errorf("%s %s: the server that is left is not picked", a[0], a[1])
			}
		}
	}
}

func TestLeastconnPrefersAFreeSlotToAQueueOfTheSameLoad(t *testing.T) {
	px := backend(1, 1)
	b := balancer(t, px, "leastconn")
	full := px.Servers[0]
	full.MaxConn.Store(1)
	full.Conf.MaxQueue = 5
	for _, srv := range px.Servers { // the full one was taken longer ago
		srv.State.Served.Store(1)
		b.Taken(srv)
	}
	if got, _ := b.Pick(nil, nil); got != px.Servers[1] {
		t.Error("the full server is picked")
	}
	px.Servers[1].State.Served.Store(2)
	b.Taken(px.Servers[1])
	if got, _ := b.Pick(nil, nil); got != full {
		t.Error("the queue of the less loaded server is not used")
	}
}

// With hash-key addr a server lies where its address says, whether it had the
// address from the start or got it later; the others stay where they are.
func TestNodesFollowTheAddress(t *testing.T) {
	at := func(s string) *netip.AddrPort {
		a := netip.MustParseAddrPort(s)
		return &a
	}
	for _, key := range []string{"addr", "addr-port"} {
		farm := func(third string) (*lb.Proxy, lb.Balancer) {
			px := backend(10, 10, 10)
			for i, a := range []string{"127.0.0.1:80", "127.0.0.7:80", third} {
				px.Servers[i].Conf.HashKey = key
				px.Servers[i].State.Addr.Store(at(a))
			}
			b, err := New(px, conf.Balance{Algo: "uri"}, conf.HashType{Method: "consistent"}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			return px, b
		}
		choice := func(b lb.Balancer) (out string) {
			for i := range 200 {
				srv, _ := b.Pick(request("GET", fmt.Sprint("/", i), nil), nil)
				out += srv.Name
			}
			return out
		}
		px, b := farm("127.0.0.2:80")
		before := choice(b)
		_, want := farm("127.0.0.5:80")
		px.Servers[2].State.Addr.Store(at("127.0.0.5:80"))
		b.Changed(px.Servers[2])
		got := choice(b)
		if got == before || got != choice(want) {
			t.Errorf("%s: the picks after the change are not those of the new address", key)
		}
		for i := range got {
			if got[i] != before[i] && got[i] != '2' && before[i] != '2' {
				t.Errorf("%s: /%d went from %c to %c, neither of which moved", key, i, before[i], got[i])
			}
		}
	}
}

// When the node of the last turn leaves the ring, the turn passes to the node
// behind it: that one is passed over. A node that leaves elsewhere moves nothing.
func TestTurnWhenItsNodeLeavesTheRing(t *testing.T) {
	for _, c := range []struct {
		name string
		turn int  // the turn that came last
		own  bool // its server leaves, or the next one
	}{{"after one turn", 1, true}, {"after six turns", 6, true}, {"another server leaves", 6, false}} {
		t.Run(c.name, func(t *testing.T) {
			px := backend(10, 10, 10, 10)
			b, err := New(px, conf.Balance{Algo: "uri"}, conf.HashType{Method: "consistent"}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			key := request("GET", "", nil) // no key
			turns := func(n int) (out string) {
				for range n {
					srv, _ := b.Pick(key, nil)
					out += srv.Name
				}
				return out
			}
			before := turns(c.turn)
			gone := px.Servers[before[c.turn-1]-'0']
			if !c.own {
				gone = px.Servers[(before[c.turn-1]-'0'+1)%4]
			}
			ring := turns(640 - c.turn) // the rest of the circle
			turns(c.turn)               // to where it was
			want := strings.ReplaceAll(ring, gone.Name, "")
			if c.own {
				want = want[1:]
			}
			gone.State.Weight.Store(0)
			b.Changed(gone)
			if got := turns(20); got != want[:20] {
				t.Errorf("turns %s, want %s", got, want[:20])
			}
		})
	}
}
