package diag

import (
	"strings"
	"testing"
)

func TestListedWordsBecomeHints(t *testing.T) {
	tests := []struct{ name, line, word, msg, want string }{
		{"one of a list", "balance leastcon", "leastcon", "balance only supports 'roundrobin', 'leastconn' and 'sticky' options.", "did you mean 'leastconn' maybe ?"},
		{"argument in parentheses", "x set-vr(a)", "set-vr", "'x' expects 'deny', 'set-var(*)', but got 'set-vr(a)'.", "did you mean 'set-var' maybe ?"},
		{"negatable words", "x strng", "strng", "'x' : 'only supports '[!]binary', '[!]string' or comment but got 'strng' as argument", "did you mean 'string' maybe ?"},
		{"what was found is no candidate", "x foo", "foo", "'x' expects a number, but got 'foo'.", ""},
		{"the subject before the verb is no candidate", "maxconm abc", "maxconm", "'maxconn' expects an integer", ""},
		{"the message has a hint of its own", "x bindd", "bindd", "expects 'bind'. Did you mean 'bind' maybe ?", ""},
		{"nothing expected", "x bindd", "bindd", "'bind' is not here", ""},
		{"an unclosed quote", "x bindd", "bindd", "expects 'bind", ""},
		{"nothing near", "x zzzz", "zzzz", "expects 'bind' or 'mode'", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pos := Pos{File: "f", Line: 1, Text: tt.line, Col: strings.Index(tt.line, tt.word) + 1, Len: len(tt.word)}
			var l List
			l.Alertf(pos, "%s", tt.msg)
			if got := l.Entries()[0].Hint; got != tt.want {
				t.Errorf("hint of %q at %q = %q, want %q", tt.msg, tt.word, got, tt.want)
			}
		})
	}
	var l List
	l.Warnf(Pos{Text: "x bindd", Col: 3, Len: 5}, "expects 'bind'")
	if got := l.Entries()[0].Hint; got != "" {
		t.Errorf("hint of a warning = %q, want none", got)
	}
}

func TestWordOfAPlace(t *testing.T) {
	tests := []struct {
		name string
		pos  Pos
		want string
	}{
		{"inside", Pos{Text: "a bc", Col: 3, Len: 2}, "bc"},
		{"behind the end", Pos{Text: "a bc", Col: 4, Len: 2}, ""},
		{"no column", Pos{Text: "a bc", Len: 2}, ""},
		{"no length", Pos{Text: "a bc", Col: 1}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.pos.Word(); got != tt.want {
				t.Errorf("Word() = %q, want %q", got, tt.want)
			}
		})
	}
}
