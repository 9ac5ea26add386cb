package actions

import (
	"net/netip"
	"strings"
	"testing"

	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/keyword"
	"segue/internal/lb"
	"segue/internal/pattern"
	"segue/internal/rule"
	"segue/internal/sample"
	"segue/internal/wire/h1"
)

type words map[string]*sample.Fetch

func (w words) Fetch(n string) *sample.Fetch     { return w[n] }
func (words) Converter(string) *sample.Converter { return nil }
func (words) Alias(string) *sample.Alias         { return nil }
func (words) FetchNames() []string               { return nil }
func (words) AliasNames() []string               { return nil }
func (words) ConverterNames() []string           { return nil }

// newScope is that of a listen section "px".
func newScope() *sample.Scope {
	w := words{}
	add := func(name string, args []sample.ArgSpec, out sample.Type, use sample.Use, eval func(*lb.Stream, []sample.Arg, *sample.Value) bool) {
		w[name] = &sample.Fetch{Doc: keyword.Doc{Name: name}, Args: args, Out: out, Use: use, Eval: eval}
	}
	one := func(t sample.ArgType) []sample.ArgSpec { return []sample.ArgSpec{{Name: "v", Type: t}} }
	add("path", nil, sample.Str, sample.UseReqFields, func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool { v.SetStr(s.Req.Path()); return true })
	add("meta", nil, sample.Str, sample.UseReqMeta, func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool { v.SetStr(s.Req.Path()); return true })
	add("str", one(sample.ArgStr), sample.Str, sample.UseConst, func(s *lb.Stream, a []sample.Arg, v *sample.Value) bool {
		v.SetString(s.Thread, a[0].Str)
		return true
	})
	add("int", one(sample.ArgInt), sample.Int, sample.UseConst, func(_ *lb.Stream, a []sample.Arg, v *sample.Value) bool { v.SetInt(a[0].Int); return true })
	add("none", nil, sample.Str, sample.UseConst, func(*lb.Stream, []sample.Arg, *sample.Value) bool { return false })
	add("src", nil, sample.Addr, sample.UseClient4, func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
		v.SetAddr(s.Session.Src.Addr())
		return true
	})
	gen := &lb.Generation{Conf: &conf.Model{}, State: lb.NewState()}
	gen.Conf.Global.Defaults()
	gen.Conf.Global.ExposeExperimental = true
	px := &lb.Proxy{Name: "px", Gen: gen, Conf: &conf.Proxy{Kind: "listen"}, Front: &lb.ProxyState{}, Back: &lb.ProxyState{}}
	return &sample.Scope{Words: w, Gen: gen, Proxy: px, Files: pattern.NewRefs(func(string) ([]byte, error) { return nil, nil }, nil)}
}

const request = "GET /a/b?c=d&e HTTP/1.1\r\nHost: h\r\nX-L: a,b , c d\r\nUser-Agent: u\r\nX-M: 1\r\nContent-Length: 2\r\n\r\n"
const response = "HTTP/1.1 200 OK\r\nServer: org\r\nX-A: 1\r\nX-A: 2\r\nVary: a, \"b, c\", d\r\nContent-Length: 2\r\n\r\n"

func newStream(t testing.TB, sc *sample.Scope) *lb.Stream {
	t.Helper()
	th := &lb.Thread{Process: &lb.Process{}}
	s := &lb.Stream{Thread: th, Front: sc.Proxy, Back: sc.Proxy, Gen: sc.Gen, Term: [4]byte{'-', '-', '-', '-'}, Flags: lb.BackCounted,
		Session: &lb.Session{Thread: th, Src: netip.MustParseAddrPort("10.0.0.1:1234"), Dst: netip.MustParseAddrPort("10.0.0.2:80"), Flags: lb.DstSet}}
	if n, e := h1.ParseRequest(&s.Req, []byte(request), 0, &h1.Limits{MaxFields: 100, MaxHead: 15000}); e != h1.OK || n == 0 {
		t.Fatalf("request: %d %v", n, e)
	}
	if n, e := h1.ParseResponse(&s.Res, []byte(response), 0, h1.Get, &h1.Limits{MaxFields: 100, MaxHead: 15000}); e != h1.OK || n == 0 {
		t.Fatalf("response: %d %v", n, e)
	}
	return s
}

func line(text string) conf.RuleLine {
	l := cfg.Line{File: "t.cfg", Num: 9, Raw: text}
	from := 0
	quoted := false
	word := func(end int) {
		if end > from {
			l.Words = append(l.Words, cfg.Word{Text: strings.ReplaceAll(text[from:end], `"`, ""), Col: from + 1, Len: end - from})
		}
	}
	for i := range len(text) {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == ' ' && !quoted:
			word(i)
			from = i + 1
		}
	}
	word(len(text))
	return conf.RuleLine{Line: l}
}

func compile(sc *sample.Scope, set conf.RuleSet, text string) (lb.Rule, []diag.Entry, bool) {
	var d diag.List
	rl := line(text)
	r, ok := rule.Compile(&rl, set, sc, rule.NewTable(Feature().Actions), &d)
	return r, d.Entries(), ok
}

// exec runs lines on s until one does not continue.
func exec(t testing.TB, sc *sample.Scope, s *lb.Stream, set conf.RuleSet, lines ...string) (v lb.Verdict) {
	t.Helper()
	s.Dir = lb.Request
	if set == conf.HTTPRes || set == conf.HTTPAfterRes || set == conf.TCPResCont {
		s.Dir = lb.Response
	}
	for _, l := range lines {
		r, entries, ok := compile(sc, set, l)
		if !ok {
			t.Fatalf("%s: %+v", l, entries)
		}
		if v = r.Action.Exec(s); v != lb.Continue {
			break
		}
	}
	return v
}
