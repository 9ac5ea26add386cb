package actions

import (
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/stream"
)

// text formats f in the thread's Line.
func text(s *lb.Stream, f *logfmt.Format) []byte {
	th := s.Thread
	th.Line = f.AppendTo(th.Line[:0], s)
	return th.Line
}

// field is the name of a header field as a rule gives it.
type field struct {
	name  string // as written
	lower string
	id    htx.ID
}

func fieldOf(name string) field {
	b := []byte(name)
	for i, c := range b {
		if c-'A' < 26 {
			b[i] = c | 0x20
		}
	}
	return field{name: name, lower: string(b), id: htx.Lookup(b)}
}

// room reports whether n more bytes fit into the head of the message: it shares
// the buffer of the language, tune.bufsize, with what has come of the body. A
// body leaves tune.maxrewrite of it free when it comes; that reserve is the
// rules' to grow into.
//
// Fast path: the arena, deleted fields included, is small enough.
func room(s *lb.Stream, h *htx.Head, n int) bool {
	limit, reserve := 16384, 1024
	if s.Gen != nil && s.Gen.Conf != nil && s.Gen.Conf.Global.Tune.BufSize > 0 {
		limit, reserve = s.Gen.Conf.Global.Tune.BufSize, s.Gen.Conf.Global.Tune.MaxRewrite
	}
	limit -= max(0, min(bodyHere(s, h), limit-reserve-int(h.Wire)))
	if len(h.Buf)+n <= limit {
		return true
	}
	size := len("  HTTP/1.1\r\n\r\n") + int(h.Method.Len+h.Target.Len+h.Reason.Len)
	for i := range h.Fields {
		if f := &h.Fields[i]; f.Flags&htx.Deleted == 0 {
			size += int(f.NameLen) + int(f.Len) + 4
		}
	}
	return size+n <= limit
}

// bodyHere is how many bytes of h's body have come.
func bodyHere(s *lb.Stream, h *htx.Head) int {
	switch {
	case h == &s.Req:
		return len(s.Pending)
	case s.Reply == nil && s.Server != nil:
		return s.ResEnd - s.ResRest
	}
	return 0
}

// failed counts a rewrite that was not possible. In strict mode, which is the
// default, it ends the stream with a 500. Manual 4.4 "strict-mode".
func failed(s *lb.Stream) lb.Verdict {
	s.Front.Front.FailedRewrites.Add(1)
	if s.Flags&lb.BackCounted != 0 {
		s.Back.Back.FailedRewrites.Add(1)
	}
	if s.Bind != nil && s.Bind.State != nil {
		s.Bind.State.FailedRewrites.Add(1)
	}
	if s.Server != nil {
		s.Server.State.FailedRewrites.Add(1)
	}
	if s.Flags&lb.LaxRewrite != 0 {
		return lb.Continue
	}
	return internal(s)
}

// internal ends the stream with a 500 for a fault of our own.
func internal(s *lb.Stream) lb.Verdict {
	s.Front.Front.InternalErrors.Add(1)
	if s.Flags&lb.BackCounted != 0 {
		s.Back.Back.InternalErrors.Add(1)
	}
	s.SetTerm('I', phase(s))
	return stream.Error(s, 500)
}

// phase is the second letter of the termination state.
func phase(s *lb.Stream) byte {
	switch {
	case s.Dir != lb.Response:
		return 'R'
	case s.Flags&lb.IsTCP != 0:
		return 'D' // there are no headers
	}
	return 'H'
}

// denied counts a refused request or response.
func denied(s *lb.Stream) {
	f := &s.Front.Front.Counters
	back := s.Flags&lb.BackCounted != 0
	if s.Dir == lb.Response {
		f.DeniedResp.Add(1)
		if s.Bind != nil && s.Bind.State != nil {
			s.Bind.State.DeniedResp.Add(1)
		}
		if back {
			s.Back.Back.DeniedResp.Add(1)
		}
		if s.Server != nil {
			s.Server.State.DeniedResp.Add(1)
		}
		return
	}
	deniedFront(s)
	if back {
		s.Back.Back.DeniedReq.Add(1)
	}
}

// deniedFront counts a request that a rule has refused on its frontend.
func deniedFront(s *lb.Stream) {
	s.Front.Front.DeniedReq.Add(1)
	if s.Bind != nil && s.Bind.State != nil {
		s.Bind.State.DeniedReq.Add(1)
	}
}
