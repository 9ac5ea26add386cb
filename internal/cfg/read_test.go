package cfg

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"segue/internal/diag"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var testSections = []string{"global", "defaults", "frontend", "backend", "listen", "peers", "spoe-agent", "spoe-message"}

func testOptions() *Options {
	opt := condOptions()
	opt.Sections = testSections
	opt.Env = map[string]string{"HOME": "/root", "L": "a  b c", "E": "", "TMPDIR": "/tmp"}
	return opt
}

// readTest reads text as the only source, t.cfg.
func readTest(text string) (*Tree, *diag.List, *Options) {
	d, opt := &diag.List{}, testOptions()
	return Read([]Source{{"t.cfg", []byte(text)}}, opt, d), d, opt
}

// dump writes a tree as text, one line per line, words quoted.
func dump(tree *Tree) string {
	var b strings.Builder
	for _, s := range tree.Sections {
		if s.Scope != "" {
			fmt.Fprintf(&b, "[%s] ", s.Scope)
		}
		fmt.Fprintf(&b, "%d %q\n", s.Head.Num, s.Head.ArgsFrom(0))
		for _, l := range s.Lines {
			fmt.Fprintf(&b, "\t%d %q\n", l.Num, l.ArgsFrom(0))
		}
	}
	return b.String()
}

// says lists the messages of d, without carets and hints.
func says(d *diag.List) string {
	var b strings.Builder
	d.Print(&b, diag.PrintOptions{Plain: true, Diag: true}) //nolint:errcheck // a Builder does not fail
	out := strings.ReplaceAll(b.String(), " (0) : config : parsing [t.cfg:", " ")
	return strings.TrimSuffix(out, "\n")
}

func TestReadGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.cfg")
	if err != nil || len(files) < 3 {
		t.Fatalf("Glob = %v, %v", files, err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			var d diag.List
			tree := Read([]Source{{filepath.Base(f), data}}, testOptions(), &d)
			b.WriteString(dump(tree))
			if err := d.Print(&b, diag.PrintOptions{PID: 1}); err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(f, ".cfg") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if b.String() != string(want) {
				t.Errorf("Read(%s) =\n%swant\n%s", f, b.String(), want)
			}
		})
	}
}

func TestReadMessages(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"fine", "global\n\tdaemon\n", ""},
		{"nothing", "", ""},
		{"out of section", "mode http\n", "[ALERT]    1]: unknown keyword 'mode' out of section."},
		{"unknown word inside a section is not ours to judge", "global\nfoo\n", ""},
		{"a line of an empty word is empty", "global\n\"\" http\n", ""},
		{"missing LF", "global\n  daemon", "[WARNING]  2]: Missing LF on last line, file might have been truncated at position 9."},
		{"NUL", "global\nmax\x00conn 3\ndaemon\n", "[ALERT]    2]: Stray NUL character at position 4."},
		{"unmatched quote", "global\n\"x\n", "[ALERT]    2]: unmatched quote at position 1:"},
		{"too many words", "global\n" + strings.Repeat("w ", 65) + "\n", "[ALERT]    2]: too many words, truncating after word 64, position 129: <w>."},
		{"as many words as allowed", "global\n" + strings.Repeat("w ", 64) + "\n", ""},
		{"too many errors", strings.Repeat("x\n", 60), fiftyErrors()},
		{"empty argument", "frontend x \"\" a\n", "[ALERT]    1]: argument number 2 at position 13 is empty and marks the end of the argument list:"},
		{"modifier", "frontend x\nno bind\n", "[ALERT]    2]: negation/default currently supported only for options, log, busy-polling, set-dumpable, strict-limits, insecure-fork-wanted and numa-cpu-mapping."},
		{"allowed modifier", "frontend x\nno option httplog\ndefault log\n", ""},
		{"text behind a carriage return", "global\ndaemon\r x\n", "[WARNING]  2] : the carriage return at position 7 ends the line; what follows is ignored."},
		{"word cut short", "global\nx a\\x00b\n", "[WARNING]  2] : the word at position 3 is cut short by '\\x00'."},

		{"setenv without a name", "global\nsetenv\n", "[ALERT]    2] : 'setenv' expects environment variable name."},
		{"setenv without a value", "global\nsetenv A \"$NOPE\"\n", "[ALERT]    2] : 'setenv' expects environment variable value for 'A'."},
		{"setenv with too much", "global\nsetenv A b c\n", "[ALERT]    2] : 'setenv' cannot handle unexpected argument 'c'."},
		{"impossible name", "global\npresetenv A=B c\n", "[ALERT]    2] : 'presetenv' failed on variable 'A=B' : Invalid argument."},
		{"unsetenv without a name", "global\nunsetenv\n", "[ALERT]    2] : 'unsetenv' expects at least one variable name."},

		{"lone endif", ".endif\n", "[ALERT]    1]: lone '.endif' with no matching '.if'."},
		{"lone elif", ".elif 1\n", "[ALERT]    1]: lone '.elif' with no matching '.if'."},
		{"elif after else", ".if 1\n.else\n.elif 1\n.endif\n", "[ALERT]    3]: '.elif' after '.else' is not permitted."},
		{"two elses", ".if 1\n.else\n.else\n.endif\n", "[ALERT]    3]: '.else' after '.else' is not permitted."},
		{"argument of else", ".if 1\n.else x\n.endif\n", "[ALERT]    2]: Unexpected argument 'x' for '.else'."},
		{"no end", ".if 1\n", "[ALERT]    1]: non-terminated '.if' block."},
		{"fault in a condition", ".if 1 x\n.endif\n", "[ALERT]    1]: unexpected character 'x' at the end of conditional expression '1 x' in '.if' at position 3:"},
		{"fault in a condition that is not reached", ".if 1\n.elif foo\n.endif\n.if 0\n.if foo\n.endif\n.endif\n", ""},
		{"a bad condition skips its block only", ".if foo\n.alert a\n.else\n.alert b\n.endif\n.notice c\n",
			"[ALERT]    1]: unparsable conditional expression 'foo' in '.if' at position 1:\n[NOTICE]   6]: 'c'."},
		{"an unreadable if is one all the same", ".if \"\n.notice a\n.endif\n.notice b\n", "[ALERT]    1]: unmatched quote at position 5:\n[NOTICE]   4]: 'b'."},
		{"an unreadable elif ends the branch", ".if 1\n.elif \"\n.notice a\n.endif\n", "[ALERT]    2]: unmatched quote at position 7:"},
		{"an unreadable elif leaves no branch", ".if 0\n.elif \"\n.else\n.notice a\n.endif\n", "[ALERT]    2]: unmatched quote at position 7:"},
		{"spelling counts in skipped blocks", ".if 0\n\"\n.endif\n", "[ALERT]    2]: unmatched quote at position 1:"},
		{"messages", ".diag a\n.notice \"b c\"\n.warning c\n.alert d\n",
			"[DIAG]     1]: 'a'.\n[NOTICE]   2]: 'b c'.\n[WARNING]  3]: 'c'.\n[ALERT]    4]: 'd'."},
		{"message of two words", ".notice a b\n", "[ALERT]    1]: Unexpected argument 'b' for '.notice'. Use quotes if the message should contain spaces."},
		{"unknown directive", ".IF 1\n", "[ALERT]    1]: unknown directive '.IF'."},
		{"directive in quotes is one all the same", "\".notice\" a\n", "[NOTICE]   1]: 'a'."},
		{"nesting has a limit", strings.Repeat(".if 1\n", 101) + strings.Repeat(".endif\n", 101), "[ALERT]    101]: too many nested '.if', max is 100."},
		{"scope with more", "[a] b\n", "[ALERT]    1] : character 'b' is not permitted after scope declaration."},
		{"scope without name", "[]\n", "[ALERT]    1] : empty scope name is forbidden."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, d, _ := readTest(tt.in)
			if got := says(d); got != tt.want {
				t.Errorf("Read(%q) says\n%s\nwant\n%s", tt.in, got, tt.want)
			}
		})
	}
}

func fiftyErrors() string {
	var b strings.Builder
	for i := range maxFatal {
		fmt.Fprintf(&b, "[ALERT]    %d]: unknown keyword 'x' out of section.\n", i+1)
	}
	return b.String() + "[ALERT]    51]: too many fatal errors (50), stopping now."
}

func TestBlocksChooseOneBranch(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"if", ".if 1\n.notice a\n.endif\n", "a"},
		{"not if", ".if 0\n.notice a\n.endif\n", ""},
		{"else", ".if 0\n.notice a\n.else\n.notice b\n.endif\n", "b"},
		{"first elif that holds", ".if 0\n.elif 0\n.notice a\n.elif 1\n.notice b\n.elif 1\n.notice c\n.else\n.notice d\n.endif\n", "b"},
		{"elif after the branch taken", ".if 1\n.notice a\n.elif 1\n.notice b\n.else\n.notice c\n.endif\n", "a"},
		{"inner block of a skipped one", ".if 0\n.if 1\n.notice a\n.else\n.notice b\n.endif\n.notice c\n.endif\n.notice d\n", "d"},
		{"inner else does not wake the outer", ".if 1\n.if 0\n.else\n.notice a\n.endif\n.elif 1\n.notice b\n.endif\n", "a"},
		{"empty condition", ".if\n.notice a\n.else\n.notice b\n.endif\n", "b"},
		{"words are joined by one blank", ".if streq(a   b,a\t\tb)\n.notice a\n.endif\n", "a"},
		{"variables in conditions", ".if streq(\"$HOME\",/root)\n.notice a\n.endif\n", "a"},
		{"a block may be open over sections", ".if 1\nglobal\n.endif\n.notice a\n", "a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, d, _ := readTest(tt.in); notices(d) != tt.want || d.Errors() != 0 {
				t.Errorf("notices of %q = %q, %d errors, want %q", tt.in, notices(d), d.Errors(), tt.want)
			}
		})
	}
}

// notices joins the texts of all .notice lines.
func notices(d *diag.List) string {
	var got []string
	for _, e := range d.Entries() {
		if e.Sev == diag.Notice {
			got = append(got, strings.TrimSuffix(strings.TrimPrefix(e.Msg, "'"), "'."))
		}
	}
	return strings.Join(got, ",")
}

func TestEnvironmentDirectives(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"setenv is seen below", "global\nsetenv A 1\n.notice $A\n.notice \"$A\"\n", "$A,1"},
		{"setenv is seen above, as HAProxy reads twice", ".notice \"$A\"\nglobal\nsetenv A 1\n", "1"},
		{"the last value above, each value below", "global\n.notice \"$A\"\nsetenv A 1\n.notice \"$A\"\nsetenv A 2\n.notice \"$A\"\n", "2,1,2"},
		{"presetenv keeps", "global\npresetenv HOME x\npresetenv NEW y\n.notice \"$HOME $NEW\"\n", "/root y"},
		{"unsetenv removes below only", "global\nsetenv A \"$HOME\"\n.notice \"$A\"\nunsetenv HOME TMPDIR\n.notice \"${HOME-gone} ${TMPDIR-gone}\"\n", "/root,gone gone"},
		{"resetenv keeps what it names", "global\nsetenv A 1\nresetenv HOME NOPE\n.notice \"${HOME-gone} ${L-gone} ${A-gone}\"\n", "/root gone gone"},
		{"conditions see it", "global\nsetenv A 1\n.if defined(A)\n.notice yes\n.endif\n", "yes"},
		{"not in a skipped block", "global\n.if 0\nsetenv A 1\n.endif\n.notice \"${A-no}\"\n", "no"},
		{"not outside global", "backend b\nsetenv A 1\n.notice \"${A-no}\"\n", "no"},
		{"later global sections count", "global\nsetenv A 1\nbackend b\nglobal\nsetenv B \"$A$A\"\nbackend c\n.notice \"$B\"\n", "11"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, d, _ := readTest(tt.in); notices(d) != tt.want || d.Errors() != 0 {
				t.Errorf("notices of %q = %q, want %q; %s", tt.in, notices(d), tt.want, says(d))
			}
		})
	}
}

func TestEnvironmentIsHandedBack(t *testing.T) {
	tree, _, opt := readTest("global\nsetenv A 1\nunsetenv TMPDIR\n")
	if _, ok := opt.Env["TMPDIR"]; ok || opt.Env["A"] != "1" {
		t.Errorf("Env = %v, want A and no TMPDIR", opt.Env)
	}
	if n := len(tree.Sections[0].Lines); n != 2 {
		t.Errorf("the tree has %d lines of global, want 2", n)
	}
}

func TestPseudoVariables(t *testing.T) {
	in := ".notice \"${.SECTION}|$.LINE\"\nglobal\n.notice \"${.SECTION}\"\nbackend \"b 1\"\n.notice \"${.SECTION}\"\ndefaults\n.notice \"${.SECTION} ${.FILE}\"\n"
	_, d, _ := readTest(in)
	if got, want := notices(d), "|1,global,b 1,defaults t.cfg"; got != want {
		t.Errorf("notices = %q, want %q", got, want)
	}
}

func TestSectionsEndWithTheirFile(t *testing.T) {
	var d diag.List
	tree := Read([]Source{{"a", []byte("global\ndaemon\n")}, {"b", []byte("maxconn 1\nbackend x\n")}}, testOptions(), &d)
	if d.Errors() != 1 || d.Entries()[0].Pos.File != "b" {
		t.Errorf("entries = %+v, want one in b", d.Entries())
	}
	if got, want := dump(tree), "1 [\"global\"]\n\t2 [\"daemon\"]\n2 [\"backend\" \"x\"]\n"; got != want {
		t.Errorf("tree = %s, want %s", got, want)
	}
}

func TestEachHandsOverWhatIsComplete(t *testing.T) {
	var d diag.List
	var got []string
	text := "global\n maxconn 1\nbackend x\n mode http\n \"\nbackend y\n"
	Each([]Source{{"a", []byte(text)}, {"b", []byte("frontend z\n")}}, testOptions(), &d, func(s *Section) {
		got = append(got, fmt.Sprintf("%s %d lines, %d errors", s.Kind, len(s.Lines), d.Errors()))
	})
	want := []string{"global 1 lines, 0 errors", "backend 1 lines, 1 errors", "backend 0 lines, 1 errors", "frontend 0 lines, 1 errors"}
	if !slices.Equal(got, want) {
		t.Errorf("sections = %q, want %q", got, want)
	}
}

func TestHintsForMisspeltWords(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"section", "frontnd x\n", "did you mean 'frontend' maybe ?"},
		{"directive", ".endfi\n", "did you mean '.endif' maybe ?"},
		{"variable", "backend b\nserver \"$HOMW\" x\n", "variable 'HOMW' is not set; maybe you meant HOME instead ?"},
		{"byte order mark", "\xef\xbb\xbfzzz\n", "the file starts with a byte order mark; save it as UTF-8 without one"},
		{"open block", ".if 1\n\n\n", "the '.if' of line 1 has no '.endif'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, d, _ := readTest(tt.in)
			if d.Errors() != 1 || !strings.HasPrefix(d.Entries()[0].Hint, tt.want) {
				t.Errorf("entries = %+v, want hint %q", d.Entries(), tt.want)
			}
		})
	}
}

func TestLineAccessors(t *testing.T) {
	tree, _, _ := readTest("global\n\tlog  10.0.0.1 local0\n")
	l := &tree.Sections[0].Lines[0]
	if l.Text(1) != "10.0.0.1" || l.Text(9) != "" || l.Text(-1) != "" || l.Len() != 3 {
		t.Errorf("Text, Len of %+v are wrong", l)
	}
	if got := strings.Join(l.Args(), "|"); got != "10.0.0.1|local0" || l.ArgsFrom(3) != nil {
		t.Errorf("Args = %q", got)
	}
	want := diag.Pos{File: "t.cfg", Line: 2, Text: "\tlog  10.0.0.1 local0", Col: 7, Len: 8}
	if got := l.Pos(1); got != want {
		t.Errorf("Pos(1) = %+v, want %+v", got, want)
	}
	want.Col, want.Len = 22, 0
	if got := l.Pos(3); got != want {
		t.Errorf("Pos behind the end = %+v, want %+v", got, want)
	}
	if tree.Sections[0].Name() != "" {
		t.Errorf("Name = %q", tree.Sections[0].Name())
	}
}

// FuzzRead mutates the files of testdata.
func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.cfg")
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Add([]byte("global\nsetenv A \"${L[*]}\"\n.if \"$A\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var d diag.List
		opt := testOptions()
		tree := Read([]Source{{"f", data}}, opt, &d)
		for _, s := range tree.Sections {
			for _, l := range append([]Line{s.Head}, s.Lines...) {
				checkLine(t, &l)
			}
		}
		if err := d.Print(&strings.Builder{}, diag.PrintOptions{}); err != nil {
			t.Fatal(err)
		}
	})
}

// checkLine checks what conf relies on.
func checkLine(t *testing.T, l *Line) {
	t.Helper()
	if len(l.Words) == 0 || len(l.Words) > maxWords || l.Words[0].Text == "" {
		t.Fatalf("line %d has words %+v", l.Num, l.Words)
	}
	for i, w := range l.Words {
		if w.Col < 1 || w.Len < 1 || w.Col-1+w.Len > len(l.Raw) {
			t.Fatalf("word %d of %q at %d+%d is outside", i, l.Raw, w.Col, w.Len)
		}
		if strings.ContainsRune(w.Text, 0) {
			t.Fatalf("word %d of %q has a NUL", i, l.Raw)
		}
	}
}
