package h1

import (
	"bytes"

	"segue/internal/htx"
)

// target judges the request target's form (RFC 9112 3.2) and what Host says
// beside it. An error's position is an offset in the head.
func (s *scanner) target(kind MethodKind, m *meaning) (int, Error) {
	h := s.h
	if at, err := m.checkHost(h); err != OK {
		return at, err
	}
	t := h.Bytes(h.Target)
	switch {
	case kind == Other && string(h.Bytes(h.Method)) == "PRI":
		return 0, BadMethod // belongs to the preface of HTTP/2 (RFC 9113 3.4)
	case kind == Connect:
		return s.authorityForm(t, m)
	case t[0] == '/':
		return 0, OK
	case t[0] == '*':
		// Only OPTIONS has this form; a method that is not ours may.
		if len(t) == 1 && (kind == Options || kind == Other) {
			return 0, OK
		}
		return int(h.Target.Off), BadTarget
	}
	return s.absoluteForm(t, kind, m)
}

// checkHost leaves one Host field, which must be an authority without userinfo
// (RFC 9112 3.2). Those that repeat it are dropped, as HAProxy does.
func (m *meaning) checkHost(h *htx.Head) (int, Error) {
	if m.host < 0 {
		return 0, OK
	}
	v := h.Value(m.host)
	if !validHost(v) {
		return int(h.Fields[m.host].Val), BadHost
	}
	for i := h.Next(m.host+1, htx.Host, ""); i >= 0; i = h.Next(i+1, htx.Host, "") {
		if !equalFold(h.Value(i), v) {
			return int(h.Fields[i].Val), BadHost
		}
		h.Delete(i)
	}
	return 0, OK
}

// validHost reports whether v may be a Host value. Brackets enclose the whole
// host, and only a colon may follow them.
func validHost(v []byte) bool {
	if len(v) > 0 && v[0] == '[' {
		end := bytes.IndexByte(v, ']')
		if end < 0 || end+1 < len(v) && v[end+1] != ':' {
			return false
		}
		return hostBytes(v[1:end]) && hostBytes(v[end+1:])
	}
	return hostBytes(v)
}

// hostBytes reports whether v has only bytes of class cHost.
func hostBytes(v []byte) bool { return span(v, 0, cHost) == len(v) }

// authorityForm judges the target of CONNECT: a host and a port, no more (RFC
// 9112 3.2.3). A port that is the default of http or https is taken off Host.
// With violations accepted it may be anything that is not another form.
func (s *scanner) authorityForm(t []byte, m *meaning) (int, Error) {
	h := s.h
	if t[0] == '/' || string(t) == "*" || schemeLen(t) > 0 {
		return int(h.Target.Off), BadTarget
	}
	host, port, _ := cutPort(t)
	if len(port) == 0 || !digitsOnly(port) || !validHost(t) {
		if s.unsafe {
			s.accept(int(h.Target.Off))
			return 0, OK
		}
		return int(h.Target.Off), BadTarget
	}
	if s.unsafe {
		return 0, OK
	}
	if m.host < 0 {
		return 0, OK
	}
	usual := string(port) == "80" || string(port) == "443"
	v := h.Value(m.host)
	switch {
	case equalFold(v, t):
		if usual {
			h.Set(m.host, host)
		}
	case usual && (equalFold(v, host) || len(v) > 0 && v[len(v)-1] == ':' && equalFold(v[:len(v)-1], host)):
	default:
		return int(h.Fields[m.host].Val), HostMismatch
	}
	return 0, OK
}

// absoluteForm judges "scheme://authority/path" (RFC 9112 3.2.2) and writes it
// as RFC 3986 6.2.3 normalises it: no default or empty port, and a path.
func (s *scanner) absoluteForm(t []byte, kind MethodKind, m *meaning) (int, Error) {
	h, at := s.h, int(s.h.Target.Off)
	scheme := schemeLen(t)
	if scheme == 0 {
		return at, BadTarget
	}
	h.Flags |= htx.AbsoluteTarget
	begin := scheme + len("://")
	end := begin
	for end < len(t) && t[end] != '/' && t[end] != '?' {
		end++
	}
	userEnd := begin
	if i := bytes.IndexByte(t[begin:end], '@'); i >= 0 {
		userEnd += i + 1
	}
	authority := t[userEnd:end]
	if !validHost(authority) || end < len(t) && t[end] == '?' {
		if !s.unsafe {
			return at, BadTarget
		}
		s.accept(at)
	}
	host := dropPort(authority, t[:scheme])
	if m.host >= 0 && !equalFold(dropPort(h.Value(m.host), t[:scheme]), host) {
		if !s.unsafe {
			return int(h.Fields[m.host].Val), HostMismatch
		}
		s.accept(int(h.Fields[m.host].Val))
		return 0, OK
	}
	pathless := end == len(t) && kind != Options
	if len(host) == len(authority) && !pathless {
		return 0, OK
	}
	if len(host) != len(authority) && m.host >= 0 {
		h.Set(m.host, host)
	}
	off := len(h.Buf)
	h.Buf = append(h.Buf, t[:userEnd+len(host)]...)
	h.Buf = append(h.Buf, t[end:]...)
	if pathless {
		h.Buf = append(h.Buf, '/')
	}
	h.Target = htx.Span{Off: uint32(off), Len: uint32(len(h.Buf) - off)}
	return 0, OK
}

// schemeLen returns the length of the scheme that "://" ends in t; 0 if t does
// not begin with one (RFC 3986 3.1).
func schemeLen(t []byte) int {
	n := bytes.Index(t, []byte("://"))
	if n <= 0 || t[0]|0x20 < 'a' || t[0]|0x20 > 'z' {
		return 0
	}
	for _, c := range t[:n] {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '+' && c != '-' && c != '.' {
			return 0
		}
	}
	return n
}

// cutPort splits an authority at its last colon, brackets respected.
func cutPort(a []byte) (host, port []byte, ok bool) {
	for i := len(a) - 1; i >= 0 && a[i] != ']'; i-- {
		if a[i] == ':' {
			return a[:i], a[i+1:], true
		}
	}
	return a, nil, false
}

// dropPort takes a port off a that is empty or the default of the scheme.
func dropPort(a, scheme []byte) []byte {
	var usual string
	switch {
	case htx.EqualFold(scheme, "http"):
		usual = "80"
	case htx.EqualFold(scheme, "https"):
		usual = "443"
	default:
		return a
	}
	if host, port, ok := cutPort(a); ok && (len(port) == 0 || string(port) == usual) {
		return host
	}
	return a
}

// equalFold compares without regard to the case of ASCII letters; other than
// bytes.EqualFold it takes no other two letters for one.
func equalFold(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i, c := range a {
		d := b[i]
		if c != d && (c^d != 0x20 || c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}
