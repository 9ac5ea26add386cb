package health

import (
	"slices"
	"time"

	"segue/internal/conf"
	"segue/internal/lb"
)

// Start points all health at a generation that was just published: it begins
// the checks that are new, goes on with those that prev had, and ends the
// others. prev may be nil.
func Start(gen, prev *lb.Generation, p *lb.Process) {
	h := Of(p)
	h.mu.Lock()
	h.gen = gen
	var fresh []*Check
	for _, px := range gen.Proxies {
		if px.Back != nil {
			fresh = h.backend(px, fresh)
		}
	}
	h.follow(gen)
	h.forget(gen)
	h.recount()
	h.stagger(fresh)
	h.mu.Unlock()
}

// Rest keeps checks from running: the process serves what it has and takes no
// more; whoever follows it runs them.
func Rest(p *lb.Process) {
	h := Of(p)
	h.mu.Lock()
	h.resting = true
	h.mu.Unlock()
}

// Stop ends all checks: the process stops.
func Stop(p *lb.Process) {
	h := Of(p)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.servers {
		s.check.end()
		s.agent.end()
	}
}

// backend adopts the servers of px and adds the checks that are to begin.
func (h *Health) backend(px *lb.Proxy, fresh []*Check) []*Check {
	be := h.backends[px.Name]
	if be == nil {
		be = &backend{}
		h.backends[px.Name] = be
	}
	be.px, be.before = px, be.actives+be.spares
	px.Back.LastChange.CompareAndSwap(0, now())
	for _, srv := range px.Servers {
		fresh = h.adopt(srv, be, fresh)
	}
	return fresh
}

// Add begins the checks of a server that was added at runtime, unless a reload
// has replaced its generation meanwhile: then the new one's Start has given the
// checks to the server that has the name now, or there is none.
func Add(p *lb.Process, srv *lb.Server) {
	h := Of(p)
	var ev events
	h.mu.Lock()
	if g := srv.Proxy.Gen; g != nil && g.Num < h.generation() {
		h.mu.Unlock()
		return
	}
	be := h.backends[srv.Proxy.Name]
	if be == nil {
		be = &backend{px: srv.Proxy}
		h.backends[srv.Proxy.Name] = be
	}
	fresh := h.adopt(srv, be, nil)
	s := of(srv)
	s.track(srv.Track)
	s.settle()
	s.count(now(), &ev)
	for _, c := range fresh {
		c.rest(srv.Conf.Disabled)
	}
	h.stagger(fresh)
	h.mu.Unlock()
	h.do(&ev)
}

// rest keeps the check of a server that was added at runtime from beginning
// before "enable health" or a reload with the server in the file. Management
// guide 9.3 "add server".
func (c *Check) rest(disabled bool) {
	c.enabled, c.rests = false, true
	c.paused = disabled && !c.isAgent
}

// Remove ends the checks of a server that is deleted.
func Remove(srv *lb.Server) {
	s := of(srv)
	if s == nil {
		return
	}
	h := s.h
	h.mu.Lock()
	defer h.mu.Unlock()
	if s = of(srv); s == nil {
		return // a reload has taken them away meanwhile
	}
	s.drop()
	if i := slices.Index(h.servers, s); i >= 0 {
		h.servers = slices.Delete(h.servers, i, i+1)
	}
}

// adopt finds or makes the health of srv's identity and configures its checks.
func (h *Health) adopt(srv *lb.Server, be *backend, fresh []*Check) []*Check {
	s := of(srv)
	if s == nil {
		s = &server{h: h, st: srv.State, th: h.p.Threads[h.next%len(h.p.Threads)]}
		h.next++
		srv.State.Health.Store(s)
		h.servers = append(h.servers, s)
	}
	s.srv, s.be = srv, be
	was := takeCarried(srv.State)
	s.resume(was)
	s.gen = h.generation()
	plans, off := PlansOf(srv.Proxy), srv.Proxy.Conf.Disabled
	if want := srv.Conf.Check && !off && srv.Conf.Track == ""; s.has(false, want) && s.check.configure(checkSettings(srv), plans.of(srv), want) {
		fresh = append(fresh, s.check)
	}
	if want := srv.Conf.AgentCheck && !off && srv.Conf.Track == ""; s.has(true, want) && s.agent.configure(agentSettings(srv), agentPlan, want) {
		fresh = append(fresh, s.agent)
	}
	s.recall(was)
	if !s.born {
		s.born = true
		if s.st.LastChange.CompareAndSwap(0, now()) {
			s.initState()
		}
		if s.oper() == lb.Starting {
			s.rewarm()
		}
		if s.inMaint() {
			s.away = true
			s.check.pause()
			s.become(lb.Stopped)
		}
	}
	return fresh
}

// settle does what follows where the configuration has put a server into
// maintenance, taken it out, or taken away what kept it down: its checks or the
// server that it tracked. As at a start there is no slow start. Servers that
// track get all that from the one that they track.
func (s *server) settle() {
	if s.follows != nil {
		return
	}
	was := s.oper()
	left := s.away || s.check.isConfigured() && s.check.paused
	switch s.away = s.inMaint(); {
	case s.away:
		if c := s.check; c != nil && c.enabled && !c.paused {
			c.pause()
		}
		s.become(lb.Stopped)
	case left && s.check.isConfigured() && s.check.paused:
		s.check.paused = false
		s.check.health = s.check.set.rise
		s.check.hurry()
		if !s.agent.failing() {
			s.become(lb.Running)
		}
		s.initState()
	case s.oper() == lb.Stopped && !s.agent.failing() && (left || !s.check.isConfigured() && !s.agent.isConfigured()):
		s.become(lb.Running)
	}
	if s.oper() != was {
		s.st.LastChange.Store(now())
	}
}

// has reports whether the server has the check, and makes it if it is wanted.
// Most servers have one of the two at most.
func (s *server) has(agent, want bool) bool {
	c := &s.check
	if agent {
		c = &s.agent
	}
	if *c == nil && want {
		*c = &Check{own: s, isAgent: agent}
	}
	return *c != nil
}

func (h *Health) generation() int {
	if h.gen == nil {
		return 0
	}
	return h.gen.Num
}

// initState sets what a server starts from. Manual 5.2 "init-state".
func (s *server) initState() {
	c := s.check
	if !c.isConfigured() {
		return
	}
	switch s.srv.Conf.InitState {
	case "fully-up":
		c.health = c.full()
		s.become(lb.Running)
	case "up":
		c.health = c.set.rise
		s.become(lb.Running)
	case "down":
		c.health = c.set.rise // the next check decides
		s.become(lb.Stopped)
	case "fully-down":
		c.health = 0
		s.become(lb.Stopped)
	}
}

// configure gives the check its settings and plan. It reports whether the check
// is to begin.
func (c *Check) configure(set settings, plan *Plan, want bool) bool {
	if !want {
		c.end()
		return false
	}
	old := c.set
	c.set, c.plan = set, plan
	c.over.forget(&old, &set)
	if c.rests {
		c.rests, c.enabled = false, true
	}
	switch {
	case !c.configured:
		c.configured, c.enabled = true, true
		c.health, c.status, c.duration = set.rise, Initial, -1
		c.result = NoResult
		return true
	case old.rise != set.rise || old.fall != set.fall:
		if c.health >= old.rise {
			c.health = c.full()
		} else {
			c.health = min(c.health, set.rise-1)
		}
	}
	if old.inter != set.inter || old.down != set.down || old.fast != set.fast {
		c.hurry()
	}
	return false
}

// end stops the check and lets its server go.
func (c *Check) end() {
	if !c.isConfigured() {
		return
	}
	c.configured, c.enabled, c.paused = false, false, false
	th := c.own.th
	c.own.post(func() {
		c.ended = true
		th.StopTimer(&c.timer)
		if c.run != nil && c.task != nil {
			c.task.Cancel()
		}
	})
}

// drop takes the server out of all relations.
func (s *server) drop() {
	s.check.end()
	s.agent.end()
	s.track(nil)
	if s.counted {
		if s.srv.Conf.Backup {
			s.be.spares--
		} else {
			s.be.actives--
		}
		s.counted = false
	}
	s.st.Health.Store(nil)
}

// forget ends the checks of servers that gen does not have, and lets go of the
// backends.
func (h *Health) forget(gen *lb.Generation) {
	kept := h.servers[:0]
	for _, s := range h.servers {
		if s.gen == gen.Num {
			kept = append(kept, s)
			continue
		}
		s.drop()
	}
	clear(h.servers[len(kept):])
	h.servers = kept
	for name, be := range h.backends {
		if be.px.Gen != gen {
			delete(h.backends, name)
		}
	}
}

// recount counts the usable servers of all backends. What a new configuration
// makes of a backend counts for its times, but nobody is told.
func (h *Health) recount() {
	for _, be := range h.backends {
		be.actives, be.spares = 0, 0
	}
	for _, s := range h.servers {
		s.counted = s.srv.Usable()
		switch {
		case !s.counted:
		case s.srv.Conf.Backup:
			s.be.spares++
		default:
			s.be.actives++
		}
	}
	t := now()
	for _, be := range h.backends {
		if be.known {
			be.turned(t)
		}
		be.known = true
	}
}

// stagger starts checks as far from each other as their intervals allow:
// the shortest interval of at least a second is divided among them. Manual 3.2
// "spread-checks", "max-spread-checks".
func (h *Health) stagger(fresh []*Check) {
	least := int64(0)
	for _, c := range fresh {
		if i := c.interval(); i >= spreadMin && (least == 0 || i < least) {
			least = i
		}
	}
	var g conf.Global
	if h.gen != nil {
		g = h.gen.Conf.Global
	}
	for i, c := range fresh {
		span := max(least, c.interval())
		if most := int64(g.MaxSpreadChecks); most > 0 {
			span = min(span, most)
		}
		after := span * int64(i) / int64(len(fresh))
		c.own.post(func() {
			c.ended = false
			c.begin(c.own.th.Now(), after)
		})
	}
}

// begin sets the first run. A check that ended and begins anew while its last
// run is still closing down is started by that run.
func (c *Check) begin(now, after int64) {
	if c.run == nil {
		c.schedule(now, max(after, int64(time.Millisecond)))
	}
}

// checkSettings is what the configuration says of srv's health check.
func checkSettings(srv *lb.Server) settings {
	w := srv.Conf.ServerWords
	t := &srv.Proxy.Conf.Timeouts
	return settings{
		inter: int64(w.Inter), fast: int64(w.FastInter), down: int64(w.DownInter), rise: w.Rise, fall: w.Fall,
		connect: int64(t.Connect), timeout: int64(t.Check), addr: w.CheckAddr, port: w.CheckPort,
	}
}

// agentSettings is what it says of the agent check. An agent's word counts at
// once. Manual 5.2 "agent-check".
func agentSettings(srv *lb.Server) settings {
	w := srv.Conf.ServerWords
	t := &srv.Proxy.Conf.Timeouts
	return settings{
		inter: int64(w.AgentInter), rise: 1, fall: 1,
		connect: int64(t.Connect), timeout: int64(t.Check), addr: w.AgentAddr, port: w.AgentPort, send: w.AgentSend,
	}
}
