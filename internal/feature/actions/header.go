package actions

import (
	"bytes"
	"strconv"

	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/pattern"
	"segue/internal/rule"
	"segue/internal/sched"
	"segue/internal/wire/h1"
)

// headerRows are the actions on header fields and the status line.
func headerRows() []rule.Action {
	return []rule.Action{
		{Doc: doc("add-header", "<name> <fmt>", "Appends a header field."), Sets: httpAll, Parse: parseHeader(false)},
		{Doc: doc("del-header", "<name> [ -m <meth> ]", "Removes the header fields of a name."), Sets: httpAll, Parse: parseDel},
		{Doc: doc("early-hint", "<name> <fmt>", "Sends a header field in a 103 response."), Sets: httpReq, Parse: parseHint},
		{Doc: doc("set-header", "<name> <fmt>", "Replaces the header fields of a name by one."), Sets: httpAll, Parse: parseHeader(true)},
		{Doc: doc("set-status", "<status> [reason <str>]", "Replaces the status of a response."), Sets: httpRes | httpAft, Parse: parseStatus},
	}
}

// badName returns the first byte of name that field names may not have (RFC
// 9110 5.6.2), 0 if there is none.
func badName(name string) byte {
	for i := range len(name) {
		c := name[i]
		if c-'0' > 9 && (c|0x20 < 'a' || c|0x20 > 'z') && bytes.IndexByte([]byte("!#$%&'*+-.^_`|~"), c) < 0 {
			return c
		}
	}
	return 0
}

type header struct {
	field
	fmt *logfmt.Format
	set bool
}

func parseHeader(set bool) func(p *rule.Parser) lb.Action {
	return func(p *rule.Parser) lb.Action {
		f, v := nameAndFormat(p)
		if v == nil {
			return nil
		}
		return &header{field: f, fmt: v, set: set}
	}
}

// nameAndFormat reads "<name> <fmt>".
func nameAndFormat(p *rule.Parser) (field, *logfmt.Format) {
	if !p.Args(2) {
		p.Fail("expects exactly 2 arguments")
		return field{}, nil
	}
	at, name := p.At(), p.Next()
	v := p.HeaderFormat()
	if v == nil {
		return field{}, nil
	}
	if c := badName(name); c != 0 {
		p.Warnf(at, "header name '%s' contains forbidden character '%c'.", name, c)
	}
	return fieldOf(name), v
}

// Exec implements lb.Action. The value is made first: it may use the field that
// it replaces.
func (a *header) Exec(s *lb.Stream) lb.Verdict {
	v := text(s, a.fmt)
	h := s.Head()
	if frames(a.id) {
		return reframe(s, h, a.id, v)
	}
	if a.set {
		h.DeleteAll(a.id, a.lower)
	}
	if !room(s, h, len(a.name)+len(v)+4) {
		return failed(s)
	}
	h.AddString(a.id, a.name, v)
	return lb.Continue
}

// frames reports whether a field says where the message ends. Rules cannot change
// that, as the body follows the framing that was received: a head that said
// something else would let a request be smuggled (RFC 9112 11.2).
func frames(id htx.ID) bool { return id == htx.ContentLength || id == htx.TransferEncoding }

// reframe lets a rule say what is true already; anything else is an error, as
// in HAProxy.
func reframe(s *lb.Stream, h *htx.Head, id htx.ID, v []byte) lb.Verdict {
	same := h.Framing == htx.Chunked && htx.EqualFold(v, "chunked")
	if id == htx.ContentLength {
		n, err := strconv.ParseInt(string(v), 10, 64)
		same = err == nil && h.Framing == htx.Length && n == h.ContentLength
	}
	if same {
		return lb.Continue
	}
	return internal(s)
}

// match compares a field name in lower case with a rule's.
type match func(name []byte) bool

type delHeader struct {
	field
	match match // nil: by name
}

func parseDel(p *rule.Parser) lb.Action {
	if !p.Args(1) {
		return p.Fail("expects at least 1 argument")
	}
	a := &delHeader{field: fieldOf(p.Next())}
	if p.Peek() != "-m" {
		return a
	}
	p.Next()
	if p.AtCond() {
		return p.Fail("-m flag expects exactly 1 argument")
	}
	want := []byte(a.lower)
	switch m := p.Next(); m {
	case "str":
	case "beg":
		a.match = func(n []byte) bool { return bytes.HasPrefix(n, want) }
	case "end":
		a.match = func(n []byte) bool { return bytes.HasSuffix(n, want) }
	case "sub":
		a.match = func(n []byte) bool { return bytes.Contains(n, want) }
	case "reg":
		re, err := pattern.CompileRegex(a.name, false)
		if err != nil {
			return p.Fail("%s", err)
		}
		a.match = re.Match
	default:
		return p.Fail("-m with unsupported matching method '%s'", m)
	}
	return a
}

// Exec implements lb.Action.
func (a *delHeader) Exec(s *lb.Stream) lb.Verdict {
	h := s.Head()
	if a.match == nil {
		if !frames(a.id) {
			h.DeleteAll(a.id, a.lower)
		}
		return lb.Continue
	}
	var lower [128]byte
	for i := range h.Fields {
		if h.Fields[i].Flags&htx.Deleted != 0 || frames(h.Fields[i].ID) {
			continue
		}
		if a.match(appendLower(lower[:0], h.Name(i))) {
			h.Delete(i)
		}
	}
	return lb.Continue
}

func appendLower(dst, b []byte) []byte {
	for _, c := range b {
		if c-'A' < 26 {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}

type status struct {
	code   uint16
	reason string
}

func parseStatus(p *rule.Parser) lb.Action {
	if p.AtCond() {
		return p.Fail("expects 1 argument: <status>; or 3 arguments: <status> reason <fmt>")
	}
	n, err := strconv.Atoi(p.Next())
	if err != nil || n < 100 || n > 999 {
		return p.Fail("expects an integer status code between 100 and 999")
	}
	a := &status{code: uint16(n), reason: h1.Reason(n)}
	if p.Peek() == "reason" {
		if p.PeekAt(1) == "" {
			return p.Fail("expects 1 argument: <status>; or 3 arguments: <status> reason <fmt>")
		}
		p.Next()
		a.reason = p.Next()
	}
	return a
}

// Exec implements lb.Action.
func (a *status) Exec(s *lb.Stream) lb.Verdict {
	s.Res.Status = a.code
	s.Thread.Line = append(s.Thread.Line[:0], a.reason...)
	s.Res.SetReason(s.Thread.Line)
	return lb.Continue
}

type hint struct {
	field
	fmt *logfmt.Format
}

func parseHint(p *rule.Parser) lb.Action {
	f, v := nameAndFormat(p)
	if v == nil {
		return nil
	}
	return &hint{f, v}
}

// Exec implements lb.Action. HTTP/1.0 knows no interim responses (RFC 9110
// 15.2).
func (a *hint) Exec(s *lb.Stream) lb.Verdict {
	if s.Req.Minor == 0 {
		return lb.Continue
	}
	// The write may wait, so the bytes are not in the thread's memory.
	out := append([]byte(nil), "HTTP/1.1 103 Early Hints\r\n"...)
	out = append(out, a.name...)
	out = append(out, ": "...)
	out = a.fmt.AppendTo(out, s)
	out = append(out, "\r\n\r\n"...)
	if _, st := s.Session.Conn.Write(s.Task, out, s.Timeouts.Client); st != sched.OK {
		s.SetTerm('C', 'R')
		s.Flags |= lb.CloseClient
		return lb.Abort
	}
	return lb.Continue
}
