package h1

import (
	"testing"

	"segue/internal/htx"
)

func TestDropTrailers(t *testing.T) {
	const body = "2\r\nok\r\n0\r\nX-A: 1\r\nX-B: 2\r\n\r\n"
	const bare = "2\r\nok\r\n0\r\n\r\n"
	for cut := range len(body) + 1 {
		// Fed in two pieces: what has not come when DropTrailers is called goes.
		var b Body
		b.Start(htx.Chunked, 0)
		out, _, _, err := b.Feed([]byte(body[:cut]))
		got := string(out)
		if passed := b.DropTrailers(); passed > 0 {
			got = got[:len(got)-2-passed] + got[len(got)-2:]
		}
		if err == OK && cut < len(body) {
			out, _, _, err = b.Feed([]byte(body[cut:]))
			got += string(out)
		}
		if err != OK || got != bare || !b.Done() {
			t.Errorf("cut at %d: %q (%v, done %v), want %q", cut, got, err, b.Done(), bare)
		}
	}
}

func TestPayloadWithAnyMethod(t *testing.T) {
	for _, c := range []struct {
		head   string
		accept bool
		want   Error
	}{
		{"GET / HTTP/1.0\r\nContent-Length: 2\r\n\r\n", false, BodyNotAllowed},
		{"GET / HTTP/1.0\r\nContent-Length: 2\r\n\r\n", true, OK},
		{"DELETE / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", true, OK},
		{"GET / HTTP/1.0\r\nContent-Length: 0\r\n\r\n", false, OK},
		{"CONNECT a:1 HTTP/1.0\r\nContent-Length: 2\r\n\r\n", true, BadLength},
	} {
		var h htx.Head
		if _, err := ParseRequest(&h, []byte(c.head), 0, &Limits{AcceptPayload: c.accept}); err != c.want {
			t.Errorf("ParseRequest(%q), accepting %v = %v, want %v", c.head, c.accept, err, c.want)
		}
	}
}
