package core

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"segue/internal/catalog"
)

// What HAProxy 3.4 refuses of TLS words without "ssl" in the line is refused, and
// what it takes is taken; TLS or not.
func TestValuesOfTLSWordsAreChecked(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	const cert, key = "-----BEGIN CERTIFICATE-----\n", "-----BEGIN PRIVATE KEY-----\n"
	ticket := strings.Repeat("A", 64) + "\n" // 48 bytes
	var (
		whole = write("whole.pem", cert+key)
		alone = write("alone.pem", cert)
		pair  = write("pair.pem", cert)
		empty = write("empty", "")
		keys  = write("keys", strings.Repeat(ticket, 3))
		few   = write("few", ticket+ticket)
		bad   = write("bad", "foo\n")
		gone  = filepath.Join(dir, "gone")
	)
	write("pair.pem.key", key)
	for _, tt := range []struct{ name, line, want string }{
		{"a file with certificate and key", "bind :1 crt " + whole, ""},
		{"a key beside the certificate", "bind :1 crt " + pair, ""},
		{"a directory of certificates", "bind :1 crt " + dir, ""},
		{"no key", "bind :1 crt " + alone, "No Private Key found in '" + alone + ".key'."},
		{"no certificate", "bind :1 crt " + empty, "unable to load certificate from file '" + empty + "': no start line."},
		{"no file", "bind :1 default-crt " + gone, "unable to stat SSL certificate from file '" + gone + "' : No such file or directory."},
		{"a server's file is not looked at", "server s 127.0.0.1:1 crt " + gone, ""},
		{"no list", "bind :1 crt-list " + gone, "'crt-list' : cannot open file '" + gone + "' : No such file or directory"},
		{"authorities", "bind :1 ca-file " + alone, ""},
		{"the system's authorities", "server s 127.0.0.1:1 ca-file @system-ca", ""},
		{"no authorities", "server s 127.0.0.1:1 ca-file " + gone, "'ca-file' : unable to load " + gone},
		{"nothing in the revocation list", "bind :1 crl-file " + empty, "'crl-file' : unable to load " + empty + " (no certificate or crl found)"},
		{"versions", "bind :1 ssl-min-ver TLSv1.0 ssl-max-ver TLSv1.3", ""},
		{"a version that is none", "bind :1 ssl-max-ver TLSv1.4", "'TLSv1.4' : unknown ssl/tls version"},
		{"a version in small letters", "server s 127.0.0.1:1 ssl-min-ver tlsv1.2", "'tlsv1.2' : unknown ssl/tls version"},
		{"optional verification", "bind :1 verify optional", ""},
		{"optional verification of a server", "server s 127.0.0.1:1 verify optional", "'verify' : unknown verify method 'optional', only 'none' and 'required' are supported"},
		{"a method of verification that is none", "bind :1 verify x", "only 'none', 'optional', and 'required' are supported"},
		{"error numbers and names", "bind :1 ca-ignore-err 1,94,X509_V_ERR_CERT_HAS_EXPIRED,", ""},
		{"all errors", "bind :1 crt-ignore-err all", ""},
		{"all among others", "bind :1 crt-ignore-err 1,all", "error constant 'all' unknown in error IDs list '1,all'"},
		{"error 95", "bind :1 ca-ignore-err 95", "ID '95' out of range (1..94) in error IDs list '95'"},
		{"ticket keys", "bind :1 tls-ticket-keys " + keys, ""},
		{"two ticket keys", "bind :1 tls-ticket-keys " + few, "please supply at least 3 keys in the tls-tickets-file"},
		{"ticket keys that are none", "bind :1 tls-ticket-keys " + bad, "unable to decode base64 key on line 1"},
		{"kTLS", "bind :1 ktls on", "'ktls' directive is experimental, must be allowed via a global 'expose-experimental-directives'"},
		{"a protocol of 255 bytes", "bind :1 alpn h2," + strings.Repeat("x", 255), ""},
		{"a protocol of 256 bytes", "bind :1 alpn h2," + strings.Repeat("x", 256), "'alpn' : ALPN protocol name too long : 'xxx"},
	} {
		_, said := parseOpt(timed+"listen l\n bind :2\n "+tt.line+"\n", catalog.Options{})
		var got string
		for _, l := range said {
			if strings.HasPrefix(l, "[ALERT]") {
				got = l
			}
		}
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s said %q, want %q", tt.name, tt.line, got, tt.want)
		}
	}
}

func TestNamesOfTLSFilesStartAtTheirBase(t *testing.T) {
	_, said := parseOpt("global\n ca-base /no/such/place\n"+timed+"listen l\n bind :2 ca-file x\n", catalog.Options{})
	if want := "'ca-file' : unable to load /no/such/place/x"; !strings.Contains(strings.Join(said, "\n"), want) {
		t.Errorf("said %q, want %q", said, want)
	}
}
