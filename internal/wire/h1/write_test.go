package h1

import (
	"testing"

	"segue/internal/htx"
)

// parse is a request head for tests that are about something else.
func parse(t *testing.T, in string) *htx.Head {
	t.Helper()
	h := new(htx.Head)
	parse := func() (int, Error) { return ParseRequest(h, []byte(in+"\r\n"), 0, &lim) }
	if in[:5] == "HTTP/" {
		parse = func() (int, Error) { return ParseResponse(h, []byte(in+"\r\n"), 0, Get, &lim) }
	}
	if n, err := parse(); n == 0 || err != OK {
		t.Fatalf("parse %q = %d, %v", in, n, err)
	}
	return h
}

func TestStripHop(t *testing.T) {
	const req, res = "GET / HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n"
	for _, c := range []struct{ name, in, want string }{
		{"close goes", req + "Connection: Close\r\nA: b\r\n", req + "A: b\r\n"},
		{"keep-alive goes", req + "Connection: keep-alive\r\nKeep-Alive: 3\r\n", req + "Keep-Alive: 3\r\n"},
		{"other names stay with their fields", req + "Connection: x , close, Y\r\nX: 1\r\n", req + "Connection: x, Y\r\nX: 1\r\n"},
		{"what has nothing to lose stays", req + "Connection: ,x\r\nConnection: close\r\n", req + "Connection: ,x\r\n"},
		{"empty goes", req + "Connection: ,\r\n", req},
		{"Proxy-Connection stays", req + "Proxy-Connection: close\r\n", req + "Proxy-Connection: close\r\n"},
		{"upgrade stays", req + "Connection: keep-alive, Upgrade\r\nUpgrade: foo\r\n", req + "Connection: Upgrade\r\nUpgrade: foo\r\n"},
		{"upgrade to nothing goes", req + "Connection: upgrade\r\n", req},
		{"Upgrade unnamed goes", req + "Upgrade: foo\r\n", req},
		{"h2c goes", req + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n", req},
		{"h2c goes from a list", req + "Connection: Upgrade\r\nUpgrade: h2c, foo\r\n", req + "Connection: Upgrade\r\nUpgrade: foo\r\n"},
		{"TE trailers stays", req + "TE: trailers\r\n", req + "TE: trailers\r\n"},
		{"TE keeps trailers", req + "TE: gzip, Trailers\r\nTE: trailers\r\n", req + "TE: trailers\r\n"},
		{"TE with a weight goes", req + "TE: trailers;q=0.5\r\n", req},
		{"TE without trailers goes", req + "TE: gzip\r\nTE: trailers\r\n", req + "TE: trailers\r\n"},
		{"response close goes", res + "Connection: close, X\r\nKeep-Alive: 3\r\n", res + "Connection: X\r\nKeep-Alive: 3\r\n"},
		{"response offers an upgrade", res + "Connection: close, upgrade\r\nUpgrade: foo, h2c\r\n", res + "Connection: upgrade\r\nUpgrade: foo\r\n"},
		{"response offers one without Connection", res + "Upgrade: foo\r\n", res + "Upgrade: foo\r\n"},
		{"response offers no h2c", res + "Upgrade: h2c\r\n", res},
		{"response TE keeps trailers", res + "TE: gzip, trailers\r\n", res + "TE: trailers\r\n"},
		{"101 upgrade stays", "HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: foo\r\n", "HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: foo\r\n"},
	} {
		h := parse(t, c.in)
		StripHop(h)
		got := ""
		if h.Status == 0 {
			got = string(AppendRequest(nil, h))
		} else {
			got = string(AppendResponse(nil, h))
		}
		if got != c.want {
			t.Errorf("%s: StripHop leaves %q, want %q", c.name, got, c.want)
		}
	}
}

func TestStripClose(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"close goes", "Connection: Close\r\nA: b\r\n", "A: b\r\n"},
		{"keep-alive goes", "Connection: keep-alive\r\nKeep-Alive: 3\r\n", "Keep-Alive: 3\r\n"},
		{"other names stay", "Connection: keep-alive, x\r\nX: 1\r\n", "Connection: x\r\nX: 1\r\n"},
		{"upgrade stays", "Connection: keep-alive, Upgrade\r\nUpgrade: foo\r\n", "Connection: Upgrade\r\nUpgrade: foo\r\n"},
		{"h2c goes, what names it stays", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n", "Connection: HTTP2-Settings\r\nHTTP2-Settings: AAA\r\n"},
		{"the others stay", "TE: gzip\r\nProxy-Connection: close\r\n", "TE: gzip\r\nProxy-Connection: close\r\n"},
	} {
		h := parse(t, "GET / HTTP/1.1\r\n"+c.in)
		StripClose(h)
		if got := string(AppendRequest(nil, h)); got != "GET / HTTP/1.1\r\n"+c.want {
			t.Errorf("%s: StripClose leaves %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAppendCase(t *testing.T) {
	m := CaseMap{"content-length": "Content-length", "x-a": "X-A"}
	h := parse(t, "GET / HTTP/1.1\r\ncontent-length: 0\r\nx-A: 1\r\nother: 2\r\ngone: 3\r\n")
	h.DeleteAll(htx.Other, "gone")
	const want = "GET / HTTP/1.1\r\nContent-length: 0\r\nX-A: 1\r\nother: 2\r\n"
	if got := string(AppendRequestCase(nil, h, m)); got != want {
		t.Errorf("AppendRequestCase = %q, want %q", got, want)
	}
	h = parse(t, "HTTP/1.1 204 X\r\nX-a: 1\r\n")
	if got, want := string(AppendResponseCase(nil, h, m)), "HTTP/1.1 204 X\r\nX-A: 1\r\n"; got != want {
		t.Errorf("AppendResponseCase = %q, want %q", got, want)
	}
}

func TestAppendAfterEdits(t *testing.T) {
	h := parse(t, "GET /a HTTP/1.1\r\nHost: a\r\nB: c\r\n")
	h.SetMethod([]byte("PUT"))
	h.SetTarget([]byte("/b?c"))
	h.Set(1, []byte("d"))
	h.AddString(htx.Other, "E", []byte("f"))
	const want = "> PUT /b?c HTTP/1.1\r\nHost: a\r\nB: d\r\nE: f\r\n"
	if got := string(AppendRequest([]byte("> "), h)); got != want {
		t.Errorf("AppendRequest = %q, want %q", got, want)
	}
}

func TestKind(t *testing.T) {
	for name, want := range map[string]MethodKind{"GET": Get, "HEAD": Head, "POST": Post, "PUT": Put,
		"DELETE": Delete, "OPTIONS": Options, "CONNECT": Connect, "TRACE": Trace, "get": Other, "PATCH": Other, "": Other} {
		if got := Kind([]byte(name)); got != want {
			t.Errorf("Kind(%q) = %d, want %d", name, got, want)
		}
	}
}

func TestReason(t *testing.T) {
	for status, want := range map[int]string{100: "Continue", 199: "Informational", 299: "Success", 399: "Redirection",
		498: "Client Error", 499: "client has closed connection", 503: "Service Unavailable", 599: "Server Error", 999: "Other"} {
		if got := Reason(status); got != want {
			t.Errorf("Reason(%d) = %q, want %q", status, got, want)
		}
	}
}

func TestControl(t *testing.T) {
	for n := 0; n < 40; n++ {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(0x20 + i*37%0xe0)
		}
		if got := control(b, 0); got != n {
			t.Fatalf("control of %d clean bytes = %d", n, got)
		}
		for i := range b {
			was := b[i]
			for _, c := range []byte{0, 9, 10, 13, 0x1f} {
				if b[i] = c; control(b, 0) != i || control(b, i) != i || control(b, i+1) != n {
					t.Fatalf("control with %#x at %d of %d = %d, %d, %d", c, i, n, control(b, 0), control(b, i), control(b, i+1))
				}
			}
			b[i] = was
		}
	}
}

// TestRuleClose: close in Connection means the recipient's connection when a rule
// wrote it, and the sender's when it came.
func TestRuleClose(t *testing.T) {
	for _, c := range []struct {
		name, in string
		rule     func(h *htx.Head)
		want     bool
		left     string
	}{
		{"the client's", "Connection: close\r\n", func(*htx.Head) {}, false, ""},
		{"added", "", func(h *htx.Head) { h.AddString(htx.Connection, "Connection", []byte("Close")) }, true, ""},
		{"in a list", "Connection: keep-alive\r\n", func(h *htx.Head) { h.Set(0, []byte("x, close")) }, true, "Connection: x\r\n"},
		{"keep-alive", "Connection: close\r\n", func(h *htx.Head) { h.Set(0, []byte("keep-alive")) }, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var h htx.Head
			if _, err := ParseRequest(&h, []byte("GET / HTTP/1.1\r\n"+c.in+"\r\n"), 0, &lim); err != OK {
				t.Fatal(err)
			}
			c.rule(&h)
			StripHop(&h)
			if got := h.Flags&htx.RuleClose != 0; got != c.want {
				t.Errorf("RuleClose = %v, want %v", got, c.want)
			}
			if got := string(AppendRequest(nil, &h)); got != "GET / HTTP/1.1\r\n"+c.left {
				t.Errorf("left %q, want %q", got, c.left)
			}
		})
	}
}
