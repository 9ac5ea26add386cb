package health

import (
	"os"
	"strings"
	"testing"

	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/lb"
	"segue/internal/sample"
)

// TestRulesAreReadAsIn34 compares with what HAProxy 3.4 says of each rule.
func TestRulesAreReadAsIn34(t *testing.T) {
	text, err := os.ReadFile("testdata/rules.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for row := range strings.Lines(string(text)) {
		rule, want, ok := strings.Cut(strings.TrimSuffix(row, "\n"), "\t")
		if !ok || row[0] == '#' {
			continue
		}
		rows++
		got := strings.Join(readRule(rule), "\n")
		if strings.TrimSuffix(got, ".") != want {
			t.Errorf("%s:\n got %q\nwant %q", rule, got, want)
		}
	}
	if rows < 200 {
		t.Errorf("%d rows, want all", rows)
	}
}

// readRule compiles one rule, its name first, and returns the messages.
func readRule(text string) (msgs []string) {
	d := &diag.List{}
	px := &lb.Proxy{Name: "b", Conf: &conf.Proxy{Name: "b", Kind: "backend"}}
	c := newCompiler(px, Lang{Scope: &sample.Scope{Words: noWords{}}, Diag: d})
	name, _, _ := strings.Cut(text, " ")
	c.rules([]conf.RuleLine{{Line: *wordsOf(text, 1), From: 1}}, name)
	for _, e := range d.Entries() {
		if e.Sev == diag.Alert {
			msgs = append(msgs, e.Msg)
		}
	}
	return msgs
}

// noWords is a language without fetches and converters.
type noWords struct{}

func (noWords) Fetch(string) *sample.Fetch         { return nil }
func (noWords) Converter(string) *sample.Converter { return nil }
func (noWords) Alias(string) *sample.Alias         { return nil }
func (noWords) AliasNames() []string               { return nil }
func (noWords) FetchNames() []string               { return nil }
func (noWords) ConverterNames() []string           { return nil }

// FuzzRules: no words may make the reader fail, and a rule that is taken has all
// that running it needs.
func FuzzRules(f *testing.F) {
	for _, s := range []string{"send a comment c", "expect ! rstring a.*", "expect status 200,300-310", "send-binary 01", "connect port 80 addr 127.0.0.1", "send hdr a b", "expect hdr name -m beg a value b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, words string) {
		if len(words) > 200 || strings.Contains(words, "addr") { // names are looked up
			return
		}
		for _, name := range []string{"tcp-check", "http-check"} {
			d := &diag.List{}
			c := newCompiler(&lb.Proxy{Name: "b", Conf: &conf.Proxy{Name: "b"}}, Lang{Scope: &sample.Scope{Words: noWords{}}, Diag: d})
			c.rules([]conf.RuleLine{{Line: *wordsOf(name+" "+words, 1), From: 1}}, name)
			if d.Errors() > 0 && len(c.p.steps) > 0 {
				t.Errorf("%s %q is refused and taken", name, words)
			}
			c.p.complete()
			for i := range c.p.steps {
				st := &c.p.steps[i]
				if st.kind == doSend && st.send == nil || st.kind == doExpect && st.expect == nil {
					t.Errorf("%s %q: step %d has nothing to do", name, words, i)
				}
			}
		}
	})
}
