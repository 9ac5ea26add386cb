package health

import (
	"strings"
	"testing"
	"time"

	"segue/internal/conf"
	"segue/internal/lb"
)

// successor is a process that received the state of b over the handover.
func (b *bench) successor(pxs ...*conf.Proxy) (*bench, *lb.Generation) {
	snap := b.p.State.Snapshot(b.p.Gen.Load(), 0)
	c := newBench(b.t)
	c.p.State.Restore(&snap)
	g := c.generation(pxs...)
	c.use(g)
	c.settle()
	return c, g
}

func TestChecksGoOnInAnotherProcess(t *testing.T) {
	b := newBench(t)
	words := []*conf.Server{
		idle("first"), // is checked at once, not within the hour
		idle("up", func(s *conf.Server) { s.Rise, s.Fall, s.InitState = 2, 3, "fully-up" }),
		idle("down"), idle("maint"), idle("drain"), idle("off"), idle("port"), idle("failing"),
		idle("follows", func(s *conf.Server) { s.Track, s.Check = "down", false }),
		idle("warm", func(s *conf.Server) { s.SlowStart = time.Hour }),
		idle("agent", func(s *conf.Server) { s.AgentCheck, s.AgentInter, s.AgentPort = true, time.Hour, 1 }),
	}
	g := b.generation(farm("b", words...))
	b.use(g)
	b.settle()
	by := g.Proxies[0].ByName
	SetHealth(by["down"], Down, "")
	SetAdmin(by["maint"], Maint)
	SetAdmin(by["drain"], Drain)
	EnableCheck(by["off"], false, false)
	SetPort(by["port"], false, 4711)
	SetHealth(by["warm"], Down, "")
	SetHealth(by["warm"], Up, "")
	SetAgent(by["agent"], Down, "")
	with(by["failing"], func(s *server, ev *events) {
		s.check.health = s.check.full()
		s.check.record(&outcome{status: L7Status, code: 503, desc: "Service Unavailable"}, ev)
	})
	b.settle()
	before := map[string]View{}
	for name, srv := range by {
		before[name], _, _ = Look(srv)
	}

	c, g2 := b.successor(farm("b", words...))
	for name, srv := range g2.Proxies[0].ByName {
		if name == "first" {
			continue
		}
		was := by[name]
		check, _, _ := Look(srv)
		if check != before[name] {
			t.Errorf("%s: check\n got %+v\nwant %+v", name, check, before[name])
		}
		if srv.Up() != was.Up() || srv.Usable() != was.Usable() || srv.State.Oper.Load() != was.State.Oper.Load() || srv.State.Admin.Load() != was.State.Admin.Load() {
			t.Errorf("%s: up %v usable %v oper %d admin %x, want %v %v %d %x", name, srv.Up(), srv.Usable(), srv.State.Oper.Load(), srv.State.Admin.Load(),
				was.Up(), was.Usable(), was.State.Oper.Load(), was.State.Admin.Load())
		}
		_, _, tot := Look(srv)
		_, _, totWas := Look(was)
		if tot.Downs != totWas.Downs || srv.State.LastChange.Load() != was.State.LastChange.Load() {
			t.Errorf("%s: %d downs, changed %d; want %d, %d", name, tot.Downs, srv.State.LastChange.Load(), totWas.Downs, was.State.LastChange.Load())
		}
	}
	for _, name := range []string{"up", "down", "off", "failing"} {
		due, was := of(g2.Proxies[0].ByName[name]).check.wallDue.Load(), of(by[name]).check.wallDue.Load()
		if d := time.Duration(due - was).Abs(); d > time.Second {
			t.Errorf("%s: the next check is %s off its schedule", name, d)
		}
	}
	if got := g2.Proxies[0].ByName["warm"].State.Ramp.Load(); got < 1 || got > 2 || !of(g2.Proxies[0].ByName["warm"]).warmup.timer.Pending() {
		t.Errorf("the slow start stands at %d", got)
	}
	for len(c.lines) > 0 {
		if line := <-c.lines; !strings.Contains(line, "b/first") {
			t.Errorf("the new process says %q, want nothing", line)
		}
	}
}

func TestCarriedCheckMeetsNewConfiguration(t *testing.T) {
	b := newBench(t)
	g := b.generation(farm("b", idle("gone"), idle("s", func(s *conf.Server) { s.Rise, s.Fall, s.InitState = 2, 3, "fully-up" }), idle("unchecked"), idle("port")))
	b.use(g)
	SetHealth(g.Proxies[0].ByName["unchecked"], Down, "")
	SetPort(g.Proxies[0].ByName["port"], false, 4711)
	_, g2 := b.successor(farm("b",
		idle("s", func(s *conf.Server) { s.Rise, s.Fall, s.InitState = 4, 5, "fully-down" }),
		idle("unchecked", func(s *conf.Server) { s.Check = false }),
		idle("port", func(s *conf.Server) { s.CheckPort = 99 }),
		idle("new", func(s *conf.Server) { s.InitState = "down" })))
	by := g2.Proxies[0].ByName
	if check, _, _ := Look(by["s"]); !by["s"].Up() || check.Health != 8 {
		t.Errorf("rise and fall changed: up %v, health %d, want up with 8", by["s"].Up(), check.Health)
	}
	if !by["unchecked"].Up() {
		t.Error("a server without checks stays down")
	}
	if check, _, _ := Look(by["port"]); check.Port != 99 {
		t.Errorf("check port %d, want 99: the configuration changed it", check.Port)
	}
	if by["new"].Up() {
		t.Error("a new server does not begin as its init-state says")
	}
}

func TestStateFileTellsChecks(t *testing.T) {
	told := func(oper lb.Oper, health int, status Status) (*lb.Server, View) {
		b := newBench(t)
		st, _ := b.p.State.Server("b", "s")
		st.Oper.Store(int32(oper))
		st.LastChange.Store(1000)
		st.Carried = &lb.CarriedHealth{FromFile: true, Check: lb.CarriedCheck{
			Configured: true, Enabled: true, Health: health, Status: int(status), Result: int(Passed), SetPort: 88,
		}}
		g := b.generation(farm("b", idle("s", func(s *conf.Server) { s.Rise, s.Fall = 2, 3 })))
		b.use(g)
		v, _, _ := Look(g.Proxies[0].Servers[0])
		return g.Proxies[0].Servers[0], v
	}
	for _, c := range []struct {
		name   string
		oper   lb.Oper
		health int
		want   int
	}{
		{"down", lb.Stopped, 0, 0}, {"rising", lb.Stopped, 1, 1}, {"down with the health of another rise", lb.Stopped, 9, 1},
		{"up", lb.Running, 4, 4}, {"up with the health of another rise", lb.Running, 1, 2}, {"no new sessions", lb.Stopping, 3, 4},
	} {
		srv, v := told(c.oper, c.health, L7OK)
		if v.Health != c.want || lb.Oper(srv.State.Oper.Load()) != c.oper || v.Status != L7OK || v.Port != 88 || srv.State.LastChange.Load() != 1000 {
			t.Errorf("%s: oper %d %+v, want health %d", c.name, srv.State.Oper.Load(), v, c.want)
		}
	}
	if _, v := told(lb.Running, 3, Status(200)); v.Status != Initial {
		t.Errorf("a status that there is not: %d", v.Status)
	}
}

func TestRestEndsChecks(t *testing.T) {
	b := newBench(t)
	g := b.generation(farm("b", idle("first"), idle("s")))
	b.use(g)
	b.settle()
	Rest(b.p)
	c := of(g.Proxies[0].ByName["s"]).check
	c.own.th.Post(func() { c.Expire(c.own.th.Now()) })
	b.settle()
	if v, _, _ := Look(g.Proxies[0].ByName["s"]); v.Running || v.Status != Initial || !v.Enabled {
		t.Errorf("%+v, want no run", v)
	}
}
