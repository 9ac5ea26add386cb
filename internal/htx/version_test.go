package htx

import "testing"

func TestVersionIsTheSenders(t *testing.T) {
	for _, c := range []struct {
		name           string
		minor, claimed uint8
		want           string
	}{
		{"1.0", 0, 0, "HTTP/1.0"},
		{"1.1", 1, 0, "HTTP/1.1"},
		{"served as 1.1", 1, 0x31, "HTTP/3.1"},
		{"a later 1.x", 1, 0x19, "HTTP/1.9"},
		{"served as 1.0", 0, 0x09, "HTTP/0.9"},
	} {
		h := Head{Minor: c.minor, Claimed: c.claimed}
		if got := string(h.Version()); got != c.want {
			t.Errorf("%s: Version() = %s, want %s", c.name, got, c.want)
		}
	}
}
