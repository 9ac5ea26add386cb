package proxyproto

import (
	"net/netip"
	"strings"
	"testing"
)

func ap(s string) netip.AddrPort {
	if s == "" {
		return netip.AddrPort{}
	}
	return netip.MustParseAddrPort(s)
}

func TestParseV1Accepts(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		src, dst string // "" for a local header
	}{
		{"ipv4", "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n", "192.168.0.1:56324", "192.168.0.11:443"},
		{"ipv4 longest", "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535", "255.255.255.255:65535"},
		{"ipv4 zeroes", "PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "0.0.0.0:0", "0.0.0.0:0"},
		{"ipv6", "PROXY TCP6 2001:db8::1 2001:DB8::2 1024 80\r\n", "[2001:db8::1]:1024", "[2001:db8::2]:80"},
		{"ipv6 longest", "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
			"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
		{"ipv6 with embedded ipv4", "PROXY TCP6 ::ffff:10.0.0.1 ::1 1 2\r\n", "[::ffff:10.0.0.1]:1", "[::1]:2"},
		{"unknown, short", "PROXY UNKNOWN\r\n", "", ""},
		{"unknown, rest ignored", "PROXY UNKNOWN  what ever 99999\x00\r\n", "", ""},
		{"unknown, worst case", "PROXY UNKNOWN " + strings.Repeat("f", 91) + "\r\n", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h, n, err := Parse([]byte(tc.in + "GET / HTTP/1.1\r\n"))
			if err != nil || n != len(tc.in) {
				t.Fatalf("Parse = %d, %v, want %d", n, err, len(tc.in))
			}
			if h.Version != 1 || h.Local != (tc.src == "") || h.Src != ap(tc.src) || h.Dst != ap(tc.dst) {
				t.Errorf("header = %+v, want %s -> %s", h, tc.src, tc.dst)
			}
			for i := range len(tc.in) {
				if _, n, err := Parse([]byte(tc.in[:i])); n != 0 || err != nil {
					t.Fatalf("Parse(%q) = %d, %v, want more", tc.in[:i], n, err)
				}
			}
		})
	}
}

func TestParseV1Refuses(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		want     error
	}{
		{"http", "GET / HTTP/1.1\r\n\r\n", ErrNotHeader},
		{"http, after three bytes", "PRI", ErrNotHeader},
		{"lower case", "proxy TCP4 1.2.3.4 1.2.3.4 1 1\r\n", ErrNotHeader},
		{"two spaces", "PROXY  TCP4 1.2.3.4 1.2.3.4 1 1\r\n", ErrBadProtocol},
		{"other protocol", "PROXY UDP4 1.2.3.4 1.2.3.4 1 1\r\n", ErrBadProtocol},
		{"longer word", "PROXY UNKNOWNS\r\n", ErrBadProtocol},
		{"nothing but the word", "PROXY \r\n", ErrBadProtocol},
		{"no addresses", "PROXY TCP4\r\n", ErrBadHeader},
		{"three numbers", "PROXY TCP4 1.2.3 1.2.3.4 1 1\r\n", ErrBadHeader},
		{"five numbers", "PROXY TCP4 1.2.3.4.5 1.2.3.4 1 1\r\n", ErrBadHeader},
		{"number over 255", "PROXY TCP4 256.2.3.4 1.2.3.4 1 1\r\n", ErrBadHeader},
		{"leading zero in address", "PROXY TCP4 1.2.3.04 1.2.3.4 1 1\r\n", ErrBadHeader},
		{"hexadecimal", "PROXY TCP4 0x1.2.3.4 1.2.3.4 1 1\r\n", ErrBadHeader},
		{"empty number", "PROXY TCP4 1..3.4 1.2.3.4 1 1\r\n", ErrBadHeader},
		{"ipv6 in TCP4", "PROXY TCP4 ::1 ::1 1 1\r\n", ErrBadHeader},
		{"ipv4 in TCP6", "PROXY TCP6 1.2.3.4 1.2.3.4 1 1\r\n", ErrBadHeader},
		{"zone", "PROXY TCP6 fe80::1%lo fe80::1 1 1\r\n", ErrBadHeader},
		{"two double colons", "PROXY TCP6 1::2::3 ::1 1 1\r\n", ErrBadHeader},
		{"nine groups", "PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 1\r\n", ErrBadHeader},
		{"five digits in a group", "PROXY TCP6 12345::1 ::1 1 1\r\n", ErrBadHeader},
		{"port over 65535", "PROXY TCP4 1.2.3.4 1.2.3.4 99999 1\r\n", ErrBadHeader},
		{"port of six digits", "PROXY TCP4 1.2.3.4 1.2.3.4 100000 1\r\n", ErrBadHeader},
		{"leading zero in port", "PROXY TCP4 1.2.3.4 1.2.3.4 080 1\r\n", ErrBadHeader},
		{"signed port", "PROXY TCP4 1.2.3.4 1.2.3.4 +80 1\r\n", ErrBadHeader},
		{"no port", "PROXY TCP4 1.2.3.4 1.2.3.4 80 \r\n", ErrBadHeader},
		{"one port", "PROXY TCP4 1.2.3.4 1.2.3.4 80\r\n", ErrBadHeader},
		{"trailing space", "PROXY TCP4 1.2.3.4 1.2.3.4 80 80 \r\n", ErrBadHeader},
		{"trailing word", "PROXY TCP4 1.2.3.4 1.2.3.4 80 80 80\r\n", ErrBadHeader},
		{"double space", "PROXY TCP4 1.2.3.4  1.2.3.4 80 80\r\n", ErrBadHeader},
		{"tab", "PROXY TCP4\t1.2.3.4 1.2.3.4 80 80\r\n", ErrBadProtocol},
		{"line feed alone", "PROXY TCP4 1.2.3.4 1.2.3.4 80 80\n", ErrBadHeader},
		{"carriage return alone", "PROXY TCP4 1.2.3.4 1.2.3.4 80 80\rG", ErrBadHeader},
		{"unknown with line feed alone", "PROXY UNKNOWN x\n\r\n", ErrBadHeader},
		{"no CRLF in 107 bytes", "PROXY UNKNOWN " + strings.Repeat("f", 93), ErrBadHeader},
		{"CRLF one byte late", "PROXY UNKNOWN " + strings.Repeat("f", 92) + "\r\n", ErrBadHeader},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if h, n, err := Parse([]byte(tc.in)); err != tc.want || n != 0 || h.Version != 0 {
				t.Errorf("Parse(%q) = %+v, %d, %v, want %v", tc.in, h, n, err, tc.want)
			}
		})
	}
}

func TestAppendV1(t *testing.T) {
	for _, tc := range []struct{ name, src, dst, want string }{
		{"ipv4", "192.0.2.1:1025", "192.0.2.2:80", "PROXY TCP4 192.0.2.1 192.0.2.2 1025 80\r\n"},
		{"ipv6", "[2001:db8::1]:1", "[::1]:65535", "PROXY TCP6 2001:db8::1 ::1 1 65535\r\n"},
		{"mixed becomes ipv6", "192.0.2.1:1", "[::1]:2", "PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n"},
		{"zone is not sent", "[fe80::1%lo]:1", "[fe80::2]:2", "PROXY TCP6 fe80::1 fe80::2 1 2\r\n"},
		{"no source", "", "[::1]:2", "PROXY UNKNOWN\r\n"},
		{"no destination", "192.0.2.1:1", "", "PROXY UNKNOWN\r\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := AppendV1([]byte("before|"), ap(tc.src), ap(tc.dst))
			if string(got) != "before|"+tc.want {
				t.Errorf("AppendV1 = %q, want %q", got, tc.want)
			}
		})
	}
}
