package admin

import (
	"strings"
	"testing"
)

func TestNamesThatFQDNTakes(t *testing.T) {
	for name, want := range map[string]bool{
		"a.test": true, "A-b_c.test.": true, strings.Repeat("a", 80) + ".x": true, strings.Repeat("a", 253): true,
		strings.Repeat("a", 254): false, "a/b": false, "a,b": false, "a b": false, "ä.test": false, "a\n": false,
	} {
		if got := fqdnChars(name); got != want {
			t.Errorf("fqdnChars(%q) = %v, want %v", name, got, want)
		}
	}
}
