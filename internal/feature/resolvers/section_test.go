package resolvers

import (
	"bytes"
	"strings"
	"testing"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/diag"
)

// said is what a resolvers section with the line has to say.
func said(t *testing.T, line string) string {
	ix := catalog.New(Feature())
	var d diag.List
	tree := cfg.Read([]cfg.Source{{Name: "f", Data: []byte("resolvers r\n" + line + "\n")}}, &cfg.Options{Sections: ix.SectionNames(), Version: "3.4.0"}, &d)
	catalog.ParseWith(tree, ix, &d, catalog.Options{})
	var b bytes.Buffer
	if err := d.Print(&b, diag.PrintOptions{PID: 1, Plain: true}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestNameServerAddresses(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"UDP is what an address means", "nameserver n 127.0.0.1:53", ""},
		{"TCP", "nameserver n tcp@127.0.0.1:53", ""},
		{"QUIC is not spoken", "nameserver n quic@127.0.0.1:53", "'nameserver n' : invalid address: 'quic@127.0.0.1' in 'quic@127.0.0.1:53'"},
		{"a port is needed", "nameserver n 127.0.0.1", "missing port specification in '127.0.0.1'"},
		{"no names", "nameserver n host:53", "invalid address: 'host' in 'host:53'"},
		{"words of UDP name servers do nothing and say so", "nameserver n 127.0.0.1:53 maxconn 5", "'maxconn' has no effect on a name server that is asked by UDP"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := said(t, c.line); !strings.Contains(got, c.want) || c.want == "" && got != "" {
				t.Errorf("%s: got %q, want %q", c.line, got, c.want)
			}
		})
	}
}
