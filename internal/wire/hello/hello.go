package hello

import "encoding/binary"

// State is what the bytes at hand are.
type State uint8

// The states.
const (
	More State = iota // a correct beginning
	OK
	Not // no handshake message, whatever follows
)

// Types of handshake messages, RFC 8446 4.
const (
	Client = 1
	Server = 2
)

// Hello is a handshake message, in slices of what Parse was given.
type Hello struct {
	Type    byte
	Version uint16 // of a hello: 0x0303 for TLS 1.2 and, by convention, 1.3
	Ciphers []byte // of a client's hello: two bytes each; nil if it is malformed
	exts    []byte
	HasExts bool   // it has a well-formed list of extensions, maybe an empty one
	Joined  []byte // the message, if several records carry it; begins in Parse's join
}

// Sizes of the record layer, RFC 8446 5.1 and 4.
const (
	recordHead  = 5
	maxRecord   = 1 << 14
	messageHead = 4
	handshake   = 22
)

// Parse reads the first handshake message in b. A message that several records
// carry is joined in join's memory. Messages of more than limit bytes are Not:
// nobody would wait for their end.
func (h *Hello) Parse(b, join []byte, limit int) State {
	*h = Hello{}
	msg, want := join[:0], messageHead
	for {
		part, rest, state := record(b)
		if state != OK {
			return state
		}
		first := len(msg) == 0
		if first {
			msg = part // most messages come in one record: no copy
		} else {
			msg = append(msg, part...)
		}
		if len(msg) >= messageHead {
			want = messageHead + int(msg[1])<<16 + int(binary.BigEndian.Uint16(msg[2:]))
		}
		switch {
		case want > limit:
			return Not
		case len(msg) >= want:
			if !first {
				h.Joined = msg
			}
			h.message(msg[0], msg[messageHead:want])
			return OK
		case len(rest) == 0:
			return More
		case first:
			msg = append(join[:0], part...)
		}
		b = rest
	}
}

// record returns what is here of the first record's content, and what follows
// the record.
func record(b []byte) (part, rest []byte, state State) {
	if len(b) > 0 && b[0] != handshake || len(b) > 1 && b[1] < 3 {
		return nil, nil, Not
	}
	if len(b) < recordHead {
		return nil, nil, More
	}
	n := int(binary.BigEndian.Uint16(b[3:]))
	if n == 0 || n > maxRecord {
		return nil, nil, Not // RFC 8446 5.1: handshake fragments are never empty
	}
	b = b[recordHead:]
	if len(b) <= n {
		return b, nil, OK
	}
	return b[:n], b[n:], OK
}

// message reads a whole message as far as it is well-formed.
func (h *Hello) message(kind byte, body []byte) {
	h.Type = kind
	if kind != Client && kind != Server || len(body) < 2 {
		return
	}
	h.Version = binary.BigEndian.Uint16(body)
	if kind != Client || h.Version>>8 != 3 {
		return
	}
	// RFC 8446 4.1.2: version, random, session id, ciphers, compression.
	const fixed = 2 + 32
	if len(body) < fixed {
		return
	}
	session, rest, ok := vector8(body[fixed:])
	if !ok || len(session) > 32 {
		return
	}
	ciphers, rest, ok := vector16(rest)
	if !ok || len(ciphers) == 0 || len(ciphers)%2 != 0 {
		return
	}
	h.Ciphers = ciphers
	compression, rest, ok := vector8(rest)
	if !ok || len(compression) == 0 {
		return
	}
	exts, rest, ok := vector16(rest)
	if !ok || len(rest) != 0 {
		return
	}
	h.exts, h.HasExts = exts, wellFormed(exts)
}

// wellFormed says whether a list of extensions can be walked to its end.
func wellFormed(exts []byte) bool {
	for len(exts) > 0 {
		_, rest, ok := vector16(exts[min(2, len(exts)):])
		if !ok {
			return false
		}
		exts = rest
	}
	return true
}

// Extension returns the body of the first extension of that number.
func (h *Hello) Extension(id uint16) (body []byte, ok bool) {
	if !h.HasExts {
		return nil, false
	}
	for exts := h.exts; len(exts) > 0; {
		body, rest, _ := vector16(exts[2:])
		if binary.BigEndian.Uint16(exts) == id {
			return body, true
		}
		exts = rest
	}
	return nil, false
}

// vector8 is a vector whose length is one byte, and what follows it.
func vector8(b []byte) (v, rest []byte, ok bool) {
	if len(b) < 1 || len(b) < 1+int(b[0]) {
		return nil, nil, false
	}
	n := 1 + int(b[0])
	return b[1:n], b[n:], true
}

// vector16 is vector8 for lengths of two bytes.
func vector16(b []byte) (v, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := 2 + int(binary.BigEndian.Uint16(b))
	if len(b) < n {
		return nil, nil, false
	}
	return b[2:n], b[n:], true
}
