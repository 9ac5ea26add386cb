package actions

import (
	"strings"
	"testing"

	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/wire/h1"
)

func TestRequestRewrites(t *testing.T) {
	const rest = "Host: h\nX-L: a,b , c d\nUser-Agent: u\nX-M: 1\nContent-Length: 2\n"
	get := func(target string) string { return "GET " + target + " HTTP/1.1\n" + rest }
	head := func(old, new string) string { return strings.Replace(get("/a/b?c=d&e"), old, new, 1) }
	tests := []struct {
		name  string
		lines []string
		want  string
	}{
		{"set-path", []string{"set-path /p"}, get("/p?c=d&e")},
		{"set-path from the old one", []string{"set-path /x%[path]"}, get("/x/a/b?c=d&e")},
		{"set-pathq", []string{"set-pathq /p?q"}, get("/p?q")},
		{"set-query", []string{"set-query x=1"}, get("/a/b?x=1")},
		{"set-query to nothing keeps the mark", []string{"set-query %[none]"}, get("/a/b?")},
		{"set-query where there was none", []string{"set-pathq /p", "set-query q"}, get("/p?q")},
		{"set-query to nothing where there was none", []string{"set-pathq /p", "set-query %[none]"}, get("/p")},
		{"set-uri sets the host, too", []string{"set-uri http://u@foo:8/bar"}, strings.Replace(get("http://u@foo:8/bar"), "Host: h", "Host: foo:8", 1)},
		{"set-path of an absolute target", []string{"set-uri http://foo/bar?x", "set-path /p"}, strings.Replace(get("http://foo/p?x"), "Host: h", "Host: foo", 1)},
		{"set-method", []string{"set-method FOO"}, head("GET", "FOO")},
		{"blanks cannot split the line", []string{`set-path "/a b"`}, get("/a%20b?c=d&e")},
		{"replace-path", []string{`replace-path (.*) /z\1`}, get("/z/a/b?c=d&e")},
		{"replace-path without match", []string{`replace-path ^/x /z`}, get("/a/b?c=d&e")},
		{"replace-pathq", []string{`replace-pathq ([^?]*)(\?(.*))? \1/foo\2`}, get("/a/b/foo?c=d&e")},
		{"replace-uri", []string{`replace-uri (.*) http://n\1`}, strings.Replace(get("http://n/a/b?c=d&e"), "Host: h", "Host: n", 1)},
		{"set-header replaces at the end", []string{"set-header X-M 2"}, head("X-M: 1\nContent-Length: 2\n", "Content-Length: 2\nX-M: 2\n")},
		{"set-header from itself", []string{"set-header x-n %[str(a)]-%[path]"}, head("Content-Length: 2\n", "Content-Length: 2\nx-n: a-/a/b\n")},
		{"add-header", []string{"add-header X-M 2"}, head("Content-Length: 2\n", "Content-Length: 2\nX-M: 2\n")},
		{"del-header", []string{"del-header x-m"}, head("X-M: 1\n", "")},
		{"del-header by prefix", []string{"del-header X- -m beg"}, strings.Replace(head("X-M: 1\n", ""), "X-L: a,b , c d\n", "", 1)},
		{"del-header by suffix", []string{"del-header -agent -m end"}, head("User-Agent: u\n", "")},
		{"del-header by part", []string{"del-header er-ag -m sub"}, head("User-Agent: u\n", "")},
		{"del-header by regex", []string{"del-header ^x-[m-z]$ -m reg"}, head("X-M: 1\n", "")},
		{"framing stays", []string{"del-header Content-Length", "del-header con -m beg", "replace-header Content-Length .* 3", "set-header Content-Length 2"}, get("/a/b?c=d&e")},
		{"replace-header replaces the whole value", []string{`replace-header X-L (\w+),(\w+) \2-\1%[path]`}, head("a,b , c d", "b-a/a/b")},
		{"replace-value", []string{`replace-value X-L ^(b|c).* <\1>`}, head("a,b , c d", "a,<b> , <c>")},
		{"byte and other escapes", []string{`replace-header X-M . \x41\.\0\9`}, head("X-M: 1", "X-M: A.1")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sc := newScope()
			s := newStream(t, sc)
			if v := exec(t, sc, s, conf.HTTPReq, tt.lines...); v != lb.Continue {
				t.Fatalf("verdict %v, term %s", v, s.Term[:])
			}
			if got := strings.ReplaceAll(string(h1.AppendRequest(nil, &s.Req)), "\r", ""); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
}

func TestResponseRewrites(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		want  string
	}{
		{"set-status", []string{"set-status 404"}, "HTTP/1.1 404 Not Found\nServer: org\nX-A: 1\nX-A: 2\nVary: a, \"b, c\", d\nContent-Length: 2\n"},
		{"set-status with a reason", []string{`set-status 404 reason "foo %[src]"`}, "HTTP/1.1 404 foo %[src]\nServer: org\nX-A: 1\nX-A: 2\nVary: a, \"b, c\", d\nContent-Length: 2\n"},
		{"set-header", []string{"set-header X-A z"}, "HTTP/1.1 200 OK\nServer: org\nVary: a, \"b, c\", d\nContent-Length: 2\nX-A: z\n"},
		{"del-header", []string{"del-header x-a"}, "HTTP/1.1 200 OK\nServer: org\nVary: a, \"b, c\", d\nContent-Length: 2\n"},
		{"commas in quotes do not separate", []string{`replace-value Vary .*c.* Q`, `replace-value vary ^d$ D`}, "HTTP/1.1 200 OK\nServer: org\nX-A: 1\nX-A: 2\nVary: a, Q, D\nContent-Length: 2\n"},
		{"every field of the name", []string{`replace-header X-A . <\0>`}, "HTTP/1.1 200 OK\nServer: org\nX-A: <1>\nX-A: <2>\nVary: a, \"b, c\", d\nContent-Length: 2\n"},
	}
	for _, set := range []conf.RuleSet{conf.HTTPRes, conf.HTTPAfterRes} {
		for _, tt := range tests {
			sc := newScope()
			s := newStream(t, sc)
			exec(t, sc, s, set, tt.lines...)
			if got := strings.ReplaceAll(string(h1.AppendResponse(nil, &s.Res)), "\r", ""); got != tt.want {
				t.Errorf("%s: got\n%swant\n%s", tt.name, got, tt.want)
			}
		}
	}
}

func TestRewritesThatFail(t *testing.T) {
	long := strings.Repeat("x", 20000)
	tests := []struct {
		name    string
		lines   []string
		verdict lb.Verdict
		term    string
		counted int64
	}{
		{"too long in strict mode", []string{"set-header X-N " + long}, lb.Answer, "IR", 1},
		{"too long otherwise", []string{"strict-mode off", "set-header X-N " + long}, lb.Continue, "--", 1},
		{"strict again", []string{"strict-mode off", "strict-mode on", "set-header X-N " + long}, lb.Answer, "IR", 1},
		{"too long a path", []string{"set-path /" + long}, lb.Answer, "IR", 1},
		{"an empty target", []string{"set-uri %[none]"}, lb.Answer, "IR", 1},
		{"another length", []string{"set-header Content-Length 5"}, lb.Answer, "IR", 0},
		{"another framing", []string{"add-header Transfer-Encoding chunked"}, lb.Answer, "IR", 0},
	}
	for _, tt := range tests {
		sc := newScope()
		s := newStream(t, sc)
		v := exec(t, sc, s, conf.HTTPReq, tt.lines...)
		if v != tt.verdict || string(s.Term[:2]) != tt.term || s.Front.Front.FailedRewrites.Load() != tt.counted {
			t.Errorf("%s: verdict %v, term %s, %d failures, want %v, %s, %d", tt.name, v, s.Term[:2], s.Front.Front.FailedRewrites.Load(), tt.verdict, tt.term, tt.counted)
		}
		if v == lb.Answer && s.Reply.Status != 500 {
			t.Errorf("%s: status %d, want 500", tt.name, s.Reply.Status)
		}
	}
}

// TestDeletedFieldsMakeRoom: rules that replace a field over and over do not
// run out of what a head may hold.
func TestDeletedFieldsMakeRoom(t *testing.T) {
	sc := newScope()
	s := newStream(t, sc)
	r, _, _ := compile(sc, conf.HTTPReq, "set-header X-N "+strings.Repeat("x", 3000))
	for range 20 {
		if v := r.Action.Exec(s); v != lb.Continue {
			t.Fatalf("verdict %v with %d bytes in the arena", v, len(s.Req.Buf))
		}
	}
}

func TestNormalizersAsTheManualSays(t *testing.T) {
	tests := []struct{ line, in, want string }{
		{"fragment-encode", "/#foo", "/%23foo"},
		{"fragment-strip", "/#foo", "/"},
		{"path-strip-dot", "/.", "/"},
		{"path-strip-dot", "/./bar/", "/bar/"},
		{"path-strip-dot", "/a/./a", "/a/a"},
		{"path-strip-dot", "/.well-known/", "/.well-known/"},
		{"path-strip-dotdot", "/foo/../", "/"},
		{"path-strip-dotdot", "/foo/../bar/", "/bar/"},
		{"path-strip-dotdot", "/foo/bar/../", "/foo/"},
		{"path-strip-dotdot", "/../bar/", "/../bar/"},
		{"path-strip-dotdot", "/bar/../../", "/../"},
		{"path-strip-dotdot", "/foo//../", "/foo/"},
		{"path-strip-dotdot", "/foo/%2E%2E/", "/foo/%2E%2E/"},
		{"path-strip-dotdot full", "/../bar/", "/bar/"},
		{"path-strip-dotdot full", "/bar/../../", "/"},
		{"path-merge-slashes", "//", "/"},
		{"path-merge-slashes", "/foo//bar", "/foo/bar"},
		{"percent-decode-unreserved", "/%61dmin", "/admin"},
		{"percent-decode-unreserved", "/foo%3Fbar=baz", "/foo%3Fbar=baz"},
		{"percent-decode-unreserved", "/%%36%36", "/%66"},
		{"percent-decode-unreserved", "/%ZZ", "/%ZZ"},
		{"percent-decode-unreserved strict", "/%%36%36", "400"},
		{"percent-decode-unreserved strict", "/%ZZ", "400"},
		{"percent-to-uppercase", "/%6f", "/%6F"},
		{"percent-to-uppercase", "/%zz", "/%zz"},
		{"percent-to-uppercase strict", "/%zz", "400"},
		{"query-sort-by-name", "/?c=3&a=1&b=2", "/?a=1&b=2&c=3"},
		{"query-sort-by-name", "/?aaa=3&a=1&aa=2", "/?a=1&aa=2&aaa=3"},
		{"query-sort-by-name", "/?a=3&b=4&a=1&b=5&a=2", "/?a=3&a=1&a=2&b=4&b=5"},
	}
	for _, tt := range tests {
		sc := newScope()
		s := newStream(t, sc)
		s.Req.SetTarget([]byte(tt.in))
		v := exec(t, sc, s, conf.HTTPReq, "normalize-uri "+tt.line)
		got := string(s.Req.Bytes(s.Req.Target))
		if v == lb.Answer {
			got = "400"
		}
		if got != tt.want {
			t.Errorf("%s of %s = %s, want %s", tt.line, tt.in, got, tt.want)
		}
	}
}

func TestRewritingDoesNotAllocate(t *testing.T) {
	sc := newScope()
	s := newStream(t, sc)
	var rules []lb.Rule
	for _, l := range []string{"set-header X-N a-%[path]", "add-header X-O %[src]", "del-header x-m", "set-path /p%[path]", "set-query q=%[str(x)]", "set-src str(1.2.3.4)", "strict-mode on", "set-log-level err"} {
		r, e, ok := compile(sc, conf.HTTPReq, l)
		if !ok {
			t.Fatal(e)
		}
		rules = append(rules, r)
	}
	keep := s.Req
	keep.Fields = append([]htx.Field(nil), s.Req.Fields...)
	once := func() {
		s.Req.Buf, s.Req.Target = s.Req.Buf[:len(keep.Buf)], keep.Target
		s.Req.Fields = append(s.Req.Fields[:0], keep.Fields...)
		for i := range rules {
			rules[i].Action.Exec(s)
		}
	}
	if n := testing.AllocsPerRun(100, once); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzTarget(f *testing.F) {
	f.Add("/a?b", "/x y", `\1`)
	f.Add("http://h/p?q#f", "//./../%zz", `\0\x4`)
	f.Add("*", "?", "\x00\r\n")
	f.Fuzz(func(t *testing.T, target, value, template string) {
		sc := newScope()
		s := newStream(t, sc)
		s.Req.SetTarget([]byte(target))
		for p := path; p <= uri; p++ {
			put(s, p, []byte(value))
			got := s.Req.Bytes(s.Req.Target)
			if p == uri && strings.ContainsAny(string(got), " \r\n\x00") && value != "" {
				t.Fatalf("target %q", got)
			}
		}
		appendBackrefs(nil, []byte(template), []byte(value), []int{0, len(value)})
		for name, n := range normalizers {
			if out, ok := n.f(nil, []byte(target), true); ok && len(out) > 3*len(target) {
				t.Fatalf("%s of %q = %q", name, target, out)
			}
		}
	})
}

func TestRewritesGrowIntoTheReserve(t *testing.T) {
	// The defaults: a buffer of 16384 bytes, 1024 of them kept for rules.
	small, large := strings.Repeat("x", 900), strings.Repeat("x", 1100)
	exact := strings.Repeat("x", 1024-len("X-N: \r\n"))
	tests := []struct {
		name  string
		set   conf.RuleSet
		body  int
		value string
		fits  bool
	}{
		{"a request without a body", conf.HTTPReq, 0, large, true},
		{"a full buffer", conf.HTTPReq, 1 << 20, small, true},
		{"all of the reserve", conf.HTTPReq, 1 << 20, exact, true},
		{"a byte more", conf.HTTPReq, 1 << 20, exact + "x", false},
		{"beyond the reserve", conf.HTTPReq, 1 << 20, large, false},
		{"a body that leaves room", conf.HTTPReq, 14000, large, true},
		{"a response", conf.HTTPRes, 0, large, true},
		{"a full buffer of a response", conf.HTTPRes, 1 << 20, small, true},
		{"beyond the reserve of a response", conf.HTTPRes, 1 << 20, large, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sc := newScope()
			s := newStream(t, sc)
			if tt.set == conf.HTTPReq {
				s.Pending = make([]byte, tt.body)
			} else {
				s.Server = &lb.Server{State: &lb.ServerState{}}
				s.ResEnd = tt.body
			}
			if v := exec(t, sc, s, tt.set, "set-header X-N "+tt.value); (v == lb.Continue) != tt.fits {
				t.Errorf("verdict %v, want it to fit: %v", v, tt.fits)
			}
		})
	}
}
