package h1

import (
	"math"

	"segue/internal/htx"
)

// The terminators of the chunked coding (RFC 9112 7.1).
const (
	ChunkEnd  = "\r\n"      // behind a chunk's payload
	LastChunk = "0\r\n\r\n" // the end of a body without trailers
	ZeroChunk = "0\r\n"     // the end of the payload; trailers and an empty line follow
)

// Bounds of what a sender may have a Body work on.
const (
	maxChunk    = 1<<52 - 1 // bytes of a chunk, as in HAProxy
	maxTrail    = 16384     // bytes of a trailer section
	maxTrailers = 101       // as tune.http.maxhdr counts
)

// AppendChunk appends the line that stands in front of payloadLen bytes. What
// follows the payload is ChunkEnd.
func AppendChunk(dst []byte, payloadLen int) []byte {
	const hex = "0123456789abcdef"
	shift := 0
	for payloadLen>>shift > 15 {
		shift += 4
	}
	for ; shift >= 0; shift -= 4 {
		dst = append(dst, hex[payloadLen>>shift&15])
	}
	return append(dst, "\r\n"...)
}

// bodyState is where in the chunked coding a Body stands.
type bodyState uint8

const (
	inSize    bodyState = iota // digits of a chunk's size
	inBlank                    // blanks behind the digits
	inExt                      // chunk extensions, up to the CR
	inQuote                    // a quoted value of an extension
	inEscape                   // behind a backslash in it
	sizeLF                     // the LF of the size line
	inData                     // payload
	dataCR                     // the CR behind the payload
	dataLF                     // the LF behind the payload
	inTrailer                  // trailer section, up to its empty line
	finished
)

// Body follows the bytes of one body and checks its framing. The zero Body is
// one that has ended. It belongs to a stream's direction and keeps no reference
// to what it is fed.
type Body struct {
	left    int64 // bytes to come of the body (Length) or of the chunk
	framing htx.Framing
	state   bodyState
	sized   bool   // the chunk size has a digit
	noTrail bool   // Feed leaves trailers out
	trail   int    // bytes of the trailers that Feed has passed on
	hold    []byte // trailer section: what has come of it, or what Decode found
}

// Start begins a body; length counts only for htx.Length.
func (b *Body) Start(f htx.Framing, length int64) {
	*b = Body{framing: f, left: length, hold: b.hold[:0]}
	switch f {
	case htx.NoBody:
		b.state, b.left = finished, 0
	case htx.Length:
		if length <= 0 {
			b.state = finished
		}
	case htx.Chunked:
		b.left = 0
	default:
		b.left = math.MaxInt64
	}
}

// DropTrailers lets Feed leave out the trailer fields that are still to come. It
// returns how many bytes of them Feed has passed on before: they stand in front of
// the empty line that ended the body.
func (b *Body) DropTrailers() (passed int) {
	b.noTrail = true
	return b.trail
}

// Done reports whether the body has ended. One that goes on to the end of the
// connection, or a tunnel, never ends here.
func (b *Body) Done() bool { return b.framing == htx.NoBody || b.state == finished }

// Endless reports whether the body goes on to the end of the connection.
func (b *Body) Endless() bool { return b.framing == htx.ToClose || b.framing == htx.Tunnel }

// Remaining returns how many bytes may be forwarded without being looked at:
// the rest of the body, or of the current chunk's payload.
func (b *Body) Remaining() int64 {
	if b.Done() || b.framing == htx.Chunked && b.state != inData {
		return 0
	}
	return b.left
}

// Skip accounts for n bytes, at most Remaining, that were forwarded unseen.
func (b *Body) Skip(n int64) {
	if b.left == math.MaxInt64 {
		return
	}
	if b.left -= n; b.left > 0 {
		return
	}
	if b.framing == htx.Chunked {
		b.state = dataCR
	} else {
		b.state = finished
	}
}

// Feed consumes body bytes of p: the first n belong to the body, and out is
// what a peer gets that uses the same framing. That is p[:n] itself unless
// something had to be removed, which is done in place: chunk extensions, zeros
// before a size, and trailer fields that must not be there. The last chunk and the
// trailers are held back until the body has ended: then out may be longer than
// what was consumed. It is valid until the next call. done reports the end of the body. With an error, n is where in p
// it shows.
func (b *Body) Feed(p []byte) (out []byte, n int, done bool, err Error) {
	if b.framing == htx.Chunked {
		return b.chunked(p, true)
	}
	return b.plain(p)
}

// Decode is Feed for consumers that want the payload alone: out is the payload
// that p[:n] carries, moved together in place. Trailers returns what followed.
func (b *Body) Decode(p []byte) (out []byte, n int, done bool, err Error) {
	if b.framing == htx.Chunked {
		return b.chunked(p, false)
	}
	return b.plain(p)
}

// Trailers returns the checked trailer section that Decode came across, as
// "Name: value\r\n" lines. It is valid until Start.
func (b *Body) Trailers() []byte { return b.hold }

// plain is Feed for framings that add nothing to the payload.
func (b *Body) plain(p []byte) (out []byte, n int, done bool, err Error) {
	if b.Done() {
		return nil, 0, true, OK
	}
	n = len(p)
	if int64(n) > b.left {
		n = int(b.left)
	}
	b.Skip(int64(n))
	return p[:n], n, b.state == finished, OK
}
