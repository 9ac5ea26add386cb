package persist

// Dates in cookies: seconds since 1970 in units of four, 30 bits, as five
// base64 characters. Fact: HAProxy 3.4 src/base64.c and src/http_ana.c.

const (
	digits   = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	dateBar  = '|' // between a value and its dates
	dateSize = 5
	dayAhead = 86400 // s: a date further in the future is not believed
)

// appendDate appends the date, in unix seconds.
func appendDate(dst []byte, unix int64) []byte {
	v := uint32(unix >> 2)
	for shift := 24; shift >= 0; shift -= 6 {
		dst = append(dst, digits[v>>shift&63])
	}
	return dst
}

// parseDate reads the five characters at the start of b; 0 if they are none.
func parseDate(b []byte) int64 {
	if len(b) < dateSize {
		return 0
	}
	v := int64(0)
	for _, c := range b[:dateSize] {
		d := digit(c)
		if d < 0 {
			return 0
		}
		v = v<<6 | int64(d)
	}
	return v << 2
}

func digit(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}
