package keyword

import (
	"slices"
	"testing"
)

func TestLiterals(t *testing.T) {
	for _, c := range []struct {
		args string
		want []string
	}{
		{"", nil},
		{"<name> <fmt>", nil},
		{"[ { status | deny_status } <code> ] [content-type <type>]", []string{"status", "deny_status", "content-type"}},
		{"[hdr <name> <fmt>]*", []string{"hdr"}},
	} {
		d := Doc{Args: c.args}
		if got := d.Literals(); !slices.Equal(got, c.want) {
			t.Errorf("Literals of %q = %q, want %q", c.args, got, c.want)
		}
	}
}
