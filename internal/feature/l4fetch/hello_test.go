package l4fetch_test

import (
	"testing"

	"segue/internal/lb"
)

// helloBytes is a ClientHello for TLS 1.2 and the name "a.b".
const helloBytes = "\x16\x03\x01\x00\x43\x01\x00\x00\x3f\x03\x03" + "01234567890123456789012345678901" + "\x00\x00\x02\x13\x01\x01\x00" +
	"\x00\x14" + "\x00\x00\x00\x08\x00\x06\x00\x00\x03a.b" + "\x00\x10\x00\x04\x00\x02\x01x"

func TestHelloFetches(t *testing.T) {
	s, sc := stream()
	s.Flags |= lb.IsTCP
	cookie := "\x03\x00\x00\x22\x1d\xe0\x00\x00\x00\x00\x00Cookie: msts=v\r\n"
	for _, c := range []struct {
		text, in, want string
		missing        bool
	}{
		{"req.ssl_hello_type", helloBytes, "1", false},
		{"req_ssl_hello_type", helloBytes[:20], "", true},
		{"req.ssl_sni", helloBytes, "a.b", false},
		{"req.ssl_sni", helloBytes[:70], "", true},
		{"req.ssl_sni", "GET /", "", false},
		{"req.ssl_alpn", helloBytes, "x", false},
		{"req.ssl_ver", helloBytes, "196611", false},
		{"req_ssl_ver", "\x80\x2e\x01", "", true},
		{"req.ssl_ver", "GET / HTTP/1.1\r\n", "", false},
		{"req.ssl_st_ext", helloBytes, "0", false},
		{"req.ssl_ec_ext", helloBytes, "", false},
		{"req.ssl_cipherlist,hex", helloBytes, "1301", false},
		{"req.ssl_keyshare_groups,hex", helloBytes, "", false},
		{"req.rdp_cookie", cookie, "v", false},
		{"req.rdp_cookie(mstshash)", cookie, "", false},
		{"rdp_cookie_cnt(MSTS)", cookie, "1", false},
		{"req.rdp_cookie_cnt", "GET / HTTP/1.1\r\n", "0", false},
		{"req.rdp_cookie_cnt", cookie[:14], "", true},
	} {
		s.Input, s.Final = []byte(c.in), false
		if got, _ := eval(t, s, sc, c.text); got != c.want || s.Missing != c.missing {
			t.Errorf("%s of %q = %q, missing %v, want %q, %v", c.text, c.in, got, s.Missing, c.want, c.missing)
		}
		if s.Final = true; c.missing {
			if got, ok := eval(t, s, sc, c.text); ok || s.Missing {
				t.Errorf("%s of %q at the end = %q, missing %v, want nothing", c.text, c.in, got, s.Missing)
			}
		}
	}
	s.Flags &^= lb.IsTCP
	if got, ok := eval(t, s, sc, "req.ssl_sni"); ok || s.Missing {
		t.Errorf("req.ssl_sni of an HTTP request = %q", got)
	}
}
