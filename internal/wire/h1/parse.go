package h1

import (
	"bytes"

	"segue/internal/htx"
)

// Limits bound what a parser accepts. A zero MaxFields or MaxHead does not
// limit.
type Limits struct {
	// MaxFields is tune.http.maxhdr, 101 by default. It counts the start line
	// too, so a head has at most MaxFields-1 fields.
	MaxFields int
	MaxHead   int // bytes, see MaxHead
	// MaxWeight bounds the head by its contents, in the bytes that HAProxy 3.4 takes to
	// hold it: see weight. 0 does not limit.
	MaxWeight int
	// AcceptUnsafeRequest and AcceptUnsafeResponse are the proxy's
	// accept-unsafe-violations-in-http-request and -response.
	AcceptUnsafeRequest, AcceptUnsafeResponse bool
	// AcceptPayload is h1-accept-payload-with-any-method.
	AcceptPayload bool
	// AnyStatus takes a status of one to three digits, and a 101 that nobody asked
	// for: health checks judge by it.
	AnyStatus bool
}

// ParseRequest parses the request head at the start of b into h, which it
// resets, and copies the head's bytes into h's arena. Empty lines in front of
// the request line are skipped (RFC 9112 2.2).
//
// With OK, n is how many bytes the head takes in b, those empty lines included;
// 0 means that b is a correct beginning and more is needed, and h is undefined.
// With an error, n is the offset in b where it shows, for "show errors".
//
// from is how many bytes of b a previous call has seen that returned 0: unless
// a line was completed since, nothing is parsed again, so a client that sends
// byte by byte costs at most MaxFields times the head's length.
func ParseRequest(h *htx.Head, b []byte, from int, lim *Limits) (n int, err Error) {
	if !newLine(b, from) {
		return incomplete(b, lim)
	}
	h.Reset()
	start, err := emptyLines(b)
	if err != OK {
		return start, err
	}
	s := scanner{h: h, b: b[start:], maxFields: lim.MaxFields, unsafe: lim.AcceptUnsafeRequest, payload: lim.AcceptPayload}
	p, err := s.requestLine()
	if err == OK && p > 0 && !s.simple {
		p, err = s.fields(p)
	}
	switch {
	case err != OK:
		return start + p, err
	case p == 0:
		return incomplete(b, lim)
	case lim.MaxHead > 0 && p > lim.MaxHead:
		return incomplete(b[:start+lim.MaxHead], lim)
	}
	s.keep(p)
	if lim.MaxWeight > 0 && !s.fits(p, lim.MaxWeight) {
		return start + p, TooLarge
	}
	if at, err := s.requestMeaning(); err != OK {
		return start + at, err
	}
	if h.Violation != 0 {
		h.Violation += int32(start)
	}
	return start + p, OK
}

// ParseResponse is ParseRequest for a response; method is what the request was,
// since the answers to HEAD and CONNECT are framed otherwise (RFC 9112 6.3).
// Whether a 101 was asked for only the caller can tell.
func ParseResponse(h *htx.Head, b []byte, from int, method MethodKind, lim *Limits) (n int, err Error) {
	if !newLine(b, from) {
		return incomplete(b, lim)
	}
	h.Reset()
	start, err := emptyLines(b)
	if err != OK {
		return start, err
	}
	s := scanner{h: h, b: b[start:], maxFields: lim.MaxFields, unsafe: lim.AcceptUnsafeResponse, anyStatus: lim.AnyStatus}
	p, err := s.statusLine()
	if err == OK && p > 0 {
		p, err = s.fields(p)
	}
	switch {
	case err != OK:
		return start + p, err
	case p == 0:
		return incomplete(b, lim)
	case lim.MaxHead > 0 && p > lim.MaxHead:
		return incomplete(b[:start+lim.MaxHead], lim)
	}
	s.keep(p)
	if lim.MaxWeight > 0 && !s.fits(p, lim.MaxWeight) {
		return start + p, TooLarge
	}
	if at, err := s.responseMeaning(method); err != OK {
		return start + at, err
	}
	if h.Violation != 0 {
		h.Violation += int32(start)
	}
	return start + p, OK
}

// MaxHead is how many bytes of an unfinished head fit a buffer of size bytes:
// HAProxy 3.4 gives up 56 bytes before its end, whatever it keeps for rewrites;
// measured with requests and responses.
func MaxHead(size int) int { return size - 56 }

// MaxWeight is the limit of a head's weight for a buffer of size bytes of which
// reserve are kept for rewrites. The 77 bytes are what HAProxy 3.4 needs beside
// the parts of a message; measured with requests and responses of many shapes.
func MaxWeight(size, reserve int) int { return size - reserve - 77 }

// fieldWeight is what a field takes beside its name and value, in HAProxy 3.4.
const fieldWeight = 8

// fits says whether the head in the arena, of n bytes on the wire, weighs at most
// max: the parts of its start line, and each field's name, value and fieldWeight.
func (s *scanner) fits(n, max int) bool {
	h := s.h
	if n+fieldWeight*len(h.Fields) <= max {
		return true
	}
	w := len("HTTP/1.1") + int(h.Method.Len) + int(h.Target.Len) + int(h.Reason.Len)
	if h.Status != 0 {
		w += len("200")
	}
	for i := range h.Fields {
		w += int(h.Fields[i].NameLen) + int(h.Fields[i].Len) + fieldWeight
	}
	return w <= max
}

// newLine reports whether a line may have been completed since the first from
// bytes of b were seen.
func newLine(b []byte, from int) bool {
	return from <= 0 || from > len(b) || bytes.IndexByte(b[from:], '\n') >= 0
}

// emptyLines returns where the start line begins. A CR counts only with its LF.
func emptyLines(b []byte) (int, Error) {
	p := 0
	for p < len(b) && (b[p] == '\n' || b[p] == '\r') {
		if b[p] == '\r' {
			if p+1 == len(b) {
				break
			}
			if p++; b[p] != '\n' {
				return p, BadLineEnd
			}
		}
		p++
	}
	return p, OK
}

// incomplete is the verdict on a head whose end has not come in b: more is
// needed, unless it cannot fit any more.
func incomplete(b []byte, lim *Limits) (int, Error) {
	if lim.MaxHead <= 0 || len(b) < lim.MaxHead {
		return 0, OK
	}
	start, _ := emptyLines(b)
	if bytes.IndexByte(b[start:], '\n') < 0 {
		return lim.MaxHead, URITooLong
	}
	return lim.MaxHead, TooLarge
}
