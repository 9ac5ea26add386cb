package stats

import (
	"crypto/subtle"
	"strconv"

	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/stream"
)

// body is an answer that is made while it is sent, in chunks, so that its
// length costs no memory. It belongs to the stream's task.
type body struct {
	s           *lb.Stream
	buf         []byte // not sent yet
	out         []byte
	contentType string
	refresh     string // Refresh field, "" = none
	started     bool
	failed      bool
	keep        bool
}

// pieceSize is how much is gathered before it is sent.
const pieceSize = 16 << 10

func newBody(s *lb.Stream) *body { return &body{s: s} }

// flush sends what has been gathered when it is enough, and lets the loop's
// other tasks run: a client may read as fast as a long page is made. It returns
// false when the client is gone.
func (b *body) flush() bool {
	if len(b.buf) >= pieceSize {
		b.piece()
		b.s.Task.Yield()
	}
	return !b.failed
}

// piece sends the head, if it was not sent yet, and what has been gathered.
func (b *body) piece() {
	if b.failed {
		return
	}
	if !b.started {
		b.start()
		if b.failed {
			return
		}
	}
	if b.s.Flags&lb.HeadRequest != 0 || len(b.buf) == 0 {
		b.buf = b.buf[:0]
		return
	}
	b.out = b.out[:0]
	if b.s.Req.Minor > 0 {
		b.out = append(strconv.AppendInt(b.out, int64(len(b.buf)), 16), "\r\n"...)
		b.out = append(append(b.out, b.buf...), "\r\n"...)
	} else {
		b.out = append(b.out, b.buf...)
	}
	b.buf = b.buf[:0]
	b.write(b.out)
}

func (b *body) write(p []byte) {
	n, st := b.s.Session.Conn.Write(b.s.Task, p, b.s.Timeouts.Client)
	b.s.BytesOut += int64(n)
	if st != sched.OK {
		b.failed = true
		b.s.Term[0], b.s.Term[1] = 'C', 'D'
	}
}

// start sends the head. A client of HTTP/1.0 gets a body that ends with the
// connection.
func (b *body) start() {
	b.started = true
	s, h := b.s, &b.s.Res
	h.Reset()
	h.Status, h.Minor, h.Framing = 200, 1, htx.Chunked
	h.SetReason([]byte("OK"))
	h.AddString(htx.CacheControl, "Cache-Control", []byte("no-cache"))
	h.AddString(htx.ContentType, "Content-Type", []byte(b.contentType))
	if b.refresh != "" {
		h.AddString(htx.Other, "Refresh", []byte(b.refresh))
	}
	switch {
	case s.Flags&lb.HeadRequest != 0: // as HAProxy: no body, no framing
	case s.Req.Minor > 0:
		h.AddString(htx.TransferEncoding, "Transfer-Encoding", []byte("chunked"))
	default:
		s.Flags |= lb.CloseClient
	}
	b.keep = stream.Send(s, nil)
	b.failed = s.Term[0] == 'C'
}

// finish sends the rest and reports whether the connection can go on.
func (b *body) finish() bool {
	b.piece()
	if !b.failed && b.s.Req.Minor > 0 && b.s.Flags&lb.HeadRequest == 0 {
		b.write([]byte("0\r\n\r\n"))
	}
	return b.keep && !b.failed
}

func constantTimeEqual(a, b []byte) int { return subtle.ConstantTimeCompare(a, b) }
