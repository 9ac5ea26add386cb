package pattern

import (
	"fmt"
	"testing"
	"unicode/utf8"
)

// The wanted groups are those of PCRE2. Each expression has something that only
// the backtracking engine can do.
func TestBacktrackingEngineReadsPCRE(t *testing.T) {
	cases := []struct{ expr, text, want string }{
		{`^/.{1,2000}$`, "/abc", "[0 4]"},
		{`^[[:alpha:]]{1,2000}$`, "abc", "[0 3]"},
		{`^[[:alpha:]]{1,2000}$`, "ab1", "[]"},
		{`^(?=a)[[:digit:]a]+$`, "a12", "[0 3]"},
		{`^(?!x)[[:^alpha:]]+$`, "12", "[0 2]"},
		{`^(?!x)[]a]+$`, "a]", "[0 2]"},
		{`^(?!x)[[:]+$`, "[:", "[0 2]"},
		{`^(?!x)[^]a]+$`, "a]", "[]"},
		{`^(?!x)[a-z-[b]+$`, "a-[b", "[0 4]"},
		{`^(?!x)[\x61-\x{63}\101\n]+$`, "abcA\n", "[0 5]"},
		{`^(?!x)[\w-]+$`, "a-b", "[0 3]"},
		{`^(?!x)[^\W_]+$`, "a_", "[]"},
		{`^(?!x)\w$`, "\xe9", "[]"},
		{`^(?!x)\W$`, "\xe9", "[0 1]"},
		{`^(?!x)[\h]\h$`, " \t", "[0 2]"},
		{`^(?!x)a\Rb`, "a\r\nb", "[0 4]"},
		{`(?=a)\Qa+b\Ec`, "a+bc", "[0 4]"},
		{`(?=a)a\_`, "a_", "[0 2]"},
		{`^(?!x)(?<n>a)(b)(?P<m>c)`, "abc", "[0 3 0 1 1 2 2 3]"},
		{`^(?P<n>a)(?P=n)1`, "aa1", "[0 3 0 1]"},
		{`^(?<n>a)\k<n>\k{n}\g{n}`, "aaaa", "[0 4 0 1]"},
		{`^(a)(b)\g2\g{-2}`, "abba", "[0 4 0 1 1 2]"},
		{`^(?!x)(?#with (a comment)(a)`, "a", "[0 1 0 1]"},
		{`^(?!x)\x{e9}é$`, "\xe9é", "[0 3]"},
		{`^(?!x)a$`, "a\n", "[0 1]"},
	}
	for _, c := range cases {
		r, err := CompileRegex(c.expr, false)
		if err != nil || !r.Backtracking() {
			t.Errorf("%s: %v, want one that backtracks", c.expr, err)
			continue
		}
		if got := fmt.Sprint(r.AppendGroups(nil, []byte(c.text))); got != c.want {
			t.Errorf("%s in %q: groups %s, want %s (%s)", c.expr, c.text, got, c.want, r.slow)
		}
	}
}

func TestNegatedClassesWithLettersOfEitherCase(t *testing.T) {
	for _, c := range []struct {
		expr, text string
		fold, want bool
	}{
		{`^(?!x)[^a]$`, "A", false, true},
		{`^(?!x)[^a]$`, "A", true, false},
		{`^(?!x)[^a]$`, "b", true, true},
		{`^(?!x)(?i)[^a-c]$`, "B", false, false},
		{`^(?!x)(?i)[a-c]$`, "B", false, true},
		{`^(?!x)[^\x00-\xff]$`, "a", true, false},
	} {
		r, err := CompileRegex(c.expr, c.fold)
		if err != nil || !r.Backtracking() {
			t.Errorf("%s: %v, want one that backtracks", c.expr, err)
			continue
		}
		if got := len(r.AppendGroups(nil, []byte(c.text))) > 0; got != c.want {
			t.Errorf("%s in %q, either case %v: %v, want %v", c.expr, c.text, c.fold, got, c.want)
		}
	}
}

func TestClassesThatPCRERefusesAreRefused(t *testing.T) {
	for _, expr := range []string{`(?!x)[a-\d]`, `(?!x)[b-a]`, `(?!x)[[:letter:]-\d`, `(?!x)[`} {
		if r, err := CompileRegex(expr, false); err == nil {
			t.Errorf("CompileRegex(%q) = %v, want an error", expr, r.slow)
		}
	}
}

func FuzzTranslate(f *testing.F) {
	for _, s := range []string{`[[:alpha:]\d-z]`, `(?P<a>b)\k<a>\g{-1}`, `\Qx`, `[^]\x{1}`, `(?`, `\g`, "\\", "["} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, _ := translate(text); !utf8.ValidString(got) {
			t.Errorf("translate(%q) = %q, want valid UTF-8", text, got)
		}
	})
}
