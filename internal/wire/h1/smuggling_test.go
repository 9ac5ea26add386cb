package h1

import (
	"testing"

	"segue/internal/htx"
)

const post = "POST / HTTP/1.1\r\nHost: a\r\n"

// TestRequestFraming is the table of what a request's length may be made to
// look like. A case that is accepted says how its body is framed, and what is
// forwarded has that one reading.
func TestRequestFraming(t *testing.T) {
	for _, c := range []struct {
		name    string
		in      string // field lines behind post; or a whole head
		want    string // as written again behind post; "" with err
		err     Error
		framing htx.Framing
		length  int64
		flags   htx.Flags
	}{
		{name: "no length, no body", want: "", framing: htx.NoBody, length: -1},
		{name: "length", in: "Content-Length: 5\r\n", want: "Content-Length: 5\r\n", framing: htx.Length, length: 5},
		{name: "length 0", in: "Content-Length: 0\r\n", want: "Content-Length: 0\r\n", framing: htx.NoBody},
		{name: "length in two equal fields", in: "Content-Length: 5\r\nX: y\r\ncontent-length: 5\r\n", want: "Content-Length: 5\r\nX: y\r\n", framing: htx.Length, length: 5},
		{name: "length as a list of equals", in: "Content-Length: 5,5 , 5\r\n", want: "Content-Length: 5\r\n", framing: htx.Length, length: 5},
		{name: "length with zeros, octal to some", in: "Content-Length: 010\r\n", want: "Content-Length: 10\r\n", framing: htx.Length, length: 10},
		{name: "length on a folded line", in: "Content-Length:\r\n 5\r\n", want: "Content-Length: 5\r\n", framing: htx.Length, length: 5},
		{name: "length folded into two", in: "Content-Length: 5\r\n 6\r\n", err: BadLength},
		{name: "lengths differ in one field", in: "Content-Length: 5, 6\r\n", err: BadLength},
		{name: "lengths differ in two fields", in: "Content-Length: 5\r\nContent-Length: 6\r\n", err: BadLength},
		{name: "length with plus", in: "Content-Length: +5\r\n", err: BadLength},
		{name: "length with minus", in: "Content-Length: -5\r\n", err: BadLength},
		{name: "length in hexadecimal", in: "Content-Length: 0x5\r\n", err: BadLength},
		{name: "length with a letter", in: "Content-Length: 5a\r\n", err: BadLength},
		{name: "length with a blank inside", in: "Content-Length: 5 5\r\n", err: BadLength},
		{name: "length empty", in: "Content-Length:\r\n", err: BadLength},
		{name: "length list with an empty element", in: "Content-Length: 5,\r\n", err: BadLength},
		{name: "length 2^63-1", in: "Content-Length: 9223372036854775807\r\n", want: "Content-Length: 9223372036854775807\r\n", framing: htx.Length, length: 1<<63 - 1},
		{name: "length 2^63", in: "Content-Length: 9223372036854775808\r\n", err: BadLength},
		{name: "length that wraps to 5", in: "Content-Length: 18446744073709551621\r\n", err: BadLength},
		{name: "name with a blank hides the length", in: "Content-Length : 5\r\n", err: BadName},
		{name: "name with a NUL hides the length", in: "Content-Length\x00: 5\r\n", err: BadName},

		{name: "chunked", in: "Transfer-Encoding: chunked\r\n", want: "Transfer-Encoding: chunked\r\n", framing: htx.Chunked, length: -1},
		{name: "chunked in any case", in: "transfer-encoding: ChunKed\r\n", want: "transfer-encoding: chunked\r\n", framing: htx.Chunked, length: -1},
		{name: "chunked on a folded line", in: "Transfer-Encoding:\r\n chunked\r\n", want: "Transfer-Encoding: chunked\r\n", framing: htx.Chunked, length: -1},
		{name: "CL.TE", in: "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", want: "Transfer-Encoding: chunked\r\n", framing: htx.Chunked, length: -1, flags: htx.ConnClose},
		{name: "TE.CL", in: "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", want: "Transfer-Encoding: chunked\r\n", framing: htx.Chunked, length: -1, flags: htx.ConnClose},
		{name: "TE.CL with keep-alive closes all the same", in: "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n", want: "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n", framing: htx.Chunked, length: -1, flags: htx.ConnClose},
		{name: "TE.CL with a bad length", in: "Transfer-Encoding: chunked\r\nContent-Length: 5a\r\n", err: BadLength},
		{name: "chunked twice", in: "Transfer-Encoding: chunked, chunked\r\n", err: BadTransfer},
		{name: "chunked in two fields", in: "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", err: BadTransfer},
		{name: "chunked not last", in: "Transfer-Encoding: chunked, gzip\r\n", err: BadTransfer},
		{name: "chunked then identity in another field", in: "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", err: BadTransfer},
		{name: "coding without chunked", in: "Transfer-Encoding: gzip\r\n", err: BadTransfer},
		{name: "coding below chunked", in: "Transfer-Encoding: gzip, chunked\r\n", err: NotImplemented},
		{name: "coding below chunked in two fields", in: "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", err: NotImplemented},
		{name: "identity beside a length", in: "Transfer-Encoding: identity\r\nContent-Length: 5\r\n", err: BadTransfer},
		{name: "xchunked", in: "Transfer-Encoding: xchunked\r\n", err: BadTransfer},
		{name: "chunked with a parameter", in: "Transfer-Encoding: chunked;q=1\r\n", err: BadTransfer},
		{name: "chunked in quotes", in: "Transfer-Encoding: \"chunked\"\r\n", err: BadTransfer},
		{name: "chunked behind a vertical tab", in: "Transfer-Encoding: \x0bchunked\r\n", err: BadTransfer},
		{name: "empty coding beside a length", in: "Transfer-Encoding:\r\nContent-Length: 5\r\n", err: BadTransfer},
		{name: "empty element before chunked", in: "Transfer-Encoding: ,chunked\r\n", err: BadTransfer},
		{name: "empty element behind chunked", in: "Transfer-Encoding: chunked,\r\n", err: BadTransfer},
		{name: "name with a blank hides the coding", in: "Transfer-Encoding : chunked\r\n", err: BadName},
		{name: "bare CR hides the coding", in: "X: y\rTransfer-Encoding: chunked\r\n", err: BadLineEnd},
	} {
		t.Run(c.name, func(t *testing.T) {
			var h htx.Head
			in := post + c.in + "\r\n"
			n, err := ParseRequest(&h, []byte(in), 0, &lim)
			if err != c.err {
				t.Fatalf("ParseRequest(%q) = %d, %v, want %v", in, n, err, c.err)
			}
			if err != OK {
				return
			}
			if h.Framing != c.framing || h.ContentLength != c.length || h.Flags&(htx.ConnClose|htx.ConnKeepAlive) != c.flags {
				t.Errorf("framing %d, length %d, flags %b, want %d, %d, %b", h.Framing, h.ContentLength, h.Flags, c.framing, c.length, c.flags)
			}
			if got := string(AppendRequest(nil, &h)); got != post+c.want {
				t.Errorf("AppendRequest = %q, want %q", got, post+c.want)
			}
		})
	}
}

func TestRequestFramingByMethodAndVersion(t *testing.T) {
	const cl, te = "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"
	for _, c := range []struct {
		name string
		in   string
		want Error
	}{
		{"1.0 GET with a length", "GET / HTTP/1.0\r\n" + cl, BodyNotAllowed},
		{"1.0 HEAD with a length", "HEAD / HTTP/1.0\r\n" + cl, BodyNotAllowed},
		{"1.0 DELETE chunked", "DELETE / HTTP/1.0\r\n" + te, BodyNotAllowed},
		{"1.0 GET with length 0", "GET / HTTP/1.0\r\nContent-Length: 0\r\n", OK},
		{"1.0 POST chunked", "POST / HTTP/1.0\r\nConnection: keep-alive\r\n" + te, OK},
		{"1.1 GET with a length", "GET / HTTP/1.1\r\n" + cl, OK},
		{"CONNECT with a length", "CONNECT a:80 HTTP/1.1\r\n" + cl, BadLength},
		{"CONNECT chunked", "CONNECT a:80 HTTP/1.1\r\n" + te, BadTransfer},
	} {
		var h htx.Head
		_, err := ParseRequest(&h, []byte(c.in+"\r\n"), 0, &lim)
		if err != c.want {
			t.Errorf("%s: ParseRequest = %v, want %v", c.name, err, c.want)
		}
		if err == OK && h.Minor == 0 && h.Framing == htx.Chunked && h.Flags&htx.ConnClose == 0 {
			t.Errorf("%s: chunked from HTTP/1.0 does not close", c.name)
		}
	}
}

func TestRequestFlags(t *testing.T) {
	for _, c := range []struct {
		name string
		in   string
		want htx.Flags
	}{
		{"1.1", "GET / HTTP/1.1\r\n", 0},
		{"1.0", "GET / HTTP/1.0\r\n", htx.ConnClose},
		{"1.0 keep-alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n", htx.ConnKeepAlive},
		{"close wins", "GET / HTTP/1.1\r\nConnection: keep-alive, Close\r\n", htx.ConnClose},
		{"other names", "GET / HTTP/1.1\r\nConnection: , x\r\n", htx.ConnOther},
		{"upgrade", "GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: foo\r\n", htx.ConnUpgrade},
		{"upgrade to nothing", "GET / HTTP/1.1\r\nConnection: upgrade\r\n", htx.VainUpgrade},
		{"upgrade to h2c only", "GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n", htx.VainUpgrade},
		{"expect", "GET / HTTP/1.1\r\nExpect: 100-Continue\r\n", htx.Expect100},
		{"expect otherwise", "GET / HTTP/1.1\r\nExpect: foo\r\n", 0},
		{"absolute", "GET http://a/ HTTP/1.1\r\nHost: a\r\n", htx.AbsoluteTarget | htx.HasHost},
	} {
		var h htx.Head
		if n, err := ParseRequest(&h, []byte(c.in+"\r\n"), 0, &lim); n == 0 || err != OK || h.Flags != c.want {
			t.Errorf("%s: ParseRequest = %d, %v, flags %b, want %b", c.name, n, err, h.Flags, c.want)
		}
	}
}
