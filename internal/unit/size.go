package unit

import (
	"math"
	"strconv"
)

// A SizeError says why a word is no size.
type SizeError struct {
	Arg  string // the word as written
	Pos  int    // byte offset in Arg of the unexpected character; len(Arg) if the word is too large
	Over bool   // the value does not fit
}

// Error implements error, without the name of the directive.
func (e *SizeError) Error() string {
	switch {
	case e.Over:
		return "size overflow in argument '" + e.Arg + "'"
	case e.Arg == "":
		return "expects a size"
	}
	return "unexpected '" + e.Rest() + "' in size"
}

// Rest is the part of the word from the unexpected character on, which
// messages of the language quote.
func (e *SizeError) Rest() string { return e.Arg[e.Pos:] }

// ParseSize reads a size in bytes with an optional k, m or g of either case,
// which multiply by powers of 1024. Manual 2.6. The error is always a
// *SizeError.
//
// Directives that HAProxy keeps in 32 bits must check that limit themselves.
func ParseSize(s string) (int64, error) {
	n, end, over := digits(s)
	if end == 0 {
		return 0, &SizeError{Arg: s}
	}
	shift := uint(0)
	next := end
	if end < len(s) {
		switch s[end] {
		case 'k', 'K':
			shift = 10
		case 'm', 'M':
			shift = 20
		case 'g', 'G':
			shift = 30
		default:
			return 0, &SizeError{Arg: s, Pos: end}
		}
		next++
	}
	if next < len(s) {
		return 0, &SizeError{Arg: s, Pos: next}
	}
	if over || n > math.MaxInt64>>shift {
		return 0, &SizeError{Arg: s, Pos: end, Over: true}
	}
	return int64(n << shift), nil
}

// AppendSize appends n with the largest suffix that divides it: "64k", "1000".
func AppendSize(dst []byte, n int64) []byte {
	suffix := ""
	for _, s := range [...]string{"k", "m", "g"} {
		if n == 0 || n%1024 != 0 {
			break
		}
		n /= 1024
		suffix = s
	}
	return append(strconv.AppendInt(dst, n, 10), suffix...)
}

// FormatSize is AppendSize as a string.
func FormatSize(n int64) string { return string(AppendSize(nil, n)) }
