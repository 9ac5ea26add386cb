package pattern

import "testing"

// The wanted results are those of HAProxy 3.4.0's "get acl".
func TestMatchPicksTheSamePatternAsHAProxy(t *testing.T) {
	dir := []string{"/a/", "b", "c/d", "//x", "a/", "/"}
	dom := []string{".a.", "b", "c.d", "..x", ".", "/"}
	ips := []string{"10.0.0.0/8", "10.1.0.0/16", "::ffff:10.1.2.0/120", "2002:0a01::/32",
		"10.9.0.0/255.255.0.255", "::/0", "0.0.0.0/0"}
	mixed := []string{"10.1.2.3", "::ffff:10.1.2.0/120"}
	cases := []struct {
		name     string
		spec     Spec
		patterns []string
		text     string
		want     string
	}{
		{"beg: the longest", Spec{Method: Beg}, []string{"/a", "/abc", "/ab", "/abc"}, "/abcd", "/abc"},
		{"beg: a shorter one", Spec{Method: Beg}, []string{"/a", "/abc", "/ab"}, "/abx", "/ab"},
		{"beg: text shorter than all", Spec{Method: Beg}, []string{"/a", "/abc", "/ab"}, "/", "-"},
		{"beg -i: the first", Spec{Method: Beg, Flags: FoldCase}, []string{"/a", "/abc", "/ab"}, "/ABCD", "/a"},
		{"end: the first", Spec{Method: End}, []string{"a", "ba", "cba"}, "cba", "a"},
		{"end -i", Spec{Method: End, Flags: FoldCase}, []string{"BA", "A"}, "cba", "BA"},
		{"sub: the first", Spec{Method: Sub}, []string{"bc", "abc"}, "xabc", "bc"},
		{"len: the first", Spec{Method: Len}, []string{"5", "3:"}, "12345", "5"},
		{"len: open range", Spec{Method: Len}, []string{"5", "3:"}, "123456", "3:"},
		{"bin", Spec{Method: Bin}, []string{"616263", "4142"}, "AB", "4142"},
		{"bin: whole text only", Spec{Method: Bin}, []string{"616263"}, "abcd", "-"},
		{"str", Spec{Method: Str}, []string{"Ab", "ab", "Ab"}, "ab", "ab"},
		{"str: whole text only", Spec{Method: Str}, []string{"ab"}, "abc", "-"},
		{"str -i: the first", Spec{Method: Str, Flags: FoldCase}, []string{"Ab", "ab", "aB"}, "AB", "Ab"},
		{"int: upper bound", Spec{Method: Int}, []string{"6:", ":8", "20:30"}, "5", ":8"},
		{"int: the first of two", Spec{Method: Int}, []string{"6:", ":8"}, "7", "6:"},
		{"int: a leading dash is an open range", Spec{Method: Int}, []string{"-3"}, "-9", "-3"},
		{"int: negative bound", Spec{Method: Int}, []string{":-1"}, "0", "-"},

		{"dir: delimiters of the pattern do not count", Spec{Method: Dir}, dir, "x/a", "/a/"},
		{"dir: a part of a word", Spec{Method: Dir}, dir, "xa", "-"},
		{"dir: two words", Spec{Method: Dir}, dir, "/xx/c/d/e", "c/d"},
		{"dir: at the end", Spec{Method: Dir}, dir, "z/b", "b"},
		{"dir: no word left, text ends in a slash", Spec{Method: Dir}, []string{"/"}, "a/b/", "/"},
		{"dir: no word left, text ends in a word", Spec{Method: Dir}, []string{"/"}, "/a", "-"},
		{"dir: doubled slash inside", Spec{Method: Dir}, []string{"/a//b/"}, "//a//b//", "/a//b/"},
		{"dir: tripled slash is another", Spec{Method: Dir}, []string{"/a//b/"}, "/a///b", "-"},
		{"dir: the first pattern, not the first word", Spec{Method: Dir}, []string{"b/c", "a"}, "a/b/c", "b/c"},
		{"dir: the query is a word", Spec{Method: Dir}, []string{"q"}, "/a?q", "q"},
		{"dir -i", Spec{Method: Dir, Flags: FoldCase}, []string{"/A/", "b"}, "x/a/b", "/A/"},
		{"dom: colon", Spec{Method: Dom}, dom, "q:a", ".a."},
		{"dom: order", Spec{Method: Dom}, dom, "x?b", "b"},
		{"dom: labels", Spec{Method: Dom}, dom, "c.d.e", "c.d"},
		{"dom: delimiters are not alike", Spec{Method: Dom}, dom, "c/d.e", "-"},
		{"dom: none", Spec{Method: Dom}, dom, "q", "-"},
		{"dom: the manual's port", Spec{Method: Dom}, []string{"eu", "dc", "dc-eu.example"},
			"http://www1.dc-eu.example.com:80/blah", "dc-eu.example"},

		{"ip: longest prefix", Spec{Method: IP}, ips, "10.1.2.3", "10.1.0.0/16"},
		{"ip: shorter prefix", Spec{Method: IP}, ips, "10.5.2.3", "10.0.0.0/8"},
		{"ip: v6 first for v6", Spec{Method: IP}, ips, "::ffff:10.5.2.3", "::/0"},
		{"ip: mapped network", Spec{Method: IP}, ips, "::ffff:10.1.2.3", "::ffff:10.1.2.0/120"},
		{"ip: 6to4 network", Spec{Method: IP}, ips, "2002:0a01:0203::", "2002:0a01::/32"},
		{"ip: networks before masks with holes", Spec{Method: IP}, ips, "10.9.7.0", "10.0.0.0/8"},
		{"ip: mask with holes", Spec{Method: IP}, ips[4:5], "10.9.7.0", ips[4]},
		{"ip: mask with holes, mapped", Spec{Method: IP}, ips[4:5], "::ffff:10.9.7.0", ips[4]},
		{"ip: mask with holes, 6to4", Spec{Method: IP}, ips[4:5], "2002:0a09:0700::", ips[4]},
		{"ip: v4 first for v4", Spec{Method: IP}, []string{"::ffff:10.1.2.0/120", "10.1.2.3/8"}, "10.1.2.3", "10.1.2.3/8"},
		{"ip: v4 in a mapped network", Spec{Method: IP}, mixed, "10.1.2.4", "::ffff:10.1.2.0/120"},
		{"ip: compatible address", Spec{Method: IP}, mixed, "::10.1.2.3", "10.1.2.3"},
		{"ip: 6to4 address", Spec{Method: IP}, mixed, "2002:0a01:0203:1::5", "10.1.2.3"},
		{"ip: other v6", Spec{Method: IP}, mixed[:1], "2001:0a01:0203::", "-"},

		{"reg: the first", Spec{Method: Reg}, []string{"b+", "a"}, "xaabb", "b+"},
		{"reg -i", Spec{Method: Reg, Flags: FoldCase}, []string{"^AB$"}, "ab", "^AB$"},
		{"reg: look-behind", Spec{Method: Reg}, []string{"(?<=a)b"}, "xab", "(?<=a)b"},
		{"reg: bytes", Spec{Method: Reg}, []string{`^\xe9.$`}, "\xe9\xff", `^\xe9.$`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, s := set(t, c.spec, c.patterns...)
			if got := matched(s, c.text); got != c.want {
				t.Errorf("Match(%q) = %q, want %q", c.text, got, c.want)
			}
		})
	}
}

func TestFoundAndBoolNeedNoPattern(t *testing.T) {
	_, found := set(t, Spec{Method: Found})
	_, boolean := set(t, Spec{Method: Bool})
	if found.Match(&Input{}) == nil {
		t.Error("found: no match for a sample that exists")
	}
	if boolean.Match(&Input{Kind: KindInt}) != nil {
		t.Error("bool: 0 matches")
	}
	if boolean.Match(&Input{Kind: KindBool, Int: 1}) == nil {
		t.Error("bool: 1 does not match")
	}
}

func TestGroupAsksItsSetsInOrder(t *testing.T) {
	_, a := set(t, Spec{Method: Str}, "x")
	_, b := set(t, Spec{Method: Str, Flags: FoldCase}, "X", "Y")
	g := Group{a, b}
	for text, want := range map[string]string{"x": "x", "X": "X", "y": "Y"} {
		if e := g.Match(input(Str, text)); e == nil || e.Pattern != want {
			t.Errorf("Match(%q) = %v, want %q", text, e, want)
		}
	}
	if e := g.Match(input(Str, "z")); e != nil {
		t.Errorf("Match(z) = %q, want none", e.Pattern)
	}
}

func TestMethodNamesRoundTrip(t *testing.T) {
	for m := Found; m <= RegM; m++ {
		if got, ok := ParseMethod(m.String()); !ok || got != m {
			t.Errorf("ParseMethod(%q) = %v, %v, want %v", m.String(), got, ok, m)
		}
	}
	if _, ok := ParseMethod("foo"); ok {
		t.Error("ParseMethod(foo) is ok")
	}
	if s := Method(99).String(); s != "unknown" {
		t.Errorf("Method(99) = %q", s)
	}
}

func TestTreeTellsHowTheMethodLooksUp(t *testing.T) {
	for _, c := range []struct {
		spec Spec
		want bool
	}{
		{Spec{Method: Str}, true}, {Spec{Method: Str, Flags: FoldCase}, false},
		{Spec{Method: Beg}, true}, {Spec{Method: Beg, Flags: FoldCase}, false},
		{Spec{Method: IP}, true}, {Spec{Method: End}, false}, {Spec{Method: Int}, false},
	} {
		if _, s := set(t, c.spec); s.Tree() != c.want {
			t.Errorf("%v %d: Tree() = %v, want %v", c.spec.Method, c.spec.Flags, s.Tree(), c.want)
		}
	}
}
