package persist

import (
	"bytes"

	"segue/internal/htx"
	"segue/internal/lb"
)

// The fourth letter of the termination state, manual 8.5.
const (
	sckNone     = 'N'
	sckFound    = 'P' // left as the server sent it
	sckDeleted  = 'D'
	sckInserted = 'I'
	sckReplaced = 'R'
	sckUpdated  = 'U' // only its date
)

// Response handles the server's own cookie and sets ours. now is in unix
// seconds.
func (p *Plan) Response(s *lb.Stream, now int64) {
	if p.Cookie == nil || s.Server == nil {
		return
	}
	p.serverCookies(s)
	if p.inserts(s, now) {
		p.insert(s, now)
	}
}

// serverCookies keeps, removes or rewrites Set-Cookie fields of our name.
func (p *Plan) serverCookies(s *lb.Stream) {
	h, c := &s.Res, p.Cookie
	for i := h.Next(0, htx.SetCookie, ""); i >= 0; i = h.Next(i+1, htx.SetCookie, "") {
		name, value, ok := bytes.Cut(h.Value(i), []byte("="))
		if !ok || string(bytes.TrimRight(name, " \t")) != c.Name {
			continue
		}
		if !p.passive() {
			s.Term[3] = sckFound
		}
		direct := s.Flags&lb.Direct != 0
		var room [64]byte
		own := p.AppendValue(room[:0], s.Server)
		switch {
		case c.Preserve:
			p.tighten(s, i, value)
		case c.Mode == "insert", direct && c.Indirect:
			h.Delete(i)
			if !p.passive() {
				s.Term[3] = sckDeleted
			}
		case len(own) > 0 && c.Mode == "rewrite":
			p.rewrite(s, i, own, value, false)
		case len(own) > 0 && c.Mode == "prefix":
			p.rewrite(s, i, own, value, true)
		default:
			p.tighten(s, i, value)
		}
	}
}

// tighten removes blanks around the first equal sign, as HAProxy 3.4 does.
func (p *Plan) tighten(s *lb.Stream, i int, value []byte) {
	value = bytes.TrimLeft(value, " \t")
	if len(p.Cookie.Name)+1+len(value) == len(s.Res.Value(i)) {
		return
	}
	out := append(append(s.Thread.Line[:0], p.Cookie.Name...), '=')
	out = append(out, value...)
	s.Thread.Line = out[:0]
	s.Res.Set(i, out)
}

// rewrite puts own in place of the value, or with prefix in front of it.
func (p *Plan) rewrite(s *lb.Stream, i int, own, value []byte, prefix bool) {
	out := append(s.Thread.Line[:0], p.Cookie.Name...)
	out = append(out, '=')
	out = append(out, own...)
	if prefix {
		out = append(out, '~')
		out = append(out, bytes.TrimLeft(value, " \t")...)
	} else if end := bytes.IndexAny(value, ";,"); end >= 0 {
		out = append(out, value[end:]...)
	}
	s.Thread.Line = out[:0]
	s.Res.Set(i, out)
	s.Term[3] = sckReplaced
}

// inserts says whether a cookie of ours goes out: the client does not have the
// server's yet, or its dates need a refresh.
func (p *Plan) inserts(s *lb.Stream, now int64) bool {
	c := p.Cookie
	if c.Mode != "insert" || s.Flags&lb.IgnorePersist != 0 || s.Term[3] == sckFound && c.Preserve {
		return false
	}
	if c.PostOnly && string(s.Req.Bytes(s.Req.Method)) != "POST" {
		return false
	}
	if s.Flags&lb.Direct == 0 {
		return true
	}
	if (c.MaxIdle != 0 || s.CookieLast != 0) && s.CookieLast-now < 0 {
		return true
	}
	return (c.MaxLife != 0) == (s.CookieFirst == 0)
}

// insert sets the server's cookie, or clears it for a server without one.
func (p *Plan) insert(s *lb.Stream, now int64) {
	c := p.Cookie
	out := append(s.Thread.Line[:0], c.Name...)
	out = append(out, '=')
	n := len(out)
	out = p.AppendValue(out, s.Server)
	named := len(out) > n
	if !named {
		out = append(out, "; Expires=Thu, 01-Jan-1970 00:00:01 GMT"...)
	} else if c.MaxIdle != 0 || c.MaxLife != 0 {
		out = appendDate(append(out, dateBar), now+3)
		if c.MaxLife != 0 {
			first := s.CookieFirst
			if first == 0 {
				first = now + 3
			}
			out = appendDate(append(out, dateBar), first)
		}
	}
	out = append(out, p.tail...)
	s.Thread.Line = out[:0]
	s.Res.AddString(htx.SetCookie, "Set-Cookie", out)
	if s.Term[3] = sckInserted; named && s.Flags&lb.Direct != 0 {
		s.Term[3] = sckUpdated
	}
	if c.NoCache && Cacheable(s) {
		s.Res.AddString(htx.CacheControl, "Cache-control", []byte("private"))
	}
}
