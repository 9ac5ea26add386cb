package conf

import (
	"net/netip"
	"strings"
	"testing"
)

func TestParseAddr(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want Addr
	}{
		{"127.0.0.1:80", Addr{Kind: AddrIP, IP: netip.MustParseAddr("127.0.0.1"), Port: 80, PortHigh: 80}},
		{"[::1]:80-89", Addr{Kind: AddrIP, IP: netip.MustParseAddr("::1"), V6: true, Port: 80, PortHigh: 89}},
		{":::80", Addr{Kind: AddrIP, IP: netip.MustParseAddr("::"), V6: true, Port: 80, PortHigh: 80}},
		{":443", Addr{Kind: AddrIP, Port: 443, PortHigh: 443}},
		{"*:443", Addr{Kind: AddrIP, Port: 443, PortHigh: 443}},
		{"ipv6@:443", Addr{Kind: AddrIP, V6: true, Port: 443, PortHigh: 443}},
		{"10.0.0.1", Addr{Kind: AddrIP, IP: netip.MustParseAddr("10.0.0.1"), Port: -1, PortHigh: -1}},
		{"10.0.0.1:+100", Addr{Kind: AddrIP, IP: netip.MustParseAddr("10.0.0.1"), Port: 100, PortHigh: 100, PortSign: 1}},
		{"10.0.0.1:-1", Addr{Kind: AddrIP, IP: netip.MustParseAddr("10.0.0.1"), Port: 1, PortHigh: 1, PortSign: -1}},
		{"host.example:80", Addr{Kind: AddrHost, Host: "host.example", Port: 80, PortHigh: 80}},
		{"ipv4@host:80", Addr{Kind: AddrHost, Host: "host", Port: 80, PortHigh: 80}},
		{"/run/s.sock", Addr{Kind: AddrUnix, Host: "/run/s.sock", Port: -1, PortHigh: -1}},
		{"unix@s.sock", Addr{Kind: AddrUnix, Host: "s.sock", Port: -1, PortHigh: -1}},
		{"uxdg@/dev/log", Addr{Kind: AddrUnix, Host: "/dev/log", Dgram: true, Port: -1, PortHigh: -1}},
		{"abns@x", Addr{Kind: AddrAbns, Host: "x", Port: -1, PortHigh: -1}},
		{"abnsz@x", Addr{Kind: AddrAbnsz, Host: "x", Port: -1, PortHigh: -1}},
		{"fd@3", Addr{Kind: AddrFD, FD: 3, Port: -1, PortHigh: -1}},
		{"sockpair@4", Addr{Kind: AddrSockpair, FD: 4, Port: -1, PortHigh: -1}},
		{"rhttp@b/s", Addr{Kind: AddrRHTTP, Host: "b/s", Port: -1, PortHigh: -1}},
		{"udp6@[::1]:514", Addr{Kind: AddrIP, IP: netip.MustParseAddr("::1"), V6: true, Dgram: true, Port: 514, PortHigh: 514}},
		{"quic4@:443", Addr{Kind: AddrIP, QUIC: true, Dgram: true, Port: 443, PortHigh: 443}},
		{"mptcp@:80", Addr{Kind: AddrIP, MPTCP: true, Stream: true, Port: 80, PortHigh: 80}},
		{"stream+ipv4@1.2.3.4:5", Addr{Kind: AddrIP, IP: netip.MustParseAddr("1.2.3.4"), Stream: true, Port: 5, PortHigh: 5}},
	} {
		tt.want.Text = tt.in
		got, err := ParseAddr(tt.in)
		if err != nil || got != tt.want {
			t.Errorf("ParseAddr(%q) = %+v, %v, want %+v", tt.in, got, err, tt.want)
		}
	}
}

func TestParseAddrRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"1.2.3.4:x":           "invalid character 'x' in port number 'x' in '1.2.3.4:x'",
		"1.2.3.4:8x":          "invalid character 'x' in port number '8x' in '1.2.3.4:8x'",
		"fd@x":                "file descriptor 'x' is not a valid integer in 'fd@x'",
		"ipv6@1.2.3.4:80":     "invalid address: '1.2.3.4' in 'ipv6@1.2.3.4:80'",
		"1.2.3.4:+":           "invalid character '' in port number '+' in '1.2.3.4:+'",
		"1.2.3.4:1-2-3":       "invalid character '-' in port number '1-2-3' in '1.2.3.4:1-2-3'",
		"1.2.3.4:99999999999": "invalid character '' in port number '99999999999' in '1.2.3.4:99999999999'",
	} {
		if _, err := ParseAddr(in); err == nil || err.Error() != want {
			t.Errorf("ParseAddr(%q) = %v, want %s", in, err, want)
		}
	}
}

func FuzzParseAddr(f *testing.F) {
	for _, s := range []string{"127.0.0.1:80", "[::1]:1-2", ":::80", "unix@/x", "fd@-1", "quic6@", "*:+1", "@", "stream+", ":"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAddr(s)
		if a.Text != s {
			t.Errorf("ParseAddr(%q) keeps the text %q", s, a.Text)
		}
		if err == nil && a.Kind == AddrNone {
			t.Errorf("ParseAddr(%q) has no kind and no error", s)
		}
	})
}

func TestParseAddrBoundsUnixNames(t *testing.T) {
	path := func(n int) string { return "/" + strings.Repeat("a", n-1) }
	tests := []struct {
		name, addr, want string
	}{
		{"the longest path", "unix@" + path(97), ""},
		{"a longer path", "unix@" + path(98), "socket path 'unix@" + path(98) + "' too long (max 97)"},
		{"a longer path without a prefix", path(98), "socket path '" + path(98) + "' too long (max 97)"},
		{"the longest abstract name", "abns@" + path(107), ""},
		{"a longer abstract name", "abns@" + path(108), "socket path 'abns@" + path(108) + "' too long (max 107)"},
		{"a longer abstract name without padding", "abnsz@" + path(108), "socket path 'abnsz@" + path(108) + "' too long (max 107)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseAddr(tt.addr)
			if got := errText(err); got != tt.want {
				t.Errorf("ParseAddr = %q, want %q", got, tt.want)
			}
		})
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestParseIP(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"four numbers", "192.0.2.1", "192.0.2.1"},
		{"one number", "2", "0.0.0.2"},
		{"two numbers", "127.1", "127.0.0.1"},
		{"three numbers", "10.1.258", "10.1.1.2"},
		{"octal", "010.1.1.1", "8.1.1.1"},
		{"hexadecimal", "0x7f00000b", "127.0.0.11"},
		{"IPv6", "::1", "::1"},
		{"too large a part", "1.2.3.400", ""},
		{"too large a number", "4294967296", ""},
		{"binary", "0b1", ""},
		{"underscore", "1_0", ""},
		{"five numbers", "1.2.3.4.5", ""},
		{"name", "a.example", ""},
		{"nothing", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ip, err := ParseIP(tt.in)
			got := ""
			if err == nil {
				got = ip.String()
			}
			if got != tt.want {
				t.Errorf("ParseIP(%q) = %q, %v, want %q", tt.in, got, err, tt.want)
			}
		})
	}
}
