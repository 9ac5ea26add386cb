package stream

import (
	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
)

// relaying is a stream whose bytes nobody reads: TCP, and tunnels. The stream's
// task looks after its beginning, its pauses and its end; what arrives between
// these is passed on without waking it, see Pump. Streams keep theirs.
type relaying struct {
	up, down flow
	active   int64 // when bytes have last moved, loop ns
	timeout  int64 // that applies while both sides live; 0 = none
}

// relay moves bytes both ways until both sides have ended. What the server sends
// first has to pass the gate.
func relay(s *lb.Stream, gate gate) {
	r, ok := s.Relay.(*relaying)
	if !ok {
		r = &relaying{}
		s.Relay = r
	}
	cli, srv := &s.Session.Conn, &s.SrvConn.Conn
	r.up = flow{s: s, src: cli, dst: srv, coding: plain, up: true, splices: splicing(s, true)}
	r.down = flow{s: s, src: srv, dst: cli, coding: plain, splices: splicing(s, false)}
	defer r.free()
	up, down := &r.up, &r.down
	upDone, downDone := false, false
	resets := resetsServer(s)
	r.active = s.Thread.Now()
	t := &s.Timeouts
	sides := newApart(s, first(t.Tunnel, t.Client), first(t.Tunnel, t.Server))
	for {
		moved := up.moved + down.moved
		if !upDone {
			upDone = up.relayStep(!resets || downDone)
		}
		if gate.shut && !gate.step(down) {
			break
		}
		if !downDone && !gate.shut {
			downDone = down.relayStep(true)
		}
		if up.srcFailed || up.dstFailed || down.srcFailed || down.dstFailed || upDone && (downDone || resets) {
			break
		}
		if up.moved+down.moved != moved {
			r.active = s.Thread.Now()
		}
		armed := upDone || up.arm(s.Task)
		armed = (downDone || down.arm(s.Task)) && armed
		if !armed {
			cli.Disarm()
			srv.Disarm()
			s.Task.Yield()
			continue
		}
		timeout, letter := relayTimeout(s, upDone, downDone)
		var deadline int64
		if timeout != 0 {
			deadline = r.active + timeout
		}
		if !upDone && !downDone && !gate.shut && !sides.watches() {
			r.timeout = timeout
			s.Task.Pump = r
		}
		deadline, letter = sides.deadline(s, !upDone && !up.holds(), !downDone && !down.holds(), deadline, letter)
		until := gate.until(deadline)
		cause := s.Task.Park(until)
		s.Task.Pump = nil
		cli.Disarm()
		srv.Disarm()
		if cause == sched.Timeout && until == deadline {
			s.SetTerm(letter, 'D')
			countTimeout(s, letter)
			break
		}
		if cause == sched.Canceled {
			break
		}
	}
	s.BytesOut += down.moved
	endRelay(s, up, down)
}

// Pump passes on what has arrived at c while the task stays parked. It returns
// false when there is more to it than that, and the task has to see to it.
func (r *relaying) Pump(c *sched.Conn, t *sched.Task) bool {
	f := &r.down
	if c == r.up.src {
		f = &r.up
	}
	moved := f.moved
	f.step()
	if f.finished || f.srcFailed || f.dstFailed || f.holds() || f.src.Readable() {
		return false
	}
	if f.moved != moved {
		r.active = t.Now()
		if r.timeout != 0 {
			t.Postpone(r.active + r.timeout)
		}
	}
	return true
}

// free gives back what the flows hold, and forgets the stream.
func (r *relaying) free() {
	r.up.free()
	r.down.free()
	*r = relaying{}
}

// relayStep is step for a flow without framing: the end of the source becomes
// the end of what the destination receives, if that is told. It returns true once
// that is done.
func (f *flow) relayStep(tell bool) bool {
	if f.srcFailed || f.dstFailed {
		return false // Pump has seen it; the system tells of an error once, and of an end then
	}
	if f.step() == flowDone {
		if tell {
			f.dst.Shutdown()
		}
		return true
	}
	return false
}

// resetsServer says that the client's end ends the whole flow, and the server's
// connection is reset: it leaves no state in the system that a port waits for.
// Manual 4.2 "option nolinger".
func resetsServer(s *lb.Stream) bool {
	return s.Flags&lb.IsTCP != 0 && s.Back.Options&conf.OptNoLinger != 0
}

// relayTimeout is the inactivity limit that applies now and its letter. Once one
// side has ended, the other is waited for: the client by "timeout client-fin",
// the server by "timeout server-fin". Manual 4.2.
func relayTimeout(s *lb.Stream, upDone, downDone bool) (int64, byte) {
	t := &s.Timeouts
	switch {
	case upDone:
		return first(t.ServerFin, t.Tunnel, t.Server), 's'
	case downDone:
		return first(t.ClientFin, t.Tunnel, t.Client), 'c'
	case t.Tunnel != 0:
		return t.Tunnel, 'c'
	case t.Client != 0 && (t.Server == 0 || t.Client <= t.Server):
		return t.Client, 'c'
	}
	return t.Server, 's'
}

// first is the first timeout that is set.
func first(timeouts ...int64) int64 {
	for _, t := range timeouts {
		if t != 0 {
			return t
		}
	}
	return 0
}

// endRelay sets the termination state. Manual 8.5.
func endRelay(s *lb.Stream, up, down *flow) {
	switch {
	case up.srcFailed || down.dstFailed:
		s.SetTerm('C', 'D')
		countAbort(s)
		s.Flags |= lb.ResetServer
	case down.srcFailed || up.dstFailed:
		s.SetTerm('S', 'D')
		countServerAbort(s)
	}
}
