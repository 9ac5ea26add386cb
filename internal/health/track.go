package health

import (
	"errors"
	"slices"
	"strings"

	"segue/internal/lb"
)

// Link finds what the servers of gen track and refuses what cannot be. Call it
// while the generation is linked. Manual 5.2 "track".
func Link(gen *lb.Generation, report func(srv *lb.Server, msg string)) {
	for _, px := range gen.Proxies {
		for _, srv := range px.Servers {
			if srv.Conf.Track == "" {
				continue
			}
			t, msg := tracked(gen, srv)
			if msg != "" {
				report(srv, msg)
				continue
			}
			srv.Track = t
		}
	}
	for _, px := range gen.Proxies {
		for _, srv := range px.Servers {
			if loop := loops(srv); loop != nil {
				report(srv, "unable to track "+path(srv.Track)+" as it belongs to a tracking chain looping back to "+path(loop)+".")
				srv.Track = nil
			}
		}
	}
}

// Track finds what a server that comes at runtime tracks. Call it before Add.
func Track(gen *lb.Generation, srv *lb.Server) error {
	t, msg := tracked(gen, srv)
	if msg != "" {
		return errors.New(msg)
	}
	srv.Track = t
	return nil
}

// tracked finds the server that srv names.
func tracked(gen *lb.Generation, srv *lb.Server) (t *lb.Server, msg string) {
	px, name := srv.Proxy, srv.Conf.Track
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		px = gen.Backs[name[:i]]
		if px == nil {
			return nil, "unable to find required proxy '" + name[:i] + "' for tracking."
		}
		name = name[i+1:]
	}
	t = px.ByName[name]
	switch {
	case t == nil:
		return nil, "unable to find required server '" + name + "' for tracking."
	case t.State.Dynamic:
		return nil, "unable to use " + path(t) + " for tracking as it is a dynamic server."
	case !t.Conf.Check && !t.Conf.AgentCheck && t.Conf.Track == "":
		return nil, "unable to use " + path(t) + " for tracking as it does not have any check nor agent enabled."
	case px != srv.Proxy && disablesOn404(px) != disablesOn404(srv.Proxy):
		return nil, "unable to use " + path(t) + " fortracking: disable-on-404 option inconsistency."
	}
	return t, ""
}

// loops returns the server at which the chain from srv comes back to itself.
func loops(srv *lb.Server) *lb.Server {
	slow, fast := srv, srv
	for fast != nil && fast.Track != nil {
		slow, fast = slow.Track, fast.Track.Track
		if slow == fast {
			return fast
		}
	}
	return nil
}

func path(srv *lb.Server) string { return srv.Proxy.Name + "/" + srv.Name }

// follow connects trackers with what they track and gives them its state.
func (h *Health) follow(gen *lb.Generation) {
	for _, px := range gen.Proxies {
		for _, srv := range px.Servers {
			if s := of(srv); s != nil {
				s.track(srv.Track)
			}
		}
	}
	for _, px := range gen.Proxies {
		for _, srv := range px.Servers {
			if s := of(srv); s != nil && s.follows == nil {
				s.settle()
				s.lead()
			}
		}
	}
}

// track makes s follow the server t, nil = none.
func (s *server) track(t *lb.Server) {
	var to *server
	if t != nil {
		to = of(t)
	}
	if to == s.follows {
		return
	}
	if old := s.follows; old != nil {
		for i, x := range old.trackers {
			if x == s {
				old.trackers = append(old.trackers[:i], old.trackers[i+1:]...)
				break
			}
		}
	}
	s.follows = to
	if to != nil {
		to.trackers = append(to.trackers, s)
		return
	}
	s.st.Admin.And(^uint32(lb.InheritedMaint | lb.InheritedDrain))
}

// join makes a tracker what the server that it tracks is, without a slow start.
func (s *server) join(lead lb.Oper) {
	if lead == lb.Starting {
		lead = lb.Running
	}
	switch is := s.oper(); {
	case s.inMaint(), lead == lb.Stopped:
		s.become(lb.Stopped)
	case is == lb.Stopped, (is == lb.Stopping) != (lead == lb.Stopping):
		s.become(lead)
	}
}

// lead gives the state of s to those that follow it, silently: at a start.
func (s *server) lead() {
	for _, t := range slices.Backward(s.trackers) {
		var flags lb.Admin
		if s.inMaint() {
			flags |= lb.InheritedMaint
		}
		if s.admin()&lb.DrainMask != 0 {
			flags |= lb.InheritedDrain
		}
		t.st.Admin.And(^uint32(lb.InheritedMaint | lb.InheritedDrain))
		t.st.Admin.Or(uint32(flags))
		t.away = t.inMaint()
		t.join(s.oper())
		t.lead()
	}
}
