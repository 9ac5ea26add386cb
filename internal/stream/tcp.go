package stream

import (
	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
)

// ServeTCP is the life of a TCP flow. It returns true when the backend turned
// out to speak HTTP: then nothing is counted or logged, and what was received
// waits in the session's Partial for the streams of its requests.
func ServeTCP(s *lb.Stream) (upgrade bool) {
	s.Flags |= lb.IsTCP | lb.CloseClient
	s.HeadDone = s.Start
	s.Session.Requests++
	number(s)
	// What came in one packet with a PROXY header is the flow's beginning.
	s.Input, s.Session.Partial = s.Session.Partial, nil
	if s.Front.Log.Early {
		logEarly(s)
	}
	if s.Front.Log.Stepwise {
		logStep(s, conf.LogAccept)
	}
	ok := inspect(s, s.Front)
	s.Final = true // what chooses a backend takes the bytes as they are
	if ok && (s.Flags&lb.ToHTTP != 0 || s.Back != nil || chooseBackend(s)) {
		switch {
		case s.Flags&lb.ToHTTP == 0 && s.Back.Mode != conf.HTTP:
			serveFlow(s)
		case s.Bind.Conf.Proto == "none":
			s.SetTerm('P', 'R') // the listener is for TCP only. Manual 5.1 "proto"
		default:
			toHTTP(s)
			return true
		}
	}
	finish(s)
	return false
}

// toHTTP takes back what was counted for a flow whose requests are counted one
// by one.
func toHTTP(s *lb.Stream) {
	s.Session.Requests--
	s.Session.Flags |= lb.Inspected
	s.Session.Partial = append(s.Session.Partial[:0], s.Input...)
	if s.Back == nil {
		return // a rule decided before there was a backend
	}
	c := &s.Back.Back.Counters
	c.Cur.Add(-1)
	c.CumSess.Add(-1)
	c.CumConn.Add(-1)
	c.HTTPReq.Add(-1)
}

// serveFlow connects the client to a server of the backend.
func serveFlow(s *lb.Stream) {
	if s.Back != s.Front && !inspect(s, s.Back) {
		return
	}
	s.Final = true // what chooses a server takes the bytes as they are
	assign(s)
	for {
		if !pick(s) {
			return
		}
		if connect(s) {
			break
		}
		release(s)
		if !retry(s) {
			return
		}
	}
	s.ResHeadDone = -1
	if s.Front.Log.Stepwise {
		logStep(s, conf.LogConnect)
	}
	out := appendProxy(s.Thread.Out[:0], s)
	out = append(out, s.Input...)
	s.Thread.Out = out[:0]
	if len(out) > 0 {
		if _, st := s.SrvConn.Conn.Write(s.Task, out, s.Timeouts.Server); st != sched.OK {
			s.SetTerm('S', 'D')
			countServerAbort(s)
			return
		}
		s.BytesIn += int64(len(s.Input))
		s.ToServer += int64(len(out))
	}
	relay(s, newGate(s))
	release(s)
}

// inspect runs tcp-request content, waiting for bytes up to inspect-delay as
// long as a rule lacks some. Manual 4.2 "tcp-request inspect-delay".
func inspect(s *lb.Stream, px *lb.Proxy) bool {
	if len(px.Rules.Of(conf.TCPReqCont)) == 0 {
		return true
	}
	delay := int64(px.Conf.InspectDelay)
	deadline := s.Start + delay
	s.Final = delay == 0
	for {
		s.Missing = false
		if ok, done := tryRules(s, px.Rules.Of(conf.TCPReqCont), 'R'); done {
			return ok
		}
		if s.Final {
			return true
		}
		room := inspectRoom(s, s.Input)
		if room <= 0 {
			s.Final = true
			continue
		}
		buf := s.Thread.Scratch[:room]
		n, st := s.Session.Conn.Read(s.Task, buf, deadline)
		switch st {
		case sched.OK:
			s.Input = append(s.Input, buf[:n]...)
		case sched.Stopped:
			return false
		case sched.Broken:
			return inspectedLeft(s)
		default:
			s.Final = true
		}
	}
}

// inspectedLeft is the client's reset while rules wait for its bytes.
func inspectedLeft(s *lb.Stream) bool {
	failedRequest(s)
	if s.Back == nil {
		chooseBackend(s) // where it counts
	}
	if s.Back != nil {
		s.Back.Back.CliAborts.Add(1)
	}
	s.SetTerm('C', 'R')
	return false
}

// inspectRoom is how many more bytes rules can wait for beside those of buf: a
// buffer less what "tune.maxrewrite" keeps free of it.
func inspectRoom(s *lb.Stream, buf []byte) int {
	tune := &s.Gen.Conf.Global.Tune
	return tune.BufSize - tune.MaxRewrite - len(buf)
}

// tryRules runs content rules once; done is false when one lacks bytes. state is
// the second letter of the termination state of a refusal.
func tryRules(s *lb.Stream, rules []lb.Rule, state byte) (ok, done bool) {
	for i := range rules {
		r := &rules[i]
		holds := r.Holds(s)
		if s.Missing && !s.Final {
			return false, false
		}
		if !holds {
			continue
		}
		switch r.Action.Exec(s) {
		case lb.Continue:
		case lb.More:
			if !s.Final {
				return false, false
			}
		case lb.Stop:
			final(s, r)
			return true, true
		default:
			final(s, r)
			s.SetTerm('P', state)
			return false, true
		}
	}
	return true, true
}

// tunnel forwards the response to an accepted upgrade or CONNECT, then relays.
func tunnel(s *lb.Stream, rest []byte) bool {
	s.Flags |= lb.CloseClient | lb.Tunneled
	keep := append([]byte(nil), rest...)
	out := appendSwitch(s)
	out = append(out, keep...)
	n, st := s.Session.Conn.Write(s.Task, out, s.Timeouts.Client)
	s.BytesOut += int64(n)
	s.FromServer += int64(len(keep))
	if st != sched.OK {
		s.SetTerm('C', 'D')
		return false
	}
	if p := s.Session.Partial; len(p) > 0 {
		s.Session.Partial = nil
		s.SrvConn.Conn.Write(s.Task, p, s.Timeouts.Server)
		s.BytesIn += int64(len(p))
		s.ToServer += int64(len(p))
	}
	s.Gen.Tunnels.Add(1)
	relay(s, gate{}) // its rules have seen the head
	s.Gen.Tunnels.Add(-1)
	release(s)
	return false
}

// relay moves bytes both ways until both sides have ended. What the server sends
// first has to pass the gate.
func relay(s *lb.Stream, gate gate) {
	cli, srv := &s.Session.Conn, &s.SrvConn.Conn
	up := flow{s: s, src: cli, dst: srv, coding: plain, up: true}
	down := flow{s: s, src: srv, dst: cli, coding: plain}
	up.splices, down.splices = splicing(s, true), splicing(s, false)
	defer up.free()
	defer down.free()
	upDone, downDone := false, false
	resets := resetsServer(s)
	active := s.Thread.Now()
	t := &s.Timeouts
	sides := newApart(s, first(t.Tunnel, t.Client), first(t.Tunnel, t.Server))
	for {
		moved := up.moved + down.moved
		if !upDone {
			upDone = up.relayStep(!resets || downDone)
		}
		if gate.shut && !gate.step(&down) {
			break
		}
		if !downDone && !gate.shut {
			downDone = down.relayStep(true)
		}
		if up.srcFailed || up.dstFailed || down.srcFailed || down.dstFailed || upDone && (downDone || resets) {
			break
		}
		if up.moved+down.moved != moved {
			active = s.Thread.Now()
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
			deadline = active + timeout
		}
		deadline, letter = sides.deadline(s, !upDone && !up.holds(), !downDone && !down.holds(), deadline, letter)
		until := gate.until(deadline)
		cause := s.Task.Park(until)
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
	endRelay(s, &up, &down)
}

// relayStep is step for a flow without framing: the end of the source becomes
// the end of what the destination receives, if that is told. It returns true once
// that is done.
func (f *flow) relayStep(tell bool) bool {
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
