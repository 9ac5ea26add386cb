package h1

import "segue/internal/htx"

// requestMeaning judges a request head whose syntax is right (RFC 9112 6.3).
func (s *scanner) requestMeaning() (int, Error) {
	h, m := s.h, meaning{unsafe: s.unsafe}
	if at, err := m.read(h); err != OK {
		return at, err
	}
	kind := Kind(h.Bytes(h.Method))
	if at, err := s.target(kind, &m); err != OK {
		return at, err
	}
	if h.Flags&htx.Websocket != 0 && !m.key && !s.unsafe {
		return int(h.Wire), BadUpgrade
	}
	switch {
	case m.chunked:
		m.useChunked(h)
	case h.ContentLength > 0:
		h.Framing = htx.Length
	default:
		return 0, OK
	}
	switch {
	case kind == Connect:
		// The bytes behind the head are the tunnel's, or the body's: no two
		// recipients agree (RFC 9110 9.3.6).
		if m.chunked {
			return int(h.Wire), BadTransfer
		}
		return int(h.Wire), BadLength
	case h.Minor == 0 && !s.payload && (kind == Get || kind == Head || kind == Delete):
		return int(h.Wire), BodyNotAllowed
	}
	return 0, OK
}

// responseMeaning judges a response head whose syntax is right (RFC 9112 6.3).
func (s *scanner) responseMeaning(method MethodKind) (int, Error) {
	h, m := s.h, meaning{unsafe: s.unsafe}
	if at, err := m.read(h); err != OK {
		return at, err
	}
	if m.chunked && (m.length >= 0 || h.Minor == 0) {
		// Whatever frames this message, its sender frames them wrongly (RFC 9112 6.1).
		h.Flags |= htx.ConnClose
		h.Flags &^= htx.ConnKeepAlive
	}
	switch {
	case h.Status == 101 && !s.anyStatus:
		if h.Flags&htx.ConnUpgrade == 0 {
			return int(h.Wire), BadUpgrade
		}
		h.Framing = htx.Tunnel
		m.dropLength(h)
		m.dropTransfer(h)
	case method == Connect && h.Status/100 == 2:
		h.Framing = htx.Tunnel
		m.dropLength(h)
		m.dropTransfer(h)
	case h.Status < 200 || h.Status == 204:
		h.Framing = htx.NoBody
		m.dropLength(h)
		m.dropTransfer(h)
	case h.Status == 304 || method == Head:
		h.Framing = htx.NoBody
		if m.chunked {
			m.dropLength(h)
		}
	case m.chunked:
		m.useChunked(h)
	case h.ContentLength > 0:
		h.Framing = htx.Length
	case h.ContentLength < 0:
		h.Framing = htx.ToClose
	}
	return 0, OK
}
