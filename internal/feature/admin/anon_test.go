package admin

import (
	"strings"
	"testing"
)

// What is hidden, and under which names, was compared with HAProxy 3.4.0.
func TestHiddenAddresses(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"10.1.2.3", "IPV4(ee3025)"}, {"2001:db8::1", "IPV6(c4347b)"}, {"localhost", "057c6d"}, {"-", "2a05f4"}, {"", ""},
		{"127.0.0.2", "127.0.0.2"}, {"::1", "::1"}, {"0.0.0.0", "0.0.0.0"},
	} {
		if got := hideAddr(5, c.in); got != c.want {
			t.Errorf("hideAddr(5, %q) = %q, want %q", c.in, got, c.want)
		}
		if got := hideAddr(0, c.in); got != c.in {
			t.Errorf("hideAddr(0, %q) = %q", c.in, got)
		}
	}
}

func TestAnonymizedListsNameNobody(t *testing.T) {
	c := newConsole(t)
	for _, cmd := range []string{"show servers state", "show servers conn", "show sess", "show sess all", "show fd"} {
		got := c.ask(t, "set anon on 5;"+cmd)
		for _, word := range []string{" be ", " be/", " s1 ", "fe=fe", "frontend=fe"} {
			if strings.Contains(got, word) {
				t.Errorf("%s shows %q:\n%s", cmd, word, got)
			}
		}
	}
}

func TestPoolsAreChosenAndSorted(t *testing.T) {
	c := newConsole(t)
	for _, x := range []struct{ in, first, total string }{
		{"show pools byname", "  - Pool server_conn ", "Total: 3 pools"},
		{"show pools bysize 1", "  - Pool stream ", "Total: 3 pools"},
		{"show pools match ses", "  - Pool session ", "Total: 1 pools"},
	} {
		lines := strings.Split(c.ask(t, x.in), "\n")
		if !strings.HasPrefix(lines[1], x.first) || !strings.HasPrefix(lines[len(lines)-2], x.total) {
			t.Errorf("%s answers %q", x.in, lines)
		}
	}
}
