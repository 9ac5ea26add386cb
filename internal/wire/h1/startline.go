package h1

import "segue/internal/htx"

// requestLine reads "method SP target SP HTTP/1.x CRLF" (RFC 9112 3) and
// returns where the fields begin; 0 when the line is not complete. Words may
// be further apart, and the line may end in a bare LF, as RFC 9112 2.2 and 3
// permit: what is forwarded has one space and a CRLF.
func (s *scanner) requestLine() (int, Error) {
	b := s.b
	p := span(b, 0, cToken)
	if p == len(b) || b[p] == '\r' && p == 0 {
		return 0, OK
	}
	if p == 0 || !blank(b[p]) {
		return p, BadMethod
	}
	s.h.Method = htx.Span{Len: uint32(p)}
	t := skipBlanks(b, p+1)
	allowed := cTarget
	if s.unsafe {
		allowed = cUnsafe
	}
	if p = span(b, t, allowed); p == len(b) {
		return 0, OK
	}
	if s.unsafe {
		if q := span(b, t, cTarget); q < p {
			s.accept(q)
		}
	}
	s.h.Target = htx.Span{Off: uint32(t), Len: uint32(p - t)}
	if p > t && b[p] == ' ' && len(b)-p > 10 && string(b[p+1:p+11]) == "HTTP/1.1\r\n" {
		s.h.Minor = 1
		return p + 11, OK
	}
	if p == t || b[p] != '\r' && b[p] != '\n' && !blank(b[p]) {
		return p, BadTarget
	}
	return s.requestVersion(skipBlanks(b, p))
}

// requestVersion reads the version at p and the end of the line.
func (s *scanner) requestVersion(p int) (int, Error) {
	b, v := s.b, p
	p = span(b, p, cVersion)
	next, err := lineEnd(b, p)
	if err != OK {
		if b[p] == '\r' {
			p++ // where the LF is missing
		}
		return p, BadVersion
	}
	if next == 0 {
		return 0, OK
	}
	switch {
	case p > v:
		if !s.version(b[v:p]) {
			return v, BadVersion
		}
	case s.unsafe && Kind(s.b[:s.h.Method.Len]) == Get:
		s.simple = true // HTTP/0.9: no version and no fields
	default:
		return v, BadVersion
	}
	return next, OK
}

// version takes "HTTP/d.d" with any major version but 0; what claims to be
// later than 1.1 is read as 1.1 (RFC 9110 6.2). With violations accepted it
// takes any protocol name and number, as 1.0 unless it ends like 1.1 does.
func (s *scanner) version(v []byte) bool {
	digits := len(v) == 8 && v[4] == '/' && v[5]-'0' < 10 && v[6] == '.' && v[7]-'0' < 10
	if digits && (v[5] > '1' || v[5] == '1' && v[7] >= '1') {
		s.h.Minor = 1
	}
	if digits && (v[5] != '1' || v[7] > '1') && string(v[:4]) == "HTTP" {
		s.h.Claimed = (v[5]-'0')<<4 | (v[7] - '0')
	}
	return s.unsafe || digits && string(v[:4]) == "HTTP" && v[5] != '0'
}

// statusLine reads "HTTP/1.x SP status [SP reason] CRLF" (RFC 9112 4), with the
// same leniency as requestLine.
func (s *scanner) statusLine() (int, Error) {
	b, p := s.b, 0
	if len(b) > 13 && string(b[:9]) == "HTTP/1.1 " {
		s.h.Minor, p = 1, skipBlanks(b, 9)
	} else {
		p = span(b, 0, cVersion)
		if p == len(b) || b[p] == '\r' && p == 0 {
			return 0, OK
		}
		if !blank(b[p]) {
			return p, BadVersion
		}
		if !s.version(b[:p]) {
			return 0, BadVersion
		}
		p = skipBlanks(b, p)
	}
	digits, status := p, 0
	for p < len(b) && b[p]-'0' < 10 && p < digits+6 {
		status = status*10 + int(b[p]-'0')
		p++
	}
	if p == len(b) {
		return 0, OK
	}
	if n := p - digits; s.anyStatus && (n == 0 || n > 3) ||
		!s.anyStatus && (status < 100 || n != 3 && !s.unsafe || status > 0xffff) {
		if n < 3 && !blank(b[p]) {
			return p, BadStartLine // what is no digit
		}
		return digits, BadStartLine
	}
	if !blank(b[p]) && b[p] != '\r' && b[p] != '\n' {
		return p, BadStartLine
	}
	s.h.Status = uint16(status)
	return s.reason(skipBlanks(b, p))
}

// reason reads the reason phrase at p and the end of the line.
func (s *scanner) reason(p int) (int, Error) {
	b, e := s.b, p
	for {
		if e = control(b, e); e == len(b) {
			return 0, OK
		}
		if b[e] == '\r' || b[e] == '\n' {
			break
		}
		if b[e] == 0 {
			return e, BadStartLine
		}
		e++
	}
	s.h.Reason = htx.Span{Off: uint32(p), Len: uint32(e - p)}
	next, err := lineEnd(b, e)
	if err != OK {
		return e + 1, err // where the LF is missing
	}
	return next, OK
}

// skipBlanks returns the index at or after p of the first byte that is no blank.
func skipBlanks(b []byte, p int) int {
	for p < len(b) && blank(b[p]) {
		p++
	}
	return p
}

// lineEnd returns what follows the line end at p; 0 when it is not complete.
func lineEnd(b []byte, p int) (next int, err Error) {
	switch {
	case p >= len(b):
		return 0, OK
	case b[p] == '\n':
		return p + 1, OK
	case b[p] != '\r':
		return 0, BadLineEnd
	case p+1 == len(b):
		return 0, OK
	case b[p+1] != '\n':
		return 0, BadLineEnd
	}
	return p + 2, OK
}
