package checks

import (
	"strings"
	"testing"

	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
)

// parse reads lines as one healthcheck section.
func parse(name string, lines ...string) (*conf.Model, []string) {
	word := func(text string, num int) cfg.Line {
		l := cfg.Line{File: "t.cfg", Num: num, Raw: text}
		for _, w := range strings.Fields(text) {
			l.Words = append(l.Words, cfg.Word{Text: w, Col: 1, Len: len(w)})
		}
		return l
	}
	s := &cfg.Section{Kind: "healthcheck", Head: word("healthcheck "+name, 1)}
	for i, l := range lines {
		s.Lines = append(s.Lines, word(l, i+2))
	}
	m := &conf.Model{Extra: map[string]any{}}
	d := &diag.List{}
	Feature().Sections[0].Parse(&conf.Context{Model: m, Diag: d, Section: s, Line: &s.Head}, s)
	var msgs []string
	for _, e := range d.Entries() {
		msgs = append(msgs, e.Msg)
	}
	return m, msgs
}

func TestSectionKeepsItsLines(t *testing.T) {
	m, msgs := parse("h", "http-check send-state", "type httpchk GET /status HTTP/1.1 www", "http-check expect status 200")
	if msgs != nil {
		t.Fatal(msgs)
	}
	src := Sources(m)["h"]
	if src == nil || src.Type != "httpchk" || len(src.HTTP) != 2 || len(src.TCP) != 0 {
		t.Fatalf("got %+v", src)
	}
	if got := src.Opts.Line.Text(src.Opts.From + 1); got != "/status" {
		t.Errorf("argument 1 of the type = %q, want /status", got)
	}
	if got := src.HTTP[1].Line.Text(src.HTTP[1].From); got != "expect" {
		t.Errorf("rule 1 begins with %q", got)
	}
}

func TestSectionRefuses(t *testing.T) {
	for _, c := range []struct {
		name, section string
		lines         []string
		want          string
	}{
		{"no name", "", nil, "missing name for healthcheck section."},
		{"bad name", "a/b", nil, "character '/' is not permitted in 'healthcheck' name 'a/b'."},
		{"no type", "h", nil, "healthcheck 'h' has no type."},
		{"two types", "h", []string{"type httpchk", "type httpchk"}, "healthcheck type already defined."},
		{"mixed", "h", []string{"tcp-check connect", "http-check connect", "type tcp-check"}, "cannot mix 'tcp-check' and 'http-check' rules"},
		{"rules of another type", "h", []string{"tcp-check connect", "type httpchk"}, "cannot set 'httpchk' type with 'tcp-check' rules"},
		{"rules after another type", "h", []string{"type redis-check", "tcp-check connect"}, "unable to configure 'tcp-check' rule for 'redis-check' healthcheck"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, msgs := parse(c.section, c.lines...)
			if len(msgs) == 0 || msgs[0] != c.want {
				t.Errorf("got %q, want %q", msgs, c.want)
			}
		})
	}
}
