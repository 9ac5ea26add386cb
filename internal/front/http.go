package front

import (
	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/stream"
)

// httpJob is a session of HTTP/1 requests.
type httpJob lb.Session

// Run serves the requests that are there and leaves the connection idle when
// more bytes are needed.
func (j *httpJob) Run(t *sched.Task) {
	ss := (*lb.Session)(j)
	first := ss.Requests == 0
	for {
		adopt(ss)
		s := stream.NewStream(ss)
		s.Task = t
		begun(s, ss.FirstByte)
		had := len(ss.Partial)
		switch stream.Receive(s) {
		case stream.Partial:
			stream.Abandon(s)
			if ss.Conn.Readable() {
				continue // the end may be known already: no edge will tell of it
			}
			if len(ss.Partial) > had {
				ss.Conn.Acknowledge()
			}
			j.idle(first)
			return
		case stream.Gone:
			gone(s)
			end(ss)
			return
		case stream.Bad:
			stream.Refuse(s)
			stream.Free(s)
			linger(t, ss)
			return
		}
		s.Idle = ss.IdleSince
		keep := stream.Serve(s) && stream.Drain(s)
		unsettled := !keep && inFlight(s)
		stream.Free(s)
		if !keep {
			close(t, ss, unsettled)
			return
		}
		first = false
		ss.FirstByte = 0
		ss.IdleSince = t.Now()
		if len(ss.Partial) == 0 && !ss.Conn.Readable() {
			j.idle(false)
			return
		}
	}
}

// Panicked implements sched.Panicker.
func (j *httpJob) Panicked(*sched.Task, any) { drop((*lb.Session)(j)) }

// drop ends a session whose job panicked, with what its stream holds.
func drop(ss *lb.Session) {
	if !ss.Conn.IsOpen() {
		return // it was ended before
	}
	if s := ss.Stream; s != nil {
		stream.Drop(s)
	}
	end(ss)
}

// begun dates the stream back to the first byte of its request, which may have
// come in pieces. Manual 8.4 "TR".
func begun(s *lb.Stream, at int64) {
	if at != 0 && at < s.Start {
		s.StartWall -= s.Start - at
		s.Start = at
	}
}

// idle leaves the connection without task and buffer until bytes come or the
// timeout passes. Manual 4.2 "timeout http-keep-alive", "timeout http-request".
func (j *httpJob) idle(first bool) {
	ss := (*lb.Session)(j)
	t := &ss.Front.Timeouts
	from := ss.IdleSince
	timeout := t.HTTPRequest
	if !first && len(ss.Partial) == 0 {
		timeout = t.HTTPKeepAlive
		if timeout == 0 {
			timeout = t.HTTPRequest
		}
	} else if len(ss.Partial) > 0 {
		if ss.FirstByte == 0 {
			ss.FirstByte = ss.Thread.Now()
		}
		from = ss.FirstByte
	}
	if timeout == 0 {
		timeout, from = t.Client, ss.Thread.Now()
	}
	var deadline int64
	if timeout != 0 {
		deadline = from + timeout
	}
	ss.Conn.Idle(j, deadline)
}

// IdleReady implements sched.Idler.
func (j *httpJob) IdleReady(c *sched.Conn) {
	ss := (*lb.Session)(j)
	if ss.FirstByte == 0 {
		ss.FirstByte = ss.Thread.Now()
	}
	ss.Thread.Start(j)
}

// IdleExpired implements sched.Idler: 408 for a request that did not come in
// time, silence for a connection that waited between two.
func (j *httpJob) IdleExpired(c *sched.Conn) {
	ss := (*lb.Session)(j)
	if ss.Requests > 0 && len(ss.Partial) == 0 {
		end(ss)
		return
	}
	ss.Thread.Start((*late)(ss))
}

// late answers a client whose request did not arrive in time.
type late lb.Session

// Run implements sched.Job.
func (j *late) Run(t *sched.Task) {
	ss := (*lb.Session)(j)
	s := stream.NewStream(ss)
	s.Task = t
	s.Idle = ss.IdleSince
	if ss.FirstByte != 0 {
		begun(s, ss.FirstByte)
	} else {
		begun(s, ss.IdleSince)
	}
	stream.TooLate(s)
	stream.Free(s)
	close(t, ss, false)
}

// Panicked implements sched.Panicker.
func (j *late) Panicked(*sched.Task, any) { drop((*lb.Session)(j)) }

// adopt moves an idle session to the generation that its listener serves now. One
// whose listener has another mode now stays, and ends with its next answer: what
// comes next on it is still a request, and may be on its way.
func adopt(ss *lb.Session) {
	ln, ok := ss.Listener.(*Listener)
	if !ok {
		return
	}
	b := ln.bind.Load()
	if b == ss.Bind || b == nil {
		return
	}
	if b.Proxy.Mode != ss.Front.Mode {
		ss.Bind.Leaving.Store(true)
		return
	}
	if b.Proxy.Front != ss.Front.Front {
		ss.Front.Front.Cur.Add(-1)
		b.Proxy.Front.Enter()
	}
	if b.State != ss.Bind.State {
		ss.Bind.State.Cur.Add(-1)
		b.State.Enter()
	}
	ss.Bind, ss.Front = b, b.Proxy
}

// close ends a connection after its last response so that the client gets all
// of it: unread bytes would turn the close into a reset, which can destroy the
// response on its way, so they are read away for a short while first; also those
// that come only now, where the response is not with the client yet (RFC 9112
// 9.6).
func close(t *sched.Task, ss *lb.Session, unsettled bool) {
	if !ss.Conn.Ended() && (unsettled || ss.Conn.Readable() || len(ss.Partial) > 0) {
		linger(t, ss)
		return
	}
	end(ss)
}

// window is what goes out, in bytes, before the first acknowledgement: ten
// segments (RFC 6928).
const window = 10 * 1460

// inFlight says that some of a complete response may still wait for the client's
// acknowledgement, or that the client still sends its request's body. With option
// nolinger, nobody waits for that.
func inFlight(s *lb.Stream) bool {
	if s.Front.Options&conf.OptNoLinger != 0 {
		return false
	}
	whole := s.Term[0] == '-' || s.Term[0] == 'L' || s.Term[0] == 'P' // the server's, or one made here
	return whole && s.BytesOut > window || !s.ReqBody.Done()
}

// lingering is how long (ns) a client may go on sending after its answer.
const lingering = 1e9

// linger ends the sending side, and the connection once the client has done so
// too or some time has passed.
func linger(t *sched.Task, ss *lb.Session) {
	ss.Conn.Shutdown()
	deadline := t.Now() + int64(lingering)
	for st := sched.OK; st == sched.OK; {
		_, st = ss.Conn.Read(t, ss.Thread.Scratch, deadline)
	}
	end(ss)
}

// gone is a client that left without a request; it is logged and counted unless
// it was a keep-alive connection or options say otherwise.
func gone(s *lb.Stream) { stream.Nothing(s) }
