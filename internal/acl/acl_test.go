package acl_test

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"segue/internal/acl"
	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/feature/convert"
	"segue/internal/feature/httpfetch"
	"segue/internal/feature/l4fetch"
	"segue/internal/lb"
	"segue/internal/pattern"
	"segue/internal/sample"
	"segue/internal/sched"
	"segue/internal/wire/h1"
)

var words = catalog.New(convert.Feature(), httpfetch.Feature(), l4fetch.Feature())

const request = "GET /img/a.png?x=1 HTTP/1.1\r\nHost: Www.Example.com\r\nX-List: a, b, c\r\nX-Num: 5\r\nCookie: a=1; a=2\r\n\r\n"

func stream(t testing.TB) *lb.Stream {
	t.Helper()
	s := &lb.Stream{Thread: &lb.Thread{Loop: new(sched.Loop)}, Session: &lb.Session{}, Final: true}
	s.Session.Src = netip.MustParseAddrPort("10.1.2.3:5555")
	if _, err := h1.ParseRequest(&s.Req, []byte(request), 0, &h1.Limits{MaxHead: 15360, MaxFields: 101}); err != h1.OK {
		t.Fatalf("ParseRequest: %v", err)
	}
	return s
}

func split(text string) []cfg.Word {
	var out []cfg.Word
	for _, f := range strings.Fields(text) {
		out = append(out, cfg.Word{Text: strings.ReplaceAll(f, "~", " ")})
	}
	return out
}

// scope has the named ACLs that text declares, one a line.
func scope(t testing.TB, declared ...string) *sample.Scope {
	t.Helper()
	table := acl.NewTable()
	sc := &sample.Scope{Words: words, ACLs: table, Files: pattern.NewRefs(os.ReadFile, nil), File: "x.cfg", Line: 3}
	for _, line := range declared {
		if err := table.Add(split(line), sc); err != nil {
			t.Fatalf("acl %s: %v", line, err)
		}
	}
	return sc
}

func TestConditions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("/img\n/css\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	declared := []string{"img path_beg /img", "img path_beg /pic", "post method POST", "local src 10.0.0.0/8", "recursive acl(img,local)"}
	cases := []struct {
		name, cond string
		want       bool
	}{
		{"prefix", "{ path_beg /img }", true},
		{"no prefix", "{ path_beg /css }", false},
		{"one of several patterns", "{ path_beg /css /img }", true},
		{"suffix", "{ path_end .png }", true},
		{"case", "{ hdr(host) www.example.com }", false},
		{"case ignored", "{ hdr(host) -i www.example.com }", true},
		{"converter", "{ hdr(host),lower www.example.com }", true},
		{"domain", "{ hdr_dom(host) -i example }", true},
		{"length", "{ path_len 10 }", true},
		{"length range", "{ path_len lt 10 }", false},
		{"regex", "{ path_reg ^/img/.*png$ }", true},
		{"forced method", "{ path -m sub img/ }", true},
		{"found", "{ req.hdr(x-num) -m found }", true},
		{"not found", "{ req.hdr(none) -m found }", false},
		{"bool of an integer", "{ req.hdr_cnt(none) -m bool }", false},
		{"integer", "{ hdr_val(x-num) 5 }", true},
		{"operator", "{ hdr_val(x-num) gt 4 }", true},
		{"two operators are alternatives", "{ hdr_val(x-num) lt 3 gt 7 }", false},
		{"range", "{ hdr_val(x-num) 3:5 }", true},
		{"address", "{ src 10.1.0.0/16 }", true},
		{"address in text", "{ str(10.1.2.3) -m ip 10.0.0.0/8 }", true},
		{"method", "{ method GET POST }", true},
		{"each value is tried", "{ req.hdr(x-list) b }", true},
		{"each cookie is tried", "{ cook(a) 1 }", true},
		{"file", "{ path_beg -f " + file + " }", true},
		{"file and words", "{ path_beg -f " + file + " /x }", true},
		{"pattern like a flag", "{ path -- -i }", false},
		{"binary", "{ bin(4142) -m bin 4142 }", true},
		{"named", "img", true},
		{"negated", "!img", false},
		{"negated apart", "! img", false},
		{"twice negated", "!!img", true},
		{"all", "img local", true},
		{"one of all fails", "img post", false},
		{"or", "post or img", true},
		{"bars", "post || local", true},
		{"or binds looser", "post local || img local", true},
		{"built-in", "METH_GET TRUE", true},
		{"false", "FALSE", false},
		{"version", "HTTP_1.1 !HTTP_2.0", true},
		{"fetch of an ACL", "{ acl(img) }", true},
		{"fetch of ACLs", "{ acl(img,!post) }", true},
		{"nested", "recursive", true},
		{"empty", "", true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cond, unless, err := acl.Compile(split("if "+c.cond), scope(t, declared...))
			if err != nil || unless {
				t.Fatalf("Compile(if %s) = %v, %v, want false, nil", c.cond, unless, err)
			}
			if c.cond == "" {
				return // HAProxy's parsers do not let this happen
			}
			s := stream(t)
			if got := cond.Eval(s); got != c.want || s.Missing {
				t.Errorf("%s = %v, missing %v, want %v", c.cond, got, s.Missing, c.want)
			}
			if s.Iterate || len(s.Thread.Tmp) != 0 {
				t.Errorf("%s leaves iteration %v and %d bytes behind", c.cond, s.Iterate, len(s.Thread.Tmp))
			}
		})
	}
}

func TestUnlessIsReported(t *testing.T) {
	if _, unless, err := acl.Compile(split("unless TRUE"), scope(t)); !unless || err != nil {
		t.Errorf("Compile(unless TRUE) = %v, %v, want true, nil", unless, err)
	}
}

func TestErrorsNameTheWord(t *testing.T) {
	cases := []struct {
		name, cond, want string
		word             int
	}{
		{"no if", "when x", "conditions must start with either 'if' or 'unless'", 0},
		{"unknown name", "if TRUE imgs", "no such ACL : 'imgs'", 2},
		{"no brace", "if { path /", "missing closing '}' in condition", 1},
		{"unknown fetch", "if { nope }", "unknown fetch method 'nope' in ACL expression 'nope'", 2},
		{"unclosed argument", "if { req.hdr(host x }", "fetch method 'req.hdr' : expected ')' in ACL expression 'req.hdr(host'", 2},
		{"unclosed argument of an alias", "if { hdr(host x }", "ACL keyword 'hdr' : expected ')'", 2},
		{"unknown converter", "if { path,nope x }", "ACL keyword 'path' : unknown converter 'nope'", 2},
		{"flag", "if { path -x a }", "'-x' is not a valid ACL option. Please use '--' before any pattern beginning with a '-'", 3},
		{"method", "if { path -m nope a }", "unknown matching method 'nope' when parsing ACL expression", 4},
		{"method of another type", "if { src -m bool 1 }", "matching method 'bool' cannot be used with fetch keyword 'src'", 4},
		{"method twice", "if { path -m str -m str a }", "only one explicit matching method can be defined with '-m' parameter. if migrating from an old version, just keep the last one", 5},
		{"method needed", "if { bin(00) a }", "matching method must be specified first (using '-m') when using a sample fetch of this type ('bin')", 2},
		{"number", "if { hdr_val(a) 5 x }", "'x' is not a number", 4},
		{"number behind an operator", "if { hdr_val(a) gt x }", "'x' is neither a number nor a supported operator", 4},
		{"address", "if { src 10.0.0.300 }", "'10.0.0.300' is not a valid IPv4 or IPv6 address", 3},
		{"file", "if { path -f /none }", "failed to open pattern file </none>", 4},
		{"id", "if { path -u x a }", "the argument of -u must be an integer", 4},
		{"fetch of unknown ACL", "if { acl(nope) }", "invalid args in fetch method 'acl' : ACL 'nope' not found in ACL expression 'acl(nope)'", 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := acl.Compile(split(c.cond), scope(t, "img path_beg /img"))
			var e *sample.Error
			if !errors.As(err, &e) || e.Msg != c.want || e.Word != c.word {
				t.Fatalf("Compile(%s) = %+v, want %q at word %d", c.cond, err, c.want, c.word)
			}
		})
	}
	_, _, err := acl.Compile(split("if imgs"), scope(t, "img path_beg /img"))
	var e *sample.Error
	if errors.As(err, &e); e == nil || e.Hint != "did you mean 'img' maybe ?" {
		t.Errorf("Compile(if imgs) = %+v, want the hint img", err)
	}
}

func TestPlacesAreWarnedOf(t *testing.T) {
	cases := []struct {
		name, cond, want string
		place            sample.Place
	}{
		{"fits", "if { path / }", "", sample.FrontReq},
		{"anonymous", "if { status 200 }", "anonymous acl will never match because it uses keyword 'status' which is incompatible with 'frontend http-request header rule'", sample.FrontReq},
		{"named", "if ok", "acl 'ok' will never match because it only involves keywords that are incompatible with 'frontend http-request header rule'", sample.FrontReq},
		{"partly", "if both", "acl 'both' involves keywords 'status' which is incompatible with 'frontend http-request header rule'", sample.FrontReq},
		{"other side", "if { path / }", "anonymous acl will never match because it uses keyword 'path' which is incompatible with 'backend http-response header rule'", sample.BackRes},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			sc := scope(t, "ok status 200", "both path /", "both status 200")
			got := ""
			sc.Place, sc.Warn = c.place, func(_ int, msg string) { got = msg }
			if _, _, err := acl.Compile(split(c.cond), sc); err != nil || got != c.want {
				t.Errorf("Compile(%s) warns %q, %v, want %q", c.cond, got, err, c.want)
			}
		})
	}
}

func TestMissingBytesLeaveTheAnswerOpen(t *testing.T) {
	cases := []struct {
		name, cond           string
		holds, missing, last bool // with more to come; at the end
	}{
		{"too short", "{ req.payload(0,9) -m found }", false, true, false},
		{"length may grow", "{ req.len gt 5 }", false, true, false},
		{"reached", "{ req.len ge 3 }", true, false, true},
		{"wait_end", "WAIT_END", false, true, true},
		{"negation stays open", "!{ req.len gt 5 }", false, true, true},
		{"false and open", "FALSE { req.len gt 5 }", false, false, false},
		{"true or open", "{ req.len gt 5 } || TRUE", true, false, true},
		{"false or open", "FALSE || { req.len gt 5 }", false, true, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cond, _, err := acl.Compile(split("if "+c.cond), scope(t))
			if err != nil {
				t.Fatal(err)
			}
			model := &conf.Model{}
			model.Global.Tune.BufSize = 16384
			s := &lb.Stream{Thread: &lb.Thread{Loop: new(sched.Loop)}, Gen: &lb.Generation{Conf: model}, Flags: lb.IsTCP, Input: []byte("abc")}
			if got := cond.Eval(s); got != c.holds || s.Missing != c.missing {
				t.Errorf("%s = %v, missing %v, want %v, %v", c.cond, got, s.Missing, c.holds, c.missing)
			}
			s.Final = true
			if got := cond.Eval(s); got != c.last || s.Missing {
				t.Errorf("%s at the end = %v, missing %v, want %v, false", c.cond, got, s.Missing, c.last)
			}
		})
	}
}

func TestConditionsDoNotAllocate(t *testing.T) {
	s := stream(t)
	for _, text := range []string{"{ path_beg /img }", "{ hdr(host),lower www.example.com }", "{ src 10.0.0.0/8 }",
		"METH_GET img", "{ req.hdr(x-list) c }", "{ acl(img) }", "{ hdr_val(x-num) gt 4 }", "{ cook(a) 2 }"} {
		cond, _, err := acl.Compile(split("if "+text), scope(t, "img path_beg /img"))
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() { cond.Eval(s) }); n != 0 {
			t.Errorf("%s allocates %v times, want 0", text, n)
		}
	}
}

func BenchmarkPathBeg(b *testing.B) {
	s := stream(b)
	cond, _, err := acl.Compile(split("if { path_beg /css /js /img }"), scope(b))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		cond.Eval(s)
	}
}

func FuzzCompile(f *testing.F) {
	for _, seed := range []string{"if { path_beg /img } || !TRUE", "unless { hdr(host) -i -m beg -- a b }", "if ! { src 1.2.3.4 } or METH_GET", "if { req.hdr_val(a) gt 5 lt 3 }", "if {", "if } {"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "-f") || strings.Contains(text, "map") {
			return // no files
		}
		cond, _, err := acl.Compile(split(text), scope(t, "img path_beg /img"))
		if err == nil {
			cond.Eval(stream(t))
			return
		}
		var e *sample.Error
		if !errors.As(err, &e) || e.Msg == "" || e.Word < 0 || e.Word > len(split(text)) {
			t.Errorf("Compile(%q) = %#v", text, err)
		}
	})
}
