package h1

import (
	"bytes"

	"segue/internal/htx"
)

// trailers takes what p has of the trailer section. Once its empty line is
// there, the state is finished and out is the section to forward, empty line
// included; n is how much of p was taken, or with an error where it shows.
func (b *Body) trailers(p []byte, keep bool) (out []byte, n int, err Error) {
	if len(b.hold) == 0 && len(p) >= 2 && p[0] == '\r' && p[1] == '\n' {
		b.state = finished
		return p[:2], 2, OK
	}
	had := len(b.hold)
	for {
		i := bytes.IndexByte(p[n:], '\n')
		if i < 0 {
			n = len(p)
			break
		}
		n += i + 1
		if ends(b.hold, p[:n]) {
			b.state = finished
			break
		}
	}
	if had+n > maxTrail {
		return nil, 0, BadTrailer
	}
	b.hold = append(b.hold, p[:n]...)
	if b.state != finished {
		return nil, n, OK
	}
	clean, at, err := cleanTrailers(b.hold)
	if err != OK {
		if at -= had; at < 0 {
			at = 0
		}
		return nil, at, err
	}
	b.hold = clean
	if keep {
		out, b.hold = append(clean, '\r', '\n'), clean[:0]
		return out, n, OK
	}
	return nil, n, OK
}

// ends reports whether the line that p's last byte ends is empty.
func ends(hold, p []byte) bool {
	at := func(i int) byte { // the i-th byte from the end
		if i <= len(p) {
			return p[len(p)-i]
		}
		if i -= len(p); i <= len(hold) {
			return hold[len(hold)-i]
		}
		return '\n' // the section begins behind a line
	}
	return at(2) == '\n' || at(2) == '\r' && at(3) == '\n'
}

// cleanTrailers checks a trailer section and takes out, in place, the fields
// that may not be in one (RFC 9110 6.5.1). The empty line is not part of clean.
func cleanTrailers(b []byte) (clean []byte, at int, err Error) {
	var h htx.Head
	s := scanner{h: &h, b: b, maxFields: 101}
	n, err := s.fields(0)
	if err != OK {
		return nil, n, err
	}
	if n != len(b) {
		return nil, len(b), BadTrailer
	}
	s.keep(n)
	for i := range h.Fields {
		if forbidden(h.Fields[i].ID) {
			h.Delete(i)
		}
	}
	return h.AppendFields(b[:0]), 0, OK
}

// forbidden reports whether a field frames, routes or authorises a message and
// so must not come behind its body.
func forbidden(id htx.ID) bool {
	switch id {
	case htx.ContentLength, htx.TransferEncoding, htx.Host, htx.Connection, htx.KeepAlive,
		htx.ProxyConnection, htx.Upgrade, htx.TE, htx.Trailer:
		return true
	}
	return false
}
