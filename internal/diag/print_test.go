package diag

import (
	"errors"
	"strings"
	"testing"
)

func TestEntryPrintsAsTheLanguageDoes(t *testing.T) {
	pos := Pos{File: "lb.cfg", Line: 11, Text: "\tbalnce roundrobin", Col: 2, Len: 6}
	tests := []struct {
		name string
		e    Entry
		want string
	}{
		{"alert with a place", Entry{Sev: Alert, Pos: pos, Msg: "unknown keyword 'balnce' in 'backend' section"},
			"[ALERT]    (7) : config : parsing [lb.cfg:11] : unknown keyword 'balnce' in 'backend' section\n  \tbalnce roundrobin\n  \t^^^^^^\n"},
		{"warning without a place", Entry{Sev: Warning, Msg: "missing timeouts"}, "[WARNING]  (7) : config : missing timeouts\n"},
		{"bare notice", Entry{Sev: Notice, Bare: true, Msg: "hello"}, "[NOTICE]   (7) : hello\n"},
		{"diag", Entry{Sev: Diag, Msg: "hmm"}, "[DIAG]     (7) : config : hmm\n"},
		{"tight form", Entry{Sev: Alert, Form: FormTight, Pos: Pos{File: "a", Line: 1}, Msg: "m"}, "[ALERT]    (7) : config : parsing [a:1]: m\n"},
		{"bracket form", Entry{Sev: Alert, Form: FormBracket, Pos: Pos{File: "a", Line: 1}, Msg: "m"}, "[ALERT]    (7) : config : [a:1] : m\n"},
		{"hidden place", Entry{Sev: Alert, Form: FormHidden, Pos: Pos{File: "a", Line: 1, Text: "x", Col: 1}, Msg: "m"},
			"[ALERT]    (7) : config : m\n  a:1:\n  x\n  ^\n"},
		{"hidden place that the message has", Entry{Sev: Alert, Form: FormHidden, Pos: Pos{File: "a", Line: 1, Text: "x", Col: 1}, Msg: "Parsing [a:1]: m"},
			"[ALERT]    (7) : config : Parsing [a:1]: m\n  x\n  ^\n"},
		{"carriage return at the end", Entry{Sev: Alert, Pos: Pos{File: "a", Line: 1, Text: "x y\r", Col: 3}, Msg: "m"},
			"[ALERT]    (7) : config : parsing [a:1] : m\n  x y\n    ^\n"},
		{"line without column", Entry{Sev: Alert, Pos: Pos{File: "a", Line: 1, Text: "x y"}, Msg: "m"},
			"[ALERT]    (7) : config : parsing [a:1] : m\n  x y\n"},
		{"caret behind the end", Entry{Sev: Alert, Pos: Pos{File: "a", Line: 1, Text: "bind", Col: 5}, Msg: "m"},
			"[ALERT]    (7) : config : parsing [a:1] : m\n  bind\n      ^\n"},
		{"hint comes last", Entry{Sev: Alert, Pos: Pos{File: "a", Line: 1, Text: "b", Col: 1, Len: 1}, Msg: "m", Hint: "try c"},
			"[ALERT]    (7) : config : parsing [a:1] : m\n  b\n  ^\n  try c\n"},
		{"run stops at the end of the line", Entry{Sev: Alert, Pos: Pos{File: "a", Line: 1, Text: "ab", Col: 2, Len: 9}, Msg: "m"},
			"[ALERT]    (7) : config : parsing [a:1] : m\n  ab\n   ^\n"},
		{"a character is one column", Entry{Sev: Alert, Pos: Pos{File: "a", Line: 1, Text: "é öö x", Col: 4, Len: 4}, Msg: "m"},
			"[ALERT]    (7) : config : parsing [a:1] : m\n  é öö x\n    ^^\n"},
		{"control characters do not reach the terminal", Entry{Sev: Alert, Pos: Pos{File: "a", Line: 1, Text: "a\x1b[1mb", Col: 2}, Msg: "m"},
			"[ALERT]    (7) : config : parsing [a:1] : m\n  a?[1mb\n   ^\n"},
		{"column out of the text", Entry{Sev: Alert, Pos: Pos{File: "a", Line: 1, Text: "a", Col: 9}, Msg: "m"},
			"[ALERT]    (7) : config : parsing [a:1] : m\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(AppendEntry(nil, &tt.e, PrintOptions{PID: 7})); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
}

func TestLongLineIsCutAroundTheWord(t *testing.T) {
	text := strings.Repeat("a", 500) + "X" + strings.Repeat("b", 500)
	out := string(AppendEntry(nil, &Entry{Sev: Alert, Pos: Pos{File: "a", Line: 1, Text: text, Col: 501, Len: 1}, Msg: "m"}, PrintOptions{}))
	lines := strings.Split(out, "\n")
	if len(lines[1]) > maxShown+8 || !strings.HasPrefix(lines[1], "  ...a") || !strings.HasSuffix(lines[1], "b...") {
		t.Errorf("source line = %q, want a window", lines[1])
	}
	if at := strings.IndexByte(lines[2], '^'); at < 0 || lines[1][at] != 'X' {
		t.Errorf("caret %q is not under X in %q", lines[2], lines[1])
	}
}

func TestListCountsAndKeepsOrder(t *testing.T) {
	var l List
	l.Warnf(Pos{}, "w%d", 1)
	l.Alertf(Pos{}, "a%d\n", 1)
	l.Noticef(Pos{}, "n")
	l.Diagf(Pos{}, "d")
	l.Alertf(Pos{}, "a2")
	l.Add(Entry{Sev: Alert, Continue: true, Msg: "a3"})
	if l.Errors() != 2 || l.Warnings() != 1 {
		t.Errorf("Errors, Warnings = %d, %d, want 2, 1", l.Errors(), l.Warnings())
	}
	var got []string
	for _, e := range l.Entries() {
		got = append(got, e.Sev.String()+" "+e.Msg)
	}
	if s := strings.Join(got, ","); s != "WARNING w1,ALERT a1,NOTICE n,DIAG d,ALERT a2,ALERT a3" {
		t.Errorf("entries = %s", s)
	}
}

func TestPrintFiltersAndAnnounces(t *testing.T) {
	var l List
	l.Noticef(Pos{}, "first")
	l.Diagf(Pos{}, "d")
	l.Warnf(Pos{}, "w")
	l.Add(Entry{Sev: Alert, Msg: "a", Hint: "h"})
	tests := []struct {
		name string
		opt  PrintOptions
		want string
	}{
		{"normal", PrintOptions{Version: "3.4.0", Path: "/bin/x"},
			"[NOTICE]   (0) : config : first\n[NOTICE]   (0) : haproxy version is 3.4.0\n[NOTICE]   (0) : path to executable is /bin/x\n" +
				"[WARNING]  (0) : config : w\n[ALERT]    (0) : config : a\n  h\n"},
		{"diagnostic mode", PrintOptions{Diag: true},
			"[NOTICE]   (0) : config : first\n[DIAG]     (0) : config : d\n[WARNING]  (0) : config : w\n[ALERT]    (0) : config : a\n  h\n"},
		{"quiet", PrintOptions{Quiet: true, Version: "x"}, "[ALERT]    (0) : config : a\n  h\n"},
		{"plain", PrintOptions{Plain: true, Quiet: true}, "[ALERT]    (0) : config : a\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			if err := l.Print(&b, tt.opt); err != nil || b.String() != tt.want {
				t.Errorf("Print = %v\n%swant\n%s", err, b.String(), tt.want)
			}
		})
	}
}

type brokenWriter struct{}

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestPrintReturnsTheWriteError(t *testing.T) {
	var l List
	l.Alertf(Pos{}, "a")
	if err := l.Print(brokenWriter{}, PrintOptions{}); !errors.Is(err, errBroken) {
		t.Errorf("Print = %v, want %v", err, errBroken)
	}
}

func FuzzAppendEntry(f *testing.F) {
	f.Add("\tbalnce roundrobin", 2, 6)
	f.Add("é", 2, 1)
	f.Add(strings.Repeat("é", 300), 301, 40)
	f.Fuzz(func(t *testing.T, text string, col, n int) {
		e := Entry{Sev: Alert, Pos: Pos{File: "f", Line: 1, Text: text, Col: col, Len: n}, Msg: "m"}
		out := AppendEntry(nil, &e, PrintOptions{})
		if out[len(out)-1] != '\n' || strings.ContainsAny(string(out), "\x1b\x00") {
			t.Fatalf("AppendEntry = %q", out)
		}
	})
}
