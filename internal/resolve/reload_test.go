package resolve

import (
	"sync"
	"testing"

	"segue/internal/conf"
	"segue/internal/lb"
)

// next is a generation after w.gen with these servers.
func (w *world) next(servers ...*conf.Server) *lb.Generation {
	old := w.gen.Proxies[0]
	px := &lb.Proxy{Conf: old.Conf, Name: old.Name, Back: old.Back, ByName: map[string]*lb.Server{}}
	g := &lb.Generation{Num: w.gen.Num + 1, Conf: w.gen.Conf, State: w.p.State, Proxies: []*lb.Proxy{px}, Backs: map[string]*lb.Proxy{"b": px}}
	px.Gen = g
	for _, c := range servers {
		st, _ := w.p.State.Server("b", c.Name)
		px.Servers = append(px.Servers, &lb.Server{Conf: c, Proxy: px, State: st, Name: c.Name})
	}
	return g
}

// A server that a command adds or deletes while a reload takes its generation
// away is looked up for the new generation's server of that name, or not at all.
func TestCommandsMeetReload(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*Manager, *lb.Server)
		keep bool // the new configuration has the server, too
	}{
		{"add, and the new one has it", (*Manager).Add, true},
		{"add, and the new one has it not", (*Manager).Add, false},
		{"delete, and the new one has it", (*Manager).Remove, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 100 {
				w := newWorld(t, 1, server("s1", "a.test"), server("added", "b.test"))
				srv := w.gen.Proxies[0].Servers[1]
				line := []*conf.Server{server("s1", "a.test")}
				if c.keep {
					line = append(line, server("added", "b.test"))
				}
				g := w.next(line...)
				var both sync.WaitGroup
				both.Go(func() { c.do(w.m, srv) })
				Start(g, w.p)
				both.Wait()
				if got, want := len(w.m.targets), len(line); got != want {
					t.Fatalf("%d servers follow names, want %d", got, want)
				}
				for _, target := range w.m.targets {
					if target.srv.Proxy.Gen != g {
						t.Fatalf("%s is looked up for a generation that has gone", target.srv.Name)
					}
				}
			}
		})
	}
}
