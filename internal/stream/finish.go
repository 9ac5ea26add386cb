package stream

import (
	"sync/atomic"

	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/rate"
)

// errorSerial numbers the captures of "show errors".
var errorSerial atomic.Int64

// countRate adds one event and keeps the maximum.
func countRate(c *rate.Counter, max *atomic.Int64, s *lb.Stream) {
	lb.CountRate(c, max, s.Thread.Now()/1e6)
}

// finish ends the stream's life: slots and connections are given back, counters
// and the log line written. It runs once, whatever happened before.
func finish(s *lb.Stream) {
	s.End = s.Thread.Now()
	if killed(s) {
		logKilled(s)
	}
	release(s)
	if s.Service != nil {
		// What answers in a server's place has got the request and gave the answer.
		s.ToServer, s.FromServer = s.BytesIn, s.BytesOut
		countExchanged(s)
	}
	class := statusClass(s.Status)
	countBytes(&s.Front.Front.Counters, s)
	if s.Front.Options&conf.OptSocketStats != 0 {
		countBytes(&s.Bind.State.Counters, s)
	}
	if s.Flags&lb.IsTCP == 0 {
		s.Front.Front.Responses[class].Add(1)
	}
	if b := backOf(s); b != nil {
		countBytes(&b.Counters, s)
	}
	if s.Server != nil {
		countBytes(&s.Server.State.Counters, s)
	}
	if s.Flags&lb.BackCounted != 0 {
		b := &s.Back.Back.Counters
		b.Cur.Add(-1)
		if s.Flags&lb.IsTCP == 0 {
			b.Responses[class].Add(1)
		}
		times(s)
	}
	if s.Front.Log.Format != nil {
		logEnd(s)
	}
	s.Gen.Streams.Add(-1)
}

// backOf is whose backend columns count the stream: those of a "listen" section
// count what it answers itself, too.
func backOf(s *lb.Stream) *lb.ProxyState {
	if s.Flags&lb.BackCounted != 0 {
		return s.Back.Back
	}
	return s.Front.Back
}

// countBytes adds what came from the client and what was sent to it.
func countBytes(c *lb.Counters, s *lb.Stream) {
	c.BytesIn.Add(s.BytesIn)
	c.SentOut.Add(s.BytesOut)
}

// countExchanged adds what went to a server, or to what answers in its place,
// and what came from there.
func countExchanged(s *lb.Stream) {
	in, out := s.ToServer, s.FromServer
	if in|out == 0 {
		return
	}
	s.ToServer, s.FromServer = 0, 0
	add := func(c *lb.Counters) {
		c.SentIn.Add(in)
		c.BytesOut.Add(out)
	}
	add(&s.Front.Front.Counters)
	if s.Front.Options&conf.OptSocketStats != 0 {
		add(&s.Bind.State.Counters)
	}
	if b := backOf(s); b != nil {
		add(&b.Counters)
	}
	if s.Server != nil {
		add(&s.Server.State.Counters)
	}
}

func statusClass(status int) int {
	if c := status / 100; c >= 1 && c <= 5 {
		return c
	}
	return 0
}

// times feeds the backend's and the server's time averages. Manual (management)
// 9.1, columns qtime to ttime.
func times(s *lb.Stream) {
	q := since(s.Queued, s.HeadDone)
	c := since(s.Connected, s.Queued)
	d := since(s.ResHeadDone, s.Connected)
	t := since(s.End, s.Start)
	if s.Server != nil {
		s.Server.State.AddTimes(q, c, d, t)
	}
	s.Back.Back.AddTimes(q, c, d, t)
}

// since is the ms from a to b, 0 if either did not happen.
func since(b, a int64) int64 {
	if a < 0 || b < 0 || b < a {
		return 0
	}
	return (b - a) / 1e6
}

// logStream writes a log line for what origin says. Manual 8.
func logStream(s *lb.Stream, origin conf.LogOrigin) {
	plan := &s.Front.Log
	if s.Flags&(lb.LogDone|lb.Silent) != 0 || s.Level < 0 {
		return
	}
	if plan.Skip != nil && plan.Skip(s) {
		return
	}
	if s.Flags&lb.IsTCP != 0 && s.BytesIn == 0 && s.Front.Options&conf.OptDontLogNull != 0 {
		return // manual 8.3.1: nothing came from the client
	}
	level := 6
	failed := s.Term[0] != '-' && s.Term[0] != 'L' || s.Status >= 500
	if failed && plan.ErrorLevel {
		level = 3
	}
	if s.Level > 0 {
		level = s.Level - 1
	}
	s.Dir = lb.Request
	plan.Write(s, origin, level, nil)
	s.Front.Front.LogCount.Add(1)
}

// logStep writes the line of a step on the way, if "log-steps" has it or, under
// "option logasap", if it is the one that all wait for. The caller has looked at
// LogPlan.Stepwise.
func logStep(s *lb.Stream, step conf.LogOrigin) {
	plan := &s.Front.Log
	switch {
	case plan.Format == nil:
	case plan.Steps != 0:
		if plan.Steps&(1<<step) != 0 {
			logStream(s, step)
		}
	case step == conf.LogResponse, step == conf.LogConnect && s.Flags&lb.IsTCP != 0:
		logStream(s, step)
		s.Flags |= lb.LogDone
	}
}

// logReceived writes the lines of a request that has just come: that of its
// stream's begin, and its own. Neither knows yet how long it took.
func logReceived(s *lb.Stream) {
	done := s.HeadDone
	s.HeadDone = -1
	logStep(s, conf.LogAccept)
	logStep(s, conf.LogRequest)
	s.HeadDone = done
}

// logEnd writes the last line of the stream. What came in place of a request is
// logged whatever "log-steps" says.
func logEnd(s *lb.Stream) {
	origin := conf.LogClose
	if s.Flags&lb.IsTCP == 0 && (s.Flags&lb.Unparsed != 0 || s.Req.Method.Len == 0) {
		origin = conf.LogError
	}
	if steps := s.Front.Log.Steps; steps == 0 || origin == conf.LogError || steps&(1<<origin) != 0 {
		logStream(s, origin)
	}
}

// logEarly writes the line of a session's first stream before it is served.
func logEarly(s *lb.Stream) {
	if s.Session.Requests == 1 {
		logStream(s, conf.LogAccept)
	}
	s.Flags |= lb.LogDone
}

// number gives the stream its number in the process and counts it: one step for
// both, and for "CumReq" of "show info". A stream has none before, because a head
// that comes in pieces takes several.
func number(s *lb.Stream) { s.ID = uint64(s.Thread.Process.CumReqs.Add(1) - 1) }

// NewStream returns a clean stream for the session.
func NewStream(ss *lb.Session) *lb.Stream {
	th := ss.Thread
	var s *lb.Stream
	if n := len(th.FreeStreams); n > 0 {
		s = th.FreeStreams[n-1]
		th.FreeStreams[n-1] = nil
		th.FreeStreams = th.FreeStreams[:n-1]
	} else {
		s = &lb.Stream{Req: htx.Head{Buf: make([]byte, 0, 2048), Fields: make([]htx.Field, 0, 24)},
			Res: htx.Head{Buf: make([]byte, 0, 1024), Fields: make([]htx.Field, 0, 16)}}
	}
	s.Session, s.Thread = ss, th
	s.Front, s.Bind, s.Gen = ss.Front, ss.Bind, ss.Front.Gen
	s.Start = th.Now()
	s.Queued, s.Connected, s.ResHeadDone, s.HeadDone, s.End = -1, -1, -1, -1, -1
	s.Term = [4]byte{'-', '-', '-', '-'}
	t, f := &s.Timeouts, &s.Front.Timeouts
	*t = *f
	s.StartWall = th.WallNow()
	ss.Stream = s
	s.Gen.Streams.Add(1)
	return s
}

// Free recycles the stream. Large buffers are let go, so that one large message
// does not make every stream large.
func Free(s *lb.Stream) {
	th := s.Thread
	s.Session.Stream = nil
	req, res, pending, buf, unique := s.Req, s.Res, s.Pending[:0], s.Buf[:0], s.Unique[:0]
	caps, cookies, vars, scratch, relay := s.Captured, s.CookieLog, s.Vars, s.Scratch, s.Relay
	for d := range caps {
		caps[d] = caps[d][:0]
		cookies[d] = cookies[d][:0]
	}
	*s = lb.Stream{} // whatever still points at it must not keep a generation in memory
	if cap(req.Buf) > maxKept || cap(pending) > maxKept || cap(buf) > maxKept || len(th.FreeStreams) >= 4096 {
		return
	}
	req.Reset()
	res.Reset()
	// One by one: a literal would be put together elsewhere first and copied.
	s.Req, s.Res = req, res
	s.Pending, s.Buf, s.Unique = pending, buf, unique
	s.Captured, s.CookieLog = caps, cookies
	s.Vars, s.Scratch, s.Relay = lb.ResetVars(vars), scratch, relay
	th.FreeStreams = append(th.FreeStreams, s)
}

// Abandon frees a stream that got no request.
func Abandon(s *lb.Stream) {
	s.Gen.Streams.Add(-1)
	Free(s)
}

const maxKept = 32 << 10
