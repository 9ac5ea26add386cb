package stream

import (
	"segue/internal/conf"
	"segue/internal/health"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/queue"
	"segue/internal/sched"
	"segue/internal/wire/h1"
)

type headResult uint8

const (
	headOK     headResult = iota
	headEmpty             // closed before a single byte
	headFailed            // s.Reply says what to answer
	headRepeat            // the same, but "retry-on" wants another attempt
)

// receiveHead waits for the response's head while the rest of the request's
// body goes out. Interim responses are passed on as they come. What follows the
// head is left at the front of the loop's scratch, from s.ResRest on.
func receiveHead(s *lb.Stream, up *flow) headResult {
	up.dst, up.finished, up.dstFailed = &s.SrvConn.Conn, s.ReqBody.Done(), false
	up.out = nil // of an earlier attempt: send has sent it again
	up.free()
	uploading := !s.ReqBody.Done()
	s.Buf = s.Buf[:0]
	srv := &s.SrvConn.Conn
	// With option independent-streams, what is sent to the server does not give it
	// more time for its response.
	apart := s.Back.Options&conf.OptIndependentStreams != 0
	deadline := serverDeadline(s)
	sending := deadline
	for reads := 1; ; {
		buf := s.Thread.Scratch
		n := copy(buf, s.Buf)
		k, st := srv.TryRead(buf[n:])
		switch st {
		case sched.OK:
			if r, done := parseHead(s, buf[:n+k]); done {
				return r
			}
			srv.Acknowledge() // the rest may be held back until then
			if len(s.Buf) < n+k {
				deadline = serverDeadline(s) // a 1xx response is a sign of life, as in HAProxy
			}
			if reads++; reads%rounds == 0 {
				s.Task.Yield() // a flood of 1xx responses has no end that would wait
			}
			continue
		case sched.EOF, sched.Broken:
			return serverLeft(s, n)
		}
		if uploading {
			switch up.step() {
			case flowDone:
				uploading = false
				sending = serverDeadline(s)
			case flowFailed:
				return uploadFailed(s, up)
			case flowMoved:
				sending = serverDeadline(s)
			}
			if !apart {
				deadline = sending
			}
		}
		until := deadline
		if uploading {
			until = sending
		}
		if r := waitHead(s, up, uploading, until); r != headOK {
			return r
		}
	}
}

func serverDeadline(s *lb.Stream) int64 {
	if t := s.Timeouts.Server; t != 0 {
		return s.Thread.Now() + t
	}
	return 0
}

// waitHead parks until the server, or the client where its bytes or its end
// matter, has something new.
func waitHead(s *lb.Stream, up *flow, uploading bool, deadline int64) headResult {
	srv, cli := &s.SrvConn.Conn, &s.Session.Conn
	if !srv.ArmRead(s.Task) {
		return headOK
	}
	if uploading {
		if !up.arm(s.Task) {
			// step gave the others their turn with more to move: no edge will
			// tell of what is already here.
			disarm(s)
			s.Task.Yield()
			return headOK
		}
		if t := s.Timeouts.Client; t != 0 && !up.holds() {
			deadline = s.Thread.Now() + t
		}
	} else {
		if cli.Failed() || cli.Ended() && aborts(s) {
			return clientGaveUp(s)
		}
		if early := s.Connected + watchAfter; s.Thread.Now() < early {
			// Most servers answer before it pays to watch the client.
			if deadline == 0 || early < deadline {
				cause := s.Task.Park(early)
				srv.Disarm()
				if cause == sched.Canceled {
					fail(s, 503, killedBy(s), 'H')
					return headFailed
				}
				return headOK
			}
		} else {
			cli.ArmEnd(s.Task)
		}
	}
	cause := s.Task.Park(deadline)
	srv.Disarm()
	cli.Disarm()
	switch cause {
	case sched.Timeout:
		if uploading && !up.holds() {
			countAbort(s)
			fail(s, 400, 'c', 'H')
			return headFailed
		}
		s.Flags |= lb.ResetServer
		return badHead(s, health.ReadTimeout, "response-timeout", 504, 's')
	case sched.Canceled:
		fail(s, 503, killedBy(s), 'H')
		return headFailed
	}
	return headOK
}

// watchAfter is how long (ns) a server may take before the client's end is
// watched for.
const watchAfter = 20e6

// clientGaveUp ends a request that its client has given up while a server works
// at it.
func clientGaveUp(s *lb.Stream) headResult {
	countAbort(s)
	fail(s, 400, 'C', 'H')
	if s.Session.Conn.Failed() {
		s.Term[1] = 'D'
	}
	s.Flags |= lb.CloseClient
	return headFailed
}

func countAbort(s *lb.Stream) {
	s.Server.State.CliAborts.Add(1)
	s.Back.Back.CliAborts.Add(1)
	s.Front.Front.CliAborts.Add(1)
}

// serverLeft is the server's end before a complete head of which n bytes came.
func serverLeft(s *lb.Stream, n int) headResult {
	if n == 0 && s.Flags&lb.Reused != 0 && replayable(s) {
		return headEmpty
	}
	if n > 0 {
		return badHead(s, health.BadHeaders, "junk-response", 502, 'P') // a head that is cut short is a wrong one
	}
	return badHead(s, health.ReadError, "empty-response", 502, 'S')
}

// badHead is a server that does not answer, or not with a response.
func badHead(s *lb.Stream, what health.Seen, failure string, status int, cause byte) headResult {
	queue.Release(s) // what follows counts who is still there
	health.Observe(s.Server, what)
	fail(s, status, cause, 'H')
	if mayRepeat(s, failure) {
		return headRepeat
	}
	countFailedResponse(s)
	return headFailed
}

// uploadFailed is the client's end, or the server's refusal, within the
// request's body. A server that stops reading may have answered before.
func uploadFailed(s *lb.Stream, up *flow) headResult {
	if up.dstFailed {
		if n, st := s.SrvConn.Conn.Read(s.Task, s.Thread.Scratch, s.Thread.Now()+int64(1e9)); st == sched.OK {
			s.Flags |= lb.CloseServer | lb.CloseClient
			if r, done := parseHead(s, s.Thread.Scratch[:n]); done {
				if r == headOK {
					s.SetTerm('S', 'D')
				}
				return r
			}
		}
		if mayRepeat(s, "empty-response") {
			fail(s, 502, 'S', 'D')
			return headRepeat
		}
		countFailedResponse(s)
		fail(s, 502, 'S', 'D')
		return headFailed
	}
	s.Flags |= lb.CloseClient | lb.ResetServer
	if up.bad != h1.OK {
		failedRequest(s)
		fail(s, 400, 'P', 'H') // the head of a response was waited for
		return headFailed
	}
	countAbort(s)
	fail(s, 400, 'C', 'H')
	s.Status, s.Reply = 400, nil // logged, but nobody listens
	return headFailed
}

// parseHead parses a response head out of buf, the front of the loop's scratch.
// done is false while more is needed. The interim responses before it are
// gathered and go out in one write, so that a server's flood of them costs what
// its bytes cost; those directly before junk are dropped with it.
func parseHead(s *lb.Stream, buf []byte) (r headResult, done bool) {
	tune := &s.Gen.Conf.Global.Tune
	lim := h1.Limits{MaxFields: tune.MaxHdr, MaxHead: h1.MaxHead(tune.BufSize), MaxWeight: h1.MaxWeight(tune.BufSize, tune.MaxRewrite), AcceptUnsafeResponse: s.Back.Options&conf.OptUnsafeResponse != 0}
	kind := h1.Kind(s.Req.Bytes(s.Req.Method))
	interims := s.Thread.Out[:0]
	for at := 0; ; {
		rest := buf[at:]
		n, e := h1.ParseResponse(&s.Res, rest, 0, kind, &lim)
		if e != h1.OK || n == 0 && len(rest) >= lim.MaxHead {
			keepBad(s, s.Back, true, rest[:min(len(rest), tune.BufSize)], n, e.String())
			return badHead(s, health.BadHeaders, "junk-response", 502, 'P'), true
		}
		if n == 0 {
			s.Buf = append(s.Buf[:0], rest...)
			if !sendInterims(s, interims) {
				return headFailed, true
			}
			return headOK, false
		}
		if v := s.Res.Violation; v != 0 {
			keepBad(s, s.Back, true, rest[:min(len(rest), tune.BufSize)], int(v)-1, accepted)
		}
		if s.Res.Status == 101 && !upgradeAsked(s) {
			countInterim(s)
			s.Flags |= lb.ResetServer
			return badHead(s, health.BadHeaders, "junk-response", 502, 'P'), true
		}
		if s.Res.Framing == htx.Chunked {
			// A body that is wrong from its first bytes on is no response at all.
			if where, e := h1.CheckChunks(rest[n:]); e != h1.OK {
				keepBad(s, s.Back, true, rest, n+where, e.String())
				return badHead(s, health.BadHeaders, "junk-response", 502, 'P'), true
			}
		}
		at += n
		if s.Res.Status >= 200 || s.Res.Status == 101 {
			s.ResRest, s.ResEnd = at, len(buf)
			s.ResHeadDone = s.Thread.Now()
			s.FromServer += int64(n)
			if len(interims) == 0 {
				return headOK, true
			}
			s.Buf = append(s.Buf[:0], buf[at:]...)
			if !sendInterims(s, interims) {
				return headFailed, true
			}
			s.ResRest, s.ResEnd = 0, copy(s.Thread.Scratch, s.Buf)
			return headOK, true
		}
		countInterim(s)
		if s.Res.Flags&htx.ConnClose != 0 {
			s.Flags |= lb.CloseServer
		}
		interims = appendInterim(s, interims)
	}
}

// countInterim counts a 1xx response, which is one of the server's, but not of the
// proxies', in HAProxy 3.4.
func countInterim(s *lb.Stream) {
	c := &s.Server.State.Counters
	c.HTTPReq.Add(1)
	c.Responses[1].Add(1)
}

// upgradeAsked says whether a 101 answers what was asked for. One that agrees to
// websocket proves it with a Sec-WebSocket-Accept (RFC 6455 4.1).
func upgradeAsked(s *lb.Stream) bool {
	return s.Req.Flags&htx.ConnUpgrade != 0 &&
		(s.Res.Flags&htx.Websocket == 0 || s.Res.Next(0, htx.Other, "sec-websocket-accept") >= 0)
}

// appendInterim adds the 1xx response in s.Res to what the client gets.
// HTTP/1.0 clients do not get them (RFC 9110 15.2).
func appendInterim(s *lb.Stream, out []byte) []byte {
	if s.Req.Minor == 0 {
		return out
	}
	h1.StripHop(&s.Res)
	return append(h1.AppendResponse(out, &s.Res), "\r\n"...)
}

// sendInterims passes 1xx responses on. It may wait: the loop's scratch is
// another's afterwards.
func sendInterims(s *lb.Stream, out []byte) bool {
	if len(out) == 0 {
		return true
	}
	if cap(out) <= sched.ScratchSize {
		s.Thread.Out = out[:0]
	}
	if _, st := s.Session.Conn.Write(s.Task, out, s.Timeouts.Client); st != sched.OK {
		fail(s, 502, 'C', 'H')
		return false
	}
	return true
}
