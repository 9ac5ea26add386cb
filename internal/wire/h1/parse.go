package h1

import (
	"bytes"

	"segue/internal/htx"
)

// Limits bound what a parser accepts. A zero MaxFields or MaxHead does not
// limit.
type Limits struct {
	MaxFields int // tune.http.maxhdr: 101 by default
	MaxHead   int // bytes: tune.bufsize less tune.maxrewrite
	// AcceptUnsafeRequest and AcceptUnsafeResponse are the proxy's
	// accept-unsafe-violations-in-http-request and -response.
	AcceptUnsafeRequest, AcceptUnsafeResponse bool
}

// ParseRequest parses the request head at the start of b into h, which it
// resets, and copies the head's bytes into h's arena. Empty lines in front of
// the request line are skipped (RFC 9112 2.2).
//
// With OK, n is how many bytes the head takes in b, empty lines included; 0
// means that b is a correct beginning and more is needed, and h is undefined.
// With an error, n is the offset in b of the byte where it shows, for "show
// errors".
//
// from is how many bytes of b a previous call has seen that returned 0: unless
// a line was completed since, nothing is parsed again, so a client that sends
// byte by byte costs no more than MaxFields times the head's length.
func ParseRequest(h *htx.Head, b []byte, from int, lim *Limits) (n int, err Error) {
	if from > 0 && from <= len(b) && bytes.IndexByte(b[from:], '\n') < 0 {
		return 0, tooLarge(b, lim)
	}
	h.Reset()
	start := 0
	for start < len(b) && (b[start] == '\n' || b[start] == '\r') {
		start++
	}
	s := scanner{h: h, b: b[start:], maxFields: lim.MaxFields, unsafe: lim.AcceptUnsafeRequest}
	p, err := s.requestLine()
	if err == OK && p > 0 {
		p, err = s.fields(p)
	}
	switch {
	case err != OK:
		return start + p, err
	case p == 0:
		return 0, tooLarge(b, lim)
	case lim.MaxHead > 0 && p > lim.MaxHead:
		return start + lim.MaxHead, TooLarge
	}
	s.keep(p)
	if at, err := s.requestMeaning(); err != OK {
		return start + at, err
	}
	return start + p, OK
}

// ParseResponse is ParseRequest for a response; method is what the request was,
// since the answers to HEAD and CONNECT are framed otherwise (RFC 9112 6.3).
func ParseResponse(h *htx.Head, b []byte, from int, method MethodKind, lim *Limits) (n int, err Error) {
	if from > 0 && from <= len(b) && bytes.IndexByte(b[from:], '\n') < 0 {
		return 0, tooLarge(b, lim)
	}
	h.Reset()
	s := scanner{h: h, b: b, maxFields: lim.MaxFields, unsafe: lim.AcceptUnsafeResponse}
	p, err := s.statusLine()
	if err == OK && p > 0 {
		p, err = s.fields(p)
	}
	switch {
	case err != OK:
		return p, err
	case p == 0:
		return 0, tooLarge(b, lim)
	case lim.MaxHead > 0 && p > lim.MaxHead:
		return lim.MaxHead, TooLarge
	}
	s.keep(p)
	return s.responseMeaning(p, method)
}

// tooLarge is the verdict on a head that is not complete.
func tooLarge(b []byte, lim *Limits) Error {
	if lim.MaxHead > 0 && len(b) >= lim.MaxHead {
		return TooLarge
	}
	return OK
}
