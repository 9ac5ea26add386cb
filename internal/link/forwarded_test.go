package link

import (
	"net/netip"
	"testing"

	"segue/internal/htx"
	"segue/internal/lb"
)

func TestForwardedElement(t *testing.T) {
	v4, v6 := netip.MustParseAddrPort("10.0.0.1:80"), netip.MustParseAddrPort("[2001:db8::1]:443")
	on, port := forwardedNode{on: true}, forwardedNode{on: true, portOn: true}
	for _, c := range []struct {
		name     string
		f        forwarded
		src, dst netip.AddrPort
		host     string
		want     string
	}{
		{"as without words", forwarded{proto: true, from: on}, v4, v4, "", "proto=http;for=10.0.0.1"},
		{"order", forwarded{proto: true, host: on, by: on, from: on}, v4, v4, "a", `proto=http;host="a";by=10.0.0.1;for=10.0.0.1`},
		{"IPv6 is quoted", forwarded{from: on}, v6, v4, "", `for="[2001:db8::1]"`},
		{"ports are quoted", forwarded{by: port, from: port}, v6, v4, "", `by="10.0.0.1:80";for="[2001:db8::1]:443"`},
		{"no address", forwarded{by: on, from: port}, netip.AddrPort{}, netip.AddrPort{}, "", `by=unknown;for="unknown"`},
		{"host with port", forwarded{host: on}, v4, v4, "my-host.example:8080", `host="my-host.example:8080"`},
		{"host that is none", forwarded{host: on}, v4, v4, `a"b`, `host=""`},
		{"nothing", forwarded{}, v4, v4, "a", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &lb.Stream{Src: c.src, Dst: c.dst}
			if c.host != "" {
				s.Req.AddString(htx.Host, "Host", []byte(c.host))
			}
			if got := string(c.f.AppendTo(nil, s)); got != c.want {
				t.Errorf("AppendTo = %q, want %q", got, c.want)
			}
		})
	}
}

func TestForwardedNames(t *testing.T) {
	for in, want := range map[string]string{
		"":                "unknown",
		"unknown":         "unknown",
		"UNKNOWN":         "_UNKNOWN",
		"1.2.3.4":         "1.2.3.4",
		"[::1]":           "[::1]",
		"::1":             "unknown", // as in HAProxy: text is no IPv6 address without its brackets
		"[1.2.3.4]":       "unknown",
		"1.2.3.4:5":       "unknown",
		"abc":             "_abc",
		"_abc":            "_abc",
		"_":               "__",
		"a b":             "unknown",
		"a\"b":            "unknown",
		"1.2.3":           "_1.2.3",
		"7F000001":        "_7F000001",
		"[fe80::1%\"x\"]": "unknown",
	} {
		if got := string(obfuscated([]byte("for="+in), 4, true)); got != "for="+want {
			t.Errorf("obfuscated(%q) = %q, want %q", in, got, "for="+want)
		}
	}
}

func TestForwardedHostsAndPorts(t *testing.T) {
	for in, want := range map[string]bool{
		"a": true, "a.b-c": true, "a_b": true, "a:80": true, "a:65535": true, "[::1]": true, "[::1]:8": true, "1.2.3.4": true,
		"": false, "a:": false, "a:0": false, "a:65536": false, "a:000080": false, ":80": false, "::1": false, "[::1": false, "[]": false, "[1.2.3.4]": false,
		"a~b": false, "a\"": false, "a b": false, "a:b": false, "*": false,
	} {
		if got := isHost([]byte(in)); got != want {
			t.Errorf("isHost(%q) = %v, want %v", in, got, want)
		}
	}
}

func FuzzForwardedName(f *testing.F) {
	f.Add("_a")
	f.Add("[::1]")
	f.Fuzz(func(t *testing.T, in string) {
		out := obfuscated([]byte(in), 0, true)
		for _, c := range out {
			if c <= ' ' || c == '"' || c == ',' || c == ';' || c == '\\' || c >= 0x7f {
				t.Fatalf("obfuscated(%q) = %q leaves its parameter", in, out)
			}
		}
		if string(obfuscated(append([]byte(nil), out...), 0, true)) != string(out) {
			t.Fatalf("obfuscated(%q) = %q is no node name", in, out)
		}
	})
}
