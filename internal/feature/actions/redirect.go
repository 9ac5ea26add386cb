package actions

import (
	"bytes"
	"strings"

	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/rule"
)

// where says what a redirect's value is. Manual 4.2 "redirect".
type where uint8

const (
	nowhere where = iota
	location
	prefix
	scheme
)

type redirect struct {
	to                                       where
	fmt                                      *logfmt.Format
	code                                     int
	dropQuery, keepQuery, addSlash, ignorant bool
	cookie                                   *logfmt.Format // Set-Cookie, nil for none
}

const redirectWords = "expects 'code', 'prefix', 'location', 'scheme', 'set-cookie', 'set-cookie-fmt', 'clear-cookie', " +
	"'drop-query', 'keep-query', 'ignore-empty' or 'append-slash' (was '%s')"

var redirectTo = map[string]where{"location": location, "prefix": prefix, "scheme": scheme}

func parseRedirect(p *rule.Parser) lb.Action {
	a := &redirect{code: 302}
	for !p.AtCond() {
		if !a.word(p) {
			return nil
		}
	}
	switch {
	case a.to == nowhere:
		return p.Fail("redirection type expected ('prefix', 'location', or 'scheme')")
	case p.Set == conf.HTTPRes && a.to != location:
		return p.Fail("response only supports redirect type 'location'")
	}
	return a
}

// word reads one argument.
func (a *redirect) word(p *rule.Parser) bool {
	w := p.Next()
	switch w {
	case "drop-query":
		a.dropQuery = true
		return true
	case "keep-query":
		a.keepQuery = true
		return true
	case "append-slash":
		a.addSlash = true
		return true
	case "ignore-empty":
		a.ignorant = true
		return true
	case "location", "prefix", "scheme", "code", "set-cookie", "set-cookie-fmt", "clear-cookie":
	default:
		p.Fail(redirectWords, w)
		return false
	}
	if p.Left() == 0 {
		p.Fail("missing argument for '%s'", w)
		return false
	}
	switch w {
	case "code":
		return a.status(p)
	case "set-cookie", "set-cookie-fmt", "clear-cookie":
		return a.setCookie(p, w)
	}
	a.to = redirectTo[w]
	if p.Peek() == "/" && a.to == prefix {
		// a prefix of "/" stands for the path itself, without doubling its slash
		p.Next()
		a.fmt = p.FormatText(p.At()-1, "", logfmt.Options{HTTP: true})
	} else {
		at, value := p.At(), p.Next()
		if p.Set == conf.Redirect { // the old form takes plain text
			value = strings.ReplaceAll(value, "%", "%%")
		}
		a.fmt = p.FormatText(at, value, logfmt.Options{HTTP: true})
	}
	return a.fmt != nil
}

func (a *redirect) status(p *rule.Parser) bool {
	switch w := p.Next(); w {
	case "301":
		a.code = 301
	case "302":
		a.code = 302
	case "303":
		a.code = 303
	case "307":
		a.code = 307
	case "308":
		a.code = 308
	default:
		p.Fail("'code': unsupported HTTP code '%s' (must be one of 301, 302, 303, 307 or 308)", w)
		return false
	}
	return true
}

// setCookie reads the argument of a cookie word. Only "-fmt" has format items.
func (a *redirect) setCookie(p *rule.Parser, word string) bool {
	text := p.Next()
	if word != "set-cookie-fmt" {
		text = strings.ReplaceAll(text, "%", "%%")
	}
	text += "; path=/;"
	if word == "clear-cookie" {
		text += " Max-Age=0;"
	}
	a.cookie = p.FormatText(p.At()-1, text, logfmt.Options{HTTP: true})
	return a.cookie != nil
}

// Exec implements lb.Action.
func (a *redirect) Exec(s *lb.Stream) lb.Verdict {
	value := text(s, a.fmt)
	if a.ignorant && len(value) == 0 {
		return lb.Continue
	}
	r := &s.ReplyDyn
	*r = lb.Reply{Status: a.code, Keep: true, Headers: r.Headers[:0]}
	r.Headers = append(r.Headers, lb.ReplyHeader{Name: "Location", Text: string(a.address(s, value))})
	if a.code == 302 || a.code == 303 || a.code == 307 {
		r.Headers = append(r.Headers, lb.ReplyHeader{Name: "Cache-Control", Text: "no-cache"})
	}
	if a.cookie != nil {
		r.Headers = append(r.Headers, lb.ReplyHeader{Name: "Set-Cookie", Text: string(text(s, a.cookie))})
	}
	s.SetTerm('L', phase(s))
	s.Reply = r
	return lb.Answer
}

// address appends to value, which is the thread's Line, what the kind of redirect
// takes from the request.
func (a *redirect) address(s *lb.Stream, value []byte) []byte {
	h := &s.Req
	out := value
	switch a.to {
	case scheme:
		out = append(out, "://"...)
		out = append(out, h.Get(htx.Host, "host")...)
		out = a.path(out, h)
	case prefix:
		out = a.path(out, h)
	case location:
		if q := h.Query(); a.keepQuery && len(q) > 0 {
			sep := byte('?')
			if bytes.IndexByte(out, '?') >= 0 {
				sep = '&'
			}
			out = append(out, sep)
			out = append(out, q...)
		}
	}
	s.Thread.Line = out
	return out
}

// path appends the request's path with or without its query string.
func (a *redirect) path(out []byte, h *htx.Head) []byte {
	pq := h.PathQuery()
	path := h.Path()
	if len(pq) == 0 {
		path = []byte("/")
	}
	out = append(out, path...)
	if a.dropQuery {
		if a.addSlash && (len(path) == 0 || path[len(path)-1] != '/') {
			out = append(out, '/')
		}
		return out
	}
	return append(out, pq[min(len(path), len(pq)):]...)
}
