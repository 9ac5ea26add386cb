package h1

import "segue/internal/htx"

// scanner is the syntax half of a parser: it finds where things are and
// refuses bytes that may not be there. Offsets are into b.
type scanner struct {
	h         *htx.Head
	b         []byte
	maxFields int
	unsafe    bool // violations are accepted
	anyStatus bool // one below 100 is one, too
	payload   bool // HTTP/1.0 may send a body with any method
	crlf      bool // a bare LF ends no line
	folded    bool // some value goes on over several lines
	simple    bool // the request is HTTP/0.9: no fields follow
}

// fields reads field lines from p up to and including the empty line, and
// returns where that ends; 0 when it is not there yet.
func (s *scanner) fields(p int) (int, Error) {
	b, fields := s.b, s.h.Fields
	for {
		if p >= len(b) {
			return 0, OK
		}
		if b[p] == '\r' || b[p] == '\n' {
			next, err := lineEnd(b, p)
			if err != OK {
				return p + 1, BadLineEnd // where the LF is missing
			}
			if s.crlf && b[p] == '\n' {
				return p, BadLineEnd
			}
			s.h.Fields = fields
			return next, OK
		}
		if s.maxFields > 0 && len(fields)+1 >= s.maxFields {
			return p, TooManyFields
		}
		name := p
		if p = span(b, p, cToken); p == len(b) {
			return 0, OK
		}
		drop := false
		if b[p] != ':' {
			if p, drop = s.unsafeName(p); !drop {
				if p > name && b[p] == '\r' && p+1 < len(b) {
					p++ // the colon might have been there
				}
				return p, BadName
			}
			if p == len(b) {
				return 0, OK
			}
		}
		if p == name || p-name > 0xffff {
			return p, BadName
		}
		// Fast path: ": value\r\n" and another line behind it.
		v, flags := p+2, htx.Raw
		end := canonicalEnd(b, v)
		next := end + 2
		if end == 0 {
			var err Error
			if end, next, err = s.value(p + 1); err != OK || next == 0 {
				return end, err
			}
			v, end, flags = s.trimValue(p+1, end, next)
		}
		if !drop {
			if len(fields) == cap(fields) {
				fields = append(fields, htx.Field{})[:len(fields)]
			}
			fields = fields[:len(fields)+1]
			f := &fields[len(fields)-1]
			f.Off, f.Val, f.Len = uint32(name), uint32(v), uint32(end-v)
			f.NameLen, f.ID, f.Flags = uint16(p-name), htx.Lookup(b[name:p]), flags
		}
		p = next
	}
}

// canonicalEnd returns where the value at v ends if one space stands before it,
// none behind it, then CRLF and a line that is no continuation; otherwise 0.
func canonicalEnd(b []byte, v int) int {
	if v >= len(b) || b[v-1] != ' ' || b[v] <= ' ' {
		return 0
	}
	e := control(b, v+1)
	if e+2 >= len(b) || b[e] != '\r' || b[e+1] != '\n' || blank(b[e+2]) || blank(b[e-1]) {
		return 0
	}
	return e
}

// unsafeName looks for the colon behind a name that has a wrong byte at p. Such
// fields are dropped where violations are accepted; ok tells that they are and
// that the line may have a colon.
func (s *scanner) unsafeName(p int) (colon int, ok bool) {
	if !s.unsafe {
		return p, false
	}
	for colon = p; colon < len(s.b) && s.b[colon] != ':'; colon++ {
		if s.b[colon] == '\r' || s.b[colon] == '\n' {
			return p, false
		}
	}
	s.accept(p)
	return colon, true
}

// accept notes that something at p was let through. The first one counts.
func (s *scanner) accept(p int) {
	if s.h.Violation == 0 {
		s.h.Violation = int32(p) + 1
	}
}

// value finds the end of the field value at p, continuation lines included:
// end is where the last line's end stands and next what follows it, 0 when it
// is not there yet. With an error, end is where it shows.
func (s *scanner) value(p int) (end, next int, err Error) {
	b := s.b
	for {
		p = control(b, p)
		if p+1 >= len(b) {
			return 0, 0, OK
		}
		switch c := b[p]; {
		case c == '\r' && b[p+1] == '\n':
			next = p + 2
		case c == '\n' && !s.crlf:
			next = p + 1
		case c == '\r':
			return p + 1, 0, BadLineEnd // where the LF is missing
		case c == '\n':
			return p, 0, BadLineEnd
		case c == 0 && !s.unsafe:
			return p, 0, BadValue
		case c == 0:
			s.accept(p)
			p++
			continue
		default:
			p++
			continue
		}
		// Whether a value goes on shows in the first byte of the next line.
		if next == len(b) {
			return 0, 0, OK
		}
		if !blank(b[next]) {
			return p, next, OK
		}
		s.folded = true
		p = next
	}
}

// trimValue takes blanks and folds off the value between start and end, where
// its line end stands, next being behind that. The flags are Raw when the line
// is just as AppendFields would write it.
func (s *scanner) trimValue(start, end, next int) (v, e int, flags htx.FieldFlags) {
	b := s.b
	v, e = start, end
	for v < e && blankOrFold(b[v]) {
		v++
	}
	for e > v && blankOrFold(b[e-1]) {
		e--
	}
	if v == start+1 && b[start] == ' ' && e == end && next == e+2 {
		flags = htx.Raw
	}
	return v, e, flags
}

// blankOrFold reports whether c is a blank or part of a folded line's end.
func blankOrFold(c byte) bool { return blank(c) || c == '\r' || c == '\n' }

// keep copies the head, which is n bytes long, into the arena. Folded values
// are joined there: their line ends become spaces (RFC 9112 5.2).
func (s *scanner) keep(n int) {
	h := s.h
	h.Buf = append(h.Buf, s.b[:n]...)
	h.Wire = int32(n)
	if s.folded {
		for i := range h.Fields {
			unfold(h.Value(i))
		}
	}
}

// unfold turns the line ends in v into spaces.
func unfold(v []byte) {
	for i, c := range v {
		if c == '\r' || c == '\n' {
			v[i] = ' '
		}
	}
}
