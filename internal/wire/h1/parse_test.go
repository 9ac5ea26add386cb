package h1

import (
	"testing"

	"segue/internal/htx"
)

var lim = Limits{MaxFields: 101, MaxHead: 15360}

func TestParseRequestRoundTrip(t *testing.T) {
	const in = "GET /x HTTP/1.1\r\nHost: a\r\nX-B:  c \r\n\r\n"
	const want = "GET /x HTTP/1.1\r\nHost: a\r\nX-B: c\r\n"
	var h htx.Head
	n, err := ParseRequest(&h, []byte(in+"next"), 0, &lim)
	if n != len(in) || err != OK {
		t.Fatalf("ParseRequest = %d, %v, want %d, OK", n, err, len(in))
	}
	if got := string(AppendRequest(nil, &h)); got != want {
		t.Errorf("AppendRequest = %q, want %q", got, want)
	}
	for i := range in {
		if n, err := ParseRequest(&h, []byte(in[:i]), 0, &lim); n != 0 || err != OK {
			t.Errorf("ParseRequest(%q) = %d, %v, want 0, OK", in[:i], n, err)
		}
	}
}

func TestBodyChunkedSplit(t *testing.T) {
	const in = "5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nA: b\r\nHost: c\r\n\r\n"
	const want = "5\r\nhello\r\n1\r\n!\r\n0\r\nA: b\r\n\r\n"
	for i := 0; i <= len(in); i++ {
		var b Body
		b.Start(htx.Chunked, -1)
		p := []byte(in + "next")
		out, n, _, err := b.Feed(p[:i])
		got := string(out)
		out, m, done, err2 := b.Feed(p[n:])
		if got += string(out); got != want || n+m != len(in) || !done || err != OK || err2 != OK {
			t.Errorf("split %d: Feed = %q, %d, %v, %v %v", i, got, n+m, done, err, err2)
		}
	}
}
