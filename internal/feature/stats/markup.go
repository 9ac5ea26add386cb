package stats

import (
	"strconv"
	"unicode/utf8"
)

// appendHTML appends a text that comes from elsewhere. What HTML gives a meaning
// to is escaped, in attributes, too; what is no character becomes U+FFFD.
func appendHTML(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == '&':
			b = append(b, "&amp;"...)
		case c == '<':
			b = append(b, "&lt;"...)
		case c == '>':
			b = append(b, "&gt;"...)
		case c == '"':
			b = append(b, "&#34;"...)
		case c == '\'':
			b = append(b, "&#39;"...)
		case c == '\n':
			b = append(b, newline...)
		case c < ' ' && c != '\t', c >= 0x7f && c < 0xa0, c == utf8.RuneError:
			b = append(b, "\uFFFD"...)
		default:
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return b
}

// appendGrouped appends a number whose groups of three stand a little apart for
// the eye; as text it has no gaps.
func appendGrouped(b []byte, n int64) []byte {
	if n < 1000 {
		return strconv.AppendInt(b, n, 10)
	}
	var digits [20]byte
	text := strconv.AppendInt(digits[:0], n, 10)
	lead := (len(text)-1)%3 + 1
	b = append(b, text[:lead]...)
	for text = text[lead:]; len(text) > 0; text = text[3:] {
		b = append(append(append(b, "<i>"...), text[:3]...), "</i>"...)
	}
	return b
}

// appendSpan appends seconds with their two largest units: "1d2h".
func appendSpan(b []byte, s int64) []byte {
	switch {
	case s >= 86400:
		return append(strconv.AppendInt(append(strconv.AppendInt(b, s/86400, 10), 'd'), s%86400/3600, 10), 'h')
	case s >= 3600:
		return append(strconv.AppendInt(append(strconv.AppendInt(b, s/3600, 10), 'h'), s%3600/60, 10), 'm')
	case s >= 60:
		return append(strconv.AppendInt(append(strconv.AppendInt(b, s/60, 10), 'm'), s%60, 10), 's')
	}
	return append(strconv.AppendInt(b, s, 10), 's')
}

// bitRate is "15.770 kbps" for bytes a second.
func bitRate(bytes int64) string {
	bits := float64(bytes) * 8
	for _, unit := range [...]string{" bps", " kbps", " Mbps"} {
		if bits < 1000 {
			return strconv.FormatFloat(bits, 'f', 3, 64) + unit
		}
		bits /= 1000
	}
	return strconv.FormatFloat(bits, 'f', 3, 64) + " Gbps"
}
