package htx

import (
	"strings"
	"testing"
)

func TestLookup(t *testing.T) {
	for id, n := range names {
		if ID(id) == Other {
			continue
		}
		for _, spelling := range []string{n.name, n.usual, strings.ToUpper(n.name)} {
			if got := Lookup([]byte(spelling)); got != ID(id) {
				t.Errorf("Lookup(%q) = %d, want %d", spelling, got, id)
			}
		}
		// A CR differs from "-" by the bit that case does.
		for _, other := range []string{n.name + "x", n.name[1:], "x" + n.name[1:], strings.ReplaceAll(n.name, "-", "\r"), n.name[:len(n.name)-1] + "\x00"} {
			if other != n.name && Lookup([]byte(other)) == ID(id) {
				t.Errorf("Lookup(%q) = %d, want another", other, id)
			}
		}
	}
	for _, name := range []string{"", "x", "accept-language", "a-name-that-is-longer-than-any"} {
		if got := Lookup([]byte(name)); got != Other {
			t.Errorf("Lookup(%q) = %d, want Other", name, got)
		}
	}
}

func TestEqualFold(t *testing.T) {
	for _, c := range []struct {
		b, lower string
		want     bool
	}{
		{"", "", true}, {"aBc-1", "abc-1", true}, {"abc", "abcd", false},
		{"[", "{", false}, {"\r", "-", false}, {"K", "k", true}, {"\xe9", "\xc9", false},
	} {
		if got := EqualFold([]byte(c.b), c.lower); got != c.want {
			t.Errorf("EqualFold(%q, %q) = %v, want %v", c.b, c.lower, got, c.want)
		}
	}
}

func FuzzLookup(f *testing.F) {
	for _, n := range names {
		f.Add([]byte(n.usual))
	}
	f.Fuzz(func(t *testing.T, name []byte) {
		id := Lookup(name)
		want := Other
		for i, n := range names {
			if n.name != "" && EqualFold(name, n.name) {
				want = ID(i)
			}
		}
		if id != want {
			t.Fatalf("Lookup(%q) = %d, want %d", name, id, want)
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	fields := [][]byte{[]byte("Host"), []byte("User-Agent"), []byte("Accept"), []byte("Accept-Language"), []byte("cookie"), []byte("X-Forwarded-For")}
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range fields {
			Lookup(f)
		}
	}
}
