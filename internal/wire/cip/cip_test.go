package cip

import (
	"encoding/binary"
	"net/netip"
	"testing"
)

const magic = 0x22334455

// ipv4 is an IPv4 header of n bytes from 10.1.2.3 to 10.4.5.6.
func ipv4(n int, proto byte) []byte {
	b := make([]byte, n)
	b[0], b[9] = 0x40|byte(n/4), proto
	copy(b[12:], []byte{10, 1, 2, 3, 10, 4, 5, 6})
	return b
}

func ipv6() []byte {
	b := make([]byte, sizeIPv6)
	b[0], b[6] = 0x60, protocolTCP
	src, dst := netip.MustParseAddr("2001:db8::1").As16(), netip.MustParseAddr("2001:db8::2").As16()
	copy(b[8:], src[:])
	copy(b[24:], dst[:])
	return b
}

// tcp is a TCP header of n bytes from port 1234 to port 80.
func tcp(n int) []byte {
	b := make([]byte, n)
	binary.BigEndian.PutUint16(b, 1234)
	binary.BigEndian.PutUint16(b[2:], 80)
	return b
}

func join(parts ...[]byte) (b []byte) {
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func legacy(size int, block []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, magic)
	return append(binary.BigEndian.AppendUint32(b, uint32(size)), block...)
}

func standard(size int, block []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, magic)
	b = binary.BigEndian.AppendUint32(b, uint32(size+4))
	b = append(b, 0, 1)
	return append(binary.BigEndian.AppendUint16(b, uint16(size)), block...)
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name     string
		block    []byte
		src, dst string
	}{
		{"ipv4", join(ipv4(20, 6), tcp(20)), "10.1.2.3:1234", "10.4.5.6:80"},
		{"ipv4 and tcp with options", join(ipv4(60, 6), tcp(60)), "10.1.2.3:1234", "10.4.5.6:80"},
		{"ipv6", join(ipv6(), tcp(32)), "[2001:db8::1]:1234", "[2001:db8::2]:80"},
	} {
		for form, in := range map[string][]byte{"legacy": legacy(len(c.block), c.block), "standard": standard(len(c.block), c.block)} {
			t.Run(c.name+" "+form, func(t *testing.T) {
				src, dst, n, err := Parse(append(in[:len(in):len(in)], "GET / HTTP/1.1\r\n"...), magic)
				if err != nil || n != len(in) || src.String() != c.src || dst.String() != c.dst {
					t.Fatalf("Parse = %v, %v, %d, %v, want %s, %s, %d", src, dst, n, err, c.src, c.dst, len(in))
				}
				for i := range in {
					if _, _, n, err := Parse(in[:i], magic); n != 0 || err != nil {
						t.Fatalf("Parse of the first %d bytes = %d, %v, want more", i, n, err)
					}
				}
			})
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []byte
		want error
	}{
		{"http", []byte("GET / HTTP/1.1\r\n"), ErrMagic},
		{"a wrong first byte", []byte{0x23}, ErrMagic},
		{"no ip version", standard(40, join([]byte{0x75}, make([]byte, 39))), ErrProtocol},
		{"udp", legacy(40, join(ipv4(20, 17), tcp(20))), ErrProtocol},
		{"no room for tcp", legacy(20, join(ipv4(20, 6), tcp(20))), ErrLength},
		{"nothing at all", standard(0, join(ipv4(20, 6), tcp(20))), ErrLength},
		{"ip header too short", legacy(40, join([]byte{0x42}, make([]byte, 39))), ErrLength},
		{"four gigabytes", legacy(1<<32-1, join(ipv4(20, 6), tcp(20))), ErrLength},
		{"more than the headers can be", standard(MaxBlock+1, join(ipv4(60, 6), tcp(60))), ErrLength},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, _, n, err := Parse(c.in, magic); err != c.want || n != 0 {
				t.Errorf("Parse = %d, %v, want %v", n, err, c.want)
			}
		})
	}
}

// FuzzParse: what is taken lies within the input, and a prefix of it is never
// taken for something else.
func FuzzParse(f *testing.F) {
	f.Add(legacy(40, join(ipv4(20, 6), tcp(20))))
	f.Add(standard(72, join(ipv6(), tcp(32))))
	f.Fuzz(func(t *testing.T, b []byte) {
		src, dst, n, err := Parse(b, magic)
		if n < 0 || n > len(b) || n > MaxSize || n > 0 && (err != nil || !src.IsValid() || !dst.IsValid()) {
			t.Fatalf("Parse(%x) = %v, %v, %d, %v", b, src, dst, n, err)
		}
		for i := 0; i < n; i++ {
			if _, _, m, err := Parse(b[:i], magic); m != 0 || err != nil {
				t.Fatalf("the first %d bytes of %x give %d, %v", i, b, m, err)
			}
		}
	})
}
