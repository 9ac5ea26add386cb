package h1

import "segue/internal/htx"

// meaning is what the fields of one head say, gathered before it is judged.
type meaning struct {
	transfer  bool // Transfer-Encoding is present
	chunked   bool // ... and chunked is its last coding
	host      int  // index of the first Host field, -1
	connClose bool
	keepAlive bool
	upgrade   bool // Connection names upgrade
	protocol  bool // there is an Upgrade field
}

// read gathers what the fields say. An error's position is that of the field.
func (m *meaning) read(h *htx.Head) (int, Error) {
	m.host = -1
	for i := range h.Fields {
		f := &h.Fields[i]
		err := OK
		switch f.ID {
		case htx.ContentLength:
			err = m.length(h, i)
		case htx.TransferEncoding:
			err = m.coding(h.Value(i))
		case htx.Connection:
			m.connection(h, h.Value(i))
		case htx.Upgrade:
			m.protocol = true
			if htx.EqualFold(h.Value(i), "websocket") {
				h.Flags |= htx.Websocket
			}
		case htx.Host:
			if m.host < 0 {
				m.host = i
			} else if string(h.Value(i)) != string(h.Value(m.host)) {
				err = BadHost
			}
			h.Flags |= htx.HasHost
		case htx.Expect:
			if htx.EqualFold(h.Value(i), "100-continue") {
				h.Flags |= htx.Expect100
			}
		case htx.WWWAuthenticate:
			if v := h.Value(i); h.Status == 401 && (hasPrefixFold(v, "ntlm") || hasPrefixFold(v, "nego")) {
				h.Flags |= htx.NTLM
			}
		}
		if err != OK {
			return int(f.Off), err
		}
	}
	return 0, m.flags(h)
}

// length reads a Content-Length, which may be a list of equal numbers.
func (m *meaning) length(h *htx.Head, i int) Error {
	v := h.Value(i)
	for {
		item, rest, more := cutItem(v)
		n, ok := number(item)
		if !ok || h.ContentLength >= 0 && h.ContentLength != n {
			return BadLength
		}
		h.ContentLength = n
		if !more {
			return OK
		}
		v = rest
	}
}

// number reads a length in decimal digits.
func number(b []byte) (n int64, ok bool) {
	for _, c := range b {
		d := c - '0'
		if d > 9 || n > (1<<63-1-9)/10 {
			return 0, false
		}
		n = n*10 + int64(d)
	}
	return n, len(b) > 0
}

// coding reads one Transfer-Encoding value.
func (m *meaning) coding(v []byte) Error {
	m.transfer = true
	for more := true; more; {
		var item []byte
		item, v, more = cutItem(v)
		if m.chunked {
			return BadTransfer // chunked was not the last coding
		}
		m.chunked = htx.EqualFold(item, "chunked")
	}
	return OK
}

// connection reads one Connection value.
func (m *meaning) connection(h *htx.Head, v []byte) {
	for more := true; more; {
		var item []byte
		item, v, more = cutItem(v)
		switch {
		case len(item) == 0:
		case htx.EqualFold(item, "close"):
			m.connClose = true
		case htx.EqualFold(item, "keep-alive"):
			m.keepAlive = true
		case htx.EqualFold(item, "upgrade"):
			m.upgrade = true
		default:
			h.Flags |= htx.ConnOther
		}
	}
}

// flags turns what was gathered into h.Flags.
func (m *meaning) flags(h *htx.Head) Error {
	switch {
	case m.connClose:
		h.Flags |= htx.ConnClose
	case m.keepAlive:
		h.Flags |= htx.ConnKeepAlive
	case h.Minor == 0:
		h.Flags |= htx.ConnClose
	}
	if m.upgrade && m.protocol {
		h.Flags |= htx.ConnUpgrade
	}
	if m.transfer && !m.chunked {
		h.Flags |= htx.BadTransfer
	}
	return OK
}

// requestMeaning judges a request head whose syntax is right (RFC 9112 6.3).
func (s *scanner) requestMeaning() (int, Error) {
	h := s.h
	var m meaning
	if at, err := m.read(h); err != OK {
		return at, err
	}
	if at, err := s.target(&m); err != OK {
		return at, err
	}
	switch {
	case m.transfer && !m.chunked:
		return 0, BadTransfer
	case m.transfer && h.Minor == 0:
		return 0, BadTransfer
	case m.transfer:
		h.Framing = htx.Chunked
		s.dropLength()
	case h.ContentLength > 0:
		h.Framing = htx.Length
	}
	return 0, OK
}

// dropLength forgets a Content-Length that Transfer-Encoding overrides, and
// has the connection closed behind the message (RFC 9112 6.1 and 6.3).
func (s *scanner) dropLength() {
	if s.h.ContentLength >= 0 {
		s.h.DeleteAll(htx.ContentLength, "")
		s.h.ContentLength = -1
		s.h.Flags |= htx.ConnClose
		s.h.Flags &^= htx.ConnKeepAlive
	}
}

// responseMeaning judges a response head of n bytes whose syntax is right.
func (s *scanner) responseMeaning(n int, method MethodKind) (int, Error) {
	h := s.h
	var m meaning
	if at, err := m.read(h); err != OK {
		return at, err
	}
	switch {
	case h.Status == 101 || method == Connect && h.Status/100 == 2:
		h.Framing = htx.Tunnel
	case h.Status < 200 || h.Status == 204 || h.Status == 304 || method == Head:
		h.Framing = htx.NoBody
	case m.transfer && m.chunked:
		h.Framing = htx.Chunked
		s.dropLength()
	case m.transfer:
		h.Framing = htx.ToClose
		s.dropLength()
	case h.ContentLength > 0:
		h.Framing = htx.Length
	case h.ContentLength < 0:
		h.Framing = htx.ToClose
	}
	return n, OK
}

// cutItem takes the first element off a comma-separated list.
func cutItem(v []byte) (item, rest []byte, more bool) {
	for i, c := range v {
		if c == ',' {
			return trim(v[:i]), v[i+1:], true
		}
	}
	return trim(v), nil, false
}

// hasPrefixFold reports whether b begins with lower in any case.
func hasPrefixFold(b []byte, lower string) bool {
	return len(b) >= len(lower) && htx.EqualFold(b[:len(lower)], lower)
}
