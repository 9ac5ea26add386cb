package stream

import (
	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/queue"
)

// assign lets use-server and persistence choose the server, in this order. It
// runs once, after the request rules; without a choice the balancer picks.
func assign(s *lb.Stream) {
	b := s.Back
	if len(b.UseServers) > 0 {
		if srv := useServer(s); srv != nil {
			s.Pinned = srv
			s.Flags |= lb.Direct
		}
	}
	if p := b.Persist; p != nil {
		if s.Flags&lb.IsTCP != 0 {
			p.Connect(s)
		} else {
			p.Request(s, s.Thread.WallNow()/1e9)
		}
	}
	if s.Pinned == nil && b.Options&conf.OptPreferLastServer != 0 && s.Session.Last != nil {
		s.Pinned = lastServer(s)
	}
}

// unpin lets the stream go to any server: a redispatch.
func unpin(s *lb.Stream) {
	s.Pinned = nil
	s.Flags &^= lb.Direct
}

// useServer is the server of the first use-server line that holds. Manual 4.2.
func useServer(s *lb.Stream) *lb.Server {
	b := s.Back
	for i := range b.UseServers {
		sw := &b.UseServers[i]
		if sw.Cond != nil && sw.Cond.Eval(s) == sw.Unless {
			continue
		}
		srv := sw.Server
		if srv == nil && sw.Name != nil {
			srv = b.ByName[string(sw.Name.AppendTo(s.Thread.Tmp[:0], s))]
		}
		if srv != nil && (srv.Up() || b.Options&conf.OptPersist != 0 || s.Flags&lb.ForcePersist != 0) {
			return srv
		}
	}
	return nil
}

// lastServer is the server of the session's last request, if a connection to
// it is still open and a request on it would not wait too long. Manual 4.2
// "option prefer-last-server", "max-keep-alive-queue".
func lastServer(s *lb.Stream) *lb.Server {
	last := s.Session.Last
	open := last.IdleLen(s.Thread.Index) > 0
	for _, sc := range s.Session.Servers {
		open = open || sc.State == last
	}
	if !open {
		return nil
	}
	for _, srv := range s.Back.Servers {
		if srv.State == last {
			if srv.Usable() && queue.KeepsAlive(s.Back, srv) {
				return srv
			}
			return nil
		}
	}
	return nil
}
