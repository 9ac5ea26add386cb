package stream

import (
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/wire/h1"
)

// Drain reads away the rest of a request that was answered before it was
// complete, so that the connection can carry the next one. It runs after the
// stream's end has been logged, and reports whether that worked.
func Drain(s *lb.Stream) bool {
	cli := &s.Session.Conn
	for !s.ReqBody.Done() {
		var deadline int64
		if t := s.Timeouts.Client; t != 0 {
			deadline = s.Thread.Now() + t
		}
		p := s.Thread.Scratch[:BodyRoom(s)]
		n, st := cli.Read(s.Task, p, deadline)
		if st != sched.OK {
			return false
		}
		_, used, _, e := s.ReqBody.Decode(p[:n])
		if e != h1.OK {
			return false
		}
		s.Session.Partial = append(s.Session.Partial[:0], p[used:n]...)
	}
	return true
}

// BodyRoom is how much of the thread's scratch to receive the rest of a request's
// body in. What comes behind that body, the next requests, is copied again for
// each of them, so no more is taken than a head may have.
func BodyRoom(s *lb.Stream) int {
	size := len(s.Thread.Scratch)
	return min(int(min(s.ReqBody.Remaining(), int64(size)))+limit(s), size)
}
