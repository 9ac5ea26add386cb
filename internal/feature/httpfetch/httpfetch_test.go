package httpfetch_test

import (
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"

	"segue/internal/catalog"
	"segue/internal/feature/convert"
	"segue/internal/feature/httpfetch"
	"segue/internal/feature/l4fetch"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/sample"
	"segue/internal/sched"
	"segue/internal/wire/h1"
)

var words = catalog.New(convert.Feature(), httpfetch.Feature(), l4fetch.Feature())

// request is what testdata/oracle.txt was observed with.
const request = "POST /a/b%20c/d.html?x=1&y=two&X=3&z=&x=7;w=q HTTP/1.1\r\n" +
	"Host: Www.Example.com:8080\r\n" +
	"User-Agent: Mozilla/5.0 (X11)\r\n" +
	"Accept: text/html, text/plain;q=0.5,,\"a,b\"\r\n" +
	"X-Forwarded-For: 1.2.3.4, 5.6.7.8\r\n" +
	"X-Forwarded-For: 9.9.9.9:1234\r\n" +
	"Cookie: a=1; b=\"two\"; c=3; a=4\r\n" +
	"Cookie: d=5\r\n" +
	"Accept-Language: fr-ca;q=0.8, de;q=0.9, en\r\n" +
	"Authorization: Basic dXNlcjpwYXNz\r\n" +
	"X-Num: 42abc\r\n" +
	"Content-Length: 15\r\n\r\nfoo=bar&baz=qux"

const response = "HTTP/1.1 404 Not Found\r\nServer: x\r\nVary: a, b\r\nVary: c\r\n" +
	"Set-Cookie: s=1; Path=/; Secure\r\nSet-Cookie: t=2\r\nContent-Length: 0\r\n\r\n"

var limits = h1.Limits{MaxHead: 15360, MaxFields: 101}

// stream is one with a request that has arrived with its body.
func stream(t testing.TB, raw string) *lb.Stream {
	t.Helper()
	s := &lb.Stream{Thread: &lb.Thread{Loop: new(sched.Loop), Process: &lb.Process{}}, Session: &lb.Session{Requests: 1}}
	s.Session.Src = netip.MustParseAddrPort("127.0.0.1:5555")
	s.Final = true
	n, err := h1.ParseRequest(&s.Req, []byte(raw), 0, &limits)
	if err != h1.OK {
		t.Fatalf("ParseRequest: %v", err)
	}
	s.ReqBody.Start(s.Req.Framing, s.Req.ContentLength)
	out, _, _, _ := s.ReqBody.Feed([]byte(raw[n:]))
	s.Pending = append(s.Pending, out...)
	return s
}

func respond(t testing.TB, s *lb.Stream, raw string) {
	t.Helper()
	if _, err := h1.ParseResponse(&s.Res, []byte(raw), 0, h1.Get, &limits); err != h1.OK {
		t.Fatalf("ParseResponse: %v", err)
	}
	s.Dir, s.Status, s.ServerStatus = lb.Response, int(s.Res.Status), s.Res.Status
}

func compile(t testing.TB, text string) *sample.Expr {
	t.Helper()
	e, n, err := sample.Parse(text, &sample.Scope{Words: words})
	if err != nil || n != len(text) {
		t.Fatalf("Parse(%s) = %d, %v, want %d, nil", text, n, err, len(text))
	}
	return e
}

func TestRequestFetchesGiveWhatHAProxyGives(t *testing.T) {
	data, err := os.ReadFile("testdata/oracle.txt")
	if err != nil {
		t.Fatal(err)
	}
	s := stream(t, request)
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		text, want, ok := strings.Cut(line, "\t")
		if !ok {
			continue // a comment
		}
		t.Run(text, func(t *testing.T) {
			e, _, err := sample.Parse(text, &sample.Scope{Words: words, Place: sample.FrontReq})
			got := ""
			if err != nil {
				got = "! " + err.Error()
			} else {
				b, _ := e.EvalString(s, nil)
				got = strconv.Quote(string(b))
			}
			if got != want {
				t.Errorf("%s = %s, want %s", text, got, want)
			}
		})
	}
}

func TestResponseFetches(t *testing.T) {
	s := stream(t, request)
	respond(t, s, response)
	cases := []struct{ text, want string }{
		{"status", "404"}, {"server_status", "404"}, {"res.ver", "1.1"}, {"capture.res.ver", "HTTP/1.1"},
		{"res.hdr(vary)", "c"}, {"res.hdr(vary,1)", "a"}, {"res.hdr_cnt(vary)", "3"}, {"res.fhdr_cnt(vary)", "2"},
		{"hdr(vary)", "c"}, {"res.cook(s)", "1"}, {"res.cook(Path)", ""}, {"res.cook_cnt", "2"}, {"res.cook_names", "s,t"},
		{"res.body_size", "0"}, {"method", "POST"}, {"res.hdr_names", "server,vary,vary,set-cookie,set-cookie,content-length"},
	}
	for _, c := range cases {
		if got, _ := compile(t, c.text).EvalString(s, nil); string(got) != c.want {
			t.Errorf("%s = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestTargetsWithoutPath(t *testing.T) {
	cases := []struct{ name, target, text, want string }{
		{"absolute", "GET http://10.0.0.1:81/p?q", "url_ip", "10.0.0.1"},
		{"absolute port", "GET http://10.0.0.1:81/p?q", "url_port", "81"},
		{"absolute path", "GET http://10.0.0.1:81/p?q", "pathq", "/p?q"},
		{"asterisk", "OPTIONS *", "path", ""},
		{"empty query", "GET /p?", "query(with_qm)", ""},
		{"query", "GET /p?a=1", "query(with_qm)", "?a=1"},
		{"base of asterisk", "OPTIONS *", "base", "10.0.0.1:81"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := stream(t, c.target+" HTTP/1.1\r\nHost: 10.0.0.1:81\r\n\r\n")
			if got, _ := compile(t, c.text).EvalString(s, nil); string(got) != c.want {
				t.Errorf("%s of %q = %q, want %q", c.text, c.target, got, c.want)
			}
		})
	}
}

func TestChunkedBodyIsDecoded(t *testing.T) {
	s := stream(t, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nfoo\r\n4\r\n=bar\r\n0\r\n\r\n")
	for text, want := range map[string]string{"req.body": "foo=bar", "req.body_len": "7", "req.body_size": "7", "req.body_param(foo)": "bar"} {
		if got, _ := compile(t, text).EvalString(s, nil); string(got) != want {
			t.Errorf("%s = %q, want %q", text, got, want)
		}
	}
}

func TestMissingMessageIsMissing(t *testing.T) {
	s := &lb.Stream{Thread: &lb.Thread{Loop: new(sched.Loop)}}
	for _, final := range []bool{false, true} {
		s.Final = final
		for _, text := range []string{"path", "req.hdr(host)", "status", "res.hdr(x)", "req.cook(a)", "urlp(x)"} {
			var v sample.Value
			if compile(t, text).Eval(s, &v) || s.Missing == final {
				t.Errorf("%s without a message, final %v: missing = %v, want %v and no value", text, final, s.Missing, !final)
			}
		}
	}
}

func TestIterationHandsOutEachValue(t *testing.T) {
	s := stream(t, request)
	cases := []struct{ text, want string }{
		{"req.hdr(accept)", `text/html|text/plain;q=0.5||"a,b"`},
		{"req.fhdr(x-forwarded-for)", "1.2.3.4, 5.6.7.8|9.9.9.9:1234"},
		{"req.hdr_ip(x-forwarded-for)", "1.2.3.4|5.6.7.8|9.9.9.9"},
		{"req.cook(a)", "1|4"},
		{"urlp(x)", "1|7"},
		{"req.hdr(accept,2)", "text/plain;q=0.5"},
		{"req.body_param", "bar|qux"},
	}
	for _, c := range cases {
		e := compile(t, c.text)
		var got []string
		var v sample.Value
		for ok := e.First(s, &v); ok; ok = e.Next(s, &v) {
			b, _ := sample.AppendString(nil, &v)
			got = append(got, string(b))
			if v.Flags&sample.NotLast == 0 {
				break
			}
		}
		e.Done(s)
		if g := strings.Join(got, "|"); g != c.want {
			t.Errorf("%s gives %q, want %q", c.text, g, c.want)
		}
	}
}

func TestUsualFetchesDoNotAllocate(t *testing.T) {
	s := stream(t, request)
	var v sample.Value
	for _, text := range []string{"hdr(host),lower", "path", "base", "src", "req.cook(a)", "urlp(x)", "method", "req.hdrs", "query", "uuid"} {
		e := compile(t, text)
		n := testing.AllocsPerRun(100, func() {
			mark := sample.Mark(s.Thread)
			e.Eval(s, &v)
			sample.Release(s.Thread, mark)
		})
		if n != 0 {
			t.Errorf("%s allocates %v times, want 0", text, n)
		}
	}
}

func BenchmarkHostLower(b *testing.B) {
	s := stream(b, request)
	e := compile(b, "req.hdr(host),lower")
	var v sample.Value
	b.ReportAllocs()
	for b.Loop() {
		mark := sample.Mark(s.Thread)
		e.Eval(s, &v)
		sample.Release(s.Thread, mark)
	}
}

func FuzzFetches(f *testing.F) {
	texts := []string{"req.hdr(cookie)", "req.hdr(cookie,-3)", "req.hdr_ip(cookie)", "req.cook(a)", "req.cook_cnt", "req.cook_names", "urlp(x)", "http_auth_user", "http_auth_bearer"}
	var exprs []*sample.Expr
	for _, text := range texts {
		exprs = append(exprs, compile(f, text))
	}
	for _, seed := range []string{"a=1; b=2", `x, "y,z`, "[::1]:80, 1.2.3.4", "Basic !!", `"\`, ",,;=;a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		s := stream(t, "GET /?x=1 HTTP/1.1\r\nHost: a\r\n\r\n")
		for _, name := range []string{"Cookie", "Authorization"} {
			s.Req.Add(htx.Lookup([]byte(name)), []byte(name), []byte(value))
		}
		for i := range exprs {
			var v sample.Value
			n := 0
			for ok := exprs[i].First(s, &v); ok && v.Flags&sample.NotLast != 0; ok = exprs[i].Next(s, &v) {
				if n++; n > len(value)+10 {
					t.Fatalf("%s never ends over %q", texts[i], value)
				}
			}
			exprs[i].Done(s)
		}
	})
}
