package health

import (
	"slices"

	"segue/internal/lb"
)

// Mode is what "set server <s> state" sets. Management guide 9.3.
type Mode uint8

// The modes.
const (
	Ready Mode = iota
	Drain
	Maint
)

// forced are the bits that an operator's maintenance consists of.
const forced = lb.ForcedMaint | lb.ConfMaint

// SetAdmin does what "set server <s> state" and an agent's word do.
func SetAdmin(srv *lb.Server, mode Mode) {
	with(srv, func(s *server, ev *events) { s.setMode(mode, "", ev) })
}

// Disable is the statistics page's "disable": maintenance, and drain stays as it is. why is
// shown in the log in parentheses, "" = nothing.
func Disable(srv *lb.Server, why string) {
	with(srv, func(s *server, ev *events) { s.setFlag(lb.ForcedMaint, why, ev) })
}

// Enable is the statistics page's "enable": drain stays as it is.
func Enable(srv *lb.Server) {
	with(srv, func(s *server, ev *events) { s.clearFlag(forced, ev) })
}

// SetResolves says whether the server's name has an address. why is shown when
// it has none: "No IP for server ", "DNS NX status" ...
func SetResolves(srv *lb.Server, resolves bool, why string) {
	with(srv, func(s *server, ev *events) {
		if resolves {
			s.clearFlag(lb.ResolveMaint, ev)
		} else {
			s.setFlag(lb.ResolveMaint, why, ev)
		}
	})
}

// Say logs a line about a server as health's own are logged.
func Say(srv *lb.Server, msg string) {
	if s := of(srv); s != nil && s.h.Hooks.Log != nil {
		s.h.Hooks.Log(srv.Proxy, notice, msg)
	}
}

// with runs f under the lock and then does what follows.
func with(srv *lb.Server, f func(s *server, ev *events)) {
	s := of(srv)
	if s == nil {
		return
	}
	var ev events
	s.h.mu.Lock()
	f(s, &ev)
	s.h.mu.Unlock()
	s.h.do(&ev)
}

func (s *server) setMode(mode Mode, why string, ev *events) {
	switch mode {
	case Maint:
		s.setFlag(lb.ForcedMaint, why, ev)
		s.clearFlag(lb.ForcedDrain, ev)
	case Drain:
		s.setFlag(lb.ForcedDrain, why, ev)
		s.clearFlag(forced, ev)
	default:
		s.clearFlag(lb.ForcedDrain, ev)
		s.clearFlag(forced, ev)
	}
}

// setFlag puts the server into maintenance or drain. Those that track it
// inherit it.
func (s *server) setFlag(flag lb.Admin, why string, ev *events) {
	was := s.admin()
	if was&flag != 0 || flag == lb.ForcedMaint && was&forced != 0 {
		s.st.Admin.Or(uint32(flag))
		return
	}
	s.st.Admin.Or(uint32(flag))
	mask, inherited := lb.DrainMask, lb.InheritedDrain
	if flag&lb.MaintMask != 0 {
		mask, inherited = lb.MaintMask, lb.InheritedMaint
	}
	if was&mask != 0 {
		return // the same for another reason
	}
	if mask == lb.MaintMask {
		s.enterMaint(was, why, ev)
	} else if !s.inMaint() {
		s.enterDrain(why, ev)
	}
	for _, t := range slices.Backward(s.trackers) {
		t.setFlag(inherited, why, ev)
	}
}

// enterMaint pauses the checks and takes the server down.
func (s *server) enterMaint(was lb.Admin, why string, ev *events) {
	s.away = true
	s.check.pause()
	oper := s.oper()
	if oper == lb.Stopped {
		e := s.announce("was DOWN and now enters maintenance", why, lb.ForcedMaint, notice, ev)
		e.change, e.purge = true, true
		return
	}
	e := s.announce("is going DOWN for maintenance", why, lb.ForcedMaint, alert, ev)
	if oper == lb.Stopping || was&lb.DrainMask != 0 {
		e.level = notice
	}
	e.change, e.left, e.purge = true, true, true
	e.shutdown = s.srv.Conf.OnMarkedDown == "shutdown-sessions"
	s.become(lb.Stopped)
	s.commit(oper, e, ev)
}

func (s *server) enterDrain(why string, ev *events) {
	e := s.announce("enters drain state", why, lb.ForcedDrain, notice, ev)
	e.change, e.online = true, true
	e.left, e.online = s.down(), !s.down()
	s.commit(s.oper(), e, ev)
}

// announce begins the line of a change. Unless own is among the server's flags,
// the change came from the server that it tracks.
func (s *server) announce(what, why string, own lb.Admin, level int, ev *events) *event {
	b := append(append(appendServer(nil, s.srv), ' '), what...)
	if why != "" {
		b = append(append(append(b, " ("...), why...), ')')
	}
	if s.follows != nil && s.admin()&own == 0 {
		b = appendVia(b, s.follows.srv)
	}
	e := ev.say(s, level, b)
	return e
}

// clearFlag takes one reason for maintenance or drain away.
func (s *server) clearFlag(flag lb.Admin, ev *events) {
	was := s.admin()
	if was&flag == 0 {
		return
	}
	s.st.Admin.And(^uint32(flag))
	is := s.admin()
	mask, inherited := lb.DrainMask, lb.InheritedDrain
	if flag&lb.MaintMask != 0 {
		mask, inherited = lb.MaintMask, lb.InheritedMaint
	}
	switch {
	case is&mask != 0:
		s.remains(was, is, ev)
		return
	case mask == lb.MaintMask:
		s.leaveMaint(was, is, ev)
	case is&lb.MaintMask == 0:
		s.leaveDrain(was, ev)
	}
	for _, t := range slices.Backward(s.trackers) {
		t.clearFlag(inherited, ev)
	}
}

// leaveMaint starts the checks again; the server is up at once unless they or
// the tracked server say otherwise, or init-state does. Manual 5.2 "init-state".
func (s *server) leaveMaint(was, is lb.Admin, ev *events) {
	s.away = false
	oper := s.oper()
	if c := s.check; c != nil && c.enabled {
		c.paused = false
		c.health = c.set.rise
		c.hurry()
	}
	switch {
	case s.check.isConfigured() && s.srv.Conf.InitState != "" && s.srv.Conf.InitState != "none":
		s.initState()
	case s.mayRise():
		if f := s.follows; f != nil && f.oper() == lb.Stopping {
			s.become(lb.Stopping)
		} else if state := s.srv.Conf.InitState; state == "up" || state == "fully-up" {
			s.become(lb.Running) // without a slow start, as with checks
		} else {
			s.start()
		}
	}
	state := []byte("UP")
	if s.down() {
		state = []byte("DOWN")
	}
	if is&lb.DrainMask != 0 {
		state = append(state, "/DRAIN"...)
	} else {
		state = append(state, "/READY"...)
	}
	b := appendServer(nil, s.srv)
	why := " (leaving maintenance)"
	switch {
	case was&^is&forced != 0:
		why = " (leaving forced maintenance)"
	case was&^is&lb.ResolveMaint != 0:
		b = append(append(append(b, " ('"...), s.srv.Hostname()...), "')"...)
		why = " (resolves again)"
	}
	b = append(append(append(b, " is "...), state...), why...)
	e := ev.say(s, notice, b)
	e.change = true
	s.commit(oper, e, ev)
	e.shutdownBackups = s.endsBackups()
	if is&lb.DrainMask != 0 {
		s.drains(is, ev)
	}
}

func (s *server) leaveDrain(was lb.Admin, ev *events) {
	b := append(appendServer(nil, s.srv), " is UP"...)
	if s.down() {
		b = append(b[:len(b)-2], "DOWN"...)
	}
	if was&lb.ForcedDrain != 0 {
		b = append(b, " (leaving forced drain)"...)
	} else {
		b = append(b, " (leaving drain)"...)
		if s.follows != nil {
			b = appendVia(b, s.follows.srv)
		}
	}
	e := ev.say(s, notice, b)
	e.change = true
	s.commit(s.oper(), e, ev)
}

// remains says that another reason keeps the server where it is.
func (s *server) remains(was, is lb.Admin, ev *events) {
	gone := was &^ is
	b := appendServer(nil, s.srv)
	switch {
	case gone&forced != 0:
		b = append(b, " is leaving forced maintenance but remains in maintenance"...)
	case gone&lb.ResolveMaint != 0:
		b = append(append(append(b, " ('"...), s.srv.Hostname()...), "') resolves again but remains in maintenance"...)
	case gone&lb.InheritedMaint != 0:
		ev.say(s, notice, append(b, " remains in forced maintenance"...))
		return
	default:
		if is&lb.MaintMask == 0 {
			s.drains(is, ev)
		}
		return
	}
	if s.follows != nil {
		b = appendVia(b, s.follows.srv)
	}
	ev.say(s, notice, b)
}

// drains says that the server is still in drain.
func (s *server) drains(is lb.Admin, ev *events) {
	b := appendServer(nil, s.srv)
	if is&lb.ForcedDrain != 0 {
		ev.say(s, notice, append(b, " remains in forced drain mode"...))
		return
	}
	b = append(b, " remains in drain mode"...)
	if s.follows != nil {
		b = appendVia(b, s.follows.srv)
	}
	ev.say(s, notice, b)
}
