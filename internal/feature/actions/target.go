package actions

import (
	"bytes"

	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/pattern"
	"segue/internal/rule"
)

// part is a part of the request line.
type part uint8

const (
	method part = iota
	path
	pathQuery
	query
	uri
)

// targetRows are the actions on the request line.
func targetRows() []rule.Action {
	row := func(name, text string, p part) rule.Action {
		return rule.Action{Doc: doc(name, "<fmt>", text), Sets: httpReq, Parse: parseSetPart(p)}
	}
	re := func(name, text string, p part) rule.Action {
		return rule.Action{Doc: doc(name, "<match-regex> <replace-fmt>", text), Sets: httpReq, Parse: parseReplacePart(p)}
	}
	return []rule.Action{
		re("replace-path", "Replaces the path if it matches.", path),
		re("replace-pathq", "Replaces path and query string if they match.", pathQuery),
		re("replace-uri", "Replaces the request target if it matches.", uri),
		row("set-method", "Replaces the method.", method),
		row("set-path", "Replaces the path; the query string stays.", path),
		row("set-pathq", "Replaces path and query string.", pathQuery),
		row("set-query", "Replaces the query string.", query),
		row("set-uri", "Replaces the request target.", uri),
	}
}

type setPart struct {
	part part
	fmt  *logfmt.Format
}

func parseSetPart(part part) func(p *rule.Parser) lb.Action {
	return func(p *rule.Parser) lb.Action {
		if p.Left() == 0 || p.AtCond() && !p.Args(2) {
			return p.Fail("expects exactly 1 argument <format>")
		}
		f := p.HeaderFormat()
		if f == nil {
			return nil
		}
		return &setPart{part, f}
	}
}

// Exec implements lb.Action.
func (a *setPart) Exec(s *lb.Stream) lb.Verdict {
	v := text(s, a.fmt)
	if a.part == method {
		if len(v) == 0 {
			return failed(s)
		}
		s.Req.SetMethod(v)
		return lb.Continue
	}
	return put(s, a.part, v)
}

type replacePart struct {
	part part
	re   *pattern.Regex
	fmt  *logfmt.Format
}

func parseReplacePart(part part) func(p *rule.Parser) lb.Action {
	return func(p *rule.Parser) lb.Action {
		if !p.Args(2) {
			return p.Fail("expects exactly 2 arguments <match-regex> and <replace-format>")
		}
		a := &replacePart{part: part}
		if a.re = regex(p, "failed to parse the regex : "); a.re == nil {
			return nil
		}
		if a.fmt = p.HeaderFormat(); a.fmt == nil {
			return nil
		}
		return a
	}
}

// Exec implements lb.Action.
func (a *replacePart) Exec(s *lb.Stream) lb.Verdict {
	h := &s.Req
	subject := h.Bytes(h.Target)
	switch a.part {
	case path:
		subject = h.Path()
	case pathQuery:
		subject = h.PathQuery()
	}
	var offsets [20]int
	groups := a.re.AppendGroups(offsets[:0], subject)
	if len(groups) == 0 {
		return lb.Continue
	}
	// The template is in Line; what comes of it goes behind it.
	template := text(s, a.fmt)
	n := len(template)
	s.Thread.Line = appendBackrefs(template, template, subject, groups)
	return put(s, a.part, s.Thread.Line[n:])
}

// put gives a part of the target a new value.
func put(s *lb.Stream, p part, v []byte) lb.Verdict {
	h := &s.Req
	target := h.Bytes(h.Target)
	pq := h.PathQuery()
	origin := target[:len(target)-len(pq)] // scheme and authority, mostly empty
	pathEnd := bytes.IndexByte(pq, '?')
	if pathEnd < 0 {
		pathEnd = len(pq)
	}
	var a, b, c []byte
	switch p {
	case path:
		a, b, c = origin, v, pq[pathEnd:]
	case pathQuery:
		a, b = origin, v
	case query:
		a, b = target[:len(origin)+pathEnd], questioned(s, v, pathEnd < len(pq))
	case uri:
		b = v
	}
	if len(a)+len(b)+len(c) == 0 || !room(s, h, len(a)+len(b)+len(c)) {
		return failed(s)
	}
	off := len(h.Buf)
	h.Append(a)
	h.Append(b)
	h.Append(c)
	h.Target = htx.Span{Off: uint32(off), Len: uint32(len(h.Buf) - off)}
	clean(h)
	if p == uri || p == pathQuery {
		setAuthority(h)
	}
	return lb.Continue
}

// questioned puts a question mark before a query string. An empty one gets it
// only if there was one before.
func questioned(s *lb.Stream, v []byte, had bool) []byte {
	if len(v) == 0 && !had {
		return nil
	}
	n := len(v)
	line := append(s.Thread.Line, '?')
	// v may be the end of Line or all of it: either way it lies before the mark
	line = append(line, v...)
	s.Thread.Line = line
	return line[len(line)-n-1:]
}

// clean encodes blanks and control characters in a target that rules have
// made, because two parsers could read a request line with them differently
// (RFC 9112 3.2). HAProxy sends them as they are.
func clean(h *htx.Head) {
	t := h.Bytes(h.Target)
	bad := false
	for _, c := range t {
		if c <= ' ' || c == 0x7f {
			bad = true
			break
		}
	}
	if !bad {
		return
	}
	const hex = "0123456789ABCDEF"
	out := make([]byte, 0, len(t)+16)
	for _, c := range t {
		if c <= ' ' || c == 0x7f {
			out = append(out, '%', hex[c>>4], hex[c&15])
			continue
		}
		out = append(out, c)
	}
	h.SetTarget(out)
}

// setAuthority makes Host say what an absolute target does (RFC 9112 3.2.2).
func setAuthority(h *htx.Head) {
	t := h.Bytes(h.Target)
	h.Flags &^= htx.AbsoluteTarget
	i := bytes.Index(t, []byte("://"))
	if i <= 0 || t[0] == '/' {
		return
	}
	h.Flags |= htx.AbsoluteTarget
	host := t[i+3:]
	if end := bytes.IndexAny(host, "/?#"); end >= 0 {
		host = host[:end]
	}
	if at := bytes.LastIndexByte(host, '@'); at >= 0 {
		host = host[at+1:]
	}
	if len(host) == 0 {
		return
	}
	if i := h.Next(0, htx.Host, "host"); i >= 0 {
		h.Set(i, host)
		return
	}
	h.AddString(htx.Host, "Host", host)
	h.Flags |= htx.HasHost
}
