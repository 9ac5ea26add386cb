package health

import (
	"time"

	"segue/internal/lb"
)

// Carry implements lb.Checks.
func (s *server) Carry() *lb.CarriedHealth {
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	return &lb.CarriedHealth{
		Check: s.check.carry(), Agent: s.agent.carry(),
		Downs: s.downs, FailedHana: s.failedHana.Load(), Errors: s.errors.Load(),
	}
}

func (c *Check) carry() lb.CarriedCheck {
	if c == nil {
		return lb.CarriedCheck{}
	}
	set, over := &c.set, &c.over
	return lb.CarriedCheck{
		Configured: c.configured, Enabled: c.enabled, Paused: c.paused,
		Inter: set.inter, Fast: set.fast, Down: set.down, Rise: set.rise, Fall: set.fall,
		Addr: set.addr, Port: set.port, Send: set.send,
		SetAddr: over.addr, AddrWasSet: over.hasAddr, SetSend: over.send, SendWasSet: over.hasSend, SetPort: over.port,
		Health: c.health, Status: int(c.status), Result: int(c.result), Code: c.code, Desc: c.desc,
		Duration: c.duration, Fails: c.fails, Due: c.wallDue.Load(),
	}
}

// takeCarried takes what another process or a file told of the server, nil if
// there is nothing.
func takeCarried(st *lb.ServerState) *lb.CarriedHealth {
	st.Mu.Lock()
	defer st.Mu.Unlock()
	was := st.Carried
	st.Carried = nil
	return was
}

// resume makes the checks what they were in the process before, so that
// configuring them afterwards is what it is at a reload in place: what did not
// change goes on. The caller holds the lock.
func (s *server) resume(was *lb.CarriedHealth) {
	if was == nil || was.FromFile {
		return
	}
	s.downs = was.Downs
	s.failedHana.Store(was.FailedHana)
	s.errors.Store(was.Errors)
	for _, agent := range [...]bool{false, true} {
		of := &was.Check
		if agent {
			of = &was.Agent
		}
		if s.has(agent, of.Configured) {
			s.pick(agent).resume(of)
		}
	}
}

func (c *Check) resume(was *lb.CarriedCheck) {
	c.fails = was.Fails
	if !was.Configured || was.Rise < 1 || was.Fall < 1 {
		return
	}
	c.configured, c.enabled, c.paused = true, was.Enabled, was.Paused
	c.set = settings{
		inter: was.Inter, fast: was.Fast, down: was.Down, rise: was.Rise, fall: was.Fall,
		addr: was.Addr, port: was.Port, send: was.Send,
	}
	c.over = override{
		addr: was.SetAddr, hasAddr: was.AddrWasSet, send: was.SetSend, hasSend: was.SendWasSet, port: was.SetPort,
	}
	c.show(was)
	c.code, c.desc, c.duration = was.Code, was.Desc, was.Duration
	c.health = max(0, min(was.Health, c.full()))
	after := was.Due - time.Now().UnixNano()
	if was.Due == 0 {
		after = c.interval() // it was not scheduled yet when it was carried
	}
	after = max(0, min(after, c.interval()))
	c.own.post(func() {
		c.ended = false
		c.begin(c.own.th.Now(), after)
	})
}

// show takes over what the last run said, if it is something that runs say.
func (c *Check) show(was *lb.CarriedCheck) {
	status, result := Status(was.Status), Result(was.Result)
	if was.Status <= int(Unknown) || was.Status >= int(statuses) || status == Started || status == withCode ||
		was.Result < int(NoResult) || result > Conditional {
		return
	}
	c.status, c.result = status, result
}

// recall gives checks that were just configured what a state file said of them.
// Management guide 9.3 "show servers state". The caller holds the lock.
func (s *server) recall(was *lb.CarriedHealth) {
	if was == nil || !was.FromFile {
		return
	}
	s.check.recall(&was.Check)
	s.agent.recall(&was.Agent)
}

func (c *Check) recall(was *lb.CarriedCheck) {
	if !c.isConfigured() || !was.Configured {
		return
	}
	c.enabled = was.Enabled
	if was.AddrWasSet {
		c.over.addr, c.over.hasAddr = was.SetAddr, true
	}
	c.over.port = was.SetPort
	if c.isAgent {
		return // the file has no result of agents
	}
	c.show(was)
	switch up := lb.Oper(c.own.st.Oper.Load()) != lb.Stopped; {
	case !up:
		c.health = max(0, min(was.Health, c.set.rise-1))
	case was.Health >= c.set.rise:
		c.health = c.full()
	default:
		c.health = c.set.rise
	}
}
