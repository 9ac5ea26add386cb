package stream

import (
	"segue/internal/conf"
	"segue/internal/health"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/pool"
	"segue/internal/sched"
	"segue/internal/wire/h1"
)

// respond sends the server's response, whose head is in s.Res. It reports
// whether the client's connection may carry another request.
func respond(s *lb.Stream, up *flow) bool {
	rest := s.Thread.Scratch[s.ResRest:s.ResEnd]
	if !hasResponseRules(s) {
		answered(s)
	} else {
		// Rules may wait: the bytes behind the head leave the scratch.
		s.Buf = append(s.Buf[:0], rest...)
		if !responseRules(s) {
			dismiss(s, up)
			return answer(s)
		}
		rest = s.Buf // rules may have waited for more
	}
	uploading := !s.ReqBody.Done() || up.holds()
	s.Status = int(s.Res.Status)
	if s.Res.Framing == htx.Tunnel {
		if s.Front.Log.Stepwise {
			logStep(s, conf.LogResponse)
		}
		return tunnel(s, rest)
	}
	down := flow{src: &s.SrvConn.Conn, dst: &s.Session.Conn, body: &s.ResBody, s: s}
	closes := s.Flags & lb.CloseClient
	frame(s, &down)
	down.splices = splicing(s, false)
	defer down.free()
	first, ok := firstBytes(s, &down, rest)
	if !ok {
		s.Flags = s.Flags&^lb.CloseClient | closes // frame spoke of the server's response
		return answer(s)
	}
	if !down.finished && len(rest) == 0 {
		s.SrvConn.Conn.Acknowledge() // servers are known to send a head and its body apart
	}
	n, st := down.send(first)
	down.moved = int64(n)
	if s.Front.Log.Stepwise {
		s.BytesOut += down.moved // the line says what has been sent
		logStep(s, conf.LogResponse)
		s.BytesOut -= down.moved
	}
	switch {
	case st == sched.Broken:
		down.dstFailed = true
		return cut(s, &down)
	case n < len(first):
		down.keep(first[n:])
	}
	if down.ended() && !uploading {
		s.BytesOut += down.moved
		return settle(s)
	}
	return exchange(s, up, &down)
}

// dismiss lets go of a response that rules have replaced. If all of it is here
// its connection can serve others.
func dismiss(s *lb.Stream, up *flow) {
	var body h1.Body
	body.Start(s.Res.Framing, s.Res.ContentLength)
	_, used, _, e := body.Decode(s.Thread.Scratch[:copy(s.Thread.Scratch, s.Buf)])
	sc := s.SrvConn
	if e == h1.OK && body.Done() && used == len(s.Buf) && s.ReqBody.Done() && !up.holds() && s.Res.Flags&htx.ConnClose == 0 &&
		s.Flags&(lb.CloseServer|lb.ResetServer) == 0 && !killed(s) {
		s.Remember()
		s.SrvConn = nil
		keepServerConn(s, sc)
	}
	release(s)
}

// answered counts the server's response as the server's, whatever rules make of
// it.
func answered(s *lb.Stream) {
	s.ServerStatus = s.Res.Status
	health.Observe(s.Server, health.SeenStatus(int(s.Res.Status)))
	c := &s.Server.State.Counters
	c.HTTPReq.Add(1)
	c.Responses[statusClass(int(s.Res.Status))].Add(1)
}

// frame decides how the body travels to the client and whether the connection
// can stay open after it. RFC 9112 6.3.
func frame(s *lb.Stream, down *flow) {
	h := &s.Res
	h1.StripHop(h)
	s.ResBody.Start(h.Framing, h.ContentLength)
	if s.Front.Options&conf.OptHTTPDropResTrailers != 0 {
		s.ResBody.DropTrailers()
	}
	down.finished = s.ResBody.Done()
	if h.Flags&htx.ConnClose != 0 || h.Framing == htx.ToClose {
		s.Flags |= lb.CloseServer
	}
	if h.Flags&htx.RuleClose != 0 {
		s.Flags |= lb.CloseClient
	}
	switch {
	case s.Flags&lb.HeadRequest != 0 && !down.finished:
		down.coding = dropped // rules made another method of HEAD
	case h.Framing == htx.ToClose:
		s.Flags |= lb.CloseClient
	case h.Framing == htx.Chunked && s.Req.Minor == 0:
		down.coding = toPayload
		h.DeleteAll(htx.TransferEncoding, "")
		s.Flags |= lb.CloseClient
	case h.Framing == htx.Chunked && h.Minor == 0:
		// The client may not believe in the coding of an old server: the end of
		// the connection ends the body for it, too (RFC 9112 6.1).
		s.Flags |= lb.CloseClient
	}
	if s.Session.Leaving() {
		s.Flags |= lb.CloseClient
	}
}

// firstBytes assembles the head and the body bytes that came with it, so that a
// small response is one write.
func firstBytes(s *lb.Stream, down *flow, rest []byte) ([]byte, bool) {
	var body []byte
	if len(rest) > 0 && !down.finished {
		if down.feed(rest) != sched.OK {
			countFailedResponse(s)
			s.ResHeadDone = -1
			fail(s, 502, 'P', 'H')
			release(s)
			return nil, false
		}
		body = down.out
		down.out = nil
	} else if len(rest) > 0 {
		s.Flags |= lb.CloseServer
	}
	out := h1.AppendResponseCase(s.Thread.Out[:0], &s.Res, caseMap(s, conf.OptCaseAdjustClient))
	out = appendConnection(out, s)
	out = append(out, "\r\n"...)
	s.ResHeadLen = len(out)
	out = append(out, body...)
	s.Thread.Out = out[:0]
	return out, true
}

// appendConnection tells the client what becomes of the connection, where that
// is not what the versions of both messages mean anyway.
func appendConnection(out []byte, s *lb.Stream) []byte {
	closes := s.Flags&lb.CloseClient != 0
	switch {
	case closes && s.Res.Minor > 0:
		return append(out, "Connection: close\r\n"...)
	case !closes && s.Req.Minor&s.Res.Minor == 0:
		return append(out, "Connection: keep-alive\r\n"...)
	}
	return out
}

// exchange moves the rest of the response, and of a request that its response
// has overtaken.
func exchange(s *lb.Stream, up, down *flow) bool {
	active := s.Thread.Now()
	sides := newApart(s, s.Timeouts.Client, s.Timeouts.Server)
	for {
		moved := up.moved + down.moved
		if !down.ended() && down.step() == flowFailed {
			return cut(s, down)
		}
		if !up.ended() && up.step() == flowFailed && !up.forsake() {
			return cutUpload(s, up, down)
		}
		if down.ended() && up.forsaken() {
			// The rest of the body is read away after the stream's end.
			if s.SrvConn.Conn.Failed() { // by a reset, not an end
				countServerAbort(s)
			}
			s.SetTerm('S', 'L')
			s.BytesOut += down.moved
			return settle(s)
		}
		if down.ended() && up.ended() {
			s.BytesOut += down.moved
			return settle(s)
		}
		if down.ended() && s.Res.Framing == htx.ToClose {
			// Only the end of its connection tells the client that this was all, and
			// nobody is there to take the rest of its request.
			s.SetTerm('S', 'L')
			s.BytesOut += down.moved
			return settle(s)
		}
		still := up.moved+down.moved == moved
		if !still {
			active = s.Thread.Now()
		}
		if armed := down.arm(s.Task); !up.arm(s.Task) || !armed {
			disarm(s)
			s.Task.Yield()
			continue
		}
		if up.ended() && !down.ended() {
			if left(s, still && !down.holds()) {
				down.dstFailed = true
				return cut(s, down)
			}
			if still && s.Res.Framing == htx.ToClose && s.Session.Conn.Ended() && aborts(s) {
				// What ends with its connection still reaches such a client. A server
				// that waits for something to tell would hold both until a timeout.
				s.SrvConn.Conn.Shutdown()
			}
			s.Session.Conn.ArmEnd(s.Task)
		}
		timeout, letter := exchangeTimeout(s, down)
		var deadline int64
		if timeout != 0 {
			deadline = active + timeout
		}
		deadline, letter = sides.deadline(s, !up.finished && !up.holds(), !down.finished && !down.holds(), deadline, letter)
		cause := s.Task.Park(deadline)
		disarm(s)
		switch cause {
		case sched.Timeout:
			s.SetTerm(letter, down.state())
			countTimeout(s, letter)
			return cut(s, down)
		case sched.Canceled:
			s.SetTerm(killedBy(s), down.state())
			return cut(s, down)
		}
	}
}

// left says that nobody is there any more to take the rest of a response. A
// client that has ended its side still gets what is on its way; silent says that
// nothing is.
func left(s *lb.Stream, silent bool) bool {
	cli := &s.Session.Conn
	return cli.Failed() || silent && cli.Ended() && aborts(s) && s.Res.Framing != htx.ToClose
}

// state is the second letter of the termination state within a response.
// Manual 8.5: L once the server has sent all of it.
func (f *flow) state() byte {
	if f.ended() {
		return 'L'
	}
	return 'D'
}

func disarm(s *lb.Stream) {
	s.Session.Conn.Disarm()
	s.SrvConn.Conn.Disarm()
}

// exchangeTimeout is the inactivity limit of the side that is waited for.
func exchangeTimeout(s *lb.Stream, down *flow) (int64, byte) {
	if down.holds() || down.ended() {
		return s.Timeouts.Client, 'c'
	}
	return s.Timeouts.Server, 's'
}

// cutUpload is the client's end within a request whose response has begun.
func cutUpload(s *lb.Stream, up, down *flow) bool {
	if up.bad != h1.OK {
		s.SetTerm('P', down.state())
	} else {
		s.SetTerm('C', down.state())
		countAbort(s)
	}
	return cut(s, down)
}

// cut ends a response within its body: there is nothing to answer any more.
func cut(s *lb.Stream, down *flow) bool {
	s.BytesOut += down.moved
	if down.bad == h1.OK {
		s.Flags |= lb.ResetServer
	}
	switch {
	case down.dstFailed:
		s.SetTerm('C', 'D')
		countAbort(s)
	case down.bad != h1.OK:
		s.SetTerm('P', 'D')
		countFailedResponse(s)
	case s.Term[0] == '-':
		s.SetTerm('S', 'D')
		countServerAbort(s)
	}
	release(s)
	return false
}

// countFailedResponse counts a response that cannot be used. Manual (management)
// 9.1 "eresp".
func countFailedResponse(s *lb.Stream) {
	s.Server.State.FailedResp.Add(1)
	s.Back.Back.FailedResp.Add(1)
}

// countServerAbort counts a response that ended early, which is a failed one,
// too.
func countServerAbort(s *lb.Stream) {
	countFailedResponse(s)
	countSrvAbort(s)
}

func countSrvAbort(s *lb.Stream) {
	s.Server.State.SrvAborts.Add(1)
	s.Back.Back.SrvAborts.Add(1)
	s.Front.Front.SrvAborts.Add(1)
}

// countTimeout counts a side that was silent for too long among its aborts.
func countTimeout(s *lb.Stream, letter byte) {
	if letter == 'c' {
		countAbort(s)
	} else {
		countSrvAbort(s)
	}
}

// settle ends a complete exchange and keeps what can be kept of both sides.
func settle(s *lb.Stream) bool {
	sc := s.SrvConn
	if sc != nil {
		s.Session.Last = sc.Server.State
	}
	switch {
	case sc == nil:
	case s.Flags&lb.CloseServer == 0:
		s.Remember()
		s.SrvConn = nil
		keepServerConn(s, sc)
	case !sc.Conn.Ended():
		// Nothing is on its way in either direction. Whoever ends such a connection
		// first keeps its port in TIME-WAIT, and this side has one
		// for each connection to the server; a reset leaves none behind.
		s.Flags |= lb.ResetServer
	}
	release(s)
	return s.Flags&lb.CloseClient == 0
}

// keepServerConn leaves the connection to the pool, or to the session where it
// may serve nobody else.
func keepServerConn(s *lb.Stream, sc *lb.ServerConn) {
	if s.Back.Reuse == lb.ReuseNever || s.Res.Flags&htx.NTLM != 0 || sc.Private {
		if s.Flags&lb.CloseClient != 0 {
			pool.Close(sc)
			return
		}
		pool.Reserve(s.Session, sc)
		return
	}
	pool.Put(sc, int64(s.Server.Conf.PoolPurge))
}
