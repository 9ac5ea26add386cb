package command

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestParseLine(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     line
	}{
		{"empty", "", line{commands: []string{""}}},
		{"one", "show info", line{commands: []string{"show info"}}},
		{"two", "a;b", line{commands: []string{"a", "b"}}},
		{"escaped semicolon", `a\;b;c`, line{commands: []string{`a\;b`, "c"}}},
		{"payload", "add map x <<", line{commands: []string{"add map x "}, payload: true}},
		{"payload alone", "<<", line{commands: []string{""}, payload: true}},
		{"pattern", "a;b <<END", line{commands: []string{"a", "b "}, payload: true, pattern: "END"}},
		{"not at the end", "a <<END b", line{commands: []string{"a <<END b"}}},
		{"pattern too long", "a <<" + strings.Repeat("x", 65), line{commands: []string{"a <<" + strings.Repeat("x", 65)}}},
		{"carriage return", "a <<E\r", line{commands: []string{"a "}, payload: true, pattern: "E"}},
		{"NUL ends a command", "a\x00b", line{commands: []string{"a", "b"}}},
		{"NUL bytes alone", "\x00\x00", line{commands: []string{"", "", ""}}},
		{"NUL behind a backslash", "a\\\x00b", line{commands: []string{`a\`, "b"}}},
		{"backslash at the end", `a\`, line{commands: []string{`a\`}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := parseLine([]byte(c.in))
			if !slices.Equal(got.commands, c.want.commands) || got.payload != c.want.payload || got.pattern != c.want.pattern {
				t.Errorf("parseLine(%q) = %+v, want %+v", c.in, got, c.want)
			}
		})
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"none", "  \t ", nil},
		{"blanks around", "  a  b\tc ", []string{"a", "b", "c"}},
		{"escaped blank", `a\ b c`, []string{"a b", "c"}},
		{"escaped backslash", `a\\ b`, []string{`a\`, "b"}},
		{"backslash at the end", `a\`, []string{"a"}},
		{"only a backslash", `\`, []string{""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := words(nil, c.in)
			if !ok || !slices.Equal(got, c.want) {
				t.Errorf("words(%q) = %q, %v, want %q", c.in, got, ok, c.want)
			}
		})
	}
}

func TestLineEnd(t *testing.T) {
	for in, want := range map[string]int{"": -1, "a": -1, "a\n": 1, "\n": 0, "a\\\nb\n": 4, "a\\\\\nb": 3, "a\\": -1} {
		if got := lineEnd([]byte(in)); got != want {
			t.Errorf("lineEnd(%q) = %d, want %d", in, got, want)
		}
	}
}

func TestPayloadEnd(t *testing.T) {
	for _, c := range []struct {
		in, pattern string
		from        int
		end, next   int
	}{
		{"a\nb\n\nrest", "", 0, 4, 5},
		{"\n", "", 0, 0, 1},
		{"a\nb", "", 0, -1, 2},
		{"a\nEOF\n", "EOF", 0, 2, 6},
		{"EOFx\nEOF", "EOF", 0, -1, 5},
		{"a\n\n", "", 2, 2, 3},
	} {
		end, next := payloadEnd([]byte(c.in), c.from, c.pattern)
		if end != c.end || next != c.next {
			t.Errorf("payloadEnd(%q, %d, %q) = %d, %d, want %d, %d", c.in, c.from, c.pattern, end, next, c.end, c.next)
		}
	}
}

func FuzzLine(f *testing.F) {
	for _, s := range []string{"show info\n", "a;b;c\n", `set map #0 a\ b c\;d` + "\n", "add map x <<EOF\na b\nEOF\n", "prompt;quit\n", "\\\n\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		end := lineEnd(in)
		if end < 0 {
			return
		}
		if in[end] != '\n' {
			t.Fatalf("line of %q ends at %d", in, end)
		}
		l := parseLine(bytes.Clone(in[:end]))
		if len(l.commands) == 0 {
			t.Fatal("a line has at least one command")
		}
		total := 0
		for _, c := range l.commands {
			args, ok := words(nil, c)
			if !ok && len(args) != maxArgs {
				t.Fatalf("%d words are too many", len(args))
			}
			for _, a := range args {
				total += len(a)
			}
			_ = appendAll(args)
		}
		if total > end {
			t.Fatalf("%d bytes of words out of %d", total, end)
		}
		if l.payload {
			if at, next := payloadEnd(in[end+1:], 0, l.pattern); at >= 0 && next <= at {
				t.Fatalf("payload ends at %d, its mark at %d", at, next)
			}
		}
	})
}

func appendAll(args []string) []byte {
	t := NewTable()
	return t.AppendHelp(nil, &Session{}, args, false)
}
