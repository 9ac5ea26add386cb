package logfmt

import "segue/internal/lb"

// appendHex appends v in as many digits as it has.
func appendHex(dst []byte, v uint64) []byte {
	n := 60
	for n > 0 && v>>n == 0 {
		n -= 4
	}
	for ; n >= 0; n -= 4 {
		dst = append(dst, digits[v>>n&15])
	}
	return dst
}

// hexAlias is the alias of a number as a string of hexadecimal digits.
func hexAlias(al *alias) *alias {
	num, hex := al.num, al.hex
	return &alias{Doc: al.Doc, http: al.http, src: al.src, addr: true, str: func(dst []byte, s *lb.Stream, _ flags) ([]byte, bool) {
		v, st := num(s)
		if st == absent {
			return dst, false
		}
		return hex(dst, v), true
	}}
}

// constant is the function of a string that does not change.
func constant(text string) func([]byte, *lb.Stream, flags) ([]byte, bool) {
	return func(dst []byte, _ *lb.Stream, _ flags) ([]byte, bool) { return append(dst, text...), true }
}
