package pattern

import (
	"net/netip"
	"testing"
)

// set builds a Set from patterns, in order.
func set(t testing.TB, spec Spec, patterns ...string) (*List, *Set) {
	t.Helper()
	l := &List{}
	s, err := l.use(spec)
	if err != nil {
		t.Fatal(err)
	}
	b := l.Begin()
	for _, p := range patterns {
		if err := b.Add(p, "", false, "", -1); err != nil {
			t.Fatalf("add %q: %v", p, err)
		}
	}
	if err := b.Commit(); err != nil {
		t.Fatal(err)
	}
	return l, s
}

// input makes the Input that a method wants from text.
func input(m Method, text string) *Input {
	switch m.Input() {
	case KindInt:
		n, _ := parseInt64(text)
		return &Input{Kind: KindInt, Int: n}
	case KindAddr:
		a, _ := netip.ParseAddr(text)
		return &Input{Kind: KindAddr, Addr: a}
	}
	return &Input{Kind: KindBytes, Bytes: []byte(text)}
}

// matched returns the pattern that matches text, "-" for none.
func matched(s *Set, text string) string {
	if e := s.Match(input(s.spec.Method, text)); e != nil {
		return e.Pattern
	}
	return "-"
}
