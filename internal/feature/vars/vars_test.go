package vars

import (
	"net/netip"
	"strings"
	"testing"

	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/keyword"
	"segue/internal/lb"
	"segue/internal/rule"
	"segue/internal/sample"
)

// words are this package's rows and a constant.
type words struct{ f map[string]*sample.Fetch }

func (w words) Fetch(n string) *sample.Fetch { return w.f[n] }
func (words) Alias(string) *sample.Alias     { return nil }
func (words) FetchNames() []string           { return []string{"var", "str", "int"} }
func (words) AliasNames() []string           { return nil }
func (words) ConverterNames() []string       { return []string{"set-var", "unset-var"} }
func (words) Converter(n string) *sample.Converter {
	for _, c := range converters() {
		if c.Name == n {
			return &c
		}
	}
	return nil
}

func newScope() *sample.Scope {
	w := words{map[string]*sample.Fetch{}}
	for _, f := range fetches() {
		w.f[f.Name] = &f
	}
	add := func(name string, t sample.ArgType, out sample.Type, eval func(*lb.Stream, []sample.Arg, *sample.Value) bool) {
		w.f[name] = &sample.Fetch{Doc: keyword.Doc{Name: name}, Args: []sample.ArgSpec{{Name: "v", Type: t}}, Out: out, Use: sample.UseConst, Eval: eval}
	}
	add("str", sample.ArgStr, sample.Str, func(s *lb.Stream, a []sample.Arg, v *sample.Value) bool {
		v.SetString(s.Thread, a[0].Str)
		return true
	})
	add("int", sample.ArgInt, sample.Int, func(_ *lb.Stream, a []sample.Arg, v *sample.Value) bool {
		v.SetInt(a[0].Int)
		return true
	})
	gen := &lb.Generation{State: lb.NewState(), Conf: &conf.Model{}}
	px := &lb.Proxy{Name: "f", Gen: gen, Conf: &conf.Proxy{Kind: "frontend"}, Front: &lb.ProxyState{}}
	return &sample.Scope{Words: w, Gen: gen, Proxy: px, Vars: Vars{}}
}

func newStream() *lb.Stream {
	th := &lb.Thread{Process: &lb.Process{}}
	return &lb.Stream{Thread: th, Session: &lb.Session{Thread: th}, Connected: -1, Final: true}
}

// run compiles and executes "set-var..." lines on s.
func run(t *testing.T, sc *sample.Scope, s *lb.Stream, lines ...string) {
	t.Helper()
	var d diag.List
	table := rule.NewTable(actions())
	for _, l := range lines {
		rl := line(l)
		r, ok := rule.Compile(&rl, conf.HTTPReq, sc, table, &d)
		if !ok {
			t.Fatalf("%s: %v", l, d.Entries())
		}
		if v := r.Action.Exec(s); v != lb.Continue {
			t.Fatalf("%s: verdict %v", l, v)
		}
	}
}

func line(text string) conf.RuleLine {
	var l cfg.Line
	l.Raw = text
	col := 1
	for _, w := range strings.Split(text, " ") {
		l.Words = append(l.Words, cfg.Word{Text: w, Col: col, Len: len(w)})
		col += len(w) + 1
	}
	return conf.RuleLine{Line: l}
}

// get is the string form of an expression, "-" for none.
func get(t *testing.T, sc *sample.Scope, s *lb.Stream, expr string) string {
	t.Helper()
	e, _, err := sample.Parse(expr, sc)
	if err != nil {
		t.Fatal(err)
	}
	out, ok := e.EvalString(s, nil)
	if !ok {
		return "-"
	}
	return string(out)
}

func TestVariablesKeepWhatWasSet(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		expr  string
		want  string
	}{
		{"a string", []string{"set-var(txn.x) str(abc)"}, "var(txn.x)", "abc"},
		{"the last value", []string{"set-var(txn.x) str(abc)", "set-var(txn.x) int(5)"}, "var(txn.x)", "5"},
		{"not set", nil, "var(txn.x)", "-"},
		{"a default", nil, "var(txn.x,def)", "def"},
		{"an empty default", nil, "var(txn.x,)", ""},
		{"cleared", []string{"set-var(txn.x) str(abc)", "unset-var(txn.x)"}, "var(txn.x)", "-"},
		{"scopes are apart", []string{"set-var(txn.x) str(t)", "set-var(sess.x) str(s)", "set-var(req.x) str(r)", "set-var(proc.x) str(p)"}, "var(sess.x)", "s"},
		{"from itself", []string{"set-var(txn.x) str(abc)", "set-var(txn.x) var(txn.x)"}, "var(txn.x)", "abc"},
		{"formatted", []string{"set-var-fmt(txn.x) a%[int(3)]"}, "var(txn.x)", "a3"},
		{"res does not exist in a request", []string{"set-var(res.x) str(a)"}, "var(res.x)", "-"},
		{"check does not exist here", []string{"set-var(check.x) str(a)"}, "var(check.x)", "-"},
		{"a parent's", nil, "var(ptxn.x)", "-"},
		{"ifexists, new", []string{"set-var(txn.x,ifexists) str(a)"}, "var(txn.x)", "-"},
		{"ifexists, known", []string{"set-var(txn.x) str(a)", "set-var(txn.x,ifexists) str(b)"}, "var(txn.x)", "b"},
		{"ifexists, cleared", []string{"set-var(txn.x) str(a)", "unset-var(txn.x)", "set-var(txn.x,ifexists) str(b)"}, "var(txn.x)", "b"},
		{"ifnotexists", []string{"set-var(txn.x) str(a)", "set-var(txn.x,ifnotexists) str(b)"}, "var(txn.x)", "a"},
		{"ifset, cleared", []string{"set-var(txn.x) str(a)", "unset-var(txn.x)", "set-var(txn.x,ifset) str(b)"}, "var(txn.x)", "-"},
		{"ifnotset", []string{"set-var(txn.x,ifnotset) str(a)", "set-var(txn.x,ifnotset) str(b)"}, "var(txn.x)", "a"},
		{"ifempty", []string{"set-var(txn.x,ifempty) str()", "set-var(txn.x,ifempty) str(b)"}, "var(txn.x)", ""},
		{"ifnotempty", []string{"set-var(txn.x,ifnotempty) str()"}, "var(txn.x)", "-"},
		{"numbers are never empty", []string{"set-var(txn.x,ifempty) int(1)"}, "var(txn.x)", "-"},
		{"ifgt, variable is greater", []string{"set-var(txn.x) int(5)", "set-var(txn.x,ifgt) int(3)"}, "var(txn.x)", "3"},
		{"ifgt, variable is less", []string{"set-var(txn.x) int(2)", "set-var(txn.x,ifgt) int(3)"}, "var(txn.x)", "2"},
		{"iflt, equal", []string{"set-var(txn.x) int(3)", "set-var(txn.x,iflt) int(3)"}, "var(txn.x)", "3"},
		{"converter", nil, "str(a),set-var(txn.x),set-var(txn.y)", "a"},
		{"converter clears", []string{"set-var(txn.x) str(a)"}, "str(b),unset-var(txn.x)", "b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sc, s := newScope(), newStream()
			run(t, sc, s, tt.lines...)
			if got := get(t, sc, s, tt.expr); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTypesAreKept(t *testing.T) {
	sc, s := newScope(), newStream()
	v, err := Find("txn.a", sc)
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.MustParseAddr("::1")
	for _, in := range []sample.Value{
		{Type: sample.IPv6, IP: addr}, {Type: sample.Bin, Bytes: []byte{0, 1}}, {Type: sample.Bool, Int: 1}, {Type: sample.Meth, Int: 2, Bytes: []byte("GET")},
	} {
		v.Set(s, &in)
		var out sample.Value
		if !v.Get(s, &out) || out.Type != in.Type || out.IP != in.IP || out.Int != in.Int || string(out.Bytes) != string(in.Bytes) {
			t.Errorf("Get = %+v, want %+v", out, in)
		}
	}
}

func TestRequestVariablesEndWithTheRequest(t *testing.T) {
	sc, s := newScope(), newStream()
	run(t, sc, s, "set-var(req.x) str(a)", "set-var(txn.x) str(t)")
	s.Dir = lb.Response
	run(t, sc, s, "set-var(res.x) str(b)", "set-var(req.y) str(c)")
	if got := get(t, sc, s, "var(req.x)") + get(t, sc, s, "var(req.y)") + get(t, sc, s, "var(res.x)") + get(t, sc, s, "var(txn.x)"); got != "--bt" {
		t.Errorf("got %q, want --bt", got)
	}
}

func TestRecycledStreamsForget(t *testing.T) {
	sc, s := newScope(), newStream()
	run(t, sc, s, "set-var(txn.x) str(a)", "set-var(req.x) str(a)", "set-var(sess.x) str(s)", "set-var(proc.x) str(p)")
	s.Vars = lb.ResetVars(s.Vars)
	if got := get(t, sc, s, "var(txn.x)") + get(t, sc, s, "var(req.x)") + get(t, sc, s, "var(sess.x)") + get(t, sc, s, "var(proc.x)"); got != "--sp" {
		t.Errorf("got %q, want --sp", got)
	}
}

func TestLimitsAreHierarchical(t *testing.T) {
	tests := []struct {
		name                       string
		global, proc, sess, txn, r int
		want                       limits
	}{
		{"none", 0, 0, 0, 0, 0, limits{}},
		{"global limits all", 10, 0, 0, 0, 0, limits{10, 10, 10}},
		{"inner ones are smaller", 0, 0, 100, 200, 50, limits{100, 100, 50}},
		{"txn alone", 0, 0, 0, 7, 0, limits{0, 7, 7}},
	}
	for _, tt := range tests {
		if got := *newLimits(&[6]int{tt.global, tt.proc, tt.sess, tt.txn, tt.r}); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestWhatDoesNotFitIsNotStored(t *testing.T) {
	sc, s := newScope(), newStream()
	sc.Gen.Conf.Global.Tune.VarsLimit[3] = overhead + 4
	run(t, sc, s, "set-var(txn.x) str(abcd)", "set-var(txn.y) int(1)")
	if got := get(t, sc, s, "var(txn.x)") + get(t, sc, s, "var(txn.y)"); got != "abcd-" {
		t.Errorf("got %q, want abcd-", got)
	}
	run(t, sc, s, "set-var(txn.x) str(abcde)")
	if got := get(t, sc, s, "var(txn.x)"); got != "-" {
		t.Errorf("too long a value gives %q, want none", got)
	}
	run(t, sc, s, "set-var(txn.x) str(ab)")
	if got := get(t, sc, s, "var(txn.x)"); got != "ab" {
		t.Errorf("after freeing: %q, want ab", got)
	}
}

func TestNamesAreChecked(t *testing.T) {
	const scopes = "'. A variable name must start with its scope. The scope can be 'proc', '(p)sess', '(p)txn', '(p)req', '(p)res' or 'check'"
	const detected = "error detected in frontend 'f' while parsing 'http-request "
	const expect = "Expects 'set-var(<var-name>)', 'set-var-fmt(<var-name>)' or 'unset-var(<var-name>)'."
	tests := []struct{ line, want string }{
		{"set-var", detected + "set-var' rule : invalid or incomplete action 'set-var'. " + expect},
		{"set-var(", detected + "set-var(' rule : incomplete argument after action 'set-var('. " + expect},
		{"set-var() int(1)", detected + "set-var()' rule : Empty variable name cannot be accepted."},
		{"set-var(txn.) int(1)", detected + "set-var(txn.)' rule : invalid variable name 'txn." + scopes + "."},
		{"set-var(foo.x) str(a)", detected + "set-var(foo.x)' rule : invalid variable name 'foo.x" + scopes + "."},
		{"set-var(txn.x", detected + "set-var(txn.x' rule : incomplete argument after action 'set-var(txn.x'. " + expect},
		{"set-var(txn.x)", detected + "set-var(txn.x)' rule : missing fetch method."},
		{"set-var(txn.x) foo", detected + "set-var(txn.x)' rule : unknown fetch method 'foo'."},
		{"set-var(txn.x,foo) int(1)", detected + "set-var(txn.x,foo)' rule : unknown condition \"foo\"."},
		{"set-var(txn.x.y-z) int(1)", detected + "set-var(txn.x.y-z)' rule : invalid syntax at char '-'."},
		{"unset-var(a)", detected + "unset-var(a)' rule : invalid variable name 'a" + scopes + "."},
		{"set-var(txn.x) int(1) junk", "'http-request set-var(txn.x)' expects either 'if' or 'unless' followed by a condition but found 'junk'."},
	}
	for _, tt := range tests {
		var d diag.List
		rl := line(tt.line)
		if _, ok := rule.Compile(&rl, conf.HTTPReq, newScope(), rule.NewTable(actions()), &d); ok || len(d.Entries()) != 1 || d.Entries()[0].Msg != tt.want {
			t.Errorf("%s: %+v\nwant %s", tt.line, d.Entries(), tt.want)
		}
	}
}

func TestGlobalVariables(t *testing.T) {
	sc := newScope()
	var d diag.List
	adopt := SetGlobal([]conf.RuleLine{line("set-var proc.a str(x)"), line("set-var-fmt proc.b a%[int(2)]"), line("set-var proc.c var(proc.a)")}, sc, &d)
	if d.Errors() != 0 {
		t.Fatalf("errors: %+v", d.Entries())
	}
	s := newStream()
	all := func() string {
		return get(t, sc, s, "var(proc.a)") + get(t, sc, s, "var(proc.b)") + get(t, sc, s, "var(proc.c)")
	}
	if got := all(); got != "---" {
		t.Errorf("before the activation: %q, want nothing set", got)
	}
	if adopt(); all() != "xa2x" {
		t.Errorf("got %q, want xa2x", all())
	}
	tests := []struct{ line, want string }{
		{"set-var txn.x str(a)", "'set-var': cannot set variable 'txn.x', only scope 'proc' is permitted in the global section."},
		{"set-var proc.x", "'set-var' requires a process-wide variable name ('proc.<name>') and a sample expression."},
		{"set-var-fmt proc.x", "'set-var-fmt' requires a process-wide variable name ('proc.<name>') and a format string."},
		{"set-var proc.x foo", "unknown fetch method 'foo'"},
		{"set-var-fmt proc.x %foo", "no such format alias 'foo'. If you wanted to emit the '%' character verbatim, you need to use '%%'"},
	}
	for _, tt := range tests {
		var d diag.List
		SetGlobal([]conf.RuleLine{line(tt.line)}, sc, &d)
		if len(d.Entries()) != 1 || d.Entries()[0].Msg != tt.want {
			t.Errorf("%s: %+v\nwant %s", tt.line, d.Entries(), tt.want)
		}
	}
}

// TestGlobalVariablesOfTheNextConfiguration: the configuration's value wins where
// it changed, otherwise that of the runtime stays, in place and in a new process.
func TestGlobalVariablesOfTheNextConfiguration(t *testing.T) {
	for _, tt := range []struct{ name, first, runtime, next, want string }{
		{"unchanged, not touched", "set-var proc.a str(x)", "", "set-var proc.a str(x)", "x"},
		{"unchanged, set at runtime", "set-var proc.a str(x)", "r", "set-var proc.a str(x)", "r"},
		{"changed", "set-var proc.a str(x)", "", "set-var proc.a str(y)", "y"},
		{"changed, set at runtime", "set-var proc.a str(x)", "r", "set-var proc.a str(y)", "y"},
		{"said in another way", "set-var proc.a str(x)", "r", "set-var-fmt proc.a x", "r"},
		{"another type", "set-var proc.a str(1)", "r", "set-var proc.a int(1)", "1"},
		{"new", "set-var proc.b str(x)", "r", "set-var proc.a str(y)", "y"},
		{"removed", "set-var proc.a str(x)", "r", "set-var proc.b str(x)", "-"},
		{"never there", "set-var proc.b str(x)", "r", "set-var proc.b str(y)", "r"},
	} {
		for _, moved := range []bool{false, true} {
			sc, s := newScope(), newStream()
			var d diag.List
			SetGlobal([]conf.RuleLine{line(tt.first)}, sc, &d)()
			a := ProcVar(sc.Gen.State, "proc.a")
			if tt.runtime != "" {
				a.Set(&sample.Value{Type: sample.Str, Bytes: []byte(tt.runtime)})
			}
			if moved {
				data := a.Export()
				*a = procVar{}
				a.Import(data)
			}
			SetGlobal([]conf.RuleLine{line(tt.next)}, sc, &d)()
			if got := get(t, sc, s, "var(proc.a)"); got != tt.want || d.Errors() > 0 {
				t.Errorf("%s (moved: %t): %q, want %q (%v)", tt.name, moved, got, tt.want, d.Entries())
			}
		}
	}
}

func TestSettingAgainDoesNotAllocate(t *testing.T) {
	sc, s := newScope(), newStream()
	table := rule.NewTable(actions())
	var d diag.List
	var rules []lb.Rule
	for _, l := range []string{"set-var(txn.x) str(abc)", "set-var(req.y) int(3)", "set-var-fmt(txn.z) a%[var(txn.x)]", "unset-var(req.y)"} {
		rl := line(l)
		r, ok := rule.Compile(&rl, conf.HTTPReq, sc, table, &d)
		if !ok {
			t.Fatal(d.Entries())
		}
		rules = append(rules, r)
	}
	once := func() {
		for i := range rules {
			rules[i].Action.Exec(s)
		}
		s.Vars = lb.ResetVars(s.Vars)
	}
	if n := testing.AllocsPerRun(100, once); n != 0 {
		t.Errorf("%v allocations a stream, want 0", n)
	}
}

func FuzzFind(f *testing.F) {
	for _, seed := range []string{"txn.x", "proc.", ".x", "ptxn.a.b", "txn.x-y", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		v, err := Find(name, nil)
		if (v == nil) == (err == nil) {
			t.Fatalf("Find(%q) = %v, %v", name, v, err)
		}
	})
}
