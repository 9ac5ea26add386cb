package health

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"segue/internal/conf"
	"segue/internal/lb"
)

// TestBackendsNumbers: whatever commands, checks and reloads do to servers, a
// backend counts as up as long as one of them is usable, and what follows from a
// server's state for its checks and for those that track it holds.
func TestBackendsNumbers(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := &model{t: t, b: newBench(t), rng: rand.New(rand.NewPCG(seed, 0))}
			Rest(m.b.p) // what checks find is said by steps only
			m.reload()
			for range 300 {
				m.step()
				m.verify()
			}
		})
	}
}

// model is a process with two backends that are asked, and a naive record of them.
type model struct {
	t    *testing.T
	b    *bench
	rng  *rand.Rand
	gen  *lb.Generation
	did  string          // the last steps
	up   map[string]bool // of backends
	lost map[string]int64
}

// reload uses a configuration of random servers.
func (m *model) reload() {
	var pxs []*conf.Proxy
	for _, name := range []string{"a", "b"} {
		px := farm(name)
		for i := range 5 {
			if m.rng.IntN(6) == 0 {
				continue
			}
			px.Servers = append(px.Servers, idle(fmt.Sprint("s", i), func(s *conf.Server) {
				s.Check, s.Weight = m.rng.IntN(3) > 0, 1
				s.Disabled, s.Backup = m.rng.IntN(5) == 0, i > 2
				s.AgentCheck, s.AgentInter, s.AgentPort = m.rng.IntN(5) == 0, time.Hour, 1
				s.InitState = []string{"", "", "", "up", "fully-up"}[m.rng.IntN(5)]
				if m.rng.IntN(4) == 0 {
					s.SlowStart = time.Hour
				}
			}))
		}
		pxs = append(pxs, px)
	}
	for i, c := range pxs[1].Servers { // b tracks a, with chains
		if m.rng.IntN(2) == 0 {
			continue
		}
		if track := m.trackable(pxs, i); track != "" {
			c.Track, c.Check, c.AgentCheck, c.InitState = track, false, false, ""
		}
	}
	m.gen = m.b.generation(pxs...)
	for _, px := range m.gen.Proxies {
		for _, srv := range px.Servers {
			srv.State.Admin.And(^uint32(lb.ConfMaint))
			if srv.Conf.Disabled {
				srv.State.Admin.Or(uint32(lb.ConfMaint))
			}
		}
	}
	m.b.use(m.gen)
	m.b.settle()
}

// trackable names a server that the i-th of the second backend may track.
func (m *model) trackable(pxs []*conf.Proxy, i int) string {
	if i > 0 && m.rng.IntN(3) == 0 {
		if c := pxs[1].Servers[m.rng.IntN(i)]; c.Check || c.AgentCheck || c.Track != "" {
			return c.Name
		}
	}
	for _, c := range pxs[0].Servers {
		if (c.Check || c.AgentCheck) && m.rng.IntN(2) == 0 {
			return "a/" + c.Name
		}
	}
	return ""
}

func (m *model) step() {
	px := m.gen.Proxies[m.rng.IntN(2)]
	if len(px.Servers) == 0 || m.rng.IntN(20) == 0 {
		m.note("reload")
		m.reload()
		return
	}
	srv := px.Servers[m.rng.IntN(len(px.Servers))]
	does := []struct {
		name string
		do   func()
	}{
		{"maint", func() { SetAdmin(srv, Maint) }}, {"drain", func() { SetAdmin(srv, Drain) }}, {"ready", func() { SetAdmin(srv, Ready) }}, {"ready", func() { SetAdmin(srv, Ready) }},
		{"disable", func() { Disable(srv, "") }}, {"enable", func() { Enable(srv) }},
		{"up", func() { SetHealth(srv, Up, "") }}, {"stopping", func() { SetHealth(srv, Stopping, "") }}, {"down", func() { SetHealth(srv, Down, "") }},
		{"agent up", func() { SetAgent(srv, Up, "") }}, {"agent down", func() { SetAgent(srv, Down, "") }},
		{"check off", func() { EnableCheck(srv, false, false) }}, {"check on", func() { EnableCheck(srv, false, true) }},
		{"agent off", func() { EnableCheck(srv, true, false) }}, {"agent on", func() { EnableCheck(srv, true, true) }},
		{"no address", func() { SetResolves(srv, false, "") }}, {"address", func() { SetResolves(srv, true, "") }},
		{"weight 0", func() { srv.State.Weight.Store(0); Reweighed(srv) }}, {"weight 1", func() { srv.State.Weight.Store(1); Reweighed(srv) }},
		{"passes", func() { m.result(srv, &outcome{status: L7OK}) }}, {"fails", func() { m.result(srv, &outcome{status: L7Status, code: 500}) }},
		{"404", func() { m.result(srv, &outcome{status: L7OKCond}) }},
		{"agent weight", func() { m.says(srv, &agentReply{weight: "0%", hasWeight: true}) }}, {"agent maint", func() { m.says(srv, &agentReply{mode: Maint, hasMode: true}) }},
		{"agent ready", func() {
			m.says(srv, &agentReply{mode: Ready, hasMode: true, weight: "100%", hasWeight: true, health: "up"})
		}},
	}
	d := does[m.rng.IntN(len(does))]
	m.note(path(srv) + " " + d.name)
	d.do()
}

func (m *model) note(what string) {
	m.did += "; " + what
	m.did = m.did[max(0, len(m.did)-400):]
}

// result is one of the health check, says one of the agent.
func (m *model) result(srv *lb.Server, o *outcome) {
	with(srv, func(s *server, ev *events) { m.finish(s.check, o, ev) })
}

func (m *model) says(srv *lb.Server, r *agentReply) {
	with(srv, func(s *server, ev *events) { m.finish(s.agent, &outcome{status: Checked, reply: r}, ev) })
}

// finish is what Check.finish does under the lock.
func (m *model) finish(c *Check, o *outcome, ev *events) {
	if !c.isConfigured() || !c.enabled || c.paused {
		return
	}
	if o.reply != nil {
		c.own.obey(o, ev)
	}
	c.record(o, ev)
	c.conclude(ev)
}

func (m *model) verify() {
	m.t.Helper()
	if m.up == nil {
		m.up, m.lost = map[string]bool{}, map[string]int64{}
	}
	for _, px := range m.gen.Proxies {
		var actives, spares int
		for _, srv := range px.Servers {
			m.consequences(srv)
			if !srv.Usable() {
				continue
			}
			if srv.Conf.Backup {
				spares++
			} else {
				actives++
			}
		}
		if a, s := Usable(m.b.p, px); a != actives || s != spares {
			m.t.Fatalf("%s counts %d active and %d backup servers, has %d and %d%s", px.Name, a, s, actives, spares, m.did)
		}
		up := actives+spares > 0
		if was, known := m.up[px.Name]; known && was && !up {
			m.lost[px.Name]++
		} else if !known {
			m.lost[px.Name] = px.Back.DownTrans.Load()
		}
		m.up[px.Name] = up
		if got := px.Back.DownTrans.Load(); got != m.lost[px.Name] {
			m.t.Fatalf("%s went down %d times, was seen to %d times%s", px.Name, got, m.lost[px.Name], m.did)
		}
	}
}

// consequences are what a server's flags and checks have to agree with.
func (m *model) consequences(srv *lb.Server) {
	m.t.Helper()
	s := of(srv)
	if c := s.check; c.isConfigured() && c.enabled && c.paused != s.inMaint() {
		m.t.Fatalf("%s: check paused %v, in maintenance %v%s", path(srv), c.paused, s.inMaint(), m.did)
	}
	if s.inMaint() && s.oper() != lb.Stopped {
		m.t.Fatalf("%s is in maintenance and %d%s", path(srv), s.oper(), m.did)
	}
	f := s.follows
	if f == nil {
		if s.admin()&(lb.InheritedMaint|lb.InheritedDrain) != 0 {
			m.t.Fatalf("%s inherits from nobody%s", path(srv), m.did)
		}
		return
	}
	if inherits := s.admin()&lb.InheritedMaint != 0; inherits != f.inMaint() {
		m.t.Fatalf("%s inherits maintenance: %v, of %s: %v%s", path(srv), inherits, path(f.srv), f.inMaint(), m.did)
	}
	if inherits := s.admin()&lb.InheritedDrain != 0; inherits != (f.admin()&lb.DrainMask != 0) {
		m.t.Fatalf("%s inherits drain: %v, of %s: %x%s", path(srv), inherits, path(f.srv), f.admin(), m.did)
	}
	if !s.inMaint() && s.down() != f.down() {
		m.t.Fatalf("%s is down: %v, which tracks %s: %v%s", path(srv), s.down(), path(f.srv), f.down(), m.did)
	}
}
