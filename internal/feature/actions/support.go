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

// room reports whether n more bytes fit into the head of the message: a head
// may not grow beyond the buffer of the language, tune.bufsize less
// tune.maxrewrite's share that is kept free for us.
//
// Fast path: the arena, deleted fields included, is small enough.
func room(s *lb.Stream, h *htx.Head, n int) bool {
	limit := 16384
	if s.Gen != nil && s.Gen.Conf != nil && s.Gen.Conf.Global.Tune.BufSize > 0 {
		limit = s.Gen.Conf.Global.Tune.BufSize
	}
	if len(h.Buf)+n <= limit {
		return true
	}
	size := int(h.Method.Len + h.Target.Len + h.Reason.Len)
	for i := range h.Fields {
		if f := &h.Fields[i]; f.Flags&htx.Deleted == 0 {
			size += int(f.NameLen) + int(f.Len) + 4
		}
	}
	return size+n <= limit
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
	f.DeniedReq.Add(1)
	if s.Bind != nil && s.Bind.State != nil {
		s.Bind.State.DeniedReq.Add(1)
	}
	if back {
		s.Back.Back.DeniedReq.Add(1)
	}
}
