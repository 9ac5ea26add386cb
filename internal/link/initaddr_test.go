package link

import (
	"strings"
	"testing"
)

// Manual 5.2 "init-addr": what became of a name that the system does not know is
// told, though it stops nothing. Names below "invalid" never exist (RFC 6761).
func TestUnknownNamesAreTold(t *testing.T) {
	const lost = "could not resolve address 'nowhere.invalid'"
	for _, c := range []struct{ order, want string }{
		{"last,libc,none", lost + ", disabling server."},
		{"libc,last,127.9.9.9", lost + ", falling back to configured address."},
		{"last,libc", lost + "."},
		{"last", "no method found to resolve address 'nowhere.invalid'."},
		{"last,none", ""},
		{"127.9.9.9", ""},
	} {
		t.Run(c.order, func(t *testing.T) {
			got := said(t, web("server s nowhere.invalid:80 init-addr "+c.order))
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("said %q, want %q", got, c.want)
			}
		})
	}
}
