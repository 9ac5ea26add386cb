package stream

import (
	"strconv"

	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/wire/h1"
)

// answer sends s.Reply, or a service's response. It reports whether the
// client's connection may carry another request.
func answer(s *lb.Stream) bool {
	if killed(s) {
		return false
	}
	if s.Service != nil {
		s.Flags |= lb.LocalAnswer
		// What answers in a server's place was there at once. Manual 8.4.
		now := s.Thread.Now()
		s.Queued, s.Connected, s.ResHeadDone = now, now, now
		return s.Service.Serve(s)
	}
	r := s.Reply
	if r == nil {
		return false
	}
	if s.Term[0] == 'L' && s.Term[1] == 'R' && (s.Back == nil || s.Back == s.Front) {
		s.Front.Front.Intercepted.Add(1) // return, redirect, auth, monitor-uri
	}
	if !s.ReqBody.Done() && s.Req.Flags&htx.Expect100 != 0 && s.ReqBytes == 0 {
		// The client may send the body or leave it (RFC 9110 10.1.1): what
		// comes next could be either.
		s.Flags |= lb.CloseClient
	}
	if !r.Keep || s.Session.Leaving() {
		s.Flags |= lb.CloseClient
	}
	s.Flags |= lb.LocalAnswer
	keep := false
	if r.Raw != nil && r.Status == 0 {
		keep = sendRaw(s, r)
	} else {
		keep = Send(s, ReplyHead(s, r))
	}
	if r.Logged != 0 {
		s.Status = r.Logged
	}
	return keep
}

// ReplyHead builds the head of r in s.Res and returns the body. The body may
// lie in the thread's Tmp.
func ReplyHead(s *lb.Stream, r *lb.Reply) []byte {
	s.Status = r.Status
	body := r.Body
	if r.BodyFmt != nil {
		body = append([]byte(nil), r.BodyFmt.AppendTo(s.Thread.Line[:0], s)...)
	}
	h := &s.Res
	h.Reset()
	h.Status = uint16(r.Status)
	h.Minor = 1
	h.Framing, h.ContentLength = htx.Length, int64(len(body))
	reason := r.Reason
	if reason == "" {
		reason = h1.Reason(r.Status)
	}
	h.SetReason([]byte(reason))
	if r.Status != 204 && r.Status != 304 && r.Status >= 200 {
		var num [20]byte
		h.AddString(htx.ContentLength, "Content-Length", strconv.AppendInt(num[:0], int64(len(body)), 10))
	}
	if r.NoCache {
		h.AddString(htx.CacheControl, "Cache-Control", []byte("no-cache"))
	}
	if r.ContentType != "" && (len(body) > 0 || r.Body != nil) {
		h.AddString(htx.ContentType, "Content-Type", []byte(r.ContentType))
	}
	for i := range r.Headers {
		f := &r.Headers[i]
		var v []byte
		if f.Value != nil {
			if v = f.Value.AppendTo(s.Thread.Line[:0], s); len(v) == 0 {
				continue // as HAProxy does
			}
		} else {
			v = []byte(f.Text)
		}
		h.AddString(htx.Lookup([]byte(f.Name)), f.Name, v)
	}
	return body
}

// Send runs the after-response rules on s.Res and sends it with a complete body.
// It is how services answer, too.
func Send(s *lb.Stream, body []byte) bool {
	afterResponse(s)
	s.Status = int(s.Res.Status)
	if h1.StripHop(&s.Res); s.Res.Flags&htx.RuleClose != 0 {
		s.Flags |= lb.CloseClient
	}
	out := h1.AppendResponseCase(s.Thread.Out[:0], &s.Res, caseMap(s, conf.OptCaseAdjustClient))
	out = appendConnection(out, s)
	out = append(out, "\r\n"...)
	s.ResHeadLen = len(out)
	if s.Flags&lb.HeadRequest == 0 {
		out = append(out, body...)
	}
	s.Thread.Out = out[:0]
	return write(s, out)
}

// sendRaw sends an error file as it is. Manual 4.2 "errorfile".
func sendRaw(s *lb.Stream, r *lb.Reply) bool {
	s.Flags |= lb.CloseClient
	return write(s, r.Raw)
}

func write(s *lb.Stream, out []byte) bool {
	c, n, st := &s.Session.Conn, 0, sched.OK
	if s.Flags&lb.CloseClient != 0 {
		n, st = c.WriteLast(s.Task, out, s.Timeouts.Client)
	} else {
		n, st = c.Write(s.Task, out, s.Timeouts.Client)
	}
	s.BytesOut += int64(n)
	if st != sched.OK {
		s.SetTerm('C', 'D')
		return false
	}
	return s.Flags&lb.CloseClient == 0
}

// errorReply is the backend's or the frontend's page for status.
func errorReply(s *lb.Stream, status int) *lb.Reply {
	if s.Back != nil {
		if r := s.Back.Errors[status]; r != nil {
			return r
		}
	}
	if r := s.Front.Errors[status]; r != nil {
		return r
	}
	return builtinError(status)
}

// Error makes status the answer: for actions and services.
func Error(s *lb.Stream, status int) lb.Verdict {
	s.Reply = errorReply(s, status)
	return lb.Answer
}
