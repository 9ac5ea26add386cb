package pattern

import "testing"

func TestRegexFallsBackWhereRE2CannotExpress(t *testing.T) {
	cases := []struct {
		expr, text string
		fold       bool
		match      bool
		slow       bool
	}{
		{"^a+$", "aaa", false, true, false},
		{"^A+$", "aaa", true, true, false},
		{`(a)\1`, "xaay", false, true, true},
		{`(?<!x)y`, "xy", false, false, true},
		{`(?=A)a`, "a", true, true, true},
		{`^\xe9.$`, "\xe9\xff", false, true, true},
		{"^\xc3\xa9$", "é", false, true, true},
		{"^..$", "é", false, false, false}, // one code point; PCRE2 sees two bytes
		{`\x41`, "A", false, true, false},
	}
	for _, c := range cases {
		r, err := CompileRegex(c.expr, c.fold)
		if err != nil {
			t.Errorf("%q: %v", c.expr, err)
			continue
		}
		if r.Backtracking() != c.slow || r.Match([]byte(c.text)) != c.match {
			t.Errorf("%q in %q: slow %v match %v, want %v %v", c.expr, c.text,
				r.Backtracking(), r.Match([]byte(c.text)), c.slow, c.match)
		}
	}
	l, s := set(t, Spec{Method: Reg}, "a", `(b)\1`, `(c)\1`)
	if got := s.Backtracking(); len(got) != 2 || got[0] != `(b)\1` {
		t.Errorf("Backtracking() = %q", got)
	}
	l.Clear()
	if got := s.Backtracking(); len(got) != 0 {
		t.Errorf("Backtracking() after clear = %q", got)
	}
}

// A match that would take ages must end, without result.
func TestRegexHasATimeLimit(t *testing.T) {
	r, err := CompileRegex(`^(?=(a+)+$)`, false)
	if err != nil || !r.Backtracking() {
		t.Fatalf("slow %v, error %v", r, err)
	}
	if r.Match([]byte("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab")) {
		t.Error("matches")
	}
}

// The wanted results are those of map_regm in HAProxy 3.4.0.
func TestMatchGroupsAndBackrefs(t *testing.T) {
	cases := []struct {
		expr, template, text, want string
		ok                         bool
	}{
		{`^(a)(b)?(c)`, `<\0|\1|\2|\3|\4|\9>`, "abc", "<abc|a|b|c||>", true},
		{`^(a)(b)?(c)`, `<\0|\1|\2|\3|\4|\9>`, "ac", "<ac|a||c||>", true},
		{`^q(.)`, `\x41\\\1\n\q\x12`, "qz", "A\\znq\x12", true},
		{`^e(z*)`, `[\1]\`, "e", "", false},
		{`^g`, `\x4`, "g", "", false},
		{`(?<=a)(b)`, `<\0\1>`, "ab", "<bb>", true},
	}
	for _, c := range cases {
		l, s := set(t, Spec{Method: RegM, Value: ValueStr})
		if err := l.AddValue(c.expr, c.template); err != nil {
			t.Fatal(err)
		}
		e, groups := s.MatchGroups(nil, input(RegM, c.text))
		if e == nil {
			t.Errorf("%q in %q: no match", c.expr, c.text)
			continue
		}
		got, ok := AppendBackrefs(nil, e.Value(), []byte(c.text), groups)
		if ok != c.ok || ok && string(got) != c.want {
			t.Errorf("%q: %q, %v, want %q, %v", c.template, got, ok, c.want, c.ok)
		}
	}
	_, s := set(t, Spec{Method: RegM}, "x")
	if e, g := s.MatchGroups(nil, input(RegM, "y")); e != nil || g != nil {
		t.Errorf("no match gave %v %v", e, g)
	}
}
