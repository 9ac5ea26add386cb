package pattern

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
)

// naive is the manual's text as a loop over all patterns: what the indexes must
// agree with.
func naive(spec Spec, patterns []string, in *Input) string {
	best, bestLen := "-", -1
	for _, p := range patterns {
		n, ok := naiveOne(spec, p, in)
		if ok && n > bestLen {
			best, bestLen = p, n
		}
	}
	return best
}

// naiveOne compares one pattern; n ranks it among those that match.
func naiveOne(spec Spec, p string, in *Input) (n int, ok bool) {
	b, key := in.Bytes, []byte(p)
	if spec.Flags&FoldCase != 0 && spec.Method != Bin { // "-m bin -i" heeds case
		b, key = []byte(lowerString(string(b))), []byte(lowerString(p))
	}
	switch spec.Method {
	case Int:
		s, _ := parseSpan(p)
		return 0, s.has(in.Int)
	case Len:
		s, _ := parseSpan(p)
		return 0, s.has(int64(len(b)))
	case Bin:
		h, _ := parseHex(p)
		return 0, h == string(b)
	case Str:
		return 0, bytes.Equal(b, key)
	case Beg:
		if spec.Flags&FoldCase == 0 {
			n = len(key)
		}
		return n, bytes.HasPrefix(b, key)
	case End:
		return 0, bytes.HasSuffix(b, key)
	case Sub:
		return 0, bytes.Contains(b, key)
	case Dir:
		return 0, naiveWord(b, trimDelims(string(key), isDirDelim), isDirDelim)
	case Dom:
		return 0, naiveWord(b, trimDelims(string(key), isDomDelim), isDomDelim)
	case IP:
		return naiveIP(p, in.Addr)
	}
	return 0, false
}

func naiveWord(b []byte, key string, delim func(byte) bool) bool {
	for i := 0; i+len(key) <= len(b); i++ {
		end := i + len(key)
		if (i == 0 || delim(b[i-1])) && (i == len(b) || !delim(b[i])) &&
			string(b[i:end]) == key && (end == len(b) || delim(b[end])) {
			return true
		}
	}
	return false
}

func naiveIP(p string, a netip.Addr) (int, bool) {
	n, err := parseNetwork(p, nil)
	if err != nil || !a.IsValid() {
		return 0, false
	}
	a = a.WithZone("")
	v4, has4 := a, a.Is4()
	if !has4 {
		v4, has4 = EmbeddedIPv4(a)
	}
	switch {
	case n.holed:
		return 0, has4 && v4bits(v4)&n.holes.mask == n.holes.addr
	case n.prefix.Contains(a):
		return 2000 + n.prefix.Bits(), true
	case n.prefix.Addr().Is4():
		return 1000 + n.prefix.Bits(), has4 && n.prefix.Contains(v4)
	}
	return 1000 + n.prefix.Bits(), a.Is4() && n.prefix.Contains(netip.AddrFrom16(a.As16()))
}

// FuzzMatch feeds patterns one by one (merged segments) and at once, and
// compares both with the naive model.
func FuzzMatch(f *testing.F) {
	f.Add(uint8(Beg-Int), false, "/a\n/abc\n/ab", "/abcd")
	f.Add(uint8(Str-Int), true, "Ab\nab\n\nq", "aB")
	f.Add(uint8(End-Int), true, ".PNG\n.jpg", "/x.png")
	f.Add(uint8(Sub-Int), false, "a\nb\nc\nd\ne\nf\ng\nfg\ngh\nhi\nij\njk\nkl\nlm\nmn\nno\nop\n\nxghy\nyy", "xxghyy")
	f.Add(uint8(Dir-Int), false, "/a/\n//\nb/c", "/a//b/c/")
	f.Add(uint8(Dom-Int), true, ".com\nwww.\na.b", "http://WWW.a.b:80/")
	f.Add(uint8(0), false, "1:10\n5\n:3\n9-", "7")
	f.Add(uint8(Len-Int), false, "3:\n2", "ab")
	f.Add(uint8(IP-Int), false, "10.0.0.0/8\n::/0\n1.2.3.4/255.0.0.255\n::ffff:10.1.0.0/112", "2002:a01:203::")
	f.Add(uint8(Bin-Int), true, "00ff\n6162", "AB")
	f.Fuzz(func(t *testing.T, method uint8, fold bool, patterns, text string) {
		spec := Spec{Method: Int + Method(method)%(End-Int+1)}
		if fold {
			spec.Flags = FoldCase
		}
		one, step := set(t, spec)
		var good []string
		for _, p := range strings.Split(patterns, "\n") {
			if one.Add(p) == nil {
				good = append(good, p)
			}
		}
		_, whole := set(t, spec, good...)
		in := input(spec.Method, text)
		want := naive(spec, good, in)
		for name, s := range map[string]*Set{"one by one": step, "at once": whole} {
			got := "-"
			if e := s.Match(in); e != nil {
				got = e.Pattern
			}
			if got != want {
				t.Errorf("%v (fold %v) %q in %q, %s: %q, want %q", spec.Method, fold, text, good, name, got, want)
			}
		}
	})
}

// FuzzRegex: whatever compiles must match without panic, and the groups of a
// match must lie in the text.
func FuzzRegex(f *testing.F) {
	f.Add(`^(a)(b)?c$`, "ac", `<\1|\2>`)
	f.Add(`(?<=x)\xe9(.)`, "x\xe9y", `\x41\1`)
	f.Add(`(a)\1`, "aa", `\0\`)
	f.Fuzz(func(t *testing.T, expr, text, template string) {
		if len(expr) > 100 || len(text) > 100 {
			return
		}
		r, err := CompileRegex(expr, false)
		if err != nil {
			return
		}
		groups := r.AppendGroups(nil, []byte(text))
		if !r.Backtracking() && r.Match([]byte(text)) != (len(groups) > 0) {
			t.Errorf("%q in %q: Match disagrees with %v", expr, text, groups)
		}
		for i := 0; i+1 < len(groups); i += 2 {
			if a, b := groups[i], groups[i+1]; a >= 0 && (a > b || b > len(text)) {
				t.Fatalf("%q in %q: groups %v", expr, text, groups)
			}
		}
		AppendBackrefs(nil, template, []byte(text), groups)
	})
}
