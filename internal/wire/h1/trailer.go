package h1

import (
	"bytes"

	"segue/internal/htx"
)

// trailers takes what p has of the trailer section. Once its empty line is
// there, the state is finished and out is the section to forward, empty line
// included; n is how much of p was taken, or with an error where it shows. out
// is never longer than the section was.
func (b *Body) trailers(p []byte, keep bool) (out []byte, n int, err Error) {
	// Fast path: no trailers, which is nearly every message.
	if len(b.hold) == 0 && len(p) >= 2 && p[0] == '\r' && p[1] == '\n' {
		b.state = finished
		if !keep {
			return nil, 2, OK
		}
		return p[:2], 2, OK
	}
	had := len(b.hold)
	for b.state != finished {
		i := bytes.IndexByte(p[n:], '\n')
		if i < 0 {
			n = len(p)
			break
		}
		n += i + 1
		if emptyLine(b.hold, p[:n]) {
			b.state = finished
		}
	}
	if had+n > maxTrail {
		return nil, 0, TooLarge
	}
	b.hold = append(b.hold, p[:n]...)
	if b.state != finished {
		return nil, n, OK
	}
	clean, at, err := cleanTrailers(b.hold)
	if err != OK {
		return nil, max(at-had, 0), err
	}
	if keep {
		b.hold = b.hold[:0]
		if b.noTrail {
			return clean[len(clean)-2:], n, OK
		}
		b.trail = len(clean) - 2
		return clean, n, OK
	}
	b.hold = clean[:len(clean)-2]
	return nil, n, OK
}

// emptyLine reports whether the line that p's last byte ends is empty; hold
// comes before p. A bare LF counts here, so that it is refused afterwards.
func emptyLine(hold, p []byte) bool {
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

// cleanTrailers checks a trailer section, its empty line included, and removes
// in place the lines that may not be in one. Others stay as they are, but for
// folds, which are joined. HAProxy forwards all but Transfer-Encoding, which it
// refuses; a recipient that merges trailers into the head would be told another
// framing by them.
func cleanTrailers(b []byte) (clean []byte, at int, err Error) {
	var h htx.Head
	s := scanner{h: &h, b: b, maxFields: maxTrailers, crlf: true}
	n, err := s.fields(0)
	if err != OK {
		return nil, n, err
	}
	if n != len(b) {
		return nil, len(b), BadTrailer
	}
	w := 0
	for i, f := range h.Fields {
		end := n - 2
		if i+1 < len(h.Fields) {
			end = int(h.Fields[i+1].Off)
		}
		if f.ID == htx.TransferEncoding {
			return nil, int(f.Off), BadTrailer // a second framing behind the body
		}
		if forbidden(f.ID) {
			continue
		}
		unfold(b[f.Off : end-2])
		w += copy(b[w:], b[f.Off:end])
	}
	w += copy(b[w:], "\r\n")
	return b[:w], 0, OK
}

// forbidden reports whether a field frames or routes a message and so must not
// come behind its body (RFC 9110 6.5.1).
func forbidden(id htx.ID) bool {
	switch id {
	case htx.ContentLength, htx.TransferEncoding, htx.Host, htx.Connection, htx.KeepAlive,
		htx.ProxyConnection, htx.Upgrade, htx.TE, htx.Trailer, htx.Expect:
		return true
	}
	return false
}
