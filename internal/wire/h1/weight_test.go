package h1

import (
	"strings"
	"testing"

	"segue/internal/htx"
)

// The last length that HAProxy 3.4 takes with its default buffers, measured.
func TestWeightIsThatOfHAProxy(t *testing.T) {
	lim := Limits{MaxFields: 101, MaxHead: 16384, MaxWeight: MaxWeight(16384, 1024)}
	more := func(n int) (out string) { return strings.Repeat("h: v\r\n", n) }
	tests := []struct {
		name        string
		head, after string // around the filler
		fits        int    // bytes of filler
	}{
		{"one field", "GET / HTTP/1.1\r\nhost: a\r\nx: ", "\r\n\r\n", 15249},
		{"many fields", "GET / HTTP/1.1\r\nhost: a\r\n" + more(5) + "x: ", "\r\n\r\n", 15249 - 5*10},
		{"long target", "GET /", " HTTP/1.1\r\nhost: a\r\n\r\n", 15258},
		{"long name", "GET / HTTP/1.1\r\nhost: a\r\nxxxxxxxxxxxxxxxx: ", "\r\n\r\n", 15234},
		{"blanks weigh nothing", "GET / HTTP/1.1\r\nhost: a\r\nx:          ", "\r\n\r\n", 15249},
		{"response", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx: ", "\r\n\r\n", 15238},
		{"reason", "HTTP/1.1 200 OKOKOKOKOK\r\ncontent-length: 0\r\nx: ", "\r\n\r\n", 15230},
	}
	for _, tt := range tests {
		var h htx.Head
		for _, c := range []struct {
			n    int
			want Error
		}{{tt.fits, OK}, {tt.fits + 1, TooLarge}} {
			in := []byte(tt.head + strings.Repeat("a", c.n) + tt.after)
			parse := func() (int, Error) { return ParseRequest(&h, in, 0, &lim) }
			if strings.HasPrefix(tt.head, "HTTP") {
				parse = func() (int, Error) { return ParseResponse(&h, in, 0, Get, &lim) }
			}
			if _, err := parse(); err != c.want {
				t.Errorf("%s with %d bytes: %v, want %v", tt.name, c.n, err, c.want)
			}
		}
	}
}

// What HAProxy 3.4 does with a head whose end does not come, for any
// tune.maxrewrite.
func TestUnfinishedHeads(t *testing.T) {
	for _, c := range []struct {
		name, start string
		size        int
		want        Error
	}{
		{"request line, one byte before", "GET /", 16327, OK},
		{"request line", "GET /", 16328, URITooLong},
		{"field, one byte before", "GET / HTTP/1.1\r\nA: ", 16327, OK},
		{"field", "GET / HTTP/1.1\r\nA: ", 16328, TooLarge},
	} {
		var h htx.Head
		in := c.start + strings.Repeat("a", c.size-len(c.start))
		if n, err := ParseRequest(&h, []byte(in), 0, &Limits{MaxFields: 101, MaxHead: MaxHead(16384)}); err != c.want || err == OK && n != 0 {
			t.Errorf("%s: ParseRequest = %d, %v, want %v", c.name, n, err, c.want)
		}
	}
}
