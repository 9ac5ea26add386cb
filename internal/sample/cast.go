package sample

import (
	"bytes"
	"encoding/binary"
	"math"
	"net/netip"
	"strconv"

	"segue/internal/lb"
	"segue/internal/wire/h1"
)

// Kinds of entries of the cast matrix.
const (
	no     = iota // impossible, refused when an expression is compiled
	free          // nothing to do
	depend        // the type that the value has at run time decides
	work          // by a function
)

// matrix says how the type of the row becomes that of the column. Columns and
// rows are Any, Same, Bool, Int, Addr, IPv4, IPv6, Str, Bin, Meth. Manual 7.1.
var matrix = [Meth + 1][Meth + 1]uint8{
	Any:  {free, no, depend, depend, depend, depend, depend, depend, depend, depend},
	Bool: {free, no, free, free, no, no, no, work, work, no},
	Int:  {free, no, free, free, work, work, work, work, work, no},
	Addr: {free, no, no, no, depend, depend, depend, depend, depend, no},
	IPv4: {free, no, no, work, free, free, work, work, work, no},
	IPv6: {free, no, no, no, free, work, free, work, work, no},
	Str:  {free, no, work, work, work, work, work, free, free, work},
	Bin:  {free, no, no, no, no, no, no, work, free, work},
	Meth: {free, no, no, no, no, no, no, work, work, free},
}

// Castable reports whether values of type from can become type to at all.
func Castable(from, to Type) bool { return matrix[from][to] != no }

// Cast makes v a value of type want, as manual 7.1 says. It returns false when
// the value has no such form. New bytes go to the arena of s.Thread.
func Cast(s *lb.Stream, v *Value, want Type) bool {
	switch matrix[v.Type][want] {
	case free:
		return true
	case work:
		return convert(s, v, want)
	}
	return false
}

func convert(s *lb.Stream, v *Value, want Type) bool {
	switch want {
	case Bool, Int:
		return toInt(v)
	case Addr, IPv4, IPv6:
		return toAddr(v, want)
	case Str:
		if v.Type == Bin {
			v.Bytes = untilNUL(v.Bytes)
		}
		if v.Type == Meth || v.Type == Bin {
			v.Type = Str
			return true
		}
		b, _ := AppendString(Begin(s.Thread), v)
		v.Bytes, v.Type, v.Flags = End(s.Thread, b), Str, v.Flags&^Const
		return true
	case Bin:
		if v.Type == Meth {
			v.Type = Bin
			return true
		}
		b := appendBinary(Begin(s.Thread), v)
		v.Bytes, v.Type, v.Flags = End(s.Thread, b), Bin, v.Flags&^Const
		return true
	case Meth:
		v.Int, v.Type = int64(h1.Kind(v.Bytes)), Meth
		return true
	}
	return false
}

func toInt(v *Value) bool {
	if v.Type == IPv4 {
		a := v.IP.As4()
		v.Int, v.Type = int64(binary.BigEndian.Uint32(a[:])), Int
		return true
	}
	if len(v.Bytes) == 0 {
		return false
	}
	v.Int, _ = ParseInt(v.Bytes)
	v.Type, v.Bytes = Int, nil
	return true
}

func toAddr(v *Value, want Type) bool {
	var a netip.Addr
	switch v.Type {
	case Int:
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(v.Int))
		a = netip.AddrFrom4(b)
		if want == IPv6 {
			a = netip.AddrFrom16(a.As16())
		}
	case Str:
		var ok bool
		if a, ok = parsePrefix(v.Bytes); !ok || want == IPv4 && !a.Is4() || want == IPv6 && a.Is4() {
			return false
		}
	case IPv4: // to IPv6: mapped
		a = netip.AddrFrom16(v.IP.As16())
	case IPv6: // to IPv4: only if mapped
		if !v.IP.Is4In6() {
			return false
		}
		a = v.IP.Unmap()
	}
	v.SetAddr(a)
	return true
}

// SetAddr makes v an address of the family of a.
func (v *Value) SetAddr(a netip.Addr) {
	v.IP, v.Bytes, v.Type = a, nil, IPv4
	if !a.Is4() {
		v.Type = IPv6
	}
}

// SetBool makes v a boolean.
func (v *Value) SetBool(b bool) {
	v.Type, v.Bytes, v.Int = Bool, nil, 0
	if b {
		v.Int = 1
	}
}

// SetInt makes v an integer.
func (v *Value) SetInt(n int64) { v.Type, v.Bytes, v.Int = Int, nil, n }

// SetStr makes v a string that lies in memory of somebody else.
func (v *Value) SetStr(b []byte) { v.Type, v.Bytes = Str, b }

// AppendString appends the string form of v: integers in decimal, binary up to
// its first NUL. It returns false for a value that has none.
func AppendString(dst []byte, v *Value) ([]byte, bool) {
	switch v.Type {
	case Bool, Int:
		return strconv.AppendInt(dst, v.Int, 10), true
	case IPv4, IPv6:
		return AppendAddr(dst, v.IP), true
	case Str, Meth:
		return append(dst, v.Bytes...), true
	case Bin:
		return append(dst, untilNUL(v.Bytes)...), true
	}
	return dst, false
}

// AppendAddr appends an address as inet_ntop(3) writes it: ::ffff:1.2.3.4 for
// mapped addresses.
func AppendAddr(dst []byte, a netip.Addr) []byte { return a.WithZone("").AppendTo(dst) }

func appendBinary(dst []byte, v *Value) []byte {
	switch v.Type {
	case Bool, Int:
		return binary.BigEndian.AppendUint64(dst, uint64(v.Int))
	case IPv4:
		a := v.IP.As4()
		return append(dst, a[:]...)
	case IPv6:
		a := v.IP.As16()
		return append(dst, a[:]...)
	}
	return append(dst, v.Bytes...)
}

// ParseInt reads the integer that b begins with, with a sign or none, and
// returns it with the number of bytes read. It saturates.
func ParseInt(b []byte) (n int64, used int) {
	neg := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		neg = b[0] == '-'
		used = 1
	}
	var u uint64
	over := false
	for ; used < len(b); used++ {
		c := b[used] - '0'
		if c > 9 {
			break
		}
		if u > (math.MaxUint64-uint64(c))/10 {
			over = true
		}
		u = u*10 + uint64(c)
	}
	switch {
	case neg && (over || u > 1<<63):
		return math.MinInt64, used
	case neg:
		return -int64(u), used
	case over || u > math.MaxInt64:
		return math.MaxInt64, used
	}
	return int64(u), used
}

// ParseAddr reads an address without zone. It allocates nothing.
func ParseAddr(b []byte) (netip.Addr, bool) {
	if len(b) < 2 || len(b) > 45 {
		return netip.Addr{}, false
	}
	if a, ok := parse4(b); ok {
		return netip.AddrFrom4(a), true
	}
	for _, c := range b {
		if c == ':' {
			return parse6(b)
		}
	}
	return netip.Addr{}, false
}

// parsePrefix reads an address, where an IPv4 one may be followed by anything
// that cannot belong to it ("1.2.3.4:80").
func parsePrefix(b []byte) (netip.Addr, bool) {
	if a, ok := ParseAddr(b); ok {
		return a, true
	}
	n := 0
	for n < len(b) && (b[n]-'0' <= 9 || b[n] == '.') {
		n++
	}
	a, ok := parse4(b[:n])
	return netip.AddrFrom4(a), ok
}

func untilNUL(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i]
	}
	return b
}

// parse4 reads a dotted quad.
func parse4(b []byte) (a [4]byte, ok bool) {
	part, digits, val := 0, 0, 0
	for _, c := range b {
		switch {
		case c == '.':
			if digits == 0 || part == 3 {
				return a, false
			}
			a[part] = byte(val)
			part, digits, val = part+1, 0, 0
		case c-'0' <= 9:
			val = val*10 + int(c-'0')
			if digits++; val > 255 {
				return a, false
			}
		default:
			return a, false
		}
	}
	if part != 3 || digits == 0 {
		return a, false
	}
	a[3] = byte(val)
	return a, true
}

// parse6 reads an IPv6 address (RFC 4291 2.2).
func parse6(b []byte) (netip.Addr, bool) {
	var a [16]byte
	at, gap := 0, -1
	i := 0
	if len(b) >= 2 && b[0] == ':' {
		if b[1] != ':' {
			return netip.Addr{}, false
		}
		gap, i = 0, 2
	}
	for i < len(b) {
		if at == 16 {
			return netip.Addr{}, false
		}
		val, n := 0, 0
		for ; i+n < len(b) && n < 5; n++ {
			d := hexDigit(b[i+n])
			if d < 0 {
				break
			}
			val = val<<4 | d
		}
		if n == 0 || n > 4 {
			return netip.Addr{}, false
		}
		if i+n < len(b) && b[i+n] == '.' { // the last 32 bits as a dotted quad
			q, ok := parse4(b[i:])
			if !ok || at > 12 {
				return netip.Addr{}, false
			}
			copy(a[at:], q[:])
			at += 4
			break
		}
		a[at], a[at+1] = byte(val>>8), byte(val)
		at += 2
		if i += n; i == len(b) {
			break
		}
		if b[i] != ':' || i+1 == len(b) {
			return netip.Addr{}, false
		}
		if i++; b[i] == ':' {
			if gap >= 0 {
				return netip.Addr{}, false
			}
			gap = at
			i++
		}
	}
	if at < 16 {
		if gap < 0 {
			return netip.Addr{}, false
		}
		n := copy(a[16-(at-gap):], a[gap:at])
		clear(a[gap : 16-n])
	} else if gap >= 0 {
		return netip.Addr{}, false
	}
	return netip.AddrFrom16(a), true
}

func hexDigit(c byte) int {
	switch {
	case c-'0' <= 9:
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
