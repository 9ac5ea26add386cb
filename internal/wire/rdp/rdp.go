package rdp

import "bytes"

const (
	heads = 11
	field = "cookie:"
	// maxLine is the most that a cookie's line may have.
	maxLine = 4096
)

// Cookie returns the value of the cookie in b, of the one called name (without
// regard to case) unless name is "". more says that there may be one when more
// bytes have come.
func Cookie(b []byte, name string) (value []byte, found, more bool) {
	if len(b) <= heads {
		return nil, false, true
	}
	b = b[heads:]
	n := min(len(b), len(field))
	if !bytes.EqualFold(b[:n], []byte(field[:n])) {
		return nil, false, false
	}
	if n < len(field) {
		return nil, false, true
	}
	line, _, ok := bytes.Cut(b[n:], []byte("\r\n"))
	if !ok {
		return nil, false, len(line) < maxLine
	}
	key, value, ok := bytes.Cut(bytes.TrimLeft(line, " "), []byte("="))
	if !ok || bytes.IndexByte(line, '\n') >= 0 || name != "" && !bytes.EqualFold(key, []byte(name)) {
		return nil, false, false
	}
	return value, true, false
}
