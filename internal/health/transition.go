package health

import (
	"segue/internal/conf"
	"segue/internal/lb"
	"slices"
)

// cause says in a log line why a server changed: a check's result, or a text.
type cause struct {
	check *Check
	text  string // ", changed from CLI"
}

// The functions of this file change the operational state. The caller holds the
// lock; what follows is noted in ev and done after it was let go.

// stopped takes the server down. Servers in maintenance stay as they are.
func (s *server) stopped(why cause, ev *events) {
	if s.inMaint() || s.oper() == lb.Stopped {
		return
	}
	was := s.oper()
	e := ev.add(s, "is DOWN", why)
	e.left, e.level = true, alert
	if was == lb.Stopping || s.admin()&lb.DrainMask != 0 {
		e.level = notice
	}
	e.shutdown = s.srv.Conf.OnMarkedDown == "shutdown-sessions"
	s.become(lb.Stopped)
	s.commit(was, e, ev)
	for _, t := range slices.Backward(s.trackers) {
		t.stopped(cause{}, ev)
	}
}

// rising brings the server up, slowly where slowstart says so.
func (s *server) rising(why cause, ev *events) {
	was := s.oper()
	if s.inMaint() || was == lb.Starting || was == lb.Running {
		return
	}
	e := ev.add(s, "is UP", why)
	s.start()
	s.commit(was, e, ev)
	e.shutdownBackups = s.endsBackups()
	for _, t := range slices.Backward(s.trackers) {
		t.rising(cause{}, ev)
	}
}

// stopping takes the server out of balancing but leaves it to persistence.
// Manual 4.2 "http-check disable-on-404".
func (s *server) stopping(why cause, ev *events) {
	was := s.oper()
	if s.inMaint() || was == lb.Stopping {
		return
	}
	e := ev.add(s, "is stopping", why)
	s.become(lb.Stopping)
	s.commit(was, e, ev)
	for _, t := range slices.Backward(s.trackers) {
		t.stopping(cause{}, ev)
	}
}

// start makes the server Running, or Starting with slowstart.
func (s *server) start() {
	if s.srv.Conf.SlowStart <= 0 {
		s.become(lb.Running)
		return
	}
	s.st.Warmth.Store(0)
	s.st.Ramp.Store(s.share(0, 1))
	s.become(lb.Starting)
	s.warm()
}

func (s *server) become(o lb.Oper) {
	if o != lb.Starting {
		s.st.Ramp.Store(0)
	}
	s.st.Oper.Store(int32(o))
}

func (s *server) oper() lb.Oper   { return lb.Oper(s.st.Oper.Load()) }
func (s *server) admin() lb.Admin { return lb.Admin(s.st.Admin.Load()) }
func (s *server) inMaint() bool   { return s.admin()&lb.MaintMask != 0 }

// down reports whether the server is down for users: by its checks or by
// maintenance.
func (s *server) down() bool { return s.oper() == lb.Stopped }

// endsBackups reports whether the sessions of the backup servers end now.
// Manual 5.2 "on-marked-up".
func (s *server) endsBackups() bool {
	return s.srv.Conf.OnMarkedUp == "shutdown-backup-sessions" && !s.srv.Conf.Backup && s.srv.Usable()
}

// commit counts what a change of state means for the server's times and for its
// backend, and lets e show the backend's new numbers.
func (s *server) commit(was lb.Oper, e *event, ev *events) {
	t := now()
	if o := s.oper(); o != was {
		switch {
		case was == lb.Stopped:
			if last := s.st.LastChange.Load(); last > 0 && last < t {
				s.st.DownTime.Add(t - last)
			}
		case o == lb.Stopped:
			s.downs++
		}
		s.st.LastChange.Store(t)
	}
	s.count(t, ev)
	if e != nil {
		e.actives, e.spares = s.be.actives, s.be.spares
	}
}

// count keeps the backend's number of usable servers, and its downtime.
func (s *server) count(t int64, ev *events) {
	usable := s.srv.Usable()
	if usable == s.counted {
		return
	}
	be := s.be
	be.before = be.actives + be.spares
	s.counted = usable
	n := &be.actives
	if s.srv.Conf.Backup {
		n = &be.spares
	}
	if usable {
		*n++
	} else {
		*n--
	}
	if be.turned(t) {
		ev.empty(be.px)
	}
}

// turned keeps the backend's times when it has lost its last server, which it
// reports, or has one again.
func (be *backend) turned(t int64) (lost bool) {
	back := be.px.Back
	up := be.actives+be.spares > 0
	switch {
	case be.before > 0 && !up:
		back.LastChange.Store(t)
		back.DownTrans.Add(1)
		return true
	case be.before == 0 && up:
		if last := back.LastChange.Load(); last > 0 && last < t {
			back.Down.Add(t - last)
		}
		back.LastChange.Store(t)
	}
	return false
}

// Reweighed must be called after a server's weight was changed: it counts the
// backend's usable servers anew and tells the queue and the balancer.
func Reweighed(srv *lb.Server) {
	s := of(srv)
	if s == nil {
		return
	}
	var ev events
	s.h.mu.Lock()
	s.count(now(), &ev)
	ev.changed(s)
	s.h.mu.Unlock()
	s.h.do(&ev)
}

// Moved must be called after a server's address was changed, without
// Process.Mu: the balancers are told, since "hash-key" may place a server by its
// address. Manual 5.2.
func Moved(srv *lb.Server) {
	if s := of(srv); s != nil && s.h.Hooks.Changed != nil {
		s.h.Hooks.Changed(srv)
	}
}

// Usable returns the numbers of usable active and backup servers of a backend.
func Usable(p *lb.Process, px *lb.Proxy) (actives, backups int) {
	h := Of(p)
	h.mu.Lock()
	defer h.mu.Unlock()
	if be := h.backends[px.Name]; be != nil {
		return be.actives, be.spares
	}
	return 0, 0
}

func logsChecks(srv *lb.Server) bool { return srv.Proxy.Options&conf.OptLogHealthChecks != 0 }
