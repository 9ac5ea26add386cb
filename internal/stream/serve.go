package stream

import (
	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/wire/h1"
)

// Serve answers the request whose head is in s.Req. It reports whether the
// client's connection may carry another request.
func Serve(s *lb.Stream) (keep bool) {
	defer finish(s)
	begin(s)
	up := flow{src: &s.Session.Conn, body: &s.ReqBody, s: s, up: true}
	defer up.free()
	if !request(s) {
		if s.Front.CookieLog != nil && s.Term[0] == 'P' && s.Reply != nil {
			logCookie(s, 0) // of what is denied, but not of what is answered or dropped
		}
		return answer(s)
	}
	up.splices = splicing(s, true)
	if !forward(s, &up) {
		return answer(s)
	}
	return respond(s, &up)
}

// begin counts the request and does what comes before all rules.
func begin(s *lb.Stream) {
	ss := s.Session
	number(s)
	ss.Requests++
	s.Method0, s.Target0 = s.Req.Method, s.Req.Target // logs show what came
	s.Final = true
	if !s.ReqBody.Done() {
		ss.Conn.Acknowledge() // clients are known to send a head and a small body apart
	}
	stripClose(&s.Req)
	if s.Front.Log.Early {
		logEarly(s)
	}
	if s.Front.Log.Stepwise {
		logReceived(s)
	}
	if string(s.Req.Bytes(s.Req.Method)) == "HEAD" {
		s.Flags |= lb.HeadRequest
	}
	if s.Req.Flags&htx.ConnClose != 0 || s.Front.Conf.ConnMode == conf.HTTPClose {
		s.Flags |= lb.CloseClient
	}
}

// stripClose hides from rules what they have no business with. The flags say
// whether there is any: most heads have none of it.
func stripClose(h *htx.Head) {
	if h.Flags&(htx.ConnClose|htx.ConnKeepAlive|htx.VainUpgrade) != 0 {
		h1.StripClose(h)
	}
}

// countRequest counts a request, or what came in place of one.
func countRequest(s *lb.Stream) {
	c := &s.Front.Front.Counters
	c.HTTPReq.Add(1)
	countRate(&c.ReqRate, &c.ReqRateMax, s)
}

// request runs the rules and chooses the backend. It returns false when s.Reply
// is to be sent, or nothing at all.
func request(s *lb.Stream) bool {
	px := s.Front
	if s.Session.Flags&lb.Inspected != 0 {
		s.Session.Flags &^= lb.Inspected
	} else if !contentRules(s, px) {
		return false
	}
	countRequest(s) // what content rules refuse never was one
	if px.ReqWant != 0 && !beforeRules(s, px) {
		return false
	}
	if !runRules(s, px, conf.HTTPReq) || !runRules(s, px, conf.Redirect) ||
		px.Conf.RestrictNames != "" && !restrictNames(s, px) {
		return false
	}
	if intercepted(s, px) || s.Back == nil && !chooseBackend(s) {
		return false
	}
	if s.Back != px {
		if !contentRules(s, s.Back) || s.Back.ReqWant&^lb.WantCaptures != 0 && !beforeRules(s, s.Back) {
			return false
		}
		if !runRules(s, s.Back, conf.HTTPReq) || !runRules(s, s.Back, conf.Redirect) || intercepted(s, s.Back) ||
			s.Back.Conf.RestrictNames != "" && !restrictNames(s, s.Back) {
			return false
		}
	}
	if px.CookieLog != nil {
		logCookie(s, 0) // before its cookie of persistence is taken out
	}
	assign(s)
	h1.StripHop(&s.Req)
	if s.Back.Options&conf.OptHTTPDropReqTrailers != 0 {
		dropTrailers(s)
	}
	addAddrHeaders(s)
	return true
}

// intercepted says that the proxy answers itself: its statistics page, or
// everything in mode haterm, which is a mode of frontends: as a backend such a
// proxy has no server.
func intercepted(s *lb.Stream, px *lb.Proxy) bool {
	if px.ReqWant&lb.WantStats != 0 {
		if i, ok := px.Extra[lb.StatsPage].(lb.Interceptor); ok && i.Intercept(s) {
			return true
		}
	}
	if px.Origin != nil && px == s.Front {
		s.Service = px.Origin
		return true
	}
	return false
}

// refuse makes status the answer.
func refuse(s *lb.Stream, status int, cause, state byte) bool {
	s.SetTerm(cause, state)
	s.Reply = errorReply(s, status)
	return false
}

// runRules runs one rule set. It returns false when the request must not go on.
func runRules(s *lb.Stream, px *lb.Proxy, set conf.RuleSet) bool {
	rules := px.Rules.Of(set)
	for i := range rules {
		r := &rules[i]
		if !r.Holds(s) {
			continue
		}
		switch r.Action.Exec(s) {
		case lb.Continue, lb.More:
		case lb.Stop:
			final(s, r)
			return true
		default:
			final(s, r)
			s.SetTerm('P', stateOf(set))
			return false
		}
	}
	return true
}

// final remembers the rule that ended a rule set. Manual 7.3.2 "last_rule_file",
// "last_rule_line".
func final(s *lb.Stream, r *lb.Rule) { s.RuleFile, s.RuleLine = r.File, r.Line }

// stateOf is the second letter of the termination state for a rule set.
func stateOf(set conf.RuleSet) byte {
	if set == conf.HTTPRes || set == conf.TCPResCont {
		return 'H'
	}
	return 'R'
}

// chooseBackend applies use_backend and default_backend. Manual 4.2.
func chooseBackend(s *lb.Stream) bool {
	px := s.Front
	for i := range px.Switches {
		sw := &px.Switches[i]
		if sw.Cond != nil && sw.Cond.Eval(s) == sw.Unless {
			continue
		}
		b := sw.Back
		if b == nil {
			name := sw.Name.AppendTo(s.Thread.Line[:0], s)
			if b = px.Gen.Backs[string(name)]; b == nil {
				break // an unknown name falls back to the default
			}
		}
		if !eligible(s, b) {
			continue
		}
		s.Back = b
		return enterBackend(s) && speaksHTTP(s)
	}
	s.Back = px.DefaultBackend
	if s.Back != nil && !eligible(s, s.Back) {
		s.Back = nil
	}
	if s.Back == nil && px.Back != nil {
		s.Back = px
	}
	if s.Back == nil {
		s.HeadDone = -1
		return refuse(s, 503, 'S', 'C')
	}
	return enterBackend(s) && speaksHTTP(s)
}

// speaksHTTP says whether the backend can take the stream. A connection of a TCP
// frontend that goes on as HTTP may still be sent to a backend of mode tcp: it
// is closed without an answer, as HAProxy does. Manual 4 "Proxies".
func speaksHTTP(s *lb.Stream) bool {
	if s.Flags&lb.IsTCP != 0 || s.Back.Mode != conf.TCP {
		return true
	}
	s.SetTerm('I', 'R')
	s.HeadDone = -1
	s.Flags |= lb.CloseClient
	return false
}

// eligible says whether content switching may choose b: not while it is disabled
// or not published, unless "force-be-switch" says so. Manual 4.2.
func eligible(s *lb.Stream, b *lb.Proxy) bool {
	if !b.Conf.Disabled && !b.Back.Unpub.Load() {
		return true
	}
	rules := s.Front.Rules.Of(conf.ForceBESwitch)
	for i := range rules {
		if rules[i].Holds(s) {
			return true
		}
	}
	return false
}

// enterBackend counts the stream on its backend and takes its timeouts.
func enterBackend(s *lb.Stream) bool {
	c := &s.Back.Back.Counters
	c.Enter()
	c.CumSess.Add(1)
	c.CumConn.Add(1)
	c.HTTPReq.Add(1)
	countRate(&c.SessRate, &c.SessRateMax, s)
	s.Flags |= lb.BackCounted
	if p := s.Back.Persist; p != nil {
		p.Conditions(s)
	}
	t, b := &s.Timeouts, &s.Back.Timeouts
	t.Server, t.Connect, t.Queue, t.ServerFin = b.Server, b.Connect, b.Queue, b.ServerFin
	if b.Tunnel != 0 {
		t.Tunnel = b.Tunnel
	}
	if s.Back != s.Front {
		t.Tarpit = b.Tarpit // without one it is the backend's timeout connect
	}
	return true
}

// Drop gives back what a stream holds whose job has panicked. Serve has logged
// it already.
func Drop(s *lb.Stream) {
	release(s)
	Free(s)
}
