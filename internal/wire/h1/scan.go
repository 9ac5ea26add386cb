package h1

import (
	"bytes"

	"segue/internal/htx"
)

// scanner is the syntax half of a parser: it finds where things are and
// refuses bytes that may not be there. Offsets are into b.
type scanner struct {
	h         *htx.Head
	b         []byte
	maxFields int
	unsafe    bool
	folded    bool // some value goes on over several lines
}

// requestLine reads "method SP target SP HTTP/1.x CRLF" (RFC 9112 3) and
// returns where the fields begin; 0 when the line is not complete.
func (s *scanner) requestLine() (int, Error) {
	b, p := s.b, 0
	for p < len(b) && class[b[p]]&cToken != 0 {
		p++
	}
	if p == len(b) {
		return 0, OK
	}
	if p == 0 || b[p] != ' ' {
		return p, BadMethod
	}
	s.h.Method = htx.Span{Len: uint32(p)}
	p++
	t, allowed := p, cTarget
	if s.unsafe {
		allowed = cUnsafe
	}
	for p < len(b) && class[b[p]]&allowed != 0 {
		p++
	}
	if p == len(b) {
		return 0, OK
	}
	if p == t || b[p] != ' ' {
		return p, BadTarget
	}
	s.h.Target = htx.Span{Off: uint32(t), Len: uint32(p - t)}
	return s.requestVersion(p + 1)
}

// requestVersion reads "HTTP/1.x CRLF" at p.
func (s *scanner) requestVersion(p int) (int, Error) {
	b := s.b
	if len(b)-p < 10 {
		return 0, partial(b[p:], "HTTP/1.1\r\n")
	}
	if string(b[p:p+7]) != "HTTP/1." || b[p+7] != '1' && b[p+7] != '0' {
		return p, BadVersion
	}
	if b[p+8] != '\r' || b[p+9] != '\n' {
		return p + 8, BadLineEnd
	}
	s.h.Minor = b[p+7] - '0'
	return p + 10, OK
}

// partial is the verdict on an incomplete line: a line that has ended already
// cannot become what was expected.
func partial(b []byte, want string) Error {
	if len(b) < len(want) && bytes.IndexByte(b, '\n') >= 0 {
		return BadStartLine
	}
	return OK
}

// statusLine reads "HTTP/1.x SP status [SP reason] CRLF" (RFC 9112 4).
func (s *scanner) statusLine() (int, Error) {
	b := s.b
	if len(b) < 14 {
		return 0, partial(b, "HTTP/1.1 200\r\n")
	}
	if string(b[:7]) != "HTTP/1." || b[7] != '1' && b[7] != '0' {
		return 0, BadVersion
	}
	d0, d1, d2 := b[9]-'0', b[10]-'0', b[11]-'0'
	if b[8] != ' ' || d0 < 1 || d0 > 9 || d1 > 9 || d2 > 9 {
		return 8, BadStartLine
	}
	s.h.Minor = b[7] - '0'
	s.h.Status = uint16(d0)*100 + uint16(d1)*10 + uint16(d2)
	p := 12
	if b[p] == ' ' {
		p++
	} else if b[p] != '\r' {
		return p, BadStartLine
	}
	e := p
	for {
		if e = control(b, e); e == len(b) || b[e] != '\t' {
			break
		}
		e++
	}
	if e+1 >= len(b) {
		return 0, OK
	}
	if b[e] != '\r' || b[e+1] != '\n' {
		return e, BadStartLine
	}
	s.h.Reason = htx.Span{Off: uint32(p), Len: uint32(e - p)}
	return e + 2, OK
}

// fields reads field lines from p up to and including the empty line, and
// returns where that ends; 0 when it is not there yet.
func (s *scanner) fields(p int) (int, Error) {
	b := s.b
	for {
		if p+1 >= len(b) {
			return 0, OK
		}
		if b[p] == '\r' {
			if b[p+1] != '\n' {
				return p, BadLineEnd
			}
			return p + 2, OK
		}
		if s.maxFields > 0 && len(s.h.Fields) >= s.maxFields {
			return p, TooManyFields
		}
		name := p
		for p < len(b) && class[b[p]]&cToken != 0 {
			p++
		}
		if p == len(b) {
			return 0, OK
		}
		if b[p] != ':' || p == name || p-name > 0xffff {
			return p, BadName
		}
		end, next, err := s.value(p + 1)
		if err != OK || next == 0 {
			return end, err
		}
		s.add(name, p, end, next)
		p = next
	}
}

// value finds the end of the field value at p, continuation lines included:
// end is where the last line's CRLF stands and next what follows it, 0 when
// it is not there yet. With an error, end is where it shows.
func (s *scanner) value(p int) (end, next int, err Error) {
	b := s.b
	for {
		p = control(b, p)
		if p+2 >= len(b) {
			// Whether a line goes on shows only in the next one's first byte.
			return 0, 0, OK
		}
		switch {
		case b[p] == '\r' && b[p+1] == '\n':
			if !blank(b[p+2]) {
				return p, p + 2, OK
			}
			s.folded = true
			p += 2
		case b[p] == '\r' || b[p] == '\n':
			return p, 0, BadLineEnd
		case b[p] == 0:
			return p, 0, BadValue
		default:
			p++
		}
	}
}

// add notes the field whose name is b[name:colon] and whose line ends at end.
// It is Raw when blanks are exactly where AppendFields would put them.
func (s *scanner) add(name, colon, end, next int) {
	b, v, e := s.b, colon+1, end
	for v < e && blankOrFold(b[v]) {
		v++
	}
	for e > v && blankOrFold(b[e-1]) {
		e--
	}
	f := htx.Field{
		Off: uint32(name), Val: uint32(v), Len: uint32(e - v), NameLen: uint16(colon - name),
		ID: htx.Lookup(b[name:colon]),
	}
	if v == colon+2 && e == end && b[colon+1] == ' ' {
		f.Flags = htx.Raw
	}
	s.h.Fields = append(s.h.Fields, f)
}

// blankOrFold reports whether c is a blank or part of a folded line's end.
func blankOrFold(c byte) bool { return blank(c) || c == '\r' || c == '\n' }

// keep copies the head, which is n bytes long, into the arena. Folded values
// are joined there: their line ends become spaces (RFC 9112 5.2).
func (s *scanner) keep(n int) {
	h := s.h
	h.Buf = append(h.Buf, s.b[:n]...)
	if !s.folded {
		return
	}
	for i := range h.Fields {
		v := h.Value(i)
		for j, c := range v {
			if c == '\r' || c == '\n' {
				v[j] = ' '
			}
		}
	}
}
