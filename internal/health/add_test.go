package health

import (
	"testing"

	"segue/internal/conf"
	"segue/internal/lb"
)

// The checks of a server that a command adds wait for "enable health", or for a
// reload with the server in the file.
func TestAddedChecksRest(t *testing.T) {
	for _, c := range []struct {
		name   string
		wake   func(b *bench, srv *lb.Server)
		enable bool
	}{
		{"nothing wakes them", func(*bench, *lb.Server) {}, false},
		{"enable health does", func(_ *bench, srv *lb.Server) { EnableCheck(srv, false, true) }, true},
		{"a reload with the server does", func(b *bench, _ *lb.Server) {
			b.use(b.generation(farm("b", idle("s1"), idle("added"))))
		}, true},
		{"a reload leaves what was disabled since", func(b *bench, srv *lb.Server) {
			EnableCheck(srv, false, false)
			b.use(b.generation(farm("b", idle("s1"), idle("added"))))
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			g := b.generation(farm("b", idle("s1")))
			b.use(g)
			st, _ := b.p.State.Server("b", "added")
			st.Oper.Store(int32(lb.Running))
			srv := &lb.Server{Conf: idle("added", func(s *conf.Server) { s.Check = true }), Proxy: g.Proxies[0], State: st, Name: "added"}
			Add(b.p, srv)
			c.wake(b, srv)
			b.h.mu.Lock()
			defer b.h.mu.Unlock()
			if got := of(srv).check.enabled; got != c.enable {
				t.Errorf("enabled = %v, want %v", got, c.enable)
			}
		})
	}
}
