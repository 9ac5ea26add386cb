package convert_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"segue/internal/catalog"
	"segue/internal/feature/convert"
	"segue/internal/feature/l4fetch"
	"segue/internal/lb"
	"segue/internal/pattern"
	"segue/internal/sample"
	"segue/internal/sched"
)

var words = catalog.New(convert.Feature(), l4fetch.Feature())

func stream() *lb.Stream {
	return &lb.Stream{Thread: &lb.Thread{Loop: new(sched.Loop)}, Final: true}
}

func compile(t testing.TB, text string, sc *sample.Scope) *sample.Expr {
	t.Helper()
	e, n, err := sample.Parse(text, sc)
	if err != nil || n != len(text) {
		t.Fatalf("Parse(%s) = %d, %v, want %d, nil", text, n, err, len(text))
	}
	return e
}

func TestConvertersGiveWhatHAProxyGives(t *testing.T) {
	data, err := os.ReadFile("testdata/oracle.txt")
	if err != nil {
		t.Fatal(err)
	}
	s := stream()
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		text, want, ok := strings.Cut(line, "\t")
		if !ok {
			continue // a comment
		}
		t.Run(text, func(t *testing.T) {
			e, _, err := sample.Parse(text, &sample.Scope{Words: words, Files: pattern.NewRefs(os.ReadFile, nil)})
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
	if len(s.Thread.Tmp) != 0 {
		t.Errorf("the arena holds %d bytes after all, want 0", len(s.Thread.Tmp))
	}
}

func TestMapsLookUp(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	names := file("names", "abc three\nab two\nx 12\nip 192.0.2.1\n")
	nets := file("nets", "10.0.0.0/8 ten\n10.1.0.0/16 ten-one\n")
	regs := file("regs", "^/a/(.*)/d up-\\1\n")
	ranges := file("ranges", "1:5 low\n6: high\n")
	cases := []struct{ name, text, want string }{
		{"exact", "str(abc),map(" + names + ")", "three"},
		{"longest prefix", "str(abcd),map_beg(" + names + ")", "three"},
		{"key", "str(abcd),map_beg_key(" + names + ")", "abc"},
		{"default", "str(zz),map(" + names + ",none)", "none"},
		{"no default", "str(zz),map(" + names + ")", ""},
		{"integer default", "str(zz),map_str_int(" + file("ints", "x 12\n") + ",7),add(1)", "8"},
		{"address", "str(ip),map_str_ip(" + file("ips", "ip 192.0.2.1\n") + "),ipmask(24)", "192.0.2.0"},
		{"finest network", "str(10.1.2.3),map_ip(" + nets + ")", "ten-one"},
		{"range", "int(9),map_int(" + ranges + ")", "high"},
		{"groups", "str(/a/b/c/d),map_regm(" + regs + ")", "up-b/c"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			sc := &sample.Scope{Words: words, Files: pattern.NewRefs(os.ReadFile, nil)}
			got, _ := compile(t, c.text, sc).EvalString(stream(), nil)
			if string(got) != c.want {
				t.Errorf("%s = %q, want %q", c.text, got, c.want)
			}
		})
	}
	_, _, err := sample.Parse("str(x),map("+dir+"/none)", &sample.Scope{Words: words, Files: pattern.NewRefs(os.ReadFile, nil)})
	if want := "failed to open pattern file <" + dir + "/none>"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a missing file gives %v, want %q", err, want)
	}
}

// vars holds one variable, "txn.v".
type vars struct{ value string }

func (v *vars) Var(name string, _ *sample.Scope) (sample.Var, error) {
	if name != "txn.v" {
		return nil, os.ErrNotExist
	}
	return v, nil
}

func (v *vars) Get(_ *lb.Stream, out *sample.Value) bool {
	out.SetStr([]byte(v.value))
	return v.value != ""
}

func (v *vars) Set(_ *lb.Stream, in *sample.Value) { v.value = string(in.Bytes) }

func TestConvertersReadVariables(t *testing.T) {
	cases := []struct{ name, value, text, want string }{
		{"operand", "5", "int(2),add(txn.v)", "7"},
		{"unset operand", "", "int(2),add(txn.v)", ""},
		{"offset", "2", "str(012345),bytes(txn.v,2)", "23"},
		{"concatenated", "mid", "str(a),concat(<,txn.v,>)", "a<mid>"},
		{"unset is left out", "", "str(a),concat(<,txn.v,>)", "a<>"},
		{"item", "b", `str(a),add_item(";",txn.v)`, "a;b"},
		{"first item", "b", `str(),add_item(";",txn.v)`, "b"},
		{"no item", "", `str(a),add_item(";",txn.v)`, "a"},
		{"equal", "abc", "str(abc),strcmp(txn.v)", "0"},
		{"shorter", "abcd", "str(abc),strcmp(txn.v)", "-1"},
		{"same bytes", "abc", "str(abc),secure_memcmp(txn.v)", "1"},
		{"other bytes", "abd", "str(abc),secure_memcmp(txn.v)", "0"},
		{"key", "a2V5", "str(abc),hmac(sha256,txn.v),hex", "9C196E32DC0175F86F4B1CB89289D6619DE6BEE699E4C378E68309ED97A1A6AB"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			sc := &sample.Scope{Words: words, Vars: &vars{c.value}}
			got, _ := compile(t, c.text, sc).EvalString(stream(), nil)
			if string(got) != c.want {
				t.Errorf("%s = %q, want %q", c.text, got, c.want)
			}
		})
	}
}

func TestUsualConvertersDoNotAllocate(t *testing.T) {
	s := stream()
	dst := make([]byte, 0, 256)
	for _, text := range []string{"str(ABC),lower,upper,length,add(1)", "str(a_b_c),field(2,_)", "str(a/b/c),word(-1,/)",
		"str(abc),base64", "str(abc),xxh64", "str(a%20b),url_dec", "str(abc),crc32,mul(2),hex"} {
		e := compile(t, text, &sample.Scope{Words: words})
		if n := testing.AllocsPerRun(100, func() { dst, _ = e.EvalString(s, dst[:0]) }); n != 0 {
			t.Errorf("%s allocates %v times, want 0", text, n)
		}
	}
}

func FuzzConverters(f *testing.F) {
	chain := []string{"lower", "field(2,_)", "word(-2,_,0)", "url_dec", "json(utf8ps)", "json_query('$.a[0].b')", "b64dec", "ub64dec",
		"be2dec(:,3)", "bytes(1,2)", "host_only", "port_only", "param(a)", "reverse_dom", "language(fr;en)", "date", "hex2i", "regsub(a*,b,g)"}
	var exprs []*sample.Expr
	for _, c := range chain {
		exprs = append(exprs, compile(f, "bin(00),"+c, &sample.Scope{Words: words}))
	}
	for _, seed := range []string{"", "a_b__c", `{"a":[{"b":"x\u00e9"}]}`, "a%20b%", "[::1]:80", "YWJj", "fr-ca;q=0.8, en", "\xf0\x9f\x98\x80\xc0\x80"} {
		f.Add([]byte(seed))
	}
	s := stream()
	f.Fuzz(func(t *testing.T, in []byte) {
		for i, e := range exprs {
			copyIn := append([]byte(nil), in...)
			e.Args()[0].Ref = copyIn
			e.EvalString(s, nil)
			if string(copyIn) != string(in) {
				t.Errorf("%s edits its input", chain[i])
			}
		}
	})
}
