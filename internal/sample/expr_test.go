package sample_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"segue/internal/catalog"
	"segue/internal/feature/convert"
	"segue/internal/feature/httpfetch"
	"segue/internal/feature/l4fetch"
	"segue/internal/lb"
	"segue/internal/sample"
	"segue/internal/sched"
)

var words = catalog.New(convert.Feature(), httpfetch.Feature(), l4fetch.Feature())

func stream() *lb.Stream {
	return &lb.Stream{Thread: &lb.Thread{Loop: new(sched.Loop)}, Final: true}
}

// scope is that of a line in frontend "f", beside backend "b" with server "s".
func scope() *sample.Scope {
	f := &lb.Proxy{Name: "f", Front: new(lb.ProxyState)}
	b := &lb.Proxy{Name: "b", Back: new(lb.ProxyState)}
	b.ByName = map[string]*lb.Server{"s": {Name: "s", Proxy: b}}
	g := &lb.Generation{Fronts: map[string]*lb.Proxy{"f": f}, Backs: map[string]*lb.Proxy{"b": b}}
	return &sample.Scope{Words: words, Gen: g, Proxy: f, Place: sample.FrontReq}
}

func TestParseStopsWhereTheExpressionEnds(t *testing.T) {
	cases := []struct {
		name, text string
		want       int
		value      string
	}{
		{"bracket", "str(a)] tail", 6, "a"},
		{"converter before bracket", "str(A),lower]", 12, "a"},
		{"quoted delimiters", `str("a,b)")`, 11, "a,b)"},
		{"single quotes", `str('a"b')`, 10, `a"b`},
		{"escapes", `str(a\ b\n\x)`, 13, "a b\n\\x"},
		{"no escapes in single quotes", `str('a\n')`, 10, `a\n`},
		{"commas at the end", "str(A),,lower,,", 15, "a"},
		{"no arguments", "always_true", 11, "1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e, n, err := sample.Parse(c.text, scope())
			if err != nil || n != c.want {
				t.Fatalf("Parse(%s) = %d, %v, want %d", c.text, n, err, c.want)
			}
			if got, ok := e.EvalString(stream(), nil); string(got) != c.value || !ok {
				t.Errorf("%s = %q, %v, want %q", c.text, got, ok, c.value)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	cases := []struct {
		name, text, want string
		at               int
		late             bool
	}{
		{"nothing", "", "missing fetch method", 0, false},
		{"fetch", "nope(1)", "unknown fetch method 'nope'", 0, false},
		{"converter", "path,nope", "unknown converter 'nope'", 5, false},
		{"cast", "path,ipmask(24),even", "converter 'even' cannot be applied", 16, false},
		{"argument's type", "int(abc)", "fetch method 'int' : failed to parse 'abc' as type 'integer' at position 1", 4, false},
		{"empty argument", "int()", "fetch method 'int' : expected type 'integer' at position 1, but got nothing", 4, false},
		{"converter's argument", "path,field(1)", "invalid arg 2 in converter 'field' : missing arguments (got 1/2), type 'string' expected", 12, false},
		{"checked argument", "path,field(0,_)", "invalid args in converter 'field' : Unexpected value 0 for index", 10, false},
		{"unclosed", "req.hdr(host", "fetch method 'req.hdr' : expected ')'", 12, false},
		{"too many", "req.hdr(a,1,2)", "fetch method 'req.hdr' : expected ')' before ',2)'", 11, false},
		{"place", "status", "fetch method 'status' extracts information from 'HTTP response', none of which is available here", 0, false},
		{"backend", "nbsrv(x)", "unable to find backend 'x' referenced in arg 1 of sample fetch keyword 'nbsrv' in proxy 'f'.", 5, true},
		{"server", "srv_conn(b/x)", "unable to find server 'x' in proxy 'b', referenced in arg 1 of sample fetch keyword 'srv_conn' in proxy 'f'.", 8, true},
		{"server's backend", "srv_conn(x/s)", "unable to find proxy 'x' referenced in arg 1 of sample fetch keyword 'srv_conn' in proxy 'f'.", 8, true},
		{"default backend", "nbsrv()", "proxy 'f', referenced in arg 1 of sample fetch keyword 'nbsrv' in proxy 'f', has not backend capability.", 5, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := sample.Parse(c.text, scope())
			var e *sample.Error
			if !errors.As(err, &e) || e.Msg != c.want || e.At != c.at || e.Late != c.late {
				t.Errorf("Parse(%s) = %+v, want %q at %d, late %v", c.text, e, c.want, c.at, c.late)
			}
		})
	}
	_, _, err := sample.Parse("path,lowr", scope())
	var e *sample.Error
	if errors.As(err, &e); e == nil || e.Hint != "did you mean 'lower' maybe ?" {
		t.Errorf("Parse(path,lowr) = %+v, want the hint lower", e)
	}
}

func TestParseWordsTakesConverters(t *testing.T) {
	cases := []struct {
		words, want string
		n           int
	}{
		{"str(A) lower table x", "a", 2},
		{"str(A),lower table x", "a", 1},
		{"str(A) lower upper,length", "1", 3},
		{"str(A)", "A", 1},
	}
	for _, c := range cases {
		e, n, err := sample.ParseWords(strings.Fields(c.words), scope())
		if err != nil || n != c.n {
			t.Errorf("ParseWords(%s) = %d, %v, want %d", c.words, n, err, c.n)
			continue
		}
		if got, _ := e.EvalString(stream(), nil); string(got) != c.want {
			t.Errorf("%s = %q, want %q", c.words, got, c.want)
		}
	}
	_, _, err := sample.ParseWords([]string{"path", "field(1)"}, scope())
	var e *sample.Error
	if !errors.As(err, &e) || e.Word != 1 {
		t.Errorf("ParseWords(path field(1)) = %+v, want an error at word 1", err)
	}
	if _, _, err = sample.ParseWords([]string{"path)"}, scope()); err == nil || err.Error() != "missing comma after fetch keyword" {
		t.Errorf("ParseWords(path)) = %v, want missing comma", err)
	}
}

func TestCasts(t *testing.T) {
	v4, v6 := netip.MustParseAddr("1.2.3.4"), netip.MustParseAddr("::ffff:1.2.3.4")
	str := func(s string) sample.Value { return sample.Value{Type: sample.Str, Bytes: []byte(s)} }
	addr := func(a netip.Addr) (v sample.Value) { v.SetAddr(a); return v }
	num := func(n int64) sample.Value { return sample.Value{Type: sample.Int, Int: n} }
	cases := []struct {
		name string
		in   sample.Value
		to   sample.Type
		want string // "-" = impossible
	}{
		{"int to str", num(-7), sample.Str, "-7"},
		{"str to int", str("42abc"), sample.Int, "42"},
		{"no digits are 0", str("abc"), sample.Int, "0"},
		{"empty is no int", str(""), sample.Int, "-"},
		{"overflow saturates", str("99999999999999999999"), sample.Int, "9223372036854775807"},
		{"underflow saturates", str("-99999999999999999999"), sample.Int, "-9223372036854775808"},
		{"str to addr", str("1.2.3.4"), sample.Addr, "1.2.3.4"},
		{"port is cut", str("1.2.3.4:80"), sample.IPv4, "1.2.3.4"},
		{"IPv6 is no IPv4", str("::1"), sample.IPv4, "-"},
		{"str to IPv6", str("2001:DB8::1"), sample.IPv6, "2001:db8::1"},
		{"int to addr", num(16909060), sample.Addr, "1.2.3.4"},
		{"IPv4 to int", addr(v4), sample.Int, "16909060"},
		{"IPv4 to IPv6", addr(v4), sample.IPv6, "::ffff:1.2.3.4"},
		{"mapped to IPv4", addr(v6), sample.IPv4, "1.2.3.4"},
		{"IPv6 to IPv4", addr(netip.MustParseAddr("::1")), sample.IPv4, "-"},
		{"IPv6 to int", addr(v6), sample.Int, "-"},
		{"bin to str ends at NUL", sample.Value{Type: sample.Bin, Bytes: []byte("a\x00b")}, sample.Str, "a"},
		{"bin to int", sample.Value{Type: sample.Bin, Bytes: []byte("5")}, sample.Int, "-"},
		{"str to meth", str("GET"), sample.Meth, "GET"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v := c.in
			got := "-"
			if sample.Cast(stream(), &v, c.to) {
				b, _ := sample.AppendString(nil, &v)
				got = string(b)
			}
			if got != c.want {
				t.Errorf("cast to %s = %s, want %s", c.to, got, c.want)
			}
		})
	}
}

func TestParseAddrAgreesWithNetip(t *testing.T) {
	for _, text := range []string{"1.2.3.4", "::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::ffff:1.2.3.4", "fe80::1:2",
		"", "1.2.3", "1.2.3.4.5", "256.1.1.1", ":", ":::", "1::2::3", "1:2:3:4:5:6:7:8:9", "12345::", "g::", "1:", ":1", "::1.2.3", "1:2:3:4:5:6:7:1.2.3.4"} {
		want, err := netip.ParseAddr(text)
		if got, ok := sample.ParseAddr([]byte(text)); ok != (err == nil) || ok && got != want {
			t.Errorf("ParseAddr(%q) = %v, %v, want %v, %v", text, got, ok, want, err == nil)
		}
	}
}

func TestNestedValuesKeepTheirBytes(t *testing.T) {
	s := stream()
	outer, _, err1 := sample.Parse("str(OUTER),lower", scope())
	inner, _, err2 := sample.Parse("str("+strings.Repeat("x", 4000)+"),upper,hex", scope())
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	var v sample.Value
	if !outer.Eval(s, &v) {
		t.Fatal("no value")
	}
	for range 5 { // makes the arena grow
		mark := sample.Mark(s.Thread)
		var w sample.Value
		inner.Eval(s, &w)
		sample.Release(s.Thread, mark)
		inner.EvalString(s, nil)
	}
	if string(v.Bytes) != "outer" {
		t.Errorf("value = %q after others were evaluated, want %q", v.Bytes, "outer")
	}
	sample.Release(s.Thread, 0)
	if sample.Mark(s.Thread) != 0 {
		t.Errorf("arena height = %d, want 0", sample.Mark(s.Thread))
	}
}

func TestTakeNestsAndRunsOut(t *testing.T) {
	s := stream()
	seen := map[*sample.Value]bool{}
	for range 20 {
		v := sample.Take(s)
		if seen[v] {
			t.Fatal("Take gives a value that is in use")
		}
		seen[v] = true
	}
	for range 20 {
		sample.Give(s)
	}
	if n := testing.AllocsPerRun(10, func() { sample.Take(s); sample.Give(s) }); n != 0 {
		t.Errorf("Take allocates %v times, want 0", n)
	}
}

func TestPlaces(t *testing.T) {
	cases := []struct {
		use  sample.Use
		want string
	}{
		{sample.UseConst, "[ Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y ]"},
		{sample.UseInternal, "[ Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y . Y ]"},
		{sample.UseReqFields, "[ . . Y Y Y Y Y Y Y Y Y . . . . . . . . . . . ]"},
		{sample.UseReqFields | sample.UseResFields, "[ . . Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y Y . Y . . ]"},
		{sample.UseReqBody, "[ . . . . Y Y Y Y Y Y Y . . . . . . . . . . . ]"},
	}
	for _, c := range cases {
		if got := string(c.use.Where().Matrix(nil)); got != c.want {
			t.Errorf("%s: %s, want %s", c.use, got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"req.hdr(host),lower,field(1,.)", `str("a,b)"),regsub("(b)","\1",g)`, "path,,", "nbsrv(b)", "int(5),add(3)]", `str(\`, "acl(x", "src,ipmask(24,64)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "map") {
			return // no files
		}
		e, n, err := sample.Parse(text, scope())
		if err != nil {
			var se *sample.Error
			if !errors.As(err, &se) || se.Msg == "" || se.At < 0 || se.At > len(text) {
				t.Errorf("Parse(%q) = %#v", text, err)
			}
			return
		}
		if n > len(text) || e.Text != text[:n] {
			t.Errorf("Parse(%q) takes %d bytes, text %q", text, n, e.Text)
		}
		e.EvalString(stream(), nil)
	})
}

func TestEmptyOptionalArguments(t *testing.T) {
	cases := []struct {
		name, text, wrong string // wrong is within the error, "" if there is none
	}{
		{"last of a fetch", "req.hdr(host,)", ""},
		{"all of a fetch", "req.hdr()", ""},
		{"last of a converter", "str(a.b),field(1,.,)", ""},
		{"one that is needed", "int()", "expected type 'integer' at position 1, but got nothing"},
		{"needed by a converter", "str(a),field(,.)", "expected type 'integer' at position 1, but got nothing"},
		{"behind the last", "req.hdr(host,,)", "expected ')' before ',)'"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, n, err := sample.Parse(c.text, scope())
			switch {
			case c.wrong == "" && (err != nil || n != len(c.text)):
				t.Errorf("Parse(%s) = %d, %v", c.text, n, err)
			case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
				t.Errorf("Parse(%s): %v, want %q", c.text, err, c.wrong)
			}
		})
	}
}
