package cfg

import (
	"slices"
	"strings"
	"testing"
)

// testEnv is the environment of the splitter's tests.
var testEnv = map[string]string{
	"L": "a  b c", "PAD": " a b ", "E": "", "Q": `x"y\z $L #`, "_1A": "ok",
	".LINE": "7", ".SECTION": "web", ".FILE": "t.cfg",
}

func splitTest(raw string) (*splitter, *splitError) {
	s := &splitter{raw: raw, env: func(n string) (string, bool) { v, ok := testEnv[n]; return v, ok }}
	return s, s.split()
}

func TestSplitWords(t *testing.T) {
	tests := []struct{ name, in, want string }{ // words joined with '|'
		{"blanks separate", " bind \t :80  ssl ", "bind|:80|ssl"},
		{"form feed and vertical tab separate", "a\vb\fc", "a|b|c"},
		{"empty line", " \t ", ""},
		{"comment", "a # b", "a"},
		{"comment inside a word", "global#this", "global"},
		{"escaped hash", `a\#b`, "a#b"},
		{"quoted hash", `"a#b" 'c#d'`, "a#b|c#d"},
		{"escaped blank", `a\ b c`, "a b|c"},
		{"escaped tab stays an end of word", "a\\\tb", `a\|b`},
		{"quotes join", `'a'"b"c`, "abc"},
		{"quotes in the middle", `fron"tend" x`, "frontend|x"},
		{"empty quotes make a word", `a "" b`, "a||b"},
		{"control characters", `a\nb\rc\td`, "a\nb\rc\td"},
		{"hexadecimal", `\x41\x4a\x4A`, "AJJ"},
		{"unknown escapes stay", `\q\.if "\q"`, `\q\.if|\q`},
		{"dollar outside quotes is nothing special", `$L ${L} \$L`, `$L|${L}|\$L`},
		{"dollar in strong quotes", `'$L'`, `$L`},
		{"escaped dollar in weak quotes", `"\$L"`, "$L"},
		{"strong quotes know no escape", `'a\'b'c\nd'`, `a\bc\nd`},
		{"weak quotes hold strong ones", `"it's" 'say "x"'`, `it's|say "x"`},
		{"escapes in weak quotes", `"\"a\'b\ d\#e\te\x41"`, "\"a'b d#e\teA"},
		{"backslash at the end of the line", `bind \`, `bind|\`},
		{"carriage return ends the line", "daemon\r", "daemon"},
		{"carriage return between words", "\r daemon \r x\r", "daemon|x"},
		{"backslash before the carriage return", "a\\\r", `a\`},

		{"variable", `"$L"`, "a  b c"},
		{"variable in braces", `"x${L}y"`, "xa  b cy"},
		{"name ends at the first other character", `"$L-x$Q.b"`, `a  b c-xx"y\z $L #.b`},
		{"values are not read again", `"$Q"`, `x"y\z $L #`},
		{"unset variable", `a "$NOPE"`, "a|"},
		{"default", `"${NOPE-127.0.0.1}:514"`, "127.0.0.1:514"},
		{"default does not replace the empty value", `x"${E-d}"`, "x"},
		{"default is taken as it is", `"${NOPE-a"b$L\n[*]-}"`, `a"b$L\n[*]-`},
		{"expansion", `"${L[*]}"`, "a|b|c"},
		{"expansion joins its neighbours", `x"${L[*]}"y`, "xa|b|cy"},
		{"expansion with blanks around", `x"${PAD[*]}"y`, "x|a|b|y"},
		{"blanks at the ends make no words", `"${PAD[*]}"`, "a|b"},
		{"only the variable's blanks separate", `"x ${PAD[*]} y"`, "x |a|b| y"},
		{"expansion without value vanishes", `a "${NOPE[*]}" "${E[*]}" b`, "a|b"},
		{"expansion without value beside text", `"x${E[*]}y"`, "xy"},
		{"expansion with default", `"${NOPE[*]-d  e}"`, "d|e"},
		{"brackets outside braces", `"$E[*]"`, "[*]"},
		{"pseudo-variables", `"${.FILE}:$.LINE.x ${.SECTION-q}"`, "t.cfg:7.x web"},
		{"underscore begins a name", `"${_1A}"`, "ok"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := splitTest(tt.in)
			if err != nil {
				t.Fatalf("split(%q): %s at %d", tt.in, err.msg, err.col)
			}
			l := Line{Words: s.words}
			if got := strings.Join(l.ArgsFrom(0), "|"); got != tt.want {
				t.Errorf("split(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestSplitReportsTheFirstFault(t *testing.T) {
	tests := []struct {
		name, in, msg string
		col           int
	}{
		{"weak quote", `  bind ":12`, msgQuote, 8},
		{"strong quote", `  bind ':12`, msgQuote, 8},
		{"quote inside a word", ` a a'b`, msgQuote, 5},
		{"the escaped quote does not close", `"a\"b z`, msgQuote, 1},
		{"quote open at the carriage return", "'a\rb'", msgQuote, 1},
		{"hexadecimal too short", `  bind :12\x4`, msgHex, 11},
		{"hexadecimal of other letters", `a \xzz`, msgHex, 3},
		{"hexadecimal ended by a quote", `"a\x4"`, msgHex, 3},
		{"brace", `.notice "${FOO"`, msgBrace, 11},
		{"brace after a default", `.notice "${FOO-a`, msgBrace, 11},
		{"dot in a name", `.notice "${A.B}"`, msgBrace, 11},
		{"text after an expansion", `.notice "${L[*]x}"`, msgBrace, 11},
		{"digit first", `.notice "$1"`, msgFirst, 11},
		{"digit first in braces", `.notice "${1A}"`, msgFirst, 12},
		{"no name", `.notice "$"`, msgFirst, 11},
		{"no name in braces", `.notice "${}"`, msgFirst, 12},
		{"nothing after the dollar", `.notice "$`, msgFirst, 11},
		{"unknown pseudo-variable", `.notice "$.LINEX"`, msgFirst, 11},
		{"other brackets", `.notice "${L[x]}"`, msgExpand, 13},
		{"hexadecimal before a quote", `"a\xg1" "`, msgHex, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := splitTest(tt.in)
			if err == nil {
				t.Fatalf("split(%q) succeeded", tt.in)
			}
			if err.msg != tt.msg || err.col != tt.col {
				t.Errorf("split(%q) = %s at %d, want %s at %d", tt.in, err.msg, err.col, tt.msg, tt.col)
			}
		})
	}
}

func TestSplitKnowsWhereWordsAre(t *testing.T) {
	raw := "\tbind  \"*:80\" na\\ me x\"${L[*]}\" end# c"
	s, err := splitTest(raw)
	if err != nil {
		t.Fatal(err.msg)
	}
	var got []string
	for _, w := range s.words {
		got = append(got, raw[w.Col-1:w.Col-1+w.Len])
	}
	want := []string{"bind", `"*:80"`, `na\ me`, `x"${L[*]}`, `${L[*]}`, `${L[*]}"`, "end"}
	if !slices.Equal(got, want) {
		t.Errorf("words are written %q, want %q", got, want)
	}
}

func TestSplitDescribesTheEmptyWord(t *testing.T) {
	tests := []struct {
		name, in string
		want     emptyWord
	}{
		{"none", "a b", emptyWord{}},
		{"quotes", `a "" ''`, emptyWord{index: 1, col: 4}},
		{"unset variable", ` a "$NOPE"`, emptyWord{index: 1, col: 6, variable: "NOPE"}},
		{"unset variable in braces", ` a "${NOPE}"`, emptyWord{index: 1, col: 7, variable: "NOPE"}},
		{"empty variable", ` a "$E"`, emptyWord{index: 1, col: 5}},
		{"NUL", ` a \x00`, emptyWord{index: 1, col: 4}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := splitTest(tt.in)
			if err != nil || s.empty != tt.want {
				t.Errorf("split(%q).empty = %+v, %v, want %+v", tt.in, s.empty, err, tt.want)
			}
		})
	}
}

func BenchmarkSplit(b *testing.B) {
	raw := `    http-request set-header X-Forwarded-Proto "https" if { ssl_fc } !{ path_beg /health } # comment`
	b.ReportAllocs()
	for b.Loop() {
		s := splitter{raw: raw}
		if s.split() != nil {
			b.Fatal("split failed")
		}
	}
}
