package stream

import (
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/wire/h1"
)

// WaitResponse waits until the response's body is complete, until atLeast bytes
// of it are here (0 = as much as a buffer holds), or until timeout ns have
// passed, which is answered with a 504. What comes is kept in s.Buf, framing
// included. Manual 4.4 "wait-for-body".
func WaitResponse(s *lb.Stream, atLeast int, timeout int64) bool {
	if s.SrvConn == nil {
		return true // an answer of our own is complete
	}
	var body h1.Body // looks ahead of s.ResBody
	body.Start(s.Res.Framing, s.Res.ContentLength)
	tune := &s.Gen.Conf.Global.Tune
	room := tune.BufSize - tune.MaxRewrite - len(s.Res.Buf)
	got := 0
	count := func(p []byte) bool {
		// Decode works in place: on the copy in the scratch.
		out, _, _, e := body.Decode(p)
		got += len(out)
		return e == h1.OK
	}
	if !count(s.Thread.Scratch[:copy(s.Thread.Scratch, s.Buf)]) {
		return true // that shows when the body is forwarded
	}
	deadline := s.Thread.Now() + timeout
	for !body.Done() && len(s.Buf) < room && (atLeast == 0 || got < atLeast) {
		p := s.Thread.Scratch[:room-len(s.Buf)]
		n, st := s.SrvConn.Conn.Read(s.Task, p, deadline)
		switch st {
		case sched.OK:
			s.Buf = append(s.Buf, p[:n]...)
			if !count(p[:n]) {
				return true
			}
		case sched.TimedOut:
			return fail(s, 504, 's', 'H')
		case sched.Stopped:
			return fail(s, 503, killedBy(s), 'H')
		default:
			return true // a short body is forwarded as far as it goes
		}
	}
	return true
}
