package stream

import (
	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/queue"
)

// acquire chooses a server and holds a slot of it, waiting where all are full.
// It returns nil when s.Reply is to be sent.
func acquire(s *lb.Stream) *lb.Server {
	b := s.Back
	if srv := b.Dispatch; srv != nil {
		queue.Take(s, srv)
		return srv
	}
	var must *lb.Server
	if len(b.UseServers) > 0 || s.Pinned != nil {
		must = pinned(s)
	}
	for tries := 0; ; tries++ {
		srv, r := get(s, must)
		switch r {
		case queue.Granted:
			return srv
		case queue.TimedOut:
			b.Back.FailedConn.Add(1)
			if must != nil {
				must.State.FailedConn.Add(1)
			}
			refuse(s, 503, 's', 'Q')
		case queue.Aborted:
			b.Back.CliAborts.Add(1)
			if s.Session.Conn.Ended() {
				gaveUp(s, 'Q')
			} else {
				refuse(s, 503, killedBy(s), 'Q')
			}
		case queue.Gone, queue.Refused:
			if tries < 3 && (must == nil || queue.Redispatches(b) || s.Pinned == nil) {
				if must != nil {
					s.Redispatched = true
				}
				must = nil
				continue
			}
			fallthrough
		default:
			b.Back.FailedConn.Add(1)
			refuse(s, 503, 'S', 'C')
		}
		return nil
	}
}

func get(s *lb.Stream, must *lb.Server) (*lb.Server, queue.Result) {
	if must != nil {
		if queue.Take(s, must) {
			return must, queue.Granted
		}
		return queue.Wait(s, must, queue.Deadline(s), clientLeft(s))
	}
	if s.Back.Balancer == nil {
		return nil, queue.NoServer
	}
	return queue.Get(s, queue.Deadline(s), clientLeft(s))
}

// pinned is the server that use-server or persistence asks for, nil for none.
func pinned(s *lb.Stream) *lb.Server {
	if p := s.Pinned; p != nil && s.Avoid != p {
		return p
	}
	b := s.Back
	for i := range b.UseServers {
		sw := &b.UseServers[i]
		if sw.Cond != nil && sw.Cond.Eval(s) == sw.Unless {
			continue
		}
		srv := sw.Server
		if srv == nil && sw.Name != nil {
			srv = b.ByName[string(sw.Name.AppendTo(s.Thread.Line[:0], s))]
		}
		if srv != nil && srv != s.Avoid && (srv.Usable() || srv.Up() && b.Options&conf.OptPersist != 0) {
			return srv
		}
	}
	return nil
}

// clientLeft is asked while the stream waits; manual 4.2 "option abortonclose".
func clientLeft(s *lb.Stream) func(*lb.Stream) bool {
	if !aborts(s) {
		return nil
	}
	s.Session.Conn.ArmRead(s.Task)
	return func(s *lb.Stream) bool {
		if s.Session.Conn.Ended() {
			return true
		}
		s.Session.Conn.ArmRead(s.Task)
		return false
	}
}
