package h1

import (
	"strings"
	"testing"

	"segue/internal/htx"
)

const ok200 = "HTTP/1.1 200 OK\r\n"

var responseCases = []headCase{
	{name: "canonical", in: ok200 + "A: b\r\n"},
	{name: "no reason", in: "HTTP/1.1 404\r\n", want: "HTTP/1.1 404 Not Found\r\n"},
	{name: "empty reason", in: "HTTP/1.1 200 \r\n", want: ok200},
	{name: "unknown status without reason", in: "HTTP/1.1 599\r\n", want: "HTTP/1.1 599 Server Error\r\n"},
	{name: "blanks between words", in: "HTTP/1.1  200 \tOK\r\n", want: ok200},
	{name: "reason with tab and obs-text", in: "HTTP/1.1 200 O\t\xe9 K\r\n"},
	{name: "reason with NUL", in: "HTTP/1.1 200 O\x00K\r\n", err: BadStartLine},
	{name: "reason with CR", in: "HTTP/1.1 200 O\rK\r\n", err: BadLineEnd},
	{name: "bare LF", in: "HTTP/1.1 200 OK\nA: b\n", want: ok200 + "A: b\r\n"},
	{name: "status 999", in: "HTTP/1.1 999 X\r\n"},
	{name: "status 099", in: "HTTP/1.1 099 X\r\n", err: BadStartLine},
	{name: "status of two digits", in: "HTTP/1.1 99 X\r\n", err: BadStartLine},
	{name: "status of four digits", in: "HTTP/1.1 1000 X\r\n", err: BadStartLine},
	{name: "status with a letter", in: "HTTP/1.1 2x0 X\r\n", err: BadStartLine},
	{name: "status glued to its reason", in: "HTTP/1.1 200OK\r\n", err: BadStartLine},
	{name: "version 1.0", in: "HTTP/1.0 200 OK\r\n", want: "HTTP/1.0 200 OK\r\n"},
	{name: "version 1.2", in: "HTTP/1.2 200 OK\r\n", want: ok200},
	{name: "version 1.10", in: "HTTP/1.10 200 OK\r\n", err: BadVersion},
	{name: "other protocol", in: "ICY 200 OK\r\n", err: BadVersion},
	{name: "HTTP/0.9", in: "hello\r\n", err: BadVersion},
	{name: "empty lines before", in: "\r\n\n" + ok200, want: ok200},
	{name: "bad name", in: ok200 + "a b: c\r\n", err: BadName},
	{name: "space before the colon", in: ok200 + "a : c\r\n", err: BadName},
	{name: "NUL in a value", in: ok200 + "a: \x00\r\n", err: BadValue},
	{name: "folded value", in: ok200 + "a: b\r\n c\r\n", want: ok200 + "a: b   c\r\n"},
	{name: "Host means nothing here", in: ok200 + "Host: a/b\r\nHost: c\r\n"},
	{name: "101 without Connection", in: "HTTP/1.1 101 X\r\nUpgrade: foo\r\n", err: BadUpgrade},
}

var unsafeResponseCases = []headCase{
	{name: "status of four digits", in: "HTTP/1.1 1000 X\r\n"},
	{name: "status beyond 16 bits", in: "HTTP/1.1 70000 X\r\n", err: BadStartLine},
	{name: "other protocol", in: "ICY 200 OK\r\n", want: "HTTP/1.0 200 OK\r\n"},
	{name: "bad name is dropped", in: ok200 + "a : c\r\nB: d\r\n", want: ok200 + "B: d\r\n"},
	{name: "NUL in a value", in: ok200 + "a: \x00\r\n"},
	{name: "empty coding is dropped", in: ok200 + "Transfer-Encoding:\r\nContent-Length: 5\r\n", want: ok200 + "Content-Length: 5\r\n"},
	{name: "chunked twice is once", in: ok200 + "Transfer-Encoding: chunked, chunked\r\n", want: ok200 + "Transfer-Encoding: chunked\r\n"},
	{name: "chunked in two fields is one", in: ok200 + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", want: ok200 + "Transfer-Encoding: chunked\r\n"},
	{name: "chunked not last", in: ok200 + "Transfer-Encoding: chunked, gzip\r\n", err: BadTransfer},
}

var anyStatusCases = []headCase{
	{name: "status of two digits", in: "HTTP/1.1 99 X\r\n"},
	{name: "status of one digit", in: "HTTP/1.1 5 X\r\n"},
	{name: "status 200", in: ok200},
	{name: "status of four digits", in: "HTTP/1.1 1000 X\r\n", err: BadStartLine},
	{name: "no status", in: "HTTP/1.1 X\r\n", err: BadStartLine},
	{name: "101 without Connection", in: "HTTP/1.1 101 X\r\n"},
}

func TestParseResponseAnyStatus(t *testing.T) {
	runResponses(t, anyStatusCases, &Limits{MaxFields: 101, MaxHead: 15360, AcceptUnsafeResponse: true, AnyStatus: true})
}

func TestParseResponseVerdicts(t *testing.T) { runResponses(t, responseCases, &lim) }

func TestParseResponseAcceptUnsafe(t *testing.T) { runResponses(t, unsafeResponseCases, &unsafeLim) }

func runResponses(t *testing.T, cases []headCase, lim *Limits) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var h htx.Head
			in := c.in + "\r\n"
			for i := range in { // where it is cut changes no verdict
				n, err := ParseResponse(&h, []byte(in[:i]), max(i-1, 0), Get, lim)
				if n != 0 && err == OK || err != OK && err != c.err {
					t.Fatalf("ParseResponse(%q) = %d, %v, want 0, OK or %v", in[:i], n, err, c.err)
				}
			}
			n, err := ParseResponse(&h, []byte(in+"body"), 0, Get, lim)
			if err != c.err {
				t.Fatalf("ParseResponse(%q) = %d, %v, want %v", in, n, err, c.err)
			}
			if err != OK {
				return
			}
			want := c.want
			if want == "" {
				want = c.in
			}
			if got := string(AppendResponse(nil, &h)); n != len(in) || got != want {
				t.Errorf("ParseResponse(%q) = %d, AppendResponse = %q, want %d, %q", in, n, got, len(in), want)
			}
		})
	}
}

// TestResponseFraming is RFC 9112 6.3, a line for each of its rules.
func TestResponseFraming(t *testing.T) {
	const cl, te = "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"
	const up = "Connection: upgrade\r\nUpgrade: foo\r\n"
	for _, c := range []struct {
		name    string
		method  MethodKind
		in      string
		want    string // fields as written again
		err     Error
		framing htx.Framing
		length  int64
	}{
		{name: "1xx", method: Get, in: "103 X\r\n" + cl + te, framing: htx.NoBody, length: -1},
		{name: "204", method: Get, in: "204 X\r\n" + cl + te, framing: htx.NoBody, length: -1},
		{name: "304 keeps the length", method: Get, in: "304 X\r\n" + cl, want: cl, framing: htx.NoBody, length: 5},
		{name: "HEAD keeps the length", method: Head, in: "200 OK\r\n" + cl, want: cl, framing: htx.NoBody, length: 5},
		{name: "HEAD keeps the coding", method: Head, in: "200 OK\r\n" + te, want: te, framing: htx.NoBody, length: -1},
		{name: "HEAD with both", method: Head, in: "200 OK\r\n" + te + cl, want: te, framing: htx.NoBody, length: -1},
		{name: "CONNECT accepted", method: Connect, in: "200 OK\r\n" + cl + te, framing: htx.Tunnel, length: -1},
		{name: "CONNECT refused", method: Connect, in: "403 X\r\n" + cl, want: cl, framing: htx.Length, length: 5},
		{name: "101", method: Get, in: "101 X\r\n" + up + cl, want: up, framing: htx.Tunnel, length: -1},
		{name: "101 with Connection alone", method: Get, in: "101 X\r\nConnection: upgrade\r\n", want: "Connection: upgrade\r\n", framing: htx.Tunnel, length: -1},
		{name: "chunked", method: Get, in: "200 OK\r\n" + te, want: te, framing: htx.Chunked, length: -1},
		{name: "chunked over length", method: Get, in: "200 OK\r\n" + cl + te, want: te, framing: htx.Chunked, length: -1},
		{name: "chunked with a bad length", method: Get, in: "200 OK\r\n" + te + "Content-Length: 5a\r\n", err: BadLength},
		{name: "gzip", method: Get, in: "200 OK\r\nTransfer-Encoding: gzip\r\n", err: BadTransfer},
		{name: "gzip, chunked", method: Get, in: "200 OK\r\nTransfer-Encoding: gzip, chunked\r\n", err: NotImplemented},
		{name: "identity with length", method: Get, in: "200 OK\r\nTransfer-Encoding: identity\r\n" + cl, err: BadTransfer},
		{name: "chunked twice", method: Get, in: "200 OK\r\nTransfer-Encoding: chunked, chunked\r\n", err: BadTransfer},
		{name: "length", method: Get, in: "200 OK\r\n" + cl, want: cl, framing: htx.Length, length: 5},
		{name: "equal lengths", method: Get, in: "200 OK\r\n" + cl + cl, want: cl, framing: htx.Length, length: 5},
		{name: "other lengths", method: Get, in: "200 OK\r\n" + cl + "Content-Length: 6\r\n", err: BadLength},
		{name: "length 0", method: Get, in: "200 OK\r\nContent-Length: 0\r\n", want: "Content-Length: 0\r\n", framing: htx.NoBody},
		{name: "none", method: Get, in: "200 OK\r\n", framing: htx.ToClose, length: -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var h htx.Head
			in := "HTTP/1.1 " + c.in + "\r\n"
			n, err := ParseResponse(&h, []byte(in), 0, c.method, &lim)
			if err != c.err || err == OK && n != len(in) {
				t.Fatalf("ParseResponse(%q) = %d, %v, want %d, %v", in, n, err, len(in), c.err)
			}
			if err != OK {
				return
			}
			if h.Framing != c.framing || h.ContentLength != c.length {
				t.Errorf("framing %d, length %d, want %d, %d", h.Framing, h.ContentLength, c.framing, c.length)
			}
			if got := string(h.AppendFields(nil)); got != c.want {
				t.Errorf("AppendFields = %q, want %q", got, c.want)
			}
		})
	}
}

func TestResponseFlags(t *testing.T) {
	for _, c := range []struct {
		in   string
		want htx.Flags
	}{
		{ok200, 0},
		{"HTTP/1.0 200 OK\r\n", htx.ConnClose},
		{"HTTP/1.1 401 X\r\nWWW-Authenticate: NTLM\r\n", htx.NTLM},
		{"HTTP/1.1 401 X\r\nWWW-Authenticate: Negotiate abc\r\n", htx.NTLM},
		{"HTTP/1.1 401 X\r\nWWW-Authenticate: Basic\r\n", 0},
		{"HTTP/1.1 200 X\r\nWWW-Authenticate: NTLM\r\n", 0},
		{"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n", htx.ConnClose},
	} {
		var h htx.Head
		if _, err := ParseResponse(&h, []byte(c.in+"\r\n"), 0, Get, &lim); err != OK || h.Flags != c.want {
			t.Errorf("ParseResponse(%q) = %v, flags %b, want %b", c.in, err, h.Flags, c.want)
		}
	}
}

func TestParseResponseLimits(t *testing.T) {
	var h htx.Head
	in := ok200 + strings.Repeat("X: y\r\n", 101) + "\r\n"
	if n, err := ParseResponse(&h, []byte(in), 0, Get, &lim); err != TooManyFields {
		t.Errorf("101 fields: ParseResponse = %d, %v, want TooManyFields", n, err)
	}
	in = ok200 + "X: " + strings.Repeat("a", 16000)
	if n, err := ParseResponse(&h, []byte(in), 0, Get, &lim); err != TooLarge || n != lim.MaxHead {
		t.Errorf("16000 bytes: ParseResponse = %d, %v, want %d, TooLarge", n, err, lim.MaxHead)
	}
}

func TestParseResponseErrorPosition(t *testing.T) {
	for _, c := range []struct {
		in  string
		pos int
	}{
		{"HTT%P/1.1 200 OK\r\n\r\n", 3},
		{"Upgrade: foo\r\n\r\n", 1},
		{"HTTP/1.1 30F N\r\n\r\n", len("HTTP/1.1 30")},
		{"HTTP/1.1 30 N\r\n\r\n", len("HTTP/1.1 ")},
		{"HTTP/1.1 200 O\rK\r\n\r\n", len("HTTP/1.1 200 O\r")},
		{"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", len("HTTP/1.1 200 OK\r\nContent-Length: ")},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", len("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n")},
	} {
		var h htx.Head
		if n, err := ParseResponse(&h, []byte(c.in), 0, Get, &lim); n != c.pos || err == OK {
			t.Errorf("ParseResponse(%q) = %d, %v, want %d and an error", c.in, n, err, c.pos)
		}
	}
}
