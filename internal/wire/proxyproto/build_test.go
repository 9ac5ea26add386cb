package proxyproto

import (
	"bytes"
	"strings"
	"testing"
)

func TestAppendV2(t *testing.T) {
	for _, tc := range []struct {
		name     string
		cmd      Command
		src, dst string
		tlvs     []TLV
		want     string
	}{
		{"ipv4", CmdProxy, "127.0.0.1:42", "192.0.2.1:1337", nil, "21 11 000c 7f000001 c0000201 002a 0539"},
		{"ipv6", CmdProxy, "[2001:db8::1]:1", "[::1]:2", nil,
			"21 21 0024 20010db8000000000000000000000001 00000000000000000000000000000001 0001 0002"},
		{"mixed becomes ipv6", CmdProxy, "[::1]:1", "10.0.0.1:2", nil,
			"21 21 0024 00000000000000000000000000000001 00000000000000000000ffff0a000001 0001 0002"},
		{"local has no addresses", CmdLocal, "127.0.0.1:42", "192.0.2.1:1337", nil, "20 00 0000"},
		{"no address is local", CmdProxy, "", "192.0.2.1:1337", nil, "20 00 0000"},
		{"tlvs in order", CmdProxy, "127.0.0.1:42", "127.0.0.1:1337", []TLV{{TypeAuthority, []byte("12345")}, {TypeALPN, []byte("h2")}},
			"21 11 0019 7f000001 7f000001 002a 0539 02 0005 3132333435 01 0002 6832"},
		{"checksum computed", CmdProxy, "127.0.0.1:42", "127.0.0.1:1337", []TLV{{Type: TypeCRC32C}},
			"21 11 0013 7f000001 7f000001 002a 0539 03 0004 d3a55d3b"},
		{"one checksum only", CmdProxy, "127.0.0.1:42", "127.0.0.1:1337", []TLV{{TypeCRC32C, []byte("x")}, {Type: TypeCRC32C}},
			"21 11 0013 7f000001 7f000001 002a 0539 03 0004 d3a55d3b"},
		{"field that does not fit is left out", CmdLocal, "", "", []TLV{{TypeNoop, make([]byte, 65533)}, {TypeALPN, []byte("h2")}},
			"20 00 0005 01 0002 6832"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := AppendV2([]byte("before|"), tc.cmd, ap(tc.src), ap(tc.dst), tc.tlvs...)
			want := append([]byte("before|"), unhex(t, sigHex+tc.want)...)
			if !bytes.Equal(got, want) {
				t.Errorf("AppendV2 =\n%x, want\n%x", got, want)
			}
		})
	}
}

func TestAppendV2UnixReadsBack(t *testing.T) {
	for _, tc := range []struct{ name, src, dst, wantSrc string }{
		{"paths", "/run/a", "/run/b", "/run/a"},
		{"abstract", "\x00a", "/run/b", "\x00a"},
		{"too long is cut", strings.Repeat("x", 200), "y", strings.Repeat("x", 108)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := AppendV2Unix(nil, CmdProxy, tc.src, tc.dst, TLV{Type: TypeCRC32C})
			h, n, err := Parse(b)
			if err != nil || n != len(b) || string(h.SrcPath) != tc.wantSrc || string(h.DstPath) != tc.dst || !h.Unix() {
				t.Errorf("Parse = %+v, %d, %v", h, n, err)
			}
		})
	}
	if h, _, err := Parse(AppendV2Unix(nil, CmdLocal, "/a", "/b")); err != nil || !h.Local {
		t.Errorf("local: Parse = %+v, %v", h, err)
	}
}

func TestBuilderFillsToTheLastByte(t *testing.T) {
	w := Begin(nil, CmdLocal, Stream, ap(""), ap(""))
	w.TLV(TypeNoop, make([]byte, maxBlock-2*tlvHead-4))
	w.CRC32C()
	w.TLV(TypeNoop, nil)
	w.SSL(&SSL{Client: ClientSSL})
	b := w.End()
	if len(b) != MaxV2 {
		t.Fatalf("header is %d bytes, want %d", len(b), MaxV2)
	}
	if _, n, err := Parse(b); n != MaxV2 || err != nil {
		t.Fatalf("Parse = %d, %v", n, err)
	}
}

func TestSSL(t *testing.T) {
	w := Begin(nil, CmdProxy, Stream, ap("192.0.2.1:1"), ap("192.0.2.2:2"))
	w.SSL(&SSL{
		Client: ClientSSL | ClientCertConn | ClientCertSess, Verify: 18,
		Version: "TLSv1.3", CN: "example.com", Cipher: "TLS_AES_128_GCM_SHA256", SigAlg: "RSA-SHA256", KeyAlg: "RSA2048",
		Group: "secp256r1", SigScheme: "rsa_pss_rsae_sha256", ClientCert: []byte{0x30, 0},
	})
	w.TLV(TypeNetNS, []byte("blue"))
	b := w.End()
	h, n, err := Parse(b)
	if err != nil || n != len(b) {
		t.Fatalf("Parse = %d, %v", n, err)
	}
	value, ok := h.TLVs.Get(TypeSSL)
	if !ok {
		t.Fatal("no SSL field")
	}
	s, ok := ParseSSL(value)
	if !ok || s.Client != 7 || s.Verify != 18 {
		t.Fatalf("ParseSSL = %+v, %v", s, ok)
	}
	for typ, want := range map[uint8]string{
		SubtypeSSLVersion: "TLSv1.3", SubtypeSSLCN: "example.com", SubtypeSSLCipher: "TLS_AES_128_GCM_SHA256",
		SubtypeSSLSigAlg: "RSA-SHA256", SubtypeSSLKeyAlg: "RSA2048", SubtypeSSLGroup: "secp256r1",
		SubtypeSSLSigScheme: "rsa_pss_rsae_sha256", SubtypeSSLClientCert: "0\x00",
	} {
		if got, ok := s.Sub.Get(typ); !ok || string(got) != want {
			t.Errorf("subtype %#x = %q, want %q", typ, got, want)
		}
	}
	if ns, _ := h.TLVs.Get(TypeNetNS); string(ns) != "blue" {
		t.Errorf("namespace = %q", ns)
	}
	if _, ok := h.TLVs.Get(TypeALPN); ok {
		t.Error("found an ALPN field that is not there")
	}
}

// TestBuilderEqualsHAProxy has what HAProxy 3.4.0 sends for a plain connection
// on a server with "send-proxy-v2 proxy-v2-options crc32c,ssl,cert-cn".
func TestBuilderEqualsHAProxy(t *testing.T) {
	w := Begin(nil, CmdProxy, Stream, ap("127.0.0.1:42"), ap("127.0.0.1:1337"))
	w.CRC32C()
	w.SSL(&SSL{})
	got := w.End()
	want := unhex(t, sigHex+"21 11 001b 7f000001 7f000001 002a 0539 03 0004 f1ecea00 20 0005 00 00000000")
	if !bytes.Equal(got, want) {
		t.Errorf("header =\n%x, want\n%x", got, want)
	}
}

func TestParseSSLRefuses(t *testing.T) {
	for name, in := range map[string]string{"empty": "", "cut": "01000000", "broken chain": "01 00000000 21 0005 31"} {
		if s, ok := ParseSSL(unhex(t, in)); ok {
			t.Errorf("%s: ParseSSL = %+v, want refusal", name, s)
		}
	}
}

func TestAppendDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 512)
	src, dst := ap("192.0.2.1:1"), ap("[::1]:2")
	alpn := []byte("h2")
	ssl := SSL{Client: ClientSSL, Version: "TLSv1.3", CN: "a"}
	for name, f := range map[string]func(){
		"AppendV1":     func() { buf = AppendV1(buf[:0], src, dst) },
		"AppendV2":     func() { buf = AppendV2(buf[:0], CmdProxy, src, dst, TLV{Type: TypeCRC32C}, TLV{TypeALPN, alpn}) },
		"AppendV2Unix": func() { buf = AppendV2Unix(buf[:0], CmdProxy, "/a", "/b") },
		"Builder": func() {
			w := Begin(buf[:0], CmdProxy, Stream, src, src)
			w.SSL(&ssl)
			w.CRC32C()
			buf = w.End()
		},
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
}

func BenchmarkAppendV2(b *testing.B) {
	buf := make([]byte, 0, 512)
	src, dst := ap("192.0.2.1:1"), ap("192.0.2.2:2")
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendV2(buf[:0], CmdProxy, src, dst, TLV{Type: TypeCRC32C})
	}
}

func TestChainFromElsewhereEndsWhereItBreaks(t *testing.T) {
	if got := printTLVs(TLVs("\x04\x00\x01a\x04\x00\x09b")); got != "4=a" {
		t.Errorf("TLVs = %q, want the first only", got)
	}
	n := 0
	for range (TLVs("\x04\x00\x00\x04\x00\x00")).All {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d fields after a break, want 1", n)
	}
}
