package link

import (
	"os"
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

// Who writes down where addresses come from means just that, name servers or not;
// only the default lets a server wait for them.
func TestUnknownNamesEndTheStart(t *testing.T) {
	for _, c := range []struct {
		order string
		fatal bool
	}{
		{"", false},
		{" init-addr last,libc,none", false},
		{" init-addr last,none", false},
		{" init-addr libc,127.9.9.9", false},
		{" init-addr libc", true},
		{" init-addr last", true},
		{" init-addr last,libc", true},
	} {
		got := said(t, "resolvers r\n nameserver n 127.0.0.1:1\n"+web("server s nowhere.invalid:80 resolvers r"+c.order))
		if fatal := strings.Contains(got, "resolve address 'nowhere.invalid'."); fatal != c.fatal {
			t.Errorf("%q: said %q, want an end: %v", c.order, got, c.fatal)
		}
	}
}

// A reload looks names up as its check did, which knows nothing but the state
// file: a server whose name is new has the address that the file gives, and one
// that keeps its name its own.
func TestLastAddressAtAReload(t *testing.T) {
	r := newRig(t)
	state := t.TempDir() + "/state"
	load := func(host, port, recorded string) string {
		t.Helper()
		row := "1\n2 b 1 s " + recorded + " 2 0 1 1 60 1 0 0 0 0 0 0 " + host + " " + port + " - 0 0 - - 0\n\n"
		if err := os.WriteFile(state, []byte(row), 0o600); err != nil {
			t.Fatal(err)
		}
		r.load("global\n server-state-file " + state + "\n" + tested + " load-server-state-from-file global\nfrontend f\n bind %[1]s\n default_backend b\n" +
			"backend b\n server s " + host + ":" + port + " init-addr last,libc\n")
		at := r.w.last.Gen.Backs["b"].ByName["s"].State.Addr.Load()
		if at == nil {
			return "none"
		}
		return at.String()
	}
	for _, c := range []struct{ name, host, port, recorded, want string }{
		{"the start", "one.invalid", "81", "192.0.2.1", "192.0.2.1:81"},
		{"another name", "two.invalid", "81", "192.0.2.2", "192.0.2.2:81"},
		{"another port", "two.invalid", "82", "192.0.2.3", "192.0.2.2:82"},
		{"nothing new", "two.invalid", "82", "192.0.2.4", "192.0.2.2:82"},
	} {
		if got := load(c.host, c.port, c.recorded); got != c.want {
			t.Errorf("%s: the server is at %s, want %s", c.name, got, c.want)
		}
	}
}
