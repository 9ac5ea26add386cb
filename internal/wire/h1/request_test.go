package h1

import (
	"strings"
	"testing"

	"segue/internal/htx"
)

var (
	lim       = Limits{MaxFields: 101, MaxHead: 15360}
	unsafeLim = Limits{MaxFields: 101, MaxHead: 15360, AcceptUnsafeRequest: true, AcceptUnsafeResponse: true}
)

// headCase is a head without its empty line, and what becomes of it: an error,
// or what is written again; with "" for want the head itself.
type headCase struct {
	name string
	in   string
	want string
	err  Error
}

const hostA = "GET / HTTP/1.1\r\nHost: a\r\n"

var requestCases = []headCase{
	{name: "canonical", in: hostA},
	{name: "no Host", in: "GET / HTTP/1.1\r\n"},
	{name: "blanks around a value", in: hostA + "X: \t b \r\nY:c\r\n", want: hostA + "X: b\r\nY: c\r\n"},
	{name: "empty values", in: hostA + "X:\r\nY: \r\n", want: hostA + "X: \r\nY: \r\n"},
	{name: "controls inside a value", in: hostA + "X: a\x01\x0b\x7f\xe9\tb\r\n"},

	{name: "folded value is joined", in: hostA + "X: a\r\n b\r\n\tc\r\nY: z\r\n", want: hostA + "X: a   b  \tc\r\nY: z\r\n"},
	{name: "fold around an only line", in: hostA + "X:\r\n b\r\n \r\n", want: hostA + "X: b\r\n"},
	{name: "fold before any field", in: "GET / HTTP/1.1\r\n X: b\r\n", err: BadName},
	{name: "bare CR in a value", in: hostA + "X: a\rb\r\n", err: BadLineEnd},
	{name: "two CR end a value", in: hostA + "X: a\r\r\n", err: BadLineEnd},
	{name: "bare LF ends a line", in: "GET / HTTP/1.1\nHost: a\nX: b\r\n", want: hostA + "X: b\r\n"},
	{name: "blank and bare LF are not CRLF", in: hostA + "X: a \n", want: hostA + "X: a\r\n"},
	{name: "empty value and bare LF", in: hostA + "X: \n", want: hostA + "X: \r\n"},
	{name: "NUL in a value", in: hostA + "X: a\x00\r\n", err: BadValue},
	{name: "space before the colon", in: hostA + "X : a\r\n", err: BadName},
	{name: "tab before the colon", in: hostA + "X\t: a\r\n", err: BadName},
	{name: "no name", in: hostA + ": a\r\n", err: BadName},
	{name: "pseudo-header", in: hostA + ":path: /\r\n", err: BadName},
	{name: "no colon", in: hostA + "abc\r\n", err: BadName},
	{name: "parenthesis in a name", in: hostA + "a(b: c\r\n", err: BadName},
	{name: "byte above 127 in a name", in: hostA + "a\xe9: c\r\n", err: BadName},

	{name: "empty lines before", in: "\r\n\n\r\n" + hostA, want: hostA},
	{name: "CR before", in: "\r" + hostA, err: BadLineEnd},
	{name: "space before", in: " " + hostA, err: BadMethod},
	{name: "TLS hello", in: "\x16\x03\x01\x02\x00", err: BadMethod},
	{name: "words far apart", in: "GET \t/\t  HTTP/1.1\r\nHost: a\r\n", want: hostA},
	{name: "space behind the version", in: "GET / HTTP/1.1 \r\n", err: BadVersion},
	{name: "four words", in: "GET / x HTTP/1.1\r\n", err: BadVersion},
	{name: "every tchar in a method", in: "M!#$%&'*+-.^_`|~1 / HTTP/1.1\r\n"},
	{name: "lower-case method", in: "get / HTTP/1.1\r\n"},
	{name: "method with parenthesis", in: "G(T / HTTP/1.1\r\n", err: BadMethod},
	{name: "HTTP/0.9", in: "GET /\r\n", err: BadVersion},
	{name: "version 0.9 spelt out", in: "GET / HTTP/0.9\r\n", err: BadVersion},
	{name: "version 1.0", in: "GET / HTTP/1.0\r\n", want: "GET / HTTP/1.0\r\n"},
	{name: "version 1.2 is read as 1.1", in: "GET / HTTP/1.2\r\n", want: "GET / HTTP/1.1\r\n"},
	{name: "version 2.0 is read as 1.1", in: "GET / HTTP/2.0\r\n", want: "GET / HTTP/1.1\r\n"},
	{name: "version 1.10", in: "GET / HTTP/1.10\r\n", err: BadVersion},
	{name: "version 01.1", in: "GET / HTTP/01.1\r\n", err: BadVersion},
	{name: "version 1", in: "GET / HTTP/1\r\n", err: BadVersion},
	{name: "lower-case protocol", in: "GET / http/1.1\r\n", err: BadVersion},
	{name: "other protocol", in: "GET / RTSP/1.0\r\n", err: BadVersion},
	{name: "CR in the version", in: "GET / HTTP/1.1\r\r\n", err: BadVersion},

	{name: "visible bytes in a target", in: "GET /!\"$%&'()*+,-.:;<=>?@[\\]^_`{|}~ HTTP/1.1\r\n"},
	{name: "fragment", in: "GET /a#b HTTP/1.1\r\n", err: BadTarget},
	{name: "byte above 127 in a target", in: "GET /\xe9 HTTP/1.1\r\n", err: BadTarget},
	{name: "DEL in a target", in: "GET /\x7f HTTP/1.1\r\n", err: BadTarget},
	{name: "control in a target", in: "GET /\x01 HTTP/1.1\r\n", err: BadTarget},
	{name: "query without a path", in: "GET ?q HTTP/1.1\r\n", err: BadTarget},
	{name: "target without a slash", in: "GET admin/a HTTP/1.1\r\n", err: BadTarget},
	{name: "asterisk of OPTIONS", in: "OPTIONS * HTTP/1.1\r\n"},
	{name: "asterisk of an unknown method", in: "FOO * HTTP/1.1\r\n"},
	{name: "asterisk of GET", in: "GET * HTTP/1.1\r\n", err: BadTarget},
	{name: "asterisk of PRI", in: "PRI * HTTP/1.1\r\n", err: BadMethod},
	{name: "PRI of a path", in: "PRI / HTTP/1.1\r\nHost: a\r\n", err: BadMethod},
	{name: "asterisk and more", in: "OPTIONS */test HTTP/1.1\r\n", err: BadTarget},
	{name: "two slashes are a path", in: "GET //b/p HTTP/1.1\r\nHost: a\r\n"},

	{name: "Host twice alike", in: hostA + "Host: A\r\n", want: hostA},
	{name: "Host twice", in: hostA + "Host: b\r\n", err: BadHost},
	{name: "Host twice but for the default port", in: hostA + "Host: a:80\r\n", err: BadHost},
	{name: "Host empty", in: "GET / HTTP/1.1\r\nHost: \r\n"},
	{name: "Host list", in: "GET / HTTP/1.1\r\nHost: a,b\r\n", err: BadHost},
	{name: "Host with a blank", in: "GET / HTTP/1.1\r\nHost: a b\r\n", err: BadHost},
	{name: "Host with a path", in: "GET / HTTP/1.1\r\nHost: a/b\r\n", err: BadHost},
	{name: "Host with userinfo", in: "GET / HTTP/1.1\r\nHost: u@a\r\n", err: BadHost},
	{name: "Host with a backslash", in: "GET / HTTP/1.1\r\nHost: a\\b\r\n", err: BadHost},
	{name: "Host with a control", in: "GET / HTTP/1.1\r\nHost: a\x01\r\n", err: BadHost},
	{name: "Host is IPv6", in: "GET / HTTP/1.1\r\nHost: [::1]:80\r\n"},
	{name: "Host bracket open", in: "GET / HTTP/1.1\r\nHost: [::1\r\n", err: BadHost},
	{name: "Host bracket closed twice", in: "GET / HTTP/1.1\r\nHost: [::1]]\r\n", err: BadHost},
	{name: "Host bracket inside", in: "GET / HTTP/1.1\r\nHost: x[::1]\r\n", err: BadHost},
	{name: "Host behind a bracket", in: "GET / HTTP/1.1\r\nHost: [::1]x\r\n", err: BadHost},

	{name: "absolute", in: "GET http://a/p HTTP/1.1\r\nHost: a\r\n"},
	{name: "absolute without Host", in: "GET http://a/p HTTP/1.1\r\n"},
	{name: "absolute, case of the host", in: "GET http://A/p HTTP/1.1\r\nHost: a\r\n"},
	{name: "absolute with default port", in: "GET HTTP://A:80/p HTTP/1.1\r\nHost: a\r\n", want: "GET HTTP://A/p HTTP/1.1\r\nHost: A\r\n"},
	{name: "absolute with default port in both", in: "GET http://u:p@a:80/p HTTP/1.1\r\nHost: a:80\r\n", want: "GET http://u:p@a/p HTTP/1.1\r\nHost: a\r\n"},
	{name: "absolute https default port", in: "GET https://a:443/p HTTP/1.1\r\nHost: a:\r\n", want: "GET https://a/p HTTP/1.1\r\nHost: a\r\n"},
	{name: "absolute default port in Host only", in: "GET http://a/p HTTP/1.1\r\nHost: a:80\r\n"},
	{name: "absolute empty port in Host only", in: "GET http://a/p HTTP/1.1\r\nHost: a:\r\n"},
	{name: "absolute empty port", in: "GET http://a:/p HTTP/1.1\r\nHost: a:80\r\n", want: "GET http://a/p HTTP/1.1\r\nHost: a\r\n"},
	{name: "absolute other scheme's port", in: "GET https://a:80/p HTTP/1.1\r\nHost: a:80\r\n"},
	{name: "absolute other port", in: "GET http://a:8080/p HTTP/1.1\r\nHost: a\r\n", err: HostMismatch},
	{name: "absolute other host", in: "GET http://b/p HTTP/1.1\r\nHost: a\r\n", err: HostMismatch},
	{name: "absolute no host", in: "GET http:///p HTTP/1.1\r\nHost: a\r\n", err: HostMismatch},
	{name: "absolute only a port", in: "GET http://: HTTP/1.1\r\nHost: :80\r\n", want: "GET http:/// HTTP/1.1\r\nHost: \r\n"},
	{name: "absolute port with zeros", in: "GET http://a:080/p HTTP/1.1\r\nHost: a\r\n", err: HostMismatch},
	{name: "absolute IPv6", in: "GET http://[::1]:80/p HTTP/1.1\r\nHost: [::1]\r\n", want: "GET http://[::1]/p HTTP/1.1\r\nHost: [::1]\r\n"},
	{name: "absolute without path", in: "GET http://a HTTP/1.1\r\nHost: a\r\n", want: "GET http://a/ HTTP/1.1\r\nHost: a\r\n"},
	{name: "absolute without path, OPTIONS", in: "OPTIONS http://a HTTP/1.1\r\nHost: a\r\n"},
	{name: "absolute with query for path", in: "GET http://a?q HTTP/1.1\r\nHost: a\r\n", err: BadTarget},
	{name: "absolute with two at signs", in: "GET http://u@b@a/ HTTP/1.1\r\nHost: a\r\n", err: BadTarget},
	{name: "absolute with a backslash", in: "GET http://a\\b/ HTTP/1.1\r\n", err: BadTarget},
	{name: "absolute of another scheme", in: "GET ftp+x-1.0://a/p HTTP/1.1\r\nHost: a\r\n"},
	{name: "absolute of another scheme, other host", in: "GET ftp://b/p HTTP/1.1\r\nHost: a\r\n", err: HostMismatch},
	{name: "scheme begins with a digit", in: "GET 1x://a/p HTTP/1.1\r\nHost: a\r\n", err: BadTarget},
	{name: "scheme missing", in: "GET ://a/p HTTP/1.1\r\nHost: a\r\n", err: BadTarget},
	{name: "scheme with one slash", in: "GET http:/a/p HTTP/1.1\r\nHost: a\r\n", err: BadTarget},

	{name: "CONNECT", in: "CONNECT a:8080 HTTP/1.1\r\nHost: a:8080\r\n"},
	{name: "CONNECT without Host", in: "CONNECT a:80 HTTP/1.1\r\n"},
	{name: "CONNECT default port in Host", in: "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n", want: "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n"},
	{name: "CONNECT default port, empty in Host", in: "CONNECT a:80 HTTP/1.1\r\nHost: a:\r\n"},
	{name: "CONNECT other port in Host", in: "CONNECT a:80 HTTP/1.1\r\nHost: a:443\r\n", err: HostMismatch},
	{name: "CONNECT no port in Host", in: "CONNECT a:8080 HTTP/1.1\r\nHost: a\r\n", err: HostMismatch},
	{name: "CONNECT IPv6", in: "CONNECT [::1]:80 HTTP/1.1\r\nHost: [::1]\r\n"},
	{name: "CONNECT without port", in: "CONNECT a HTTP/1.1\r\nHost: a\r\n", err: BadTarget},
	{name: "CONNECT empty port", in: "CONNECT a: HTTP/1.1\r\nHost: a\r\n", err: BadTarget},
	{name: "CONNECT port by name", in: "CONNECT a:http HTTP/1.1\r\nHost: a\r\n", err: BadTarget},
	{name: "CONNECT a path", in: "CONNECT / HTTP/1.1\r\nHost: a\r\n", err: BadTarget},
	{name: "CONNECT with a path", in: "CONNECT a:80/p HTTP/1.1\r\nHost: a\r\n", err: BadTarget},
	{name: "CONNECT with userinfo", in: "CONNECT u@a:80 HTTP/1.1\r\nHost: a\r\n", err: BadTarget},
	{name: "CONNECT absolute", in: "CONNECT http://a:80 HTTP/1.1\r\nHost: a\r\n", err: BadTarget},

	{name: "websocket without key", in: hostA + "Connection: Upgrade\r\nUpgrade: websocket\r\n", err: BadUpgrade},
	{name: "websocket with a short key", in: hostA + "Connection: Upgrade\r\nUpgrade: foo, WebSocket\r\nSec-WebSocket-Key: abc\r\n", err: BadUpgrade},
	{name: "websocket", in: hostA + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"},
	{name: "websocket not asked for", in: hostA + "Upgrade: websocket\r\n"},
}

var unsafeRequestCases = []headCase{
	{name: "bad names are dropped", in: "GET / HTTP/1.1\r\n X: b\r\nY : c\r\nz\xe9: d\r\nHost: a\r\n", want: hostA},
	{name: "no colon", in: hostA + "a b\r\n", err: BadName},
	{name: "no name", in: hostA + ": a\r\n", err: BadName},
	{name: "NUL in a value", in: hostA + "X: a\x00b\r\n"},
	{name: "bare CR in a value", in: hostA + "X: a\rb\r\n", err: BadLineEnd},
	{name: "fragment and bytes above 127", in: "GET /\xe9#b HTTP/1.1\r\n"},
	{name: "control in a target", in: "GET /\x01 HTTP/1.1\r\n", err: BadTarget},
	{name: "other host", in: "GET http://b:80/p HTTP/1.1\r\nHost: a\r\n"},
	{name: "CONNECT anything", in: "CONNECT b/c:x HTTP/1.1\r\nHost: a\r\n"},
	{name: "CONNECT of a path", in: "CONNECT / HTTP/1.1\r\nHost: a\r\n", err: BadTarget},
	{name: "CONNECT of a URL", in: "CONNECT http://a/ HTTP/1.1\r\nHost: a\r\n", err: BadTarget},
	{name: "PRI with violations accepted", in: "PRI / HTTP/1.1\r\nHost: a\r\n", err: BadMethod},
	{name: "other protocol", in: "GET / RTSP/1.0\r\n", want: "GET / HTTP/1.0\r\n"},
	{name: "version 1.10", in: "GET / HTTP/1.10\r\n", want: "GET / HTTP/1.0\r\n"},
	{name: "Host list", in: "GET / HTTP/1.1\r\nHost: a,b\r\n", err: BadHost},
	{name: "websocket without key", in: hostA + "Connection: Upgrade\r\nUpgrade: websocket\r\n"},
	{name: "two lengths", in: hostA + "Content-Length: 5\r\nContent-Length: 6\r\n", err: BadLength},
}

func TestParseRequestVerdicts(t *testing.T) { runRequests(t, requestCases, &lim) }

func TestParseRequestAcceptUnsafe(t *testing.T) { runRequests(t, unsafeRequestCases, &unsafeLim) }

func runRequests(t *testing.T, cases []headCase, lim *Limits) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var h htx.Head
			in := c.in + "\r\n"
			n, err := ParseRequest(&h, []byte(in+"GET"), 0, lim)
			if err != c.err {
				t.Fatalf("ParseRequest(%q) = %d, %v, want %v", in, n, err, c.err)
			}
			if err != OK {
				if n > len(in) {
					t.Errorf("position %d of %d", n, len(in))
				}
				return
			}
			want := c.want
			if want == "" {
				want = c.in
			}
			if got := string(AppendRequest(nil, &h)); n != len(in) || got != want {
				t.Errorf("ParseRequest(%q) = %d, AppendRequest = %q, want %d, %q", in, n, got, len(in), want)
			}
		})
	}
}

func TestParseRequestSimple(t *testing.T) {
	var h htx.Head
	n, err := ParseRequest(&h, []byte("GET /x \r\nHost: a\r\n\r\n"), 0, &unsafeLim)
	if n != 9 || err != OK || h.Minor != 0 || h.Flags != htx.ConnClose {
		t.Errorf("ParseRequest = %d, %v, minor %d, flags %b, want 9, OK, 0, ConnClose", n, err, h.Minor, h.Flags)
	}
	if n, err := ParseRequest(&h, []byte("POST /x\r\n"), 0, &unsafeLim); err != BadVersion {
		t.Errorf("ParseRequest = %d, %v, want BadVersion", n, err)
	}
}

// TestParseRequestInPieces shows that an incomplete head asks for more and that
// where a sender cuts it changes no verdict.
func TestParseRequestInPieces(t *testing.T) {
	for _, c := range requestCases {
		in := []byte(c.in + "\r\n")
		var h htx.Head
		for i := range in {
			n, err := ParseRequest(&h, in[:i], max(i-1, 0), &lim)
			if err == OK && n == 0 {
				continue
			}
			if err != c.err || err == OK {
				t.Errorf("%s: ParseRequest(%q) = %d, %v, want 0, OK or %v", c.name, in[:i], n, err, c.err)
			}
			break
		}
	}
}

func TestParseRequestErrorPosition(t *testing.T) {
	for _, c := range []struct {
		in  string
		pos int
	}{
		{"G(T / HTTP/1.1\r\n\r\n", 1},
		{"\r\nGET /\x01 HTTP/1.1\r\n\r\n", 7},
		{hostA + "X: a\x00b\r\n\r\n", len(hostA) + 4},
		{hostA + "a b: c\r\n\r\n", len(hostA) + 1},
		{hostA + "Content-Length: x\r\n\r\n", len(hostA) + len("Content-Length: ")},
		{hostA + "Transfer-Encoding: chunked, chunked\r\n\r\n", len(hostA) + len("Transfer-Encoding: ")},
		{hostA + "Transfer-Encoding: gzip\r\n\r\n", len(hostA) + len("Transfer-Encoding: gzip\r\n\r\n")},
		{hostA + "X: a\rb\r\n\r\n", len(hostA) + len("X: a\r")},
		{hostA + "X: a\r\n\rY", len(hostA) + len("X: a\r\n\r")},
		{hostA + "Xa\r\n\r\n", len(hostA) + len("Xa\r")},
		{hostA + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", len(hostA) + len("Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")},
		{"GET http://[::1/ HTTP/1.1\r\nHost: a\r\n\r\n", len("GET ")},
		{"\r\n" + hostA + "Host: b\r\n\r\n", 2 + len(hostA) + 6},
	} {
		var h htx.Head
		if n, err := ParseRequest(&h, []byte(c.in), 0, &lim); n != c.pos || err == OK {
			t.Errorf("ParseRequest(%q) = %d, %v, want %d and an error", c.in, n, err, c.pos)
		}
	}
}

// TestViolationIsDated shows where "show errors" looks for what was let through.
func TestViolationIsDated(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     int // -1: nothing was wrong
	}{
		{"nothing", hostA, -1},
		{"fragment", "GET /#f HTTP/1.1\r\nHost: a\r\n", 5},
		{"behind an empty line", "\r\nGET /a\xe9 HTTP/1.1\r\nHost: a\r\n", 8},
		{"name", hostA + "X : y\r\n", len(hostA) + 1},
		{"the first of two", hostA + "X@: y\r\nY: a\x00b\r\n", len(hostA) + 1},
		{"NUL", hostA + "Y: a\x00b\r\n", len(hostA) + 4},
		{"authority", "GET http://a:x:y?z/ HTTP/1.1\r\nHost: a\r\n", 4},
		{"other host", "GET http://b/ HTTP/1.1\r\nHost: a\r\n", len("GET http://b/ HTTP/1.1\r\nHost: ")},
		{"CONNECT without a port", "CONNECT a HTTP/1.1\r\nHost: a\r\n", 8},
		{"CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n", -1},
	} {
		var h htx.Head
		if n, err := ParseRequest(&h, []byte(c.in+"\r\n"), 0, &unsafeLim); err != OK || int(h.Violation)-1 != c.want {
			t.Errorf("%s: ParseRequest = %d, %v with a violation at %d, want one at %d", c.name, n, err, h.Violation-1, c.want)
		}
	}
}

func TestExpect(t *testing.T) {
	for _, c := range []struct {
		name, version, fields string
		flag                  bool
		left                  string // of the fields, once it is met
	}{
		{"alone", "1.1", "Expect: 100-Continue\r\n", true, ""},
		{"in a list", "1.1", "Expect: x, 100-continue, y\r\n", true, "Expect: x, y\r\n"},
		{"twice", "1.1", "Expect: 100-continue\r\nExpect: 100-continue\r\n", true, ""},
		{"something else", "1.1", "Expect: 100-continued\r\n", false, "Expect: 100-continued\r\n"},
		{"HTTP/1.0 means nothing by it", "1.0", "Expect: 100-continue\r\n", false, ""},
	} {
		var h htx.Head
		start := "POST / HTTP/" + c.version + "\r\n"
		if _, err := ParseRequest(&h, []byte(start+c.fields+"\r\n"), 0, &lim); err != OK {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := h.Flags&htx.Expect100 != 0; got != c.flag {
			t.Errorf("%s: Expect100 = %v, want %v", c.name, got, c.flag)
		}
		DropContinue(&h)
		if got := string(AppendRequest(nil, &h)); got != start+c.left || h.Flags&htx.Expect100 != 0 {
			t.Errorf("%s: left %q, want %q", c.name, got, start+c.left)
		}
	}
}

func TestParseRequestLimits(t *testing.T) {
	fields := func(n int) string { return hostA + strings.Repeat("X: y\r\n", n-1) + "\r\n" }
	for _, c := range []struct {
		name string
		in   string
		want Error
	}{
		{"100 fields", fields(100), OK},
		{"101 fields", fields(101), TooManyFields},
		{"head that fits", "GET / HTTP/1.1\r\nX: " + strings.Repeat("a", 15360-23) + "\r\n\r\n", OK},
		{"head one byte longer", "GET / HTTP/1.1\r\nX: " + strings.Repeat("a", 15361-23) + "\r\n\r\n", TooLarge},
		{"head without end", "GET / HTTP/1.1\r\nX: " + strings.Repeat("a", 15360), TooLarge},
		{"target without end", "\r\nGET /" + strings.Repeat("a", 15360), URITooLong},
		{"target too long in a whole head", "GET /" + strings.Repeat("a", 15360) + " HTTP/1.1\r\n\r\n", URITooLong},
		{"method without end", strings.Repeat("G", 15360), URITooLong},
	} {
		var h htx.Head
		if n, err := ParseRequest(&h, []byte(c.in), 0, &lim); err != c.want {
			t.Errorf("%s: ParseRequest = %d, %v, want %v", c.name, n, err, c.want)
		}
	}
	var h htx.Head
	if n, err := ParseRequest(&h, []byte(fields(500)), 0, &Limits{}); n == 0 || err != OK {
		t.Errorf("no limits: ParseRequest = %d, %v", n, err)
	}
}

func TestErrorStatus(t *testing.T) {
	for e := range errorText {
		if s := Error(e).Status(); Error(e).String() == "" || (s < 400) != (e == 0) {
			t.Errorf("Error(%d) = %d, %q", e, s, Error(e))
		}
	}
}
