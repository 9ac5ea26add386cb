package balance

import (
	"fmt"
	"sync"
	"testing"

	"segue/internal/conf"
	"segue/internal/lb"
)

// large makes a backend of 10,000 servers.
func large(tb testing.TB, algo, method string) (*lb.Proxy, lb.Balancer) {
	tb.Helper()
	w := make([]int, 10000)
	for i := range w {
		w[i] = 1 + i%4
	}
	px := backend(w...)
	b, err := New(px, conf.Balance{Algo: algo}, conf.HashType{Method: method}, Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return px, b
}

var everyAlgorithm = [][2]string{
	{"roundrobin", ""}, {"static-rr", ""}, {"leastconn", ""}, {"first", ""}, {"random", ""},
	{"hdr(x-key)", "map-based"}, {"hdr(x-key)", "consistent"}, {"sticky", ""},
}

func TestPickDoesNotAllocate(t *testing.T) {
	for _, a := range everyAlgorithm {
		px, b := large(t, a[0], a[1])
		s := request("GET", "/", map[string]string{"x-key": "abc"})
		b.Pick(s, nil) // a static table is built on first use
		if n := testing.AllocsPerRun(1000, func() {
			srv, _ := b.Pick(s, px.Servers[0])
			srv.State.Served.Add(1)
			b.Taken(srv)
			srv.State.Served.Add(-1)
			b.Dropped(srv)
		}); n != 0 {
			t.Errorf("%s %s: %v allocations, want 0", a[0], a[1], n)
		}
	}
}

// BenchmarkPick is a pick among 10,000 idle servers.
func BenchmarkPick(b *testing.B) {
	for _, a := range everyAlgorithm {
		b.Run(fmt.Sprint(a[0], a[1]), func(b *testing.B) {
			_, lbr := large(b, a[0], a[1])
			s := request("GET", "/", map[string]string{"x-key": "abc"})
			lbr.Pick(s, nil)
			b.ReportAllocs()
			for b.Loop() {
				lbr.Pick(s, nil)
			}
		})
	}
}

// BenchmarkPickTakeDrop is a pick with what follows it among 10,000 servers.
// The last 512 streams hold their slots, so that loads differ.
func BenchmarkPickTakeDrop(b *testing.B) {
	for _, a := range everyAlgorithm {
		b.Run(fmt.Sprint(a[0], a[1]), func(b *testing.B) {
			_, lbr := large(b, a[0], a[1])
			s := request("GET", "/", map[string]string{"x-key": "abc"})
			var held [512]*lb.Server
			lbr.Pick(s, nil)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				old := &held[i*7%len(held)]
				if *old != nil {
					(*old).State.Served.Add(-1)
					lbr.Dropped(*old)
				}
				srv, _ := lbr.Pick(s, nil)
				srv.State.Served.Add(1)
				lbr.Taken(srv)
				*old = srv
			}
		})
	}
}

// BenchmarkPickAmongFull: all but one server are full.
func BenchmarkPickAmongFull(b *testing.B) {
	for _, a := range everyAlgorithm[:5] {
		b.Run(a[0], func(b *testing.B) {
			px, lbr := large(b, a[0], a[1])
			for _, srv := range px.Servers[:9999] {
				srv.MaxConn.Store(1)
				srv.State.Served.Store(1)
				lbr.Taken(srv)
			}
			for b.Loop() {
				if srv, _ := lbr.Pick(nil, nil); srv != px.Servers[9999] {
					b.Fatalf("got %v", srv)
				}
			}
		})
	}
}

func TestPickFromSeveralLoops(t *testing.T) {
	for _, a := range everyAlgorithm {
		t.Run(a[0]+a[1], func(t *testing.T) {
			px := backend(1, 2, 3, 4)
			for _, srv := range px.Servers {
				srv.MaxConn.Store(3)
			}
			b, err := New(px, conf.Balance{Algo: a[0]}, conf.HashType{Method: a[1]}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for g := range 4 {
				wg.Go(func() {
					for i := range 500 {
						if g == 0 && i%10 == 0 {
							srv := px.Servers[i/10%4]
							srv.State.Admin.Store(srv.State.Admin.Load() ^ uint32(lb.ForcedDrain))
							b.Changed(srv)
						}
						if srv, _ := b.Pick(nil, nil); srv != nil {
							srv.State.Served.Add(1)
							b.Taken(srv)
							srv.State.Served.Add(-1)
							b.Dropped(srv)
						}
					}
				})
			}
			wg.Wait()
			for _, srv := range px.Servers {
				srv.State.Admin.Store(0)
				b.Changed(srv)
			}
			// Nobody stayed aside: all four take turns again where turns are taken.
			if a[0] == "roundrobin" || a[0] == "static-rr" {
				seen := map[*lb.Server]bool{}
				for range 30 {
					srv, _ := b.Pick(nil, nil)
					seen[srv] = true
				}
				if len(seen) != 4 {
					t.Errorf("%d servers take turns, want 4", len(seen))
				}
			}
		})
	}
}
