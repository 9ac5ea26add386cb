package proxyproto

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

const sigHex = "0d0a0d0a000d0a515549540a"

// unhex decodes hex digits, spaces ignored.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseV2Accepts(t *testing.T) {
	path := func(s string) string {
		return hex.EncodeToString([]byte(s)) + strings.Repeat("00", unixPath-len(s))
	}
	for _, tc := range []struct {
		name, in  string
		local     bool
		transport Transport
		src, dst  string // address or path
		tlvs      string // "type=value ..."
	}{
		{"tcp over ipv4", "21 11 000c 7f000001 c0000201 002a 0539", false, Stream, "127.0.0.1:42", "192.0.2.1:1337", ""},
		{"udp over ipv4", "21 12 000c 7f000001 c0000201 002a 0539", false, Dgram, "127.0.0.1:42", "192.0.2.1:1337", ""},
		{"authority", "21 11 0014 7f000001 7f000001 002a 0539 02 0005 3132333435", false, Stream, "127.0.0.1:42", "127.0.0.1:1337", "2=12345"},
		{"two tlvs, one empty", "21 11 0014 7f000001 7f000001 002a 0539 04 0000 05 0002 6964", false, Stream, "127.0.0.1:42", "127.0.0.1:1337", "4= 5=id"},
		{"tcp over ipv6", "21 21 0024 20010db8000000000000000000000001 00000000000000000000000000000001 0001 0002",
			false, Stream, "[2001:db8::1]:1", "[::1]:2", ""},
		{"unix stream", "21 31 00d8" + path("/run/a.sock") + path("/run/b.sock"), false, Stream, "/run/a.sock", "/run/b.sock", ""},
		{"unix abstract and unnamed", "21 32 00d8" + path("\x00abs\x00x") + path(""), false, Dgram, "\x00abs\x00x", "", ""},
		{"unix longest path", "21 31 00d8" + path(strings.Repeat("p", 108)) + path("q"), false, Stream, strings.Repeat("p", 108), "q", ""},
		{"local", "20 00 0000", true, Unspec, "", "", ""},
		{"local with tlv", "20 00 0005 05 0002 6964", true, Unspec, "", "", "5=id"},
		{"local with addresses and tlv", "20 11 0011 7f000001 7f000001 002a 0539 05 0002 6964", true, Unspec, "", "", "5=id"},
		{"local with anything", "20 00 0003 ffffff", true, Unspec, "", "", ""},
		{"local with unassigned family", "20 47 0003 ffffff", true, Unspec, "", "", ""},
		{"local, addresses cut", "20 11 0003 ffffff", true, Unspec, "", "", ""},
		{"unspecified", "21 00 0000", true, Unspec, "", "", ""},
		{"unspecified with tlv", "21 00 0003 04 0000", true, Unspec, "", "", "4="},
		{"ipv4, unspecified transport", "21 10 000c 7f000001 7f000001 002a 0539", true, Unspec, "", "", ""},
		{"checksum", "21 11 0013 7f000001 7f000001 002a 0539 03 0004 d3a55d3b", false, Stream, "127.0.0.1:42", "127.0.0.1:1337", "3=\xd3\xa5\x5d\x3b"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := unhex(t, sigHex+tc.in)
			before := slices.Clone(in)
			h, n, err := Parse(append(in, "next"...))
			if err != nil || n != len(in) {
				t.Fatalf("Parse = %d, %v, want %d", n, err, len(in))
			}
			src, dst := h.Src.String(), h.Dst.String()
			if h.Unix() || h.Local {
				src, dst = string(h.SrcPath), string(h.DstPath)
			}
			if h.Version != 2 || h.Local != tc.local || h.Transport != tc.transport || src != tc.src || dst != tc.dst {
				t.Errorf("header = %+v, want %s -> %s", h, tc.src, tc.dst)
			}
			if got := printTLVs(h.TLVs); got != tc.tlvs {
				t.Errorf("TLVs = %q, want %q", got, tc.tlvs)
			}
			for i := range len(in) {
				if _, n, err := Parse(in[:i]); n != 0 || err != nil {
					t.Fatalf("Parse of %d bytes = %d, %v, want more", i, n, err)
				}
			}
			if !bytes.Equal(in, before) {
				t.Error("Parse changed its input")
			}
		})
	}
}

// printTLVs writes a chain as "type=value type=value".
func printTLVs(c TLVs) string {
	var out []string
	for typ, value := range c.All {
		out = append(out, string(rune('0'+typ))+"="+string(value))
	}
	return strings.Join(out, " ")
}

func TestParseV2Refuses(t *testing.T) {
	const v4 = "7f000001 7f000001 002a 0539"
	for _, tc := range []struct {
		name, in string
		want     error
	}{
		{"signature broken", "0d0a0d0a000d0a515549540b", ErrNotHeader},
		{"two CRLF and a request", "0d0a0d0a47", ErrNotHeader},
		{"version 1 in binary", sigHex + "11", ErrNotHeader},
		{"version 3", sigHex + "31", ErrNotHeader},
		{"unassigned command", sigHex + "22", ErrBadHeader},
		{"unassigned family", sigHex + "21 41 0000", ErrBadProtocol},
		{"unassigned transport", sigHex + "21 13 000c" + v4, ErrBadProtocol},
		{"ipv4 too short", sigHex + "21 11 000b", ErrBadHeader},
		{"ipv6 with ipv4's length", sigHex + "21 21 000c" + v4, ErrBadHeader},
		{"unix too short", sigHex + "21 31 00d7", ErrBadHeader},
		{"tlv cut in its head", sigHex + "21 11 000e" + v4 + "0200", ErrBadHeader},
		{"tlv longer than the header", sigHex + "21 11 0014" + v4 + "02 000a 3132333435", ErrBadHeader},
		{"unique id of 129 bytes", sigHex + "21 11 0090" + v4 + "05 0081" + strings.Repeat("75", 129), ErrBadHeader},
		{"host name of 256 bytes", sigHex + "21 11 010f" + v4 + "02 0100" + strings.Repeat("61", 256), ErrBadHeader},
		{"byte after the last tlv", sigHex + "21 11 0014" + v4 + "02 0004 3132333435", ErrBadHeader},
		{"checksum wrong", sigHex + "21 11 0013" + v4 + "03 0004 d3a55d3a", ErrBadChecksum},
		{"checksum of three bytes", sigHex + "21 11 0012" + v4 + "03 0003 d3a55d", ErrBadHeader},
		{"two checksums", sigHex + "21 11 001a" + v4 + "03 0004 00000000 03 0004 00000000", ErrBadHeader},
		{"local with a wrong checksum", sigHex + "20 00 0007 03 0004 00000000", ErrBadChecksum},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if h, n, err := Parse(unhex(t, tc.in)); err != tc.want || n != 0 || h.Version != 0 {
				t.Errorf("Parse = %+v, %d, %v, want %v", h, n, err, tc.want)
			}
		})
	}
}

func TestParseDoesNotAllocate(t *testing.T) {
	v2 := AppendV2(nil, CmdProxy, ap("[::1]:1"), ap("[::1]:2"), TLV{Type: TypeCRC32C}, TLV{TypeALPN, []byte("h2")})
	for name, in := range map[string][]byte{
		"v1 ipv4":    []byte("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"),
		"v1 ipv6":    []byte("PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n"),
		"v2 and crc": v2,
	} {
		if n := testing.AllocsPerRun(100, func() {
			if _, n, err := Parse(in); n != len(in) || err != nil {
				t.Fatal(n, err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
}

func BenchmarkParseV2(b *testing.B) {
	in := AppendV2(nil, CmdProxy, ap("192.0.2.1:1"), ap("192.0.2.2:2"), TLV{TypeALPN, []byte("h2")})
	b.ReportAllocs()
	for b.Loop() {
		if _, n, _ := Parse(in); n == 0 {
			b.Fatal("not parsed")
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\nGET"))
	f.Add([]byte("PROXY TCP6 ::ffff:1.2.3.4 2001:db8::1 1 65535\r\n"))
	f.Add([]byte("PROXY UNKNOWN a b c\r\n"))
	f.Add(AppendV2(nil, CmdLocal, ap(""), ap(""), TLV{Type: TypeCRC32C}))
	f.Add(AppendV2(nil, CmdProxy, ap("1.2.3.4:5"), ap("[::1]:2"), TLV{Type: TypeCRC32C}, TLV{TypeUniqueID, []byte("id")}))
	f.Add(AppendV2Unix(nil, CmdProxy, "/a", "\x00b", TLV{TypeNoop, make([]byte, 300)}))
	f.Fuzz(func(t *testing.T, in []byte) {
		before := slices.Clone(in)
		h, n, err := Parse(in)
		if !bytes.Equal(in, before) {
			t.Fatal("Parse changed its input")
		}
		if n < 0 || n > len(in) || err != nil && n != 0 || n > 0 && h.Version == 0 {
			t.Fatalf("Parse(%q) = %+v, %d, %v", in, h, n, err)
		}
		if n == 0 {
			return
		}
		// What was cut one byte short needs more; what is written anew reads the same.
		if _, m, err := Parse(in[:n-1]); m != 0 || err != nil {
			t.Fatalf("Parse(%q) = %d, %v, want more", in[:n-1], m, err)
		}
		if h.Version == 1 && !h.Local {
			again, _, err := Parse(AppendV1(nil, h.Src, h.Dst))
			if err != nil || again.Src != h.Src || again.Dst != h.Dst {
				t.Fatalf("written and read again: %+v, %v, want %+v", again, err, h)
			}
		}
		if h.Version == 2 && !h.Local {
			checkRewrite(t, in[:n], h)
		}
	})
}

// checkRewrite builds h anew and wants the same bytes, paths with odd padding
// aside.
func checkRewrite(t *testing.T, in []byte, h Header) {
	w := Begin(nil, CmdProxy, h.Transport, h.Src, h.Dst)
	if h.Unix() {
		w = BeginUnix(nil, CmdProxy, h.Transport, string(h.SrcPath), string(h.DstPath))
	}
	for typ, value := range h.TLVs.All {
		w.TLV(typ, value)
	}
	out := w.End()
	if h.Unix() {
		if len(out) != len(in) {
			t.Fatalf("written anew: %d bytes, want %d", len(out), len(in))
		}
		return
	}
	if !bytes.Equal(out, in) {
		t.Fatalf("written anew:\n%x, want\n%x", out, in)
	}
}
