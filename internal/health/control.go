package health

import "segue/internal/lb"

// The functions of this file are what the runtime API and the stats page do to
// checks. Management guide 9.3. They return false where the server has no such
// check.

// State is what "set server <s> health" sets.
type State uint8

// The states.
const (
	Up State = iota
	Stopping
	Down
)

// byCLI is the cause of what the runtime API changes.
const byCLI = "changed from CLI"

// SetHealth is "set server <s> health": it stays until a check says otherwise,
// if there is one. by is shown in the log, "" means the runtime API. Servers that
// track another take no health of their own.
func SetHealth(srv *lb.Server, to State, by string) (ok bool) {
	with(srv, func(s *server, ev *events) {
		if ok = s.follows == nil; ok {
			s.force(s.check, to, cause{text: or(by, byCLI)}, ev)
		}
	})
	return ok
}

// SetAgent is "set server <s> agent".
func SetAgent(srv *lb.Server, to State, by string) (ok bool) {
	with(srv, func(s *server, ev *events) {
		c := s.agent
		if ok = c != nil && c.enabled; !ok {
			return
		}
		s.force(c, to, cause{text: or(by, byCLI)}, ev)
	})
	return ok
}

// force sets the check's health, if there is one, and what follows for the server.
func (s *server) force(c *Check, to State, why cause, ev *events) {
	if c != nil {
		c.health = 0
		if to != Down {
			c.health = c.full()
		}
	}
	switch to {
	case Up:
		s.rising(why, ev)
	case Stopping:
		s.stopping(why, ev)
	default:
		s.stopped(why, ev)
	}
}

// EnableCheck is "enable health" and "disable health", with agent the same for
// the agent check. What was known of the server's health stays.
func EnableCheck(srv *lb.Server, agent, on bool) (ok bool) {
	with(srv, func(s *server, ev *events) {
		c := s.pick(agent)
		if ok = c.isConfigured(); !ok {
			return
		}
		was := c.enabled
		c.enabled, c.rests = on, false
		switch {
		case on && !was && !c.isAgent:
			c.paused = s.inMaint()
			c.hurry()
		case !on && was:
			c.paused = false
		}
	})
	return ok
}

func (s *server) pick(agent bool) *Check {
	if agent {
		return s.agent
	}
	return s.check
}

// SetPort is "set server <s> check-port" and agent-port.
func SetPort(srv *lb.Server, agent bool, port int) (ok bool) {
	with(srv, func(s *server, _ *events) {
		c := s.pick(agent)
		if ok = c.isConfigured(); ok {
			c.over.port = port
		}
	})
	return ok
}

// SetAddr is "set server <s> check-addr" and agent-addr.
func SetAddr(srv *lb.Server, agent bool, addr string) (ok bool) {
	with(srv, func(s *server, _ *events) {
		c := s.pick(agent)
		if ok = c.isConfigured(); ok {
			c.over.addr, c.over.hasAddr = addr, true
		}
	})
	return ok
}

// SetAgentSend is "set server <s> agent-send".
func SetAgentSend(srv *lb.Server, text string) (ok bool) {
	with(srv, func(s *server, _ *events) {
		if ok = s.agent.isConfigured(); ok {
			s.agent.over.send, s.agent.over.hasSend = text, true
		}
	})
	return ok
}
