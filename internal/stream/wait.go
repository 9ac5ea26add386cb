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
	must := s.Pinned
	for tries := 0; ; tries++ {
		srv, r := get(s, must)
		s.Session.Conn.Disarm()
		switch r {
		case queue.Granted:
			return srv
		case queue.TimedOut:
			s.Queued, s.Server = s.Thread.Now(), srv
			b.Back.FailedConn.Add(1)
			if srv != nil {
				srv.State.FailedConn.Add(1)
			}
			refuse(s, 503, 's', 'Q')
		case queue.Aborted:
			s.Queued, s.Server = s.Thread.Now(), srv
			if givesUp(s) {
				leftQueue(s)
			} else {
				refuse(s, 503, killedBy(s), 'Q')
			}
		case queue.Gone, queue.Refused:
			if tries < 3 && mayLeave(s, must, r) {
				if must != nil {
					leave(s, must)
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

// mayLeave reports whether a stream whose server cannot be waited for may go to
// another one: with option redispatch, and where a cookie names a server that is
// down, which a new request with it would pass, too.
func mayLeave(s *lb.Stream, must *lb.Server, r queue.Result) bool {
	switch {
	case must == nil || s.Flags&lb.Direct == 0:
		return true
	case s.Flags&lb.ForcePersist != 0:
		return false
	}
	return queue.Redispatches(s.Back) || r == queue.Gone && s.Back.Options&conf.OptPersist == 0
}

// leave takes the stream from the server that it had to have.
func leave(s *lb.Stream, must *lb.Server) {
	s.Redispatched = true
	if s.Flags&lb.Direct != 0 {
		must.State.Redispatches.Add(1)
		s.Back.Back.Redispatches.Add(1)
		if s.Term[2] == 'V' {
			s.Term[2] = 'D' // manual 8.5: the cookie's server was down
		}
	}
	unpin(s)
}

// get is queue.Get or, when the stream must have a server, that one. A server
// that comes with a wait that failed is the one that was waited for.
func get(s *lb.Stream, must *lb.Server) (*lb.Server, queue.Result) {
	if must != nil {
		if queue.Take(s, must) {
			return must, queue.Granted
		}
		_, r := queue.Wait(s, must, queue.Deadline(s), leftOrWatch)
		return must, r
	}
	if s.Back.Balancer == nil {
		return nil, queue.NoServer
	}
	return queue.Get(s, queue.Deadline(s), leftOrWatch)
}

// leftOrWatch is asked while the stream waits: it has the task woken when the
// client ends its side, unless that has given up.
func leftOrWatch(s *lb.Stream) bool {
	if givesUp(s) {
		return true
	}
	s.Session.Conn.ArmEnd(s.Task)
	return false
}
