package hello_test

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"net"
	"slices"
	"testing"

	"segue/internal/wire/hello"
)

const limit = 16384

// captured is what crypto/tls says first under the configuration.
func captured(t testing.TB, c *tls.Config) []byte {
	t.Helper()
	us, them := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = tls.Client(them, c).Handshake() // fails when the pipe closes
	}()
	buf := make([]byte, limit)
	n, err := us.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	us.Close()
	<-done
	return buf[:n]
}

// records cuts a single record's message into records of n bytes.
func records(b []byte, n int) (out []byte) {
	for part := range slices.Chunk(b[5:], n) {
		out = append(out, b[:3]...)
		out = binary.BigEndian.AppendUint16(out, uint16(len(part)))
		out = append(out, part...)
	}
	return out
}

func config(min, max uint16, name string, protos ...string) *tls.Config {
	return &tls.Config{MinVersion: min, MaxVersion: max, ServerName: name, NextProtos: protos, InsecureSkipVerify: name == ""}
}

// ext builds an extension, client a ClientHello of TLS 1.2 with such.
func ext(id uint16, body string) string {
	b := binary.BigEndian.AppendUint16(nil, id)
	return string(binary.BigEndian.AppendUint16(b, uint16(len(body)))) + body
}

func client(exts string) []byte {
	body := "\x03\x03" + string(make([]byte, 32)) + "\x00" + "\x00\x04\x0a\x0a\x13\x01" + "\x01\x00"
	body += string(binary.BigEndian.AppendUint16(nil, uint16(len(exts)))) + exts
	msg := "\x01\x00" + string(binary.BigEndian.AppendUint16(nil, uint16(len(body)))) + body
	return []byte("\x16\x03\x01" + string(binary.BigEndian.AppendUint16(nil, uint16(len(msg)))) + msg)
}

func TestRealHellos(t *testing.T) {
	for _, c := range []struct {
		name        string
		conf        *tls.Config
		version     uint16
		sni, proto  string
		hasKeyShare bool
	}{
		{"TLS 1.0", config(tls.VersionTLS10, tls.VersionTLS10, "a.example"), 0x301, "a.example", "", false},
		{"TLS 1.1", config(tls.VersionTLS10, tls.VersionTLS11, "a.example"), 0x302, "a.example", "", false},
		{"TLS 1.2 with protocols", config(tls.VersionTLS12, tls.VersionTLS12, "b.example", "h2", "http/1.1"), 0x303, "b.example", "h2", false},
		{"TLS 1.3", config(tls.VersionTLS13, tls.VersionTLS13, "c.example", "acme-tls/1"), 0x303, "c.example", "acme-tls/1", true},
		{"no server name", config(tls.VersionTLS12, tls.VersionTLS13, ""), 0x303, "", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			whole := captured(t, c.conf)
			for _, size := range []int{limit, 1, 3, 20, 100} {
				in := records(whole, size)
				var h hello.Hello
				if st := h.Parse(in, nil, limit); st != hello.OK || h.Type != hello.Client || h.Version != c.version || !h.HasExts {
					t.Fatalf("records of %d: Parse = %d, %+v, want OK, version %x", size, st, h, c.version)
				}
				if string(h.ServerName()) != c.sni || string(h.Protocol()) != c.proto {
					t.Errorf("records of %d: name %q, protocol %q, want %q, %q", size, h.ServerName(), h.Protocol(), c.sni, c.proto)
				}
				if len(h.Ciphers) == 0 || !h.HasGroups() || len(h.Groups()) == 0 || len(h.AppendKeyShares(nil)) > 0 != c.hasKeyShare {
					t.Errorf("records of %d: ciphers %x, groups %x, key shares %x", size, h.Ciphers, h.Groups(), h.AppendKeyShares(nil))
				}
				for n := range in {
					if st := h.Parse(in[:n], nil, limit); st != hello.More {
						t.Fatalf("records of %d: %d of %d bytes = %d, want More", size, n, len(in), st)
					}
				}
			}
		})
	}
}

func TestNoHandshake(t *testing.T) {
	for name, in := range map[string]string{
		"HTTP": "GET / HTTP/1.1\r\n", "alert": "\x15\x03\x01\x00\x02\x02\x28", "SSLv2 record version": "\x16\x02",
		"empty record": "\x16\x03\x01\x00\x00", "record too large": "\x16\x03\x01\x40\x01", "message too large": "\x16\x03\x01\x00\x04\x01\x00\x40\x00",
	} {
		var h hello.Hello
		if st := h.Parse([]byte(in), nil, limit); st != hello.Not {
			t.Errorf("%s: Parse = %d, want Not", name, st)
		}
	}
}

func TestExtensionsAtTheirEdges(t *testing.T) {
	grease := ext(0x0a0a, "") + ext(0x1a1a, "\x00")
	for _, c := range []struct {
		name, exts      string
		sni, alpn       string
		ticket          int
		groups, sigs    string
		shares          string
		well, hasGroups bool
	}{
		{name: "none", well: true},
		{name: "GREASE around a name", exts: grease + ext(0, "\x00\x04\x00\x00\x01a") + grease, sni: "a", well: true},
		{name: "name of another type", exts: ext(0, "\x00\x04\x01\x00\x01a"), well: true},
		{name: "empty name", exts: ext(0, "\x00\x03\x00\x00\x00"), well: true},
		{name: "name longer than its list", exts: ext(0, "\x00\x04\x00\x00\x02a"), well: true},
		{name: "list longer than its extension", exts: ext(0, "\x00\x05\x00\x00\x01a"), well: true},
		{name: "the first of two names", exts: ext(0, "\x00\x04\x00\x00\x01a") + ext(0, "\x00\x04\x00\x00\x01b"), sni: "a", well: true},
		{name: "the first of two protocols", exts: ext(16, "\x00\x06\x02h2\x02h3"), alpn: "h2", well: true},
		{name: "ticket wanted", exts: ext(35, ""), ticket: 1, well: true},
		{name: "ticket sent", exts: ext(35, "t"), ticket: 2, well: true},
		{name: "groups", exts: ext(10, "\x00\x04\x0a\x0a\x00\x1d"), groups: "\x0a\x0a\x00\x1d", well: true, hasGroups: true},
		{name: "half a group", exts: ext(10, "\x00\x03\x00\x1d\x00"), well: true, hasGroups: true},
		{name: "signatures", exts: ext(13, "\x00\x02\x04\x03"), sigs: "\x04\x03", well: true},
		{name: "key shares", exts: ext(51, "\x00\x0b\x1a\x1a\x00\x01\x00\x00\x1d\x00\x02kk"), shares: "\x1a\x1a\x00\x1d", well: true},
		{name: "key share cut short", exts: ext(51, "\x00\x06\x00\x1d\x00\x05ab"), well: true},
		{name: "extension cut short", exts: "\x00\x00\x00\x09\x00"},
		{name: "half an extension's head", exts: ext(35, "") + "\x00\x0a\x00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var h hello.Hello
			if st := h.Parse(client(c.exts), nil, limit); st != hello.OK || h.Type != hello.Client {
				t.Fatalf("Parse = %d, type %d, want OK, 1", st, h.Type)
			}
			if string(h.ServerName()) != c.sni || string(h.Protocol()) != c.alpn || h.Ticket() != c.ticket || h.HasExts != c.well || h.HasGroups() != c.hasGroups ||
				string(h.Groups()) != c.groups || string(h.SignatureAlgorithms()) != c.sigs || string(h.AppendKeyShares(nil)) != c.shares {
				t.Errorf("got %q %q %d %v %v %x %x %x", h.ServerName(), h.Protocol(), h.Ticket(), h.HasExts, h.HasGroups(), h.Groups(), h.SignatureAlgorithms(), h.AppendKeyShares(nil))
			}
		})
	}
}

func TestJoiningUsesTheMemoryGiven(t *testing.T) {
	in := records(client(ext(0, "\x00\x04\x00\x00\x01a")), 7)
	mem := make([]byte, 0, 512)
	var h hello.Hello
	if n := testing.AllocsPerRun(100, func() { h.Parse(in, mem, limit) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
	if &h.Joined[0] != &mem[:1][0] || string(h.ServerName()) != "a" {
		t.Errorf("joined elsewhere, or name %q", h.ServerName())
	}
}

func TestSSLv2(t *testing.T) {
	whole := "\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10" + string(make([]byte, 21+16))
	for _, c := range []struct {
		name, in string
		version  uint16
		state    hello.State
	}{
		{"asks for TLS 1.0", whole, 0x301, hello.OK},
		{"cut", whole[:20], 0, hello.More},
		{"three bytes of head", "\x00" + whole[1:], 0, hello.Not},
		{"no hello", "\x80\x2e\x04", 0, hello.Not},
		{"sizes disagree", "\x80\x2f" + whole[2:], 0, hello.Not},
	} {
		if v, st := hello.SSLv2([]byte(c.in)); v != c.version || st != c.state {
			t.Errorf("%s: %x, %d, want %x, %d", c.name, v, st, c.version, c.state)
		}
	}
}

// FuzzParse: nothing panics; what is More never becomes OK by losing bytes; the
// same message says the same in one record and in many.
func FuzzParse(f *testing.F) {
	for _, c := range []*tls.Config{
		config(tls.VersionTLS10, tls.VersionTLS10, "a.example"), config(tls.VersionTLS10, tls.VersionTLS11, "a.example"),
		config(tls.VersionTLS12, tls.VersionTLS12, "b.example", "h2"), config(tls.VersionTLS13, tls.VersionTLS13, "c.example"), config(tls.VersionTLS12, tls.VersionTLS13, ""),
	} {
		whole := captured(f, c)
		f.Add(whole)
		f.Add(records(whole, 50))
	}
	f.Add(client(ext(0x0a0a, "") + ext(0, "\x00\x04\x00\x00\x01a") + ext(0x2a2a, "\x00")))
	f.Fuzz(func(t *testing.T, in []byte) {
		var h, again hello.Hello
		st := h.Parse(in, nil, limit)
		_, _, _ = h.Groups(), h.SignatureAlgorithms(), h.Ticket()
		h.AppendKeyShares(nil)
		if st != hello.OK {
			return
		}
		msg := h.Joined
		if msg == nil {
			msg = in[5:]
			msg = msg[:4+int(msg[1])<<16+int(msg[2])<<8+int(msg[3])]
		}
		cut := records(append([]byte("\x16\x03\x01\x00\x00"), msg...), 9)
		if again.Parse(cut, nil, limit) != hello.OK || again.Type != h.Type || again.Version != h.Version || !bytes.Equal(again.ServerName(), h.ServerName()) ||
			!bytes.Equal(again.Protocol(), h.Protocol()) || !bytes.Equal(again.Ciphers, h.Ciphers) {
			t.Errorf("in pieces %+v, whole %+v", again, h)
		}
	})
}
