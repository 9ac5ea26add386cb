package stream

import (
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
			s.Queued = s.Thread.Now()
			b.Back.FailedConn.Add(1)
			if must != nil {
				must.State.FailedConn.Add(1)
			}
			refuse(s, 503, 's', 'Q')
		case queue.Aborted:
			s.Queued = s.Thread.Now()
			b.Back.CliAborts.Add(1)
			if s.Session.Conn.Ended() {
				gaveUp(s, 'Q')
			} else {
				refuse(s, 503, killedBy(s), 'Q')
			}
		case queue.Gone, queue.Refused:
			if tries < 3 && (must == nil || s.Flags&lb.Direct == 0 || queue.Redispatches(b) && s.Flags&lb.ForcePersist == 0) {
				if must != nil {
					s.Redispatched = true
					unpin(s)
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

// clientLeft is asked while the stream waits; manual 4.2 "option abortonclose".
func clientLeft(s *lb.Stream) func(*lb.Stream) bool {
	if !aborts(s) {
		return nil
	}
	return leftOrWatch
}

// leftOrWatch has the task woken when the client ends its side, unless it has.
func leftOrWatch(s *lb.Stream) bool {
	if s.Session.Conn.Ended() {
		return true
	}
	s.Session.Conn.ArmRead(s.Task)
	return false
}
