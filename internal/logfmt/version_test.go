package logfmt

import (
	"testing"

	"segue/internal/lb"
	"segue/internal/wire/h1"
)

// TestVersionAsTheClientWroteIt: later versions are served as 1.1 and logged as
// they came, wherever they stand.
func TestVersionAsTheClientWroteIt(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"1.1", "GET / HTTP/1.1\r\n", "HTTP/1.1"},
		{"1.0", "GET / HTTP/1.0\r\n", "HTTP/1.0"},
		{"later", "GET / HTTP/1.2\r\n", "HTTP/1.2"},
		{"two blanks", "GET /  HTTP/2.0\r\n", "HTTP/2.0"},
		{"a bare line feed", "GET / HTTP/3.0\n", "HTTP/3.0"},
		{"a target that was normalised", "GET http://h:80 HTTP/3.0\r\n", "HTTP/3.0"},
		{"the same in 1.1", "GET http://h HTTP/1.1\r\n", "HTTP/1.1"},
	} {
		s := new(lb.Stream)
		if n, e := h1.ParseRequest(&s.Req, []byte(c.line+"Host: h\r\n\r\n"), 0, &h1.Limits{}); e != h1.OK || n == 0 {
			t.Fatalf("%s: ParseRequest = %d, %v", c.name, n, e)
		}
		s.Method0, s.Target0 = s.Req.Method, s.Req.Target
		if got, _ := strHV(nil, s, 0); string(got) != c.want {
			t.Errorf("%s: %%HV = %s, want %s", c.name, got, c.want)
		}
	}
}
