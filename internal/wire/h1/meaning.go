package h1

import (
	"strconv"

	"segue/internal/htx"
)

// meaning is what the fields of one head say, gathered before it is judged.
type meaning struct {
	unsafe    bool
	transfer  int  // index of the first Transfer-Encoding field, -1
	chunked   bool // chunked is the last coding
	coded     bool // some other coding is there
	length    int  // index of the first Content-Length field, -1
	host      int  // index of the first Host field, -1
	connClose bool
	keepAlive bool
	upgrade   bool // Connection names upgrade
	protocol  bool // there is an Upgrade field
	key       bool // Sec-WebSocket-Key has the length of a key
}

// read gathers what the fields say. An error's position is that of the field.
func (m *meaning) read(h *htx.Head) (int, Error) {
	m.host, m.length, m.transfer = -1, -1, -1
	for i := range h.Fields {
		err := OK
		switch h.Fields[i].ID {
		case htx.Other:
		case htx.ContentLength:
			err = m.readLength(h, i)
		case htx.TransferEncoding:
			err = m.readCoding(h, i)
		case htx.Connection:
			m.readConnection(h, h.Value(i))
		case htx.Upgrade:
			m.readUpgrade(h, h.Value(i))
		case htx.SecWebSocketKey:
			m.key = m.key || h.Fields[i].Len == 24 // 16 bytes in base 64, RFC 6455 4.1
		case htx.Host:
			if m.host < 0 {
				m.host = i
				h.Flags |= htx.HasHost
			}
		case htx.Expect:
			// A client of HTTP/1.0 means nothing by it (RFC 9110 10.1.1).
			if h.Minor > 0 && lists(h.Value(i), "100-continue") {
				h.Flags |= htx.Expect100
			}
		case htx.WWWAuthenticate:
			if v := h.Value(i); h.Status == 401 && len(v) >= 4 && (htx.EqualFold(v[:4], "ntlm") || htx.EqualFold(v[:4], "nego")) {
				h.Flags |= htx.NTLM
			}
		}
		if err != OK {
			return int(h.Fields[i].Val), err
		}
	}
	return int(h.Wire), m.settle(h)
}

// readLength reads a Content-Length, which may be a list of equal numbers
// (RFC 9110 8.6). What is kept is one field with the number alone.
func (m *meaning) readLength(h *htx.Head, i int) Error {
	v := h.Value(i)
	// Fast path: one number, as it should be written.
	if n, ok := number(v); ok && h.ContentLength < 0 && (v[0] != '0' || len(v) == 1) {
		h.ContentLength, m.length = n, i
		return OK
	}
	for more := true; more; {
		var item []byte
		item, v, more = cutItem(v)
		n, ok := number(item)
		if !ok || h.ContentLength >= 0 && h.ContentLength != n {
			return BadLength
		}
		h.ContentLength = n
	}
	if m.length >= 0 {
		h.Delete(i)
		return OK
	}
	m.length = i
	var num [20]byte
	h.Set(i, strconv.AppendInt(num[:0], h.ContentLength, 10))
	return OK
}

// digitsOnly reports whether b consists of decimal digits.
func digitsOnly(b []byte) bool {
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}

// number reads a length in decimal digits.
func number(b []byte) (n int64, ok bool) {
	for _, c := range b {
		d := int64(c) - '0'
		if d < 0 || d > 9 || n > (1<<63-1-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, len(b) > 0
}

// lists reports whether word, in lower case, is an element of the list v.
func lists(v []byte, word string) bool {
	for more := true; more; {
		var item []byte
		if item, v, more = cutItem(v); htx.EqualFold(item, word) {
			return true
		}
	}
	return false
}

// DropContinue takes "100-continue" out of a request's Expect fields: whoever sends
// the 100 has met it.
func DropContinue(h *htx.Head) {
	h.Flags &^= htx.Expect100
	for i := h.Next(0, htx.Expect, ""); i >= 0; i = h.Next(i+1, htx.Expect, "") {
		filter(h, i, func(item []byte) bool { return !htx.EqualFold(item, "100-continue") })
	}
}

// readCoding reads one Transfer-Encoding field. Chunked must come once and
// last (RFC 9112 6.1); an empty element is one that others may skip, so it is
// refused. Responses may have both with violations accepted.
func (m *meaning) readCoding(h *htx.Head, i int) Error {
	v := h.Value(i)
	first := m.transfer < 0
	if first {
		m.transfer = i
	}
	lenient := m.unsafe && h.Status != 0
	for more := true; more; {
		var item []byte
		item, v, more = cutItem(v)
		chunked := htx.EqualFold(item, "chunked")
		switch {
		case lenient && (len(item) == 0 || chunked && m.chunked):
		case len(item) == 0 || m.chunked:
			return BadTransfer
		case chunked:
			m.chunked = true
		default:
			m.coded = true
		}
	}
	if !first {
		h.Delete(i)
	}
	return OK
}

// readConnection reads one Connection value.
func (m *meaning) readConnection(h *htx.Head, v []byte) {
	// Fast path: what most senders write.
	switch string(v) {
	case "keep-alive":
		m.keepAlive = true
		return
	case "close":
		m.connClose = true
		return
	}
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

// readUpgrade reads one Upgrade value. A protocol may have a version behind a
// slash, which websocket never has. An upgrade to h2c is never passed on, so
// it does not count (RFC 9113 3.1 has retired it).
func (m *meaning) readUpgrade(h *htx.Head, v []byte) {
	for more := true; more; {
		var item []byte
		item, v, more = cutItem(v)
		switch {
		case len(item) == 0 || htx.EqualFold(item, "h2c"):
		case htx.EqualFold(item, "websocket"):
			h.Flags |= htx.Websocket
			m.protocol = true
		default:
			m.protocol = true
		}
	}
}

// settle turns what was gathered into flags, and leaves of several
// Transfer-Encoding fields one that says chunked.
func (m *meaning) settle(h *htx.Head) Error {
	switch {
	case m.connClose:
		h.Flags |= htx.ConnClose
	case m.keepAlive:
		h.Flags |= htx.ConnKeepAlive
	case h.Minor == 0:
		h.Flags |= htx.ConnClose
	}
	if m.upgrade && (m.protocol || h.Status == 101) {
		h.Flags |= htx.ConnUpgrade
	} else {
		h.Flags &^= htx.Websocket
		if m.upgrade {
			h.Flags |= htx.VainUpgrade
		}
	}
	switch {
	case m.transfer < 0:
	case m.coded && m.chunked:
		return NotImplemented
	case m.coded:
		return BadTransfer
	case !m.chunked:
		h.Delete(m.transfer) // empty, and accepted so
	case string(h.Value(m.transfer)) != "chunked":
		h.Set(m.transfer, []byte("chunked"))
	}
	return OK
}

// dropLength forgets a Content-Length that does not frame the message.
func (m *meaning) dropLength(h *htx.Head) {
	if m.length >= 0 {
		h.Delete(m.length)
		h.ContentLength = -1
	}
}

// dropTransfer forgets a Transfer-Encoding that does not frame the message.
func (m *meaning) dropTransfer(h *htx.Head) {
	if m.transfer >= 0 {
		h.Delete(m.transfer)
	}
}

// useChunked frames the message as chunked. A length beside it, or a sender
// that does not know the coding, may be an attempt at smuggling: the length
// goes, and so does the connection behind the message (RFC 9112 6.1).
func (m *meaning) useChunked(h *htx.Head) {
	h.Framing = htx.Chunked
	if m.length >= 0 || h.Minor == 0 {
		h.Flags |= htx.ConnClose
		h.Flags &^= htx.ConnKeepAlive
	}
	m.dropLength(h)
}
