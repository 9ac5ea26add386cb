package stream

import (
	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/wire/h1"
)

// beforeRules does what a proxy wants of a request before its rules: the
// monitor URI, captures, the unique id, the body.
func beforeRules(s *lb.Stream, px *lb.Proxy) bool {
	want := px.ReqWant
	if want&lb.WantMonitor != 0 && (string(s.Req.PathQuery()) == string(px.MonitorURI) || string(s.Req.Bytes(s.Req.Target)) == string(px.MonitorURI)) {
		return monitor(s, px)
	}
	if want&lb.WantCaptures != 0 && px == s.Front {
		capture(s, px, 0, &s.Req)
	}
	if want&lb.WantBuffer != 0 || want&lb.WantPost != 0 && string(s.Req.Bytes(s.Req.Method)) == "POST" {
		return buffer(s, px)
	}
	return true
}

// monitor answers a probe of the frontend itself. Manual 4.2 "monitor-uri".
func monitor(s *lb.Stream, px *lb.Proxy) bool {
	s.SetTerm('L', 'R')
	s.Flags |= lb.Silent
	status := 200
	rules := px.Rules.Of(conf.Monitor)
	for i := range rules {
		if rules[i].Holds(s) {
			status = 503
		}
	}
	s.Reply = errorReply(s, status)
	return false
}

// capture keeps the header values that the log will show.
func capture(s *lb.Stream, px *lb.Proxy, dir int, h *htx.Head) {
	list := px.Captures[dir]
	openCaptures(s, px)
	for i := range list {
		c := &list[i]
		if c.Name == "" {
			continue
		}
		// Manual 4.2 "capture request header": the last one is kept.
		at := -1
		for k := h.Next(0, c.ID, c.Name); k >= 0; k = h.Next(k+1, c.ID, c.Name) {
			at = k
		}
		if at < 0 {
			continue
		}
		v := h.Value(at)
		s.Captured[dir][i] = append(s.Captured[dir][i][:0], v[:min(len(v), c.Len)]...)
	}
}

// openCaptures gives the stream its slots of both directions.
func openCaptures(s *lb.Stream, px *lb.Proxy) {
	for dir := range s.Captured {
		list := s.Captured[dir]
		for len(list) < len(px.Captures[dir]) {
			if len(list) < cap(list) {
				list = list[:len(list)+1] // with the memory of an earlier stream
			} else {
				list = append(list, nil)
			}
			list[len(list)-1] = list[len(list)-1][:0]
		}
		s.Captured[dir] = list
	}
}

// buffer waits for the request's body, at most a buffer of it. Manual 4.2
// "option http-buffer-request".
func buffer(s *lb.Stream, px *lb.Proxy) bool {
	timeout := px.Timeouts.HTTPRequest
	if timeout == 0 {
		timeout = s.Timeouts.Client
	}
	ok := WaitBody(s, 0, timeout)
	if ok {
		s.HeadDone = s.Thread.Now()
	}
	return ok
}

// WaitBody waits until the whole body is in s.Pending, until it is at least
// atLeast bytes (0 = as much as a buffer holds), or until timeout ns have passed,
// which is answered with a 408.
func WaitBody(s *lb.Stream, atLeast int, timeout int64) bool {
	var deadline int64
	if timeout != 0 {
		deadline = s.Thread.Now() + timeout
	}
	tune := &s.Gen.Conf.Global.Tune
	room := tune.BufSize - tune.MaxRewrite - len(s.Req.Buf)
	if atLeast > 0 {
		room = min(room, atLeast)
	}
	if !s.ReqBody.Done() && s.Req.Flags&htx.Expect100 != 0 {
		if !Continue100(s) {
			return false
		}
	}
	for !s.ReqBody.Done() && len(s.Pending) < room {
		buf := s.Thread.Scratch[:room-len(s.Pending)]
		n, st := s.Session.Conn.Read(s.Task, buf, deadline)
		if st != sched.OK {
			return bodyFailed(s, st)
		}
		out, k, _, e := s.ReqBody.Feed(buf[:n])
		if e != 0 {
			badBody(s, buf[:n], k, e)
			return false
		}
		s.Pending = append(s.Pending, out...)
		s.BytesIn += int64(k)
		s.ReqBytes = int64(len(s.Pending))
		s.Session.Partial = append(s.Session.Partial[:0], buf[k:n]...)
	}
	return true
}

// Continue100 tells a client that waits for it to send its body.
func Continue100(s *lb.Stream) bool {
	h1.DropContinue(&s.Req)
	_, st := s.Session.Conn.Write(s.Task, []byte("HTTP/1.1 100 Continue\r\n\r\n"), s.Timeouts.Client)
	return st == sched.OK
}

func bodyFailed(s *lb.Stream, st sched.Status) bool {
	s.Flags |= lb.CloseClient
	switch st {
	case sched.TimedOut:
		s.HeadDone = -1 // the request was not received: %TR is -1
		failedRequest(s)
		return refuse(s, 408, 'c', 'R')
	case sched.Stopped:
		s.HeadDone = -1
		return false
	}
	s.Front.Front.CliAborts.Add(1)
	s.HeadDone = s.Thread.Now()
	s.SetTerm('C', 'R')
	if s.Back == nil {
		chooseBackend(s) // a client's end is noticed only there
	}
	if s.Back != nil {
		s.Back.Back.CliAborts.Add(1)
	}
	s.Status, s.Reply = 400, nil // logged, but nobody listens
	return false
}

// contentRules runs tcp-request content on a request. The whole head is there;
// a rule that would still wait does so until the end of inspect-delay.
func contentRules(s *lb.Stream, px *lb.Proxy) bool {
	if len(px.Rules.Of(conf.TCPReqCont)) == 0 {
		return true
	}
	s.Missing = false
	s.Final = px.Conf.InspectDelay == 0
	ok, done := tryRules(s, px.Rules.Of(conf.TCPReqCont), 'R')
	if !done {
		if !s.Task.Sleep(max(s.Start+int64(px.Conf.InspectDelay)-s.Thread.Now(), 1)) {
			return refuse(s, 503, killedBy(s), 'R')
		}
		s.HeadDone = s.Thread.Now()
		s.Final = true
		ok, _ = tryRules(s, px.Rules.Of(conf.TCPReqCont), 'R')
	}
	s.Final = true // to all other rules the head is all there is
	if !ok && s.Status < 0 && px == s.Front {
		s.Req.Reset() // to the log it never was a request
	}
	return ok
}

// hasResponseRules says whether anything looks at the response.
func hasResponseRules(s *lb.Stream) bool {
	f, b := s.Front, s.Back
	return len(b.Rules.Of(conf.TCPResCont))+len(f.Rules.Of(conf.TCPResCont))+len(b.Rules.Of(conf.HTTPRes))+len(f.Rules.Of(conf.HTTPRes))+
		len(b.Rules.Of(conf.HTTPAfterRes))+len(f.Rules.Of(conf.HTTPAfterRes)) > 0 || f.ResWant|b.ResWant != 0 || b.Persist != nil && b.Persist.EditsResponse()
}

// responseRules runs the backend's rules, then the frontend's. It returns false
// when s.Reply replaces the response.
func responseRules(s *lb.Stream) bool {
	f, b := s.Front, s.Back
	s.Dir = lb.Response
	stripClose(&s.Res)
	if b.ResWant != 0 {
		wantResponse(s, b)
	}
	if f.ResWant != 0 && f != b {
		wantResponse(s, f)
	}
	ok := runRules(s, b, conf.TCPResCont) && (f == b || runRules(s, f, conf.TCPResCont))
	if ok {
		answered(s)
		ok = runRules(s, b, conf.HTTPRes) && (f == b || runRules(s, f, conf.HTTPRes))
	}
	if ok {
		if f.CookieLog != nil {
			logCookie(s, 1)
		}
		if b.Options&conf.OptCheckCache != 0 && leaksCookie(s) {
			blockCookie(s)
			return false
		}
		if p := b.Persist; p != nil {
			p.Response(s, s.Thread.WallNow()/1e9)
		}
		afterResponse(s)
	}
	return ok
}

// wantResponse does what a proxy wants of a response before its rules.
func wantResponse(s *lb.Stream, px *lb.Proxy) {
	if px.ResWant&lb.WantCaptures != 0 && px == s.Front {
		capture(s, px, 1, &s.Res)
	}
}

// afterResponse runs the rules that see every response, ours too.
func afterResponse(s *lb.Stream) {
	if s.Flags&lb.Unparsed != 0 {
		return
	}
	dir := s.Dir
	s.Dir = lb.Response
	if s.Back != nil && s.Back != s.Front {
		runRules(s, s.Back, conf.HTTPAfterRes)
	}
	runRules(s, s.Front, conf.HTTPAfterRes)
	s.Dir = dir
}
