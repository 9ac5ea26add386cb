package logfmt

import (
	"net/netip"

	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/sample"
)

// Functions of string aliases append their text and report whether there is
// one.

// source is our end of the connection to the server.
func source(s *lb.Stream) netip.AddrPort {
	if s.SrvConn != nil && s.SrvConn.Conn.IsOpen() {
		return lb.SocketAddr(int(s.SrvConn.Conn.FD()))
	}
	return s.BackSrc
}

// target is the address of the server.
func target(s *lb.Stream) netip.AddrPort {
	if s.Server == nil || s.Connected < 0 && s.Retries == 0 {
		return netip.AddrPort{}
	}
	if a := s.Server.State.Addr.Load(); a != nil {
		return *a
	}
	return netip.AddrPort{}
}

func appendIP(dst []byte, a netip.Addr, opts flags) ([]byte, bool) {
	if !a.IsValid() {
		return dst, false
	}
	if opts&hexa == 0 {
		return sample.AppendAddr(dst, a), true
	}
	if a.Is4() {
		b := a.As4()
		return appendHexBytes(dst, b[:]), true
	}
	b := a.As16()
	return appendHexBytes(dst, b[:]), true
}

func appendHexBytes(dst, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, digits[c>>4], digits[c&15])
	}
	return dst
}

func strCi(dst []byte, s *lb.Stream, opts flags) ([]byte, bool) {
	a := s.Client().Addr()
	if s.Session.Flags&lb.UnixSocket != 0 && !a.IsValid() {
		return append(dst, "unix"...), true
	}
	return appendIP(dst, a, opts)
}

func strFi(dst []byte, s *lb.Stream, opts flags) ([]byte, bool) {
	a := s.Local().Addr()
	if s.Session.Flags&lb.UnixSocket != 0 && !a.IsValid() {
		return append(dst, "unix"...), true
	}
	return appendIP(dst, a, opts)
}

func strBi(dst []byte, s *lb.Stream, opts flags) ([]byte, bool) {
	return appendIP(dst, source(s).Addr(), opts)
}

func strSi(dst []byte, s *lb.Stream, opts flags) ([]byte, bool) {
	return appendIP(dst, target(s).Addr(), opts)
}

func strF(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	return append(dst, s.Front.Name...), true
}

func strFt(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	dst = append(dst, s.Front.Name...)
	if s.Bind != nil && s.Bind.Conf != nil && s.Bind.Conf.SSL {
		dst = append(dst, '~')
	}
	return dst, true
}

func strB(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	if s.Back == nil {
		return append(dst, s.Front.Name...), true
	}
	return append(dst, s.Back.Name...), true
}

// Named is a service that logs show in place of a server ("<STATS>").
type Named interface{ LogName() string }

func strS(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	switch {
	case s.Server.Listed():
		return append(dst, s.Server.Name...), true
	case s.Service != nil:
		if n, ok := s.Service.(Named); ok {
			return append(dst, n.LogName()...), true
		}
	}
	return append(dst, "<NOSRV>"...), true
}

func strTs(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) { return append(dst, s.Term[:2]...), true }

func strTsc(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	return append(dst, s.Term[:4]...), true
}

func strID(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	id := s.UniqueID()
	return append(dst, id...), len(id) > 0
}

func strCC(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	return append(dst, s.CookieLog[0]...), len(s.CookieLog[0]) > 0
}

func strCS(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	return append(dst, s.CookieLog[1]...), len(s.CookieLog[1]) > 0
}

// strOG is the origin of the log line, "unspec" where none is made.
func strOG(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	return append(dst, s.LogOrigin.String()...), true
}

func strNone(dst []byte, _ *lb.Stream, _ flags) ([]byte, bool) { return dst, false }

// captured appends {a|b}; nothing at all when nothing is declared.
func captured(dst []byte, s *lb.Stream, dir int) ([]byte, bool) {
	n := len(s.Front.Captures[dir])
	if n == 0 || s.Flags&lb.Unparsed != 0 { // there is no message that they could come from
		return dst, false
	}
	dst = append(dst, '{')
	for i := range n {
		if i > 0 {
			dst = append(dst, '|')
		}
		if i < len(s.Captured[dir]) {
			dst = appendEscaped(dst, s.Captured[dir][i], &unsafeCapture, '#')
		}
	}
	return append(dst, '}'), true
}

// capturedList appends the captures one by one, each quoted by itself.
func capturedList(dst []byte, s *lb.Stream, dir int, opts flags) ([]byte, bool) {
	n := len(s.Front.Captures[dir])
	if s.Flags&lb.Unparsed != 0 {
		n = 0
	}
	for i := range n {
		if i > 0 {
			dst = append(dst, ' ')
		}
		var v []byte
		if i < len(s.Captured[dir]) {
			v = s.Captured[dir][i]
		}
		if len(v) == 0 && opts&quote == 0 {
			dst = append(dst, '-')
			continue
		}
		if opts&quote != 0 {
			dst = append(dst, '"')
		}
		from := len(dst)
		dst = appendEscaped(dst, v, &unsafeCapture, '#')
		if opts&escape != 0 {
			dst = escapeTail(dst, from, false)
		}
		if opts&quote != 0 {
			dst = append(dst, '"')
		}
	}
	return dst, n > 0
}

func strHr(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) { return captured(dst, s, 0) }
func strHs(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) { return captured(dst, s, 1) }
func strHrl(dst []byte, s *lb.Stream, opts flags) ([]byte, bool) {
	return capturedList(dst, s, 0, opts)
}
func strHsl(dst []byte, s *lb.Stream, opts flags) ([]byte, bool) {
	return capturedList(dst, s, 1, opts)
}

const badReq = "<BADREQ>"

// request returns method and target as the client sent them; ok is false when
// no request was understood.
func request(s *lb.Stream) (method, target []byte, ok bool) {
	h := &s.Req
	m, t := s.Method0, s.Target0
	if m.Len == 0 {
		m, t = h.Method, h.Target
	}
	if m.Len == 0 || int(m.Off+m.Len) > len(h.Buf) || int(t.Off+t.Len) > len(h.Buf) {
		return nil, nil, false
	}
	return h.Bytes(m), h.Bytes(t), true
}

// strR appends the request line, cut at tune.http.logurilen.
func strR(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	m, t, ok := request(s)
	if !ok {
		return append(dst, badReq...), true
	}
	limit := 1024
	if s.Gen != nil && s.Gen.Conf != nil && s.Gen.Conf.Global.Tune.LogURILen > 0 {
		limit = s.Gen.Conf.Global.Tune.LogURILen
	}
	if len(m)+len(t)+10 < limit { // all of it fits
		dst = appendEscaped(dst, m, &unsafeURI, '#')
		dst = append(dst, ' ')
		dst = appendEscaped(dst, t, &unsafeURI, '#')
		dst = append(dst, ' ')
		return append(dst, s.Req.Version()...), true
	}
	limit-- // HAProxy's number counts its final zero
	for _, part := range [...][]byte{m, []byte(" "), t, []byte(" "), s.Req.Version()} {
		if len(part) > limit {
			part = part[:limit]
		}
		dst = appendEscaped(dst, part, &unsafeURI, '#')
		limit -= len(part)
	}
	return dst, true
}

func strHM(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	m, _, ok := request(s)
	if !ok {
		return append(dst, badReq...), true
	}
	return appendEscaped(dst, m, &unsafeURI, '#'), true
}

func strHU(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	_, t, ok := request(s)
	if !ok {
		return append(dst, badReq...), true
	}
	return appendEscaped(dst, t, &unsafeURI, '#'), true
}

func strHP(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	_, t, ok := request(s)
	if !ok {
		return append(dst, badReq...), true
	}
	if i := indexByte(t, '?'); i >= 0 {
		t = t[:i]
	}
	return appendEscaped(dst, t, &unsafeURI, '#'), true
}

func strHPO(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	_, t, ok := request(s)
	if !ok {
		return append(dst, badReq...), true
	}
	h := htx.Head{Buf: t, Target: htx.Span{Len: uint32(len(t))}}
	return appendEscaped(dst, h.Path(), &unsafeURI, '#'), true
}

func strHQ(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	_, t, ok := request(s)
	if !ok {
		return append(dst, badReq...), true
	}
	i := indexByte(t, '?')
	if i < 0 {
		return dst, true
	}
	return appendEscaped(dst, t[i:], &unsafeURI, '#'), true
}

func strHV(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
	if _, _, ok := request(s); !ok {
		return append(dst, badReq...), true
	}
	return append(dst, s.Req.Version()...), true
}

func indexByte(b []byte, c byte) int {
	for i := range b {
		if b[i] == c {
			return i
		}
	}
	return -1
}
