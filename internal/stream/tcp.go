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
		case s.Flags&lb.ToHTTP == 0 && s.Back.Mode != conf.HTTP && s.Back.Mode != conf.Haterm:
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
