package logfmt

import "unicode/utf8"

const digits = "0123456789ABCDEF"

// set is a set of bytes.
type set [4]uint64

func (m *set) has(c byte) bool { return m[c>>6]&(1<<(c&63)) != 0 }

// chars returns the set of s and of the ranges in pairs.
func chars(s string, ranges ...byte) (m set) {
	for i := range len(s) {
		m[s[i]>>6] |= 1 << (s[i] & 63)
	}
	for i := 0; i+1 < len(ranges); i += 2 {
		for c := int(ranges[i]); c <= int(ranges[i+1]); c++ {
			m[c>>6] |= 1 << (c & 63)
		}
	}
	return m
}

// What is written as #XX in logs (manual 8.6), within captures and within
// URIs, and as %XX in header fields. Facts of log.c of HAProxy 3.4.
var (
	unsafeCapture = chars("\"#{|}", 0, 31, 127, 255)
	unsafeURI     = chars("\"#", 0, 31, 127, 255)
	unsafeHeader  = chars("\x7f", 0, 8, 10, 31)
)

// appendEscaped appends text with the bytes of m as mark and two digits.
func appendEscaped(dst, text []byte, m *set, mark byte) []byte {
	from := 0
	for i, c := range text {
		if m.has(c) {
			dst = append(dst, text[from:i]...)
			dst = append(dst, mark, digits[c>>4], digits[c&15])
			from = i + 1
		}
	}
	return append(dst, text[from:]...)
}

// encodeTail rewrites what header fields cannot hold in dst[from:] as %XX.
func encodeTail(dst []byte, from int) []byte {
	n := 0
	for _, c := range dst[from:] {
		if unsafeHeader.has(c) {
			n++
		}
	}
	if n == 0 {
		return dst
	}
	old := len(dst)
	for range 2 * n {
		dst = append(dst, 0)
	}
	w := len(dst)
	for r := old - 1; r >= from; r-- {
		c := dst[r]
		if unsafeHeader.has(c) {
			w -= 3
			dst[w], dst[w+1], dst[w+2] = '%', digits[c>>4], digits[c&15]
			continue
		}
		w--
		dst[w] = c
	}
	return dst
}

// escapeTail puts a backslash before '"', '\' and ']' in dst[from:], as RFC 5424
// 6.3.3 wants it; quoted says that the text stands between quotes, which stay.
func escapeTail(dst []byte, from int, quoted bool) []byte {
	end := len(dst)
	if quoted && end-from >= 2 {
		from, end = from+1, end-1
	}
	n := 0
	for _, c := range dst[from:end] {
		if c == '"' || c == '\\' || c == ']' {
			n++
		}
	}
	if n == 0 {
		return dst
	}
	old := len(dst)
	for range n {
		dst = append(dst, 0)
	}
	w := len(dst)
	for r := old - 1; r >= from; r-- {
		c := dst[r]
		w--
		dst[w] = c
		if r < end && (c == '"' || c == '\\' || c == ']') {
			w--
			dst[w] = '\\'
		}
	}
	return dst
}

// appendJSON appends text as a JSON string (RFC 8259 7).
func appendJSON(dst, text []byte) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20:
			dst = append(dst, `\u00`...)
			dst = append(dst, digits[c>>4], digits[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			_, n := utf8.DecodeRune(text[i:])
			dst = append(dst, text[i:i+n]...)
			i += n
			continue
		}
		i++
	}
	return append(dst, '"')
}
