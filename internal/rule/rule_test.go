package rule

import (
	"strings"
	"testing"

	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/keyword"
	"segue/internal/lb"
	"segue/internal/logfmt"
	"segue/internal/sample"
)

type words map[string]*sample.Fetch

func (w words) Fetch(n string) *sample.Fetch     { return w[n] }
func (words) Converter(string) *sample.Converter { return nil }
func (words) Alias(string) *sample.Alias         { return nil }
func (words) FetchNames() []string               { return []string{"bool", "req.x", "res.x"} }
func (words) AliasNames() []string               { return nil }
func (words) ConverterNames() []string           { return nil }

func scope(kind string) *sample.Scope {
	w := words{}
	add := func(name string, use sample.Use, args []sample.ArgSpec) {
		w[name] = &sample.Fetch{Doc: keyword.Doc{Name: name}, Args: args, Out: sample.Bool, Use: use,
			Eval: func(_ *lb.Stream, a []sample.Arg, v *sample.Value) bool {
				v.SetBool(len(a) == 0 || a[0].Int != 0)
				return true
			}}
	}
	add("bool", sample.UseConst, []sample.ArgSpec{{Name: "v", Type: sample.ArgInt}})
	add("req.x", sample.UseReqFields, nil)
	add("res.x", sample.UseResFields, nil)
	gen := &lb.Generation{Conf: &conf.Model{}, Fronts: map[string]*lb.Proxy{}, Backs: map[string]*lb.Proxy{}}
	px := &lb.Proxy{Name: "f1", Gen: gen, Conf: &conf.Proxy{Kind: kind}, ByName: map[string]*lb.Server{"s": {Name: "s"}}}
	if kind != "backend" {
		px.Front = &lb.ProxyState{}
	}
	if kind != "frontend" {
		px.Back = &lb.ProxyState{}
	}
	gen.Backs["b"] = &lb.Proxy{Name: "b", Gen: gen, Conf: &conf.Proxy{Kind: "backend"}, Back: &lb.ProxyState{}}
	return &sample.Scope{Words: w, Gen: gen, Proxy: px}
}

type noted struct {
	fmt  *logfmt.Format
	expr *sample.Expr
}

func (noted) Exec(*lb.Stream) lb.Verdict { return lb.Continue }

func table() *Table {
	return NewTable([]Action{
		{Doc: keyword.Doc{Name: "deny"}, Sets: In(conf.HTTPReq, conf.TCPReqCont), Final: true, Parse: func(*Parser) lb.Action { return noted{} }},
		{Doc: keyword.Doc{Name: "eval"}, Sets: In(conf.HTTPReq, conf.HTTPRes, conf.TCPReqConn), Parse: func(p *Parser) lb.Action {
			if e := p.Expr(); e != nil {
				return noted{expr: e}
			}
			return nil
		}},
		{Doc: keyword.Doc{Name: "redirect"}, Sets: In(conf.HTTPReq), Final: true, Parse: func(p *Parser) lb.Action { p.Skip(2); return noted{} }},
		{Doc: keyword.Doc{Name: "set-header"}, Sets: In(conf.HTTPReq, conf.HTTPRes), Parse: func(p *Parser) lb.Action {
			if !p.Args(2) {
				return p.Fail("expects exactly 2 arguments")
			}
			p.Next()
			if f := p.HeaderFormat(); f != nil {
				return noted{fmt: f}
			}
			return nil
		}},
		{Doc: keyword.Doc{Name: "set-var"}, Sets: In(conf.HTTPReq), Prefix: true, Parse: func(p *Parser) lb.Action { return noted{} }},
		{Doc: keyword.Doc{Name: "set-var-fmt"}, Sets: In(conf.HTTPReq), Prefix: true, Parse: func(p *Parser) lb.Action { p.Next(); return noted{} }},
	})
}

func line(text string) conf.RuleLine {
	l := cfg.Line{File: "t.cfg", Num: 9, Raw: text}
	col := 1
	for _, w := range strings.Split(text, " ") {
		if w != "" {
			l.Words = append(l.Words, cfg.Word{Text: w, Col: col, Len: len(w)})
		}
		col += len(w) + 1
	}
	return conf.RuleLine{Line: l}
}

func TestRulesSayWhatIsWrong(t *testing.T) {
	const http = "error detected in frontend 'f1' while parsing 'http-request "
	tests := []struct {
		name, line string
		set        conf.RuleSet
		want       string
		form       diag.Form
		col        int
	}{
		{"unknown action", "foo", conf.HTTPReq, "'http-request' expects 'deny', 'eval', 'redirect', 'set-header', 'set-var(*)', 'set-var-fmt(*)', but got 'foo'.", diag.FormTight, 1},
		{"misspelt action", "set-headr a b", conf.HTTPRes, "'http-response' expects 'eval', 'set-header', but got 'set-headr'. Did you mean 'set-header' maybe ?", diag.FormTight, 1},
		{"no action", "", conf.HTTPRes, "'http-response' expects 'eval', 'set-header', but got '' (missing argument).", diag.FormTight, 0},
		{"unknown tcp action", "foo", conf.TCPReqCont, "'tcp-request content' expects 'accept', 'reject', 'capture', 'expect-proxy', 'expect-netscaler-cip', 'track-sc0' ... 'track-sc2', 'deny' in frontend 'f1' (got 'foo').", diag.FormParsing, 1},
		{"the action complains", "set-header a", conf.HTTPReq, http + "set-header' rule : expects exactly 2 arguments.", diag.FormParsing, 1},
		{"bad format", "set-header a x%[foo]", conf.HTTPReq, http + "set-header' rule : failed to parse sample expression <foo]> : unknown fetch method 'foo'.", diag.FormParsing, 17},
		{"format out of place", "set-header a %[res.x]", conf.HTTPReq, http + "set-header' rule : sample fetch <res.x> may not be reliably used here because it needs 'HTTP response headers' which is not available here.", diag.FormParsing, 16},
		{"expression out of place", "eval res.x", conf.HTTPReq, http + "eval' rule : fetch method 'res.x' extracts information from 'HTTP response headers', none of which is available here.", diag.FormParsing, 6},
		{"missing expression", "eval", conf.HTTPReq, http + "eval' rule : missing fetch method.", diag.FormParsing, 5},
		{"tcp rules speak for themselves", "eval foo", conf.TCPReqConn, "unknown fetch method 'foo'", diag.FormParsing, 6},
		{"junk", "set-header a b c", conf.HTTPReq, "'http-request set-header' expects either 'if' or 'unless' followed by a condition but found 'c'.", diag.FormTight, 16},
		{"junk in tcp", "deny foo", conf.TCPReqCont, "'tcp-request content deny' only accepts 'if' or 'unless', in frontend 'f1' (got 'foo')", diag.FormParsing, 6},
		{"bad condition", "set-header a b if { foo }", conf.HTTPReq, "error detected while parsing an 'http-request set-header' condition : ", diag.FormParsing, 21},
		{"bad condition in tcp", "deny if { foo }", conf.TCPReqCont, "'tcp-request content deny' : error detected in frontend 'f1' while parsing 'if' condition : ", diag.FormParsing, 11},
		{"bad condition of a redirect", "redirect location / if { foo }", conf.HTTPReq, http + "redirect' rule : error in condition: ", diag.FormParsing, 26},
		{"old redirect", "location / foo", conf.Redirect, "'redirect redirect' expects either", diag.FormTight, 12},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var d diag.List
			rl := line(tt.line)
			if _, ok := Compile(&rl, tt.set, scope("frontend"), table(), &d); ok || len(d.Entries()) != 1 {
				t.Fatalf("compiled: %v, entries %+v", ok, d.Entries())
			}
			e := d.Entries()[0]
			if !strings.HasPrefix(e.Msg, tt.want) || e.Form != tt.form || e.Pos.Col != tt.col {
				t.Errorf("got  %s (form %d, column %d)\nwant %s (form %d, column %d)", e.Msg, e.Form, e.Pos.Col, tt.want, tt.form, tt.col)
			}
		})
	}
}

func TestRulesHoldByTheirCondition(t *testing.T) {
	tests := []struct {
		line string
		want bool
	}{{"deny", true}, {"deny if { bool(1) }", true}, {"deny if { bool(0) }", false}, {"deny unless { bool(0) }", true},
		{"set-header if x", true}, {"set-header a if unless { bool(1) }", false}, {"set-var(txn.x) if { bool(0) }", false}, {"set-var-fmt(txn.x) if", true}}
	for _, tt := range tests {
		var d diag.List
		rl := line(tt.line)
		r, ok := Compile(&rl, conf.HTTPReq, scope("listen"), table(), &d)
		if !ok {
			t.Errorf("%s: %+v", tt.line, d.Entries())
			continue
		}
		s := &lb.Stream{Thread: &lb.Thread{}, Final: true}
		if got := r.Holds(s); got != tt.want || r.File != "t.cfg" || r.Line != 9 {
			t.Errorf("%s: holds %v (%s:%d), want %v", tt.line, got, r.File, r.Line, tt.want)
		}
	}
}

func TestRulesBehindAFinalOneAreWarnedOf(t *testing.T) {
	tests := []struct {
		name     string
		lines    []string
		warnings int
	}{
		{"final without condition", []string{"deny", "set-header a b"}, 1},
		{"each that follows a final one", []string{"deny", "deny", "deny"}, 2},
		{"final under a condition", []string{"deny if { bool(1) }", "deny"}, 0},
		{"one that goes on", []string{"set-header a b", "deny"}, 0},
	}
	for _, tt := range tests {
		var d diag.List
		var lines []conf.RuleLine
		for _, l := range tt.lines {
			lines = append(lines, line(l))
		}
		rules := CompileSet(lines, conf.HTTPReq, scope("frontend"), table(), &d)
		if d.Warnings() != tt.warnings || len(rules) != len(lines) {
			t.Errorf("%s: %d rules, %+v, want %d warnings", tt.name, len(rules), d.Entries(), tt.warnings)
		}
		for _, e := range d.Entries() {
			if e.Msg != "previous 'http-request' action is final and has no condition attached, further entries are NOOP." {
				t.Errorf("%s: %s", tt.name, e.Msg)
			}
		}
	}
	if r := CompileSet([]conf.RuleLine{line("anything")}, conf.Monitor, scope("frontend"), table(), nil); r != nil {
		t.Errorf("lines without actions gave %v", r)
	}
}

func TestSwitches(t *testing.T) {
	const parsing, hidden = diag.FormParsing, diag.FormHidden
	tests := []struct {
		name, line string
		set        conf.RuleSet
		want       string // message, "" = compiles
		form       diag.Form
	}{
		{"static backend", "b", conf.UseBackend, "", 0},
		{"static backend under a condition", "b unless { bool(0) }", conf.UseBackend, "", 0},
		{"dynamic backend", "b%[bool(1)]", conf.UseBackend, "", 0},
		{"no name", "", conf.UseBackend, "'use_backend' expects a backend name.", parsing},
		{"unknown backend", "foo", conf.UseBackend, "Proxy 'f1': unable to find required use_backend: 'foo'.", hidden},
		{"junk", "b foo", conf.UseBackend, "unexpected keyword 'foo' after switching rule, only 'if' and 'unless' are allowed.", parsing},
		{"bad condition", "b if { foo }", conf.UseBackend, "error detected while parsing switching rule : ", parsing},
		{"bad format", "%[foo]", conf.UseBackend, "Parsing [t.cfg:9]: failed to parse use_backend rule '%[foo]' : failed to parse sample expression <foo]> : unknown fetch method 'foo'.", hidden},
		{"server", "s if { bool(1) }", conf.UseServer, "", 0},
		{"server without condition", "s", conf.UseServer, "'use-server' requires either 'if' or 'unless' followed by a condition.", parsing},
		{"no server", "", conf.UseServer, "'use-server' expects a server name.", parsing},
		{"unknown server", "x if { bool(1) }", conf.UseServer, "proxy 'f1' : unable to find server 'x' referenced in a 'use-server' rule.", hidden},
		{"bad server format", "%[foo] if { bool(1) }", conf.UseServer, "Parsing [t.cfg:9]; use-server rule failed to parse log-format '%[foo]' : ", hidden},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var d diag.List
			rl := line(tt.line)
			sw, ok := CompileSwitch(&rl, tt.set, scope("listen"), &d)
			if ok != (tt.want == "") || ok && sw.Back == nil && sw.Server == nil && sw.Name == nil {
				t.Fatalf("compiled: %v %+v, %+v", ok, sw, d.Entries())
			}
			if !ok && (len(d.Entries()) != 1 || !strings.HasPrefix(d.Entries()[0].Msg, tt.want) || d.Entries()[0].Form != tt.form) {
				t.Errorf("got %+v\nwant %s (form %d)", d.Entries(), tt.want, tt.form)
			}
		})
	}
}

func TestPlaceFollowsTheProxysSides(t *testing.T) {
	tests := []struct {
		kind string
		want sample.Place
	}{{"frontend", sample.FrontReq}, {"backend", sample.BackReq}, {"listen", sample.FrontReq | sample.BackReq}}
	for _, tt := range tests {
		if got := Place(conf.HTTPReq, scope(tt.kind).Proxy); got != tt.want {
			t.Errorf("Place of a %s = %v, want %v", tt.kind, got, tt.want)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, seed := range []string{"deny if { bool(1) }", "set-header a %[req.x]", "eval res.x", "set-var(a", "redirect", "set-header if unless if"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, set := range []conf.RuleSet{conf.HTTPReq, conf.TCPReqCont, conf.Redirect} {
			var d diag.List
			rl := line(text)
			if _, ok := Compile(&rl, set, scope("listen"), table(), &d); ok == (d.Errors() > 0) {
				t.Fatalf("%q: compiled %v with %d errors", text, ok, d.Errors())
			}
		}
	})
}
