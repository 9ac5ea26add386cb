package stream

import (
	"bytes"

	"segue/internal/htx"
	"segue/internal/lb"
)

// logCookie keeps the first cookie of a request (dir 0) or of a response (1)
// that "capture cookie" asks for. Both ends of a request see the fields as the
// rules have left them, seen on HAProxy 3.4. Manual 4.2 "capture cookie", 8.7.
func logCookie(s *lb.Stream, dir int) {
	c := s.Front.CookieLog
	h, id := &s.Req, htx.Cookie
	if dir == 1 {
		h, id = &s.Res, htx.SetCookie
	}
	for i := h.Next(0, id, ""); i >= 0; i = h.Next(i+1, id, "") {
		for rest := h.Value(i); len(rest) > 0; {
			var name, value []byte
			name, value, rest = nextCookie(rest)
			if cookieStarts(name, value, c.Name) {
				s.CookieLog[dir] = appendCookie(s.CookieLog[dir][:0], name, value, c.Len)
				return
			}
			if dir == 1 {
				break // what follows are attributes
			}
		}
	}
}

// nextCookie cuts the first "name=value" off v. It ends at a semicolon or comma
// outside of double quotes; value is nil where there is no "=".
func nextCookie(v []byte) (name, value, rest []byte) {
	eq, end, quoted := -1, 0, false
scan:
	for ; end < len(v); end++ {
		switch c := v[end]; {
		case quoted && c == '\\':
			end++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ';', c == ',':
			break scan
		case c == '=' && eq < 0:
			eq = end
		}
	}
	end = min(end, len(v)) // a backslash may be the last byte
	rest = v[min(end+1, len(v)):]
	if eq < 0 {
		return bytes.Trim(v[:end], " \t"), nil, rest
	}
	value = bytes.Trim(v[eq+1:end], " \t")
	if value == nil {
		value = []byte{}
	}
	return bytes.Trim(v[:eq], " \t"), value, rest
}

// cookieStarts says whether "name=value" begins with want.
func cookieStarts(name, value []byte, want string) bool {
	if value == nil {
		return false
	}
	n := len(name)
	if len(want) <= n {
		return string(name[:len(want)]) == want
	}
	return want[:n] == string(name) && want[n] == '=' && bytes.HasPrefix(value, []byte(want[n+1:]))
}

// appendCookie appends at most room bytes of "name=value".
func appendCookie(dst, name, value []byte, room int) []byte {
	end := len(dst) + room
	dst = append(dst, name[:min(len(name), room)]...)
	if len(dst) < end {
		dst = append(dst, '=')
	}
	return append(dst, value[:min(len(value), end-len(dst))]...)
}
