package persist

import (
	"bytes"

	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/lb"
)

// The third letter of the termination state, manual 8.5.
const (
	ckNone    = 'N'
	ckInvalid = 'I'
	ckDown    = 'D'
	ckValid   = 'V'
	ckExpired = 'E' // maxidle
	ckOld     = 'O' // maxlife
	ckUnused  = 'U' // ignored, or another rule had chosen
)

// Conditions decides whether force-persist or ignore-persist holds; the first
// line that does counts. It runs as soon as the backend is known.
func (p *Plan) Conditions(s *lb.Stream) {
	for i := range p.Rules {
		r := &p.Rules[i]
		if r.Cond == nil || r.Cond.Eval(s) != r.Unless {
			s.Flags |= lb.IgnorePersist
			if r.Force {
				s.Flags ^= lb.IgnorePersist | lb.ForcePersist
			}
			return
		}
	}
}

// Request looks for the persistence cookie, pins the stream to its server and
// removes from the request what only we should see. now is in unix seconds.
func (p *Plan) Request(s *lb.Stream, now int64) {
	if p.Cookie == nil {
		return
	}
	s.Term[2], s.Term[3] = ckNone, sckNone
	h := &s.Req
	for i := h.Next(0, htx.Cookie, ""); i >= 0; i = h.Next(i+1, htx.Cookie, "") {
		if bytes.Contains(h.Value(i), []byte(p.Cookie.Name)) {
			p.field(s, i, now)
		}
	}
	if p.passive() {
		s.Term[2], s.Term[3] = '-', '-'
	}
}

// passive says that the cookie is the application's: it is followed and never
// set, and logs say nothing about it, as in HAProxy 3.4.
func (p *Plan) passive() bool { return p.Cookie.Mode == "" }

// field reads one Cookie field and rewrites it where a cookie must not reach
// the server as it is. What begins with "$" belongs to the cookie before it, or,
// in front, to all (RFC 2965 3.3.4): it goes with what it belongs to.
func (p *Plan) field(s *lb.Stream, i int, now int64) {
	rest := s.Req.Value(i)
	out, changed := s.Thread.Line[:0], false
	hidden, others := false, false // the last cookie was removed; some were not
	sep, next := "; ", ""
	for ; len(rest) > 0; sep = next {
		var pair []byte
		pair, rest, next = nextPair(rest)
		name, value, ok := bytes.Cut(pair, []byte("="))
		name = bytes.TrimRight(name, " \t")
		if !ok || string(name) != p.Cookie.Name {
			if len(pair) > 0 && pair[0] != '$' {
				hidden, others = false, true
			}
			if !hidden {
				out = appendPair(out, sep, pair)
			}
			continue
		}
		value = bytes.Trim(value, " \t")
		keep, cut := p.judge(s, value, now)
		if hidden = !keep; hidden {
			changed = true
			continue
		}
		others = true
		changed = changed || cut > 0 || len(name)+1+len(value) < len(pair)
		out = append(appendPair(out, sep, name), '=')
		out = append(out, value[cut:]...)
	}
	s.Thread.Line = out[:0]
	switch {
	case !changed:
	case !others:
		s.Req.Delete(i)
	default:
		s.Req.Set(i, out)
	}
}

func appendPair(out []byte, sep string, pair []byte) []byte {
	if len(pair) == 0 {
		return out
	}
	if len(out) > 0 {
		out = append(out, sep...)
	}
	return append(out, pair...)
}

// nextPair cuts the first "name=value" off a Cookie field's value and says what
// separates it from the next one. A semicolon ends it, or a comma (RFC 2109),
// but not inside double quotes.
func nextPair(b []byte) (pair, rest []byte, sep string) {
	quoted := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == ';' && !quoted:
			return bytes.Trim(b[:i], " \t"), b[i+1:], "; "
		case c == ',' && !quoted:
			if sep = ","; i+1 < len(b) && b[i+1] == ' ' {
				sep = ", "
			}
			return bytes.Trim(b[:i], " \t"), b[i+1:], sep
		}
	}
	return bytes.Trim(b, " \t"), nil, ""
}

// judge looks at one persistence cookie. keep says whether the server may see
// it, cut how many bytes of its front are ours.
func (p *Plan) judge(s *lb.Stream, value []byte, now int64) (keep bool, cut int) {
	c := p.Cookie
	mine := value
	if c.Mode == "prefix" {
		if i := bytes.IndexByte(value, '~'); i >= 0 {
			mine, cut = value[:i], i+1
		}
	} else if i := bytes.IndexByte(value, dateBar); i >= 0 {
		mine = value[:i]
		dates(s, value[i+1:])
	}
	if p.outdated(s, now) {
		mine = nil
	}
	p.choose(s, mine)
	keep = c.Mode != "insert" || !c.Indirect
	return keep, cut
}

// dates reads "last" or "last|first" behind a value.
func dates(s *lb.Stream, b []byte) {
	s.CookieLast = parseDate(b)
	if i := bytes.IndexByte(b, dateBar); i >= 0 {
		s.CookieFirst = parseDate(b[i+1:])
	}
}

// outdated applies maxlife and maxidle; the units of four seconds make the
// comparison strict.
func (p *Plan) outdated(s *lb.Stream, now int64) bool {
	life, idle := int64(p.Cookie.MaxLife.Seconds()), int64(p.Cookie.MaxIdle.Seconds())
	letter := byte(0)
	switch {
	case s.CookieFirst != 0 && life != 0:
		if now-s.CookieFirst > life || s.CookieFirst-now > dayAhead {
			letter = ckOld
		}
	case s.CookieLast != 0 && idle != 0:
		if now-s.CookieLast > idle || s.CookieLast-now > dayAhead {
			letter = ckExpired
		}
	}
	if letter == 0 {
		return false
	}
	s.Term[2] = letter
	s.CookieFirst, s.CookieLast = 0, 0
	return true
}

// choose pins the stream to the first server of the value that may be used. An
// empty value is nobody's, so that nobody sticks to a server without a cookie.
func (p *Plan) choose(s *lb.Stream, value []byte) {
	taken := s.Flags&(lb.IgnorePersist|lb.Direct) != 0
	if len(value) > 0 && !taken {
		for srv := range p.owners(s.Back, value) {
			up := srv.Up()
			if s.Term[2] = ckValid; !up {
				s.Term[2] = ckDown
			}
			if up || s.Back.Options&conf.OptPersist != 0 || s.Flags&lb.ForcePersist != 0 {
				s.Pinned = srv
				s.Flags |= lb.Direct
				return
			}
		}
	}
	switch s.Term[2] {
	case ckDown, ckExpired, ckOld:
		return
	}
	if s.Term[2] = ckInvalid; taken {
		s.Term[2] = ckUnused
	}
}

func (p *Plan) owners(px *lb.Proxy, value []byte) func(func(*lb.Server) bool) {
	return func(yield func(*lb.Server) bool) { p.each(px, value, yield) }
}
