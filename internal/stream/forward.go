package stream

import (
	"segue/internal/conf"
	"segue/internal/health"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/pool"
	"segue/internal/queue"
	"segue/internal/sched"
	"segue/internal/wire/h1"
)

// forward gets the request to a server and the response's head into s.Res. It
// tries at most 1 + retries times. It returns false when s.Reply is to be sent.
func forward(s *lb.Stream, up *flow) bool {
	for {
		if !pick(s) || redirected(s) {
			return false
		}
		ok, again := attempt(s, up)
		if ok {
			return true
		}
		release(s)
		if !again || !retry(s) {
			return false
		}
	}
}

// attempt connects, sends and waits for the response's head. again says that
// the request may be tried once more.
func attempt(s *lb.Stream, up *flow) (ok, again bool) {
	if !connect(s) {
		return false, true
	}
	if s.Front.Log.Stepwise {
		logStep(s, conf.LogConnect)
	}
	switch send(s) {
	case sendFailed:
		if resend(s) || mayRepeat(s, "empty-response") {
			return false, true
		}
		hush(s)
		return false, false
	case sendAborted:
		return false, false
	}
	switch receiveHead(s, up) {
	case headOK:
		if s.Back.RetryOn && repeatsStatus(s) {
			s.Flags |= lb.ResetServer
			return false, true
		}
		return true, false
	case headRepeat:
		return false, true
	case headEmpty:
		if resend(s) {
			return false, true
		}
		fail(s, 502, 'S', 'H')
		hush(s)
	}
	return false, false
}

// resend says whether the request goes out again, on a new connection: its server
// closed a kept one in the moment in which it was reused, which is no failure of
// the request. RFC 9110 9.2.2 allows that for idempotent methods only.
func resend(s *lb.Stream) bool {
	if s.Flags&lb.Reused == 0 || !idempotent(s) || !replayable(s) {
		return false
	}
	s.Flags |= lb.NoRetry
	return true
}

// hush takes the answer from a request that failed on a kept connection and that
// nothing allows to send again: the client's connection is closed, so that whoever
// knows what the request means may repeat it.
func hush(s *lb.Stream) {
	if s.Flags&lb.Reused != 0 {
		s.Reply = nil
		s.Flags |= lb.CloseClient
	}
}

// idempotent says whether doing the request twice is the same as once. RFC 9110
// 9.2.2.
func idempotent(s *lb.Stream) bool {
	switch string(s.Req.Bytes(s.Req.Method)) {
	case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE":
		return true
	}
	return false
}

// pick chooses a server and holds a slot of it.
func pick(s *lb.Stream) bool {
	srv := acquire(s)
	s.Session.Conn.Disarm()
	if srv == nil {
		return false
	}
	if s.Queued < 0 {
		s.Queued = s.Thread.Now()
	}
	take(s, srv)
	return true
}

// take makes srv the stream's server.
func take(s *lb.Stream, srv *lb.Server) {
	s.Server = srv
	c := &srv.State.Counters
	c.Enter()
	c.CumSess.Add(1)
	countRate(&c.SessRate, &c.SessRateMax, s)
	seen(c, s)
	seen(&s.Back.Back.Counters, s)
	s.Flags |= lb.SrvCounted
	if s.Back.Balancer != nil {
		s.Back.Balancer.Taken(srv)
	}
}

// seen dates the last session. All threads share the number, which changes once
// a second.
func seen(c *lb.Counters, s *lb.Stream) {
	if now := s.Thread.WallNow() / 1e9; c.LastSession.Load() != now {
		c.LastSession.Store(now)
	}
}

// release gives the slot and the connection back.
func release(s *lb.Stream) {
	if sc := s.SrvConn; sc != nil {
		s.Remember()
		s.SrvConn = nil
		if s.Flags&lb.ResetServer != 0 || killed(s) {
			s.Flags &^= lb.ResetServer
			sc.Conn.Reset() // what it sends or does for us has no reader any more
		}
		pool.Close(sc)
	}
	countExchanged(s)
	if s.Flags&lb.SrvCounted != 0 {
		s.Flags &^= lb.SrvCounted
		s.Server.State.Cur.Add(-1)
	}
	queue.Release(s)
}

// connect reuses an idle connection or opens one.
func connect(s *lb.Stream) bool {
	srv := s.Server
	s.Flags &^= lb.Reused
	s.Connected = -1
	hash := connHash(s, srv)
	if choice, ok := mayReuse(s); ok && s.Flags&lb.NoRetry == 0 {
		sc, ok := reuse(s, srv, hash, choice)
		if !ok {
			return fail(s, 503, killedBy(s), 'C')
		}
		if sc != nil {
			s.SrvConn = sc
			s.Flags |= lb.Reused
			srv.State.Reused.Add(1)
			s.Back.Back.Reused.Add(1)
			s.Connected = s.Thread.Now()
			return true
		}
	}
	return dial(s, srv, hash)
}

// mayReuse says whether idle connections may be taken, and which. A client can
// repeat any request but its first, should the connection turn out to be closed:
// the first gets proven ones. Manual 4.2 "http-reuse".
func mayReuse(s *lb.Stream) (c pool.Choice, ok bool) {
	switch {
	case s.Flags&lb.IsTCP != 0:
		return c, false
	case s.Session.Requests > 1 || s.Back.Reuse == lb.ReuseNever: // never: only the session's own
		return pool.YoungFirst, true
	case s.Back.Reuse == lb.ReuseAlways:
		return pool.ProvenFirst, true
	}
	return pool.ProvenOnly, s.Back.Reuse == lb.ReuseAggressive
}

// reuse takes one of the session's own connections, an idle one of the thread,
// or one of another thread. ok is false when the task was canceled.
func reuse(s *lb.Stream, srv *lb.Server, hash uint64, c pool.Choice) (sc *lb.ServerConn, ok bool) {
	if sc := pool.Own(s.Session, srv, hash); sc != nil {
		return sc, true
	}
	if s.Back.Reuse == lb.ReuseNever {
		return nil, true
	}
	if sc := pool.Get(s.Thread, srv, hash, c); sc != nil {
		return sc, true
	}
	return pool.Steal(s.Task, s.Thread, srv, hash, c)
}

// dial opens a connection; on failure the cause is in the termination state.
func dial(s *lb.Stream, srv *lb.Server, hash uint64) bool {
	target, ok := targetOf(s, srv)
	if !ok {
		return fail(s, 503, 'S', 'C')
	}
	sc := pool.New(s.Thread, srv)
	sc.Hash = hash
	if srv.Conf.StrictMaxConn && !pool.Book(s.Task, s.Thread, srv, sc) {
		pool.Free(sc)
		return fail(s, 503, 'S', 'C') // another attempt may find room
	}
	watch(s, &target)
	if s.Front.Log.Server {
		s.Past = lb.PastConn{Tried: true}
		target.Local = &s.BackSrc // logged even if nobody answers there
	}
	var deadline int64
	if t := s.Timeouts.Connect; t != 0 {
		deadline = s.Thread.Now() + t
	}
	c := &srv.State.Counters
	c.Connects.Add(1)
	s.Back.Back.Connects.Add(1)
	switch through(s, srv, sc, &target, deadline) {
	case pool.None:
		pool.Opened(sc)
		s.SrvConn = sc
		s.Connected = s.Thread.Now()
		health.Observe(srv, health.Connected)
		return true
	case pool.TimedOut:
		health.Observe(srv, health.ConnectFailed)
		fail(s, 503, 's', 'C')
	case pool.Left:
		leftConnecting(s)
	case pool.Refused:
		health.Observe(srv, health.ConnectFailed)
		fail(s, 503, 'S', 'C')
	case pool.Resources:
		fail(s, 503, 'R', 'C')
	case pool.NoSource:
		if target.Ports == nil {
			logNoSource(s)
		}
		fail(s, 503, 'S', 'C')
		s.Flags |= lb.NoPause
	case pool.Stopped:
		fail(s, 503, killedBy(s), 'C')
	}
	pool.Free(sc)
	return false
}

// through connects, by way of the server's SOCKS4 proxy if it has one.
func through(s *lb.Stream, srv *lb.Server, sc *lb.ServerConn, to *pool.Target, deadline int64) pool.Failure {
	dest := to.Addr
	if srv.Socks != nil {
		if !dest.Addr().Unmap().Is4() {
			return pool.Refused // the protocol has no room for anything else
		}
		to.Addr = *srv.Socks
	}
	f := pool.Dial(s.Task, s.Thread, &sc.Conn, to, deadline)
	if f != pool.None {
		return f
	}
	if to.Port != 0 {
		sc.Ports, sc.Port = to.Ports, to.Port
	}
	if srv.Socks != nil {
		if f = pool.AskSocks(s.Task, &sc.Conn, dest, deadline); f != pool.None {
			sc.FreePort()
		}
	}
	return f
}

// fail prepares the answer of a failed attempt; a later attempt may succeed and
// clear it.
func fail(s *lb.Stream, status int, cause, state byte) bool {
	s.Term[0], s.Term[1] = cause, state
	s.Reply = errorReply(s, status)
	return false
}

// retry decides whether another attempt is made, and waits before one to the
// same server. Manual 4.2 "retries", "option redispatch".
func retry(s *lb.Stream) bool {
	if s.Flags&lb.Reused != 0 {
		// not the server's failure: at once, and not counted
		s.Flags &^= lb.Reused
		clearFailure(s)
		return true
	}
	repeat := s.Flags&lb.Repeat != 0
	s.Flags &^= lb.Repeat
	max := maxRetries(s)
	if s.Term[0] == 'C' || killed(s) {
		return false
	}
	if s.Retries >= max || s.Term[0] == 'R' || !repeat && !retriesOn(s, "conn-failure") {
		s.Server.State.FailedConn.Add(1)
		s.Back.Back.FailedConn.Add(1)
		return false
	}
	s.Retries++
	if s.Flags&lb.ForcePersist == 0 && redispatch(s, max) {
		s.Avoid = s.Server
		if s.Flags&lb.Direct != 0 && s.Term[2] == 'V' {
			s.Term[2] = 'D' // manual 8.5: the cookie's server was down
		}
		unpin(s)
		s.Queued = -1 // the wait for another server counts
		s.Redispatched = true
		s.Server.State.Redispatches.Add(1)
		s.Back.Back.Redispatches.Add(1)
		clearFailure(s)
		return true
	}
	s.Server.State.Retries.Add(1)
	s.Back.Back.Retries.Add(1)
	s.Pinned = s.Server
	if s.Flags&lb.NoPause != 0 {
		s.Flags &^= lb.NoPause
		clearFailure(s)
		return true
	}
	pause := int64(1e9)
	if t := s.Timeouts.Connect; t != 0 && t < pause {
		pause = t
	}
	if s.Term[0] != 's' && !repeat && !rest(s, pause) { // a timeout was the pause
		return false
	}
	clearFailure(s)
	return true
}

// rest is the pause before another attempt. It ends when the client leaves.
// Manual 4.2 "option abortonclose".
func rest(s *lb.Stream, pause int64) bool {
	cli, until := &s.Session.Conn, s.Thread.Now()+pause
	late := bodyDeadline(s)
	if late != 0 {
		until = min(until, late)
	}
	for s.Thread.Now() < until {
		if givesUp(s) {
			return leftResting(s)
		}
		cli.ArmEnd(s.Task)
		cause := s.Task.Park(until)
		cli.Disarm()
		if cause == sched.Canceled {
			return false
		}
	}
	return late == 0 || s.Thread.Now() < late || !silentBody(s)
}

// bodyDeadline is when a client that owes a part of its body has been silent for
// too long, 0 if it never is. Manual 4.2 "timeout client".
func bodyDeadline(s *lb.Stream) int64 {
	if s.Timeouts.Client == 0 || s.Flags&lb.IsTCP != 0 || s.ReqBody.Done() || s.Session.Conn.Buffered() > 0 {
		return 0
	}
	return s.HeadDone + s.Timeouts.Client
}

// silentBody refuses a client that has sent nothing of its body while the server
// was waited for. It gets 400, of which the log knows nothing, as in HAProxy 3.4.
func silentBody(s *lb.Stream) bool {
	if s.Session.Conn.Buffered() > 0 {
		return false
	}
	s.Term[0], s.Term[1] = 'c', 'C'
	s.Server.State.CliAborts.Add(1)
	s.Back.Back.CliAborts.Add(1)
	s.ReplyDyn = *errorReply(s, 400)
	s.ReplyDyn.Logged = -1
	s.Reply = &s.ReplyDyn
	s.Flags |= lb.CloseClient
	return true
}

func clearFailure(s *lb.Stream) {
	s.Term[0], s.Term[1] = '-', '-'
	s.Reply = nil
}

// replayable says whether the request can be sent again: all of its body that
// has been sent is still here.
func replayable(s *lb.Stream) bool { return s.ReqBytes == int64(len(s.Pending)) }

type sent uint8

const (
	sendOK sent = iota
	sendFailed
	sendAborted
)

// send writes the request's head with the body bytes that are here.
func send(s *lb.Stream) sent {
	th := s.Thread
	nameServer(s)
	out := th.Out[:0]
	if s.Flags&lb.Reused == 0 {
		out = appendProxy(out, s)
	}
	out = h1.AppendRequestCase(out, &s.Req, caseMap(s, conf.OptCaseAdjustServer))
	out = serverConnection(out, s)
	out = append(out, "\r\n"...)
	out = append(out, s.Pending...)
	th.Out = out[:0]
	_, st := s.SrvConn.Conn.Write(s.Task, out, s.Timeouts.Server)
	switch st {
	case sched.OK:
		s.ToServer += int64(len(out))
		return sendOK
	case sched.TimedOut:
		fail(s, 504, 's', 'H')
		return sendAborted
	case sched.Stopped:
		fail(s, 503, killedBy(s), 'H')
		return sendAborted
	}
	fail(s, 502, 'S', 'H')
	return sendFailed
}

// serverConnection tells the server what becomes of its connection. A server of
// HTTP/1.0 closes unless it is told otherwise. Manual 4.2 "option
// http-pretend-keepalive".
func serverConnection(out []byte, s *lb.Stream) []byte {
	old := s.Req.Minor == 0
	if old && s.Req.Framing == htx.Chunked {
		s.Flags |= lb.CloseServer // RFC 9112 6.1: the coding may be misunderstood
		return out
	}
	pretend := s.Option(conf.OptPretendKeepalive)
	ruled := s.Req.Flags&htx.RuleClose != 0
	closes := closeServer(s) || ruled
	if closes {
		s.Flags |= lb.CloseServer
	}
	switch {
	case s.Req.Flags&htx.ConnUpgrade != 0 && !ruled:
		return out // its own Connection field says the rest
	case closes && !pretend && !old:
		return append(out, "Connection: close\r\n"...)
	case old && (!closes || pretend):
		return append(out, "Connection: keep-alive\r\n"...)
	}
	return out
}

// closeServer says whether the connection ends with the response. A frontend's
// httpclose is about its clients only. Manual 4.2 "option httpclose", "option
// http-server-close".
func closeServer(s *lb.Stream) bool {
	return s.Back.Conf.ConnMode != conf.KeepAlive || s.Front.Conf.ConnMode == conf.ServerClose
}
