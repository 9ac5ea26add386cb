package h1

import (
	"encoding/binary"
	"math/bits"
)

// Classes of bytes; one table serves them all.
const (
	cToken   uint8 = 1 << iota // tchar, RFC 9110 5.6.2
	cTarget                    // may stand in a request target: 0x21 to 0x7e but "#"
	cUnsafe                    // likewise, with violations accepted: also "#" and 0x80 and up
	cHost                      // may stand in a Host value; brackets have rules of their own
	cHex                       // a hexadecimal digit
	cVersion                   // may stand in a protocol name and version
)

var class = classes()

// classes builds the table of byte classes.
func classes() (t [256]uint8) {
	set := func(chars string, bit uint8) {
		for i := 0; i < len(chars); i++ {
			t[chars[i]] |= bit
		}
	}
	const alnum = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	set(alnum+"!#$%&'*+-.^_`|~", cToken)
	set("0123456789abcdefABCDEF", cHex)
	set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ./", cVersion)
	for c := 0x21; c < 256; c++ {
		if c != 0x7f {
			t[c] |= cUnsafe
		}
		if c < 0x7f {
			t[c] |= cTarget | cHost
		}
	}
	t['#'] &^= cTarget
	for _, c := range "#,/?@[\\]" { // RFC 3986 3.2.2 leaves "<" and a few more out too
		t[c] &^= cHost
	}
	return t
}

const (
	swarLow  = 0x0101010101010101
	swarHigh = 0x8080808080808080
)

// control returns the index at or after i of the first byte below 0x20, len(b)
// if there is none. It finds the end of a line and whatever must not be in one
// in the same pass, eight bytes a step (BenchmarkParseRequest).
func control(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		// The lowest marked byte is exact; borrows spoil only those above it.
		if m := (x - swarLow*0x20) &^ x & swarHigh; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(b); i++ {
		if b[i] < 0x20 {
			return i
		}
	}
	return i
}

// span returns the index at or after i of the first byte that is not of the
// classes in allowed, len(b) if there is none.
func span(b []byte, i int, allowed uint8) int {
	for j, c := range b[i:] {
		if class[c]&allowed == 0 {
			return i + j
		}
	}
	return len(b)
}

// blank reports whether c is a space or a tab.
func blank(c byte) bool { return c == ' ' || c == '\t' }

// trim takes the blanks off both ends of b.
func trim(b []byte) []byte {
	for len(b) > 0 && blank(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && blank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// cutItem takes the first element off a comma-separated list.
func cutItem(v []byte) (item, rest []byte, more bool) {
	for i, c := range v {
		if c == ',' {
			return trim(v[:i]), v[i+1:], true
		}
	}
	return trim(v), nil, false
}
