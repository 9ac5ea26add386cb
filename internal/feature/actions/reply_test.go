package actions

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"segue/internal/conf"
	"segue/internal/lb"
)

// show writes a reply as tests compare it.
func show(s *lb.Stream, r *lb.Reply) string {
	if r == nil {
		return "nothing"
	}
	out := itoa(r.Status)
	if r.ContentType != "" {
		out += " " + r.ContentType
	}
	for _, h := range r.Headers {
		v := h.Text
		if h.Value != nil {
			v = string(h.Value.AppendTo(nil, s))
		}
		out += " " + h.Name + "=" + v
	}
	body := string(r.Body)
	if r.BodyFmt != nil {
		body = string(r.BodyFmt.AppendTo(nil, s))
	}
	if strings.HasPrefix(body, "<html>") {
		body = "page"
	}
	return out + " [" + body + "]"
}

func itoa(n int) string {
	return string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
}

func TestAnswers(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	page := filepath.Join(dir, "p")
	write(t, file, "body %[path]")
	write(t, page, "HTTP/1.0 503 Foo\r\nContent-Type: text/z\r\nConnection: close\r\nX: y\r\n\r\nb503")
	const req, res = conf.HTTPReq, conf.HTTPRes
	tests := []struct {
		name, line string
		set        conf.RuleSet
		want, term string
	}{
		{"return", "return", req, "200 []", "LR"},
		{"return with headers", `return status 201 content-type text/x string abc hdr X-A "a %[path]" hdr X-B b`, req, "201 text/x X-A=a /a/b X-B=b [abc]", "LR"},
		{"return a page", "return status 404 default-errorfiles", req, "404 text/html [page]", "LR"},
		{"return a format", `return content-type text/p lf-string "p=%[path] %[none]"`, req, "200 text/p [p=/a/b ]", "LR"},
		{"return a file", "return content-type a file " + file, req, "200 a [body %[path]]", "LR"},
		{"return a formatted file", "return content-type a lf-file " + file, req, "200 a [body /a/b]", "LR"},
		{"return an error file", "return status 503 errorfile " + page, req, "503 Content-Type=text/z X=y [b503]", "LR"},
		{"return to a response", `return status 210 content-type a lf-string %[str(x)] hdr A %[meta]`, res, "210 a A=/a/b [x]", "LH"},
		{"deny", "deny", req, "403 text/html [page]", "PR"},
		{"deny with another page", "deny deny_status 429", req, "429 text/html [page]", "PR"},
		{"deny with a content", "deny status 418 content-type text/plain string no hdr a b", req, "418 text/plain a=b [no]", "PR"},
		{"deny with a status alone has no page", "deny status 503", req, "503 []", "PR"},
		{"deny a response", "deny", res, "502 text/html [page]", "PH"},
		{"auth", "auth", req, `401 text/html WWW-Authenticate=Basic realm="px" [page]`, "LR"},
		{"auth with a realm", `auth realm "a b"`, req, `401 text/html WWW-Authenticate=Basic realm="a b" [page]`, "LR"},
		{"redirect to a location", "redirect location /x", req, "302 Location=/x Cache-Control=no-cache []", "LR"},
		{"redirect with a cookie", "redirect location http://%[str(h)]/x?a=%[path] code 301 set-cookie A=%b", req, "301 Location=http://h/x?a=/a/b Set-Cookie=A=%b; path=/; []", "LR"},
		{"redirect with a formatted cookie", "redirect location /x set-cookie-fmt C=%[path] code 303", req, "303 Location=/x Cache-Control=no-cache Set-Cookie=C=/a/b; path=/; []", "LR"},
		{"redirect by prefix", "redirect prefix https://h", req, "302 Location=https://h/a/b?c=d&e Cache-Control=no-cache []", "LR"},
		{"redirect without query", "redirect prefix /foo append-slash drop-query clear-cookie B code 307", req, "307 Location=/foo/a/b/ Cache-Control=no-cache Set-Cookie=B; path=/; Max-Age=0; []", "LR"},
		{"redirect to the same place", "redirect prefix /", req, "302 Location=/a/b?c=d&e Cache-Control=no-cache []", "LR"},
		{"redirect by scheme", "redirect scheme https code 308", req, "308 Location=https://h/a/b?c=d&e []", "LR"},
		{"redirect with the query", "redirect location /k?c=1 keep-query", req, "302 Location=/k?c=1&c=d&e Cache-Control=no-cache []", "LR"},
		{"redirect with the query alone", "redirect location /k keep-query", req, "302 Location=/k?c=d&e Cache-Control=no-cache []", "LR"},
		{"redirect a response", "redirect location /r", res, "302 Location=/r Cache-Control=no-cache []", "LH"},
		{"the old form takes text", "location /%[path]%", conf.Redirect, "302 Location=/%[path]% Cache-Control=no-cache []", "LR"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sc := newScope()
			s := newStream(t, sc)
			if v := exec(t, sc, s, tt.set, tt.line); v != lb.Answer {
				t.Fatalf("verdict %v, want Answer", v)
			}
			if got := show(s, s.Reply); got != tt.want || string(s.Term[:2]) != tt.term {
				t.Errorf("got %s, term %s\nwant %s, %s", got, s.Term[:2], tt.want, tt.term)
			}
		})
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestAnswersToResponsesAreMadeAtOnce: the response that a format looks at is
// overwritten by the answer.
func TestAnswersToResponsesAreMadeAtOnce(t *testing.T) {
	sc := newScope()
	s := newStream(t, sc)
	exec(t, sc, s, conf.HTTPRes, "return content-type a lf-string %[meta] hdr A %[meta]")
	s.Req.SetTarget([]byte("/other"))
	if got := show(s, s.Reply); got != "200 a A=/a/b [/a/b]" {
		t.Errorf("got %s", got)
	}
}

func TestErrorSections(t *testing.T) {
	sc := newScope()
	sc.Gen.Conf.Errors = map[string]*conf.HTTPErrors{"e": {Files: map[int]*conf.ErrorReply{
		403: {Status: 403, Raw: []byte("HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\nno!")}}}}
	s := newStream(t, sc)
	exec(t, sc, s, conf.HTTPReq, "deny status 403 errorfiles e")
	if got := show(s, s.Reply); got != "403 [no!]" {
		t.Errorf("got %s", got)
	}
	if _, e, _ := compile(sc, conf.HTTPReq, "deny status 500 errorfiles e"); len(e) != 1 || !strings.Contains(e[0].Msg, "not declared in http-errors section 'e'") {
		t.Errorf("entries %+v", e)
	}
	if _, e, _ := compile(sc, conf.HTTPReq, "deny status 403 errorfiles zz"); len(e) != 1 || e[0].Msg != "Proxy 'px': unknown http-errors section 'zz' referenced by an http reply ." {
		t.Errorf("entries %+v", e)
	}
}

func TestIgnoredRedirect(t *testing.T) {
	sc := newScope()
	s := newStream(t, sc)
	if v := exec(t, sc, s, conf.HTTPReq, "redirect location %[none] ignore-empty"); v != lb.Continue || s.Reply != nil {
		t.Errorf("verdict %v, reply %v", v, s.Reply)
	}
}

func TestRefusalsAreCounted(t *testing.T) {
	sc := newScope()
	s := newStream(t, sc)
	s.Server = &lb.Server{State: &lb.ServerState{}}
	exec(t, sc, s, conf.HTTPReq, "deny")
	exec(t, sc, s, conf.HTTPRes, "deny")
	f, b := s.Front.Front, s.Back.Back
	if f.DeniedReq.Load() != 1 || b.DeniedReq.Load() != 1 || f.DeniedResp.Load() != 1 || b.DeniedResp.Load() != 1 || s.Server.State.DeniedResp.Load() != 1 {
		t.Errorf("counters: %d %d %d %d %d, want 1 each", f.DeniedReq.Load(), b.DeniedReq.Load(), f.DeniedResp.Load(), b.DeniedResp.Load(), s.Server.State.DeniedResp.Load())
	}
}

func TestVerdicts(t *testing.T) {
	tests := []struct {
		line string
		set  conf.RuleSet
		want lb.Verdict
		term string
	}{
		{"allow", conf.HTTPReq, lb.Stop, "--"},
		{"accept", conf.TCPReqCont, lb.Stop, "--"},
		{"reject", conf.TCPReqConn, lb.Abort, "--"},
		{"reject", conf.HTTPReq, lb.Abort, "PR"},
		{"silent-drop", conf.HTTPReq, lb.Abort, "PR"},
		{"close", conf.TCPResCont, lb.Stop, "--"}, // without a server
		{"set-nice 3", conf.HTTPReq, lb.Continue, "--"},
		{"disable-l7-retry", conf.HTTPReq, lb.Continue, "--"},
	}
	for _, tt := range tests {
		sc := newScope()
		s := newStream(t, sc)
		if v := exec(t, sc, s, tt.set, tt.line); v != tt.want || string(s.Term[:2]) != tt.term {
			t.Errorf("%s: %v %s, want %v %s", tt.line, v, s.Term[:2], tt.want, tt.term)
		}
	}
}

func TestSettings(t *testing.T) {
	sc := newScope()
	s := newStream(t, sc)
	exec(t, sc, s, conf.HTTPReq, "set-src str(1.2.3.4)", "set-src-port int(77)", "set-dst str(::1)", "set-dst-port int(99999)", "set-log-level err",
		"set-timeout server 3s", "set-timeout tunnel int(500)", "set-timeout queue int(0)", "set-priority-class int(9999)", "set-priority-offset int(-5)", "set-retries 7",
		"capture path len 3", "capture str(long) id 0", "set-src str(nonsense)")
	ss := s.Session
	if s.Src.String() != "1.2.3.4:77" || s.Dst.String() != "[::1]:34463" {
		t.Errorf("addresses %v, %v", s.Src, s.Dst)
	}
	if s.Level != 4 || s.Timeouts.Server != 3e9 || s.Timeouts.Tunnel != 5e8 || s.Timeouts.Queue != 0 {
		t.Errorf("level %d, timeouts %+v", s.Level, s.Timeouts)
	}
	if s.PriorityClass() != 2047 || s.PriorityOffset() != -5 || s.MaxRetries != 8 {
		t.Errorf("priority %d %d, retries %d", s.PriorityClass(), s.PriorityOffset(), s.MaxRetries)
	}
	if len(s.Captured[0]) != 1 || string(s.Captured[0][0]) != "lon" {
		t.Errorf("captured %q", s.Captured[0])
	}
	exec(t, sc, s, conf.HTTPReq, "set-log-level silent")
	if s.Level != -1 {
		t.Errorf("level %d, want -1", s.Level)
	}
	exec(t, sc, s, conf.TCPReqConn, "expect-proxy layer4")
	if ss.Flags&lb.ExpectProxy == 0 {
		t.Error("no PROXY header is expected")
	}
}

func TestMapsChange(t *testing.T) {
	sc := newScope()
	s := newStream(t, sc)
	exec(t, sc, s, conf.HTTPReq, "set-map(virt@m) %[path] v1", "set-map(virt@m) /a/b v2", "set-map(virt@m) k v3", "del-map(virt@m) k", "add-acl(virt@a) %[path]", "add-acl(virt@a) %[path]")
	var got []string
	for _, r := range sc.Files.All() {
		for _, e := range r.Entries() {
			got = append(got, r.Name+" "+e.Pattern+" "+e.Value())
		}
	}
	if s := strings.Join(got, ","); s != "virt@m /a/b v2,virt@a /a/b " {
		t.Errorf("entries %s", s)
	}
}

func TestActionsSayWhatIsWrong(t *testing.T) {
	const req, res, cont, conn = conf.HTTPReq, conf.HTTPRes, conf.TCPReqCont, conf.TCPReqConn
	dir := t.TempDir()
	write(t, filepath.Join(dir, "bad"), "nonsense")
	tests := []struct {
		line string
		set  conf.RuleSet
		want string // in the message
	}{
		{"deny deny_status 9", req, "Unexpected status code '9'."},
		{"deny deny_status 418", res, "status code '418' not handled by default with 'default-errorfiles' argument.."},
		{"deny foo", req, "'http-request deny' expects either 'if' or 'unless' followed by a condition but found 'foo'."},
		{"set-header", req, "expects exactly 2 arguments."},
		{"set-header a", req, "expects exactly 2 arguments."},
		{"redirect", req, "redirection type expected ('prefix', 'location', or 'scheme')."},
		{"redirect location", req, "missing argument for 'location'."},
		{"redirect location /x code 300", req, "'code': unsupported HTTP code '300' (must be one of 301, 302, 303, 307 or 308)."},
		{"redirect location /x foo", req, "expects 'code', 'prefix', 'location', 'scheme', 'set-cookie', 'set-cookie-fmt', 'clear-cookie', 'drop-query', 'keep-query', 'ignore-empty' or 'append-slash' (was 'foo')."},
		{"redirect prefix /", res, "response only supports redirect type 'location'."},
		{"return status 20", req, "Unexpected status code '20'."},
		{"return string", req, "'string' expects <str> as argument."},
		{"return status 200 string abc", req, "a content type must be defined when non-empty payload is configured."},
		{"return lf-string abc", req, "a content type must be defined with a log-format payload."},
		{"return content-type a string b file c", req, "unexpected 'file' argument, 'string' already defined."},
		{"return content-type a file /nonexist", req, "error opening file '/nonexist'."},
		{"return hdr a", req, "'hdr' expects <name> and <value> as arguments."},
		{"return status 204 content-type a string abc", req, "No body expected for 204 responses."},
		{"return errorfile x", req, "error opening file 'x'.."},
		{"return errorfile " + filepath.Join(dir, "bad"), req, "unable to parse headers (error offset: 0)."},
		{"return status 299 default-errorfiles", req, "status code '299' not handled by default with 'default-errorfiles' argument.."},
		{"return hdr content-length 5", req, "header 'content-length' always ignored by the http reply."},
		{"return content-type a", req, "content-type 'a' ignored by the http reply because neither errorfile nor payload defined."},
		{"deny content-type a default-errorfiles", req, "content-type 'a' ignored by the http reply when used with an errorfile."},
		{"deny hdr a b default-errorfiles", req, "hdr parameters ignored by the http reply when used with an errorfile."},
		{`set-header "a b" c`, req, "header name 'a b' contains forbidden character ' '."},
		{"set-log-level foo", req, "expects exactly 1 argument (log level name or 'silent')."},
		{"set-log-level foo", cont, "expects exactly 1 argument (log level name or 'silent')"},
		{"set-timeout", req, "expects exactly 2 arguments."},
		{"set-timeout foo 1s", req, "'set-timeout' rule supports 'client'/'connect'/'queue'/'server'/'tarpit'/'tunnel' (got 'foo')."},
		{"set-timeout client x", req, "unexpected character 'x' in rule 'set-timeout client'."},
		{"set-timeout server 0", req, "null value is not valid for a 'set-timeout server' rule."},
		{"set-timeout server 100d", req, "timer overflow in argument '100d' to rule 'set-timeout server' (maximum value is 2147483647 ms or ~24.8 days)."},
		{"set-nice", req, "expects exactly 1 argument (integer value)."},
		{"replace-header a", req, "expects exactly 3 arguments."},
		{"replace-header a ( b", req, "regex '(' is invalid"},
		{"replace-path", req, "expects exactly 2 arguments <match-regex> and <replace-format>."},
		{"set-path", req, "expects exactly 1 argument <format>."},
		{"del-header", req, "expects at least 1 argument."},
		{"del-header a -m foo", req, "-m with unsupported matching method 'foo'."},
		{"del-header a -m", req, "-m flag expects exactly 1 argument."},
		{"capture", req, "expects <expression> [ 'len' <length> | id <idx> ]."},
		{"capture src len x", req, "length must be > 0."},
		{"capture src id 3", req, "Proxy 'px': unable to find capture id '3' referenced by http-request capture rule."},
		{"capture src len 3", res, "expects 'id', found 'len'."},
		{"capture src id 3", res, "Proxy 'px': unable to find capture id '3' referenced by http-response capture rule."},
		{"capture src", cont, "'tcp-request content capture' : a positive 'len' argument is mandatory"},
		{"capture src len 0", cont, "'tcp-request content capture' : length must be > 0"},
		{"auth realm", req, "missing realm value."},
		{"early-hint a", req, "expects exactly 2 arguments."},
		{"strict-mode a", req, "Unexpected value 'a'. Only 'on' and 'off' are supported."},
		{"normalize-uri", req, "missing argument <normalizer>."},
		{"normalize-uri foo", req, "unknown normalizer 'foo'."},
		{"normalize-uri path-strip-dotdot x", req, "unknown argument 'x' for 'path-strip-dotdot' normalizer."},
		{"wait-for-body", req, "expects time <time> [ at-least <bytes> ]."},
		{"wait-for-body time x", req, "unexpected character 'x'."},
		{"wait-for-body time 1s foo", req, "but found 'foo'."},
		{"pause 0", req, "null value is not valid for a 'pause' rule."},
		{"pause x", req, "unexpected character 'x' in rule 'pause'."},
		{"set-map(foo) a", req, "expects exactly 2 arguments."},
		{"add-acl(foo)", req, "expects exactly 1 arguments."},
		{"use-service", req, "'use-service' expects a service name.."},
		{"use-service foo", req, "'foo' unknown service name.."},
		{"set-mark x", req, "unknown fetch method 'x'."},
		{"set-fc-tos", req, "expects an argument."},
		{"send-spoe-group a b", req, "Proxy 'px': unable to find SPOE engine 'a' used by the send-spoe-group 'b'."},
		{"silent-drop rst-ttl x", req, "invalid character starting at 'x' (value 1-255 expected)"},
		{"set-priority-class", req, "missing fetch method."},
		{"set-dst foo", req, "unknown fetch method 'foo'."},
		{"set-status", res, "expects 1 argument: <status>; or 3 arguments: <status> reason <fmt>."},
		{"set-status 1", res, "expects an integer status code between 100 and 999."},
		{"set-status 200 foo x", res, "but found 'foo'."},
		{"expect-proxy foo", conn, "'tcp-request connection expect-proxy' only supports 'layer4' in proxy 'px' (got 'foo')"},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			_, entries, _ := compile(newScope(), tt.set, tt.line)
			if len(entries) != 1 || !strings.Contains(entries[0].Msg, tt.want) {
				t.Errorf("got  %+v\nwant %s", entries, tt.want)
			}
		})
	}
}

func TestSidesOfTheProxy(t *testing.T) {
	tests := []struct {
		line  string
		front bool
		want  string
	}{
		{"set-timeout server 1s", true, "'px' has no backend capability."},
		{"set-timeout client 1s", false, "'px' has no frontend capability."},
		{"capture src len 3", false, "proxy 'px' has no frontend capability."},
		{"set-retries 3", true, "'set-retries' only available in backend or listen section."},
	}
	for _, tt := range tests {
		sc := newScope()
		if tt.front {
			sc.Proxy.Back = nil
		} else {
			sc.Proxy.Front = nil
		}
		if _, e, ok := compile(sc, conf.HTTPReq, tt.line); ok || len(e) != 1 || !strings.HasSuffix(e[0].Msg, tt.want) {
			t.Errorf("%s: %+v, want %s", tt.line, e, tt.want)
		}
	}
}
