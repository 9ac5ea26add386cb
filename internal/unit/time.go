package unit

import (
	"errors"
	"math"
	"strconv"
	"time"
)

// Reasons for which ParseTime refuses a word. A *TimeError wraps one of them.
var (
	ErrEmpty      = errors.New("expects a value")
	ErrUnexpected = errors.New("unexpected character")
	ErrOverflow   = errors.New("timer overflow")
	ErrUnderflow  = errors.New("timer underflow")
	ErrTrailing   = errors.New("unexpected character after the timer value")
)

// maxTimer is the largest value of a timer, counted in the default unit of
// its directive: 24.8 days for milliseconds, 68 years for seconds.
const maxTimer = math.MaxInt32

// A TimeError says why a word is no duration.
type TimeError struct {
	Reason error         // one of the Err values above
	Arg    string        // the word as written
	Pos    int           // byte offset in Arg of the unexpected character
	Unit   time.Duration // the default unit in which the limits count
}

// Error implements error, without the name of the directive.
func (e *TimeError) Error() string { return e.Message("the timer") }

// Unwrap returns the reason, for errors.Is.
func (e *TimeError) Unwrap() error { return e.Reason }

// Message is the error as the language reports it for the directive named by
// to, for example "timeout client".
func (e *TimeError) Message(to string) string {
	switch e.Reason {
	case ErrEmpty:
		return "'" + to + "' expects an integer value (in " + unitWord(e.Unit) + ")"
	case ErrOverflow:
		return "timer overflow in argument '" + e.Arg + "' to '" + to + "' (maximum value is " + limitText(e.Unit) + ")"
	case ErrUnderflow:
		return "timer underflow in argument '" + e.Arg + "' to '" + to + "' (minimum non-null value is 1 " + unitName(e.Unit) + ")"
	case ErrTrailing:
		return "unexpected character '" + e.Arg[e.Pos:e.Pos+1] + "' after the timer value '" + e.Arg +
			"', only (us=microseconds,ms=milliseconds,s=seconds,m=minutes,h=hours,d=days) are supported"
	}
	return "unexpected character '" + e.Arg[e.Pos:e.Pos+1] + "' in '" + to + "'"
}

// limitText is the largest timer in unit def, with a figure people can picture.
func limitText(def time.Duration) string {
	n := "2147483647 " + unitName(def)
	switch def {
	case time.Microsecond:
		return n + " or ~35.8 minutes"
	case time.Millisecond:
		return n + " or ~24.8 days"
	case time.Second:
		return n + " or ~68 years"
	}
	return n
}

// unitTable lists the units from large to small, so that formatting takes the
// first that divides a duration.
var unitTable = [...]struct {
	name, word string
	size       time.Duration
}{
	{"d", "days", 24 * time.Hour},
	{"h", "hours", time.Hour},
	{"m", "minutes", time.Minute},
	{"s", "seconds", time.Second},
	{"ms", "milliseconds", time.Millisecond},
	{"us", "microseconds", time.Microsecond},
}

func unitName(d time.Duration) string {
	for _, u := range unitTable {
		if u.size == d {
			return u.name
		}
	}
	return "ms"
}

func unitWord(d time.Duration) string {
	for _, u := range unitTable {
		if u.size == d {
			return u.word
		}
	}
	return "milliseconds"
}

// ParseTime reads a duration; a bare number counts in def, the directive's
// default unit. Manual 2.5.
//
// The result is a whole number of def, rounded up as HAProxy does ("1us" of a
// millisecond timer is 1ms), and at most 2^31-1 of them. The error is always
// a *TimeError.
//
// A value followed by its unit and then by garbage ("1sx") is a deprecated
// form that HAProxy 3.4 still takes with a warning: ParseTime returns the
// value together with ErrTrailing, and the caller warns.
func ParseTime(s string, def time.Duration) (time.Duration, error) {
	if def < time.Microsecond {
		def = time.Millisecond
	}
	fail := func(reason error, pos int) (time.Duration, error) {
		return 0, &TimeError{Reason: reason, Arg: s, Pos: pos, Unit: def}
	}
	if s == "" {
		return fail(ErrEmpty, 0)
	}
	n, end, over := digits(s)
	if end == 0 {
		return fail(ErrUnexpected, 0)
	}
	size, next := def, end
	if end < len(s) {
		size, next = suffix(s[end:])
		if size == 0 {
			return fail(ErrUnexpected, end+next)
		}
		next += end
	}
	count, ok := scale(n, size, def)
	if over || !ok {
		return fail(ErrOverflow, 0)
	}
	if next < len(s) {
		return time.Duration(count) * def, &TimeError{Reason: ErrTrailing, Arg: s, Pos: next, Unit: def}
	}
	return time.Duration(count) * def, nil
}

// suffix returns the unit that t starts with and its length; for an unknown
// unit it returns 0 and the offset of the character that is wrong.
func suffix(t string) (size time.Duration, n int) {
	switch t[0] {
	case 'u':
		if len(t) > 1 && t[1] == 's' {
			return time.Microsecond, 2
		}
	case 'm':
		if len(t) > 1 && t[1] == 's' {
			return time.Millisecond, 2
		}
		return time.Minute, 1
	case 's':
		return time.Second, 1
	case 'h':
		return time.Hour, 1
	case 'd':
		return 24 * time.Hour, 1
	}
	return 0, 0
}

// scale converts n units of size to units of def, rounding up. It reports
// false when the result exceeds maxTimer.
func scale(n uint64, size, def time.Duration) (int64, bool) {
	limit := uint64(maxTimer) * uint64(def)
	if def > time.Second {
		limit = uint64(math.MaxInt64) // a Duration ends before 2^31 minutes do
	}
	if n > limit/uint64(size) {
		return 0, false
	}
	ns := n * uint64(size)
	return int64((ns + uint64(def) - 1) / uint64(def)), true
}

// digits reads the leading decimal number of s and returns it with its length;
// over is true when it does not fit 63 bits.
func digits(s string) (n uint64, end int, over bool) {
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		d := uint64(s[end] - '0')
		if n > (math.MaxInt64-d)/10 {
			over = true
		}
		n = n*10 + d
		end++
	}
	return n, end, over
}

// AppendTime appends d in the largest unit that divides it: "1h", "90s",
// "1500ms". Zero is "0".
func AppendTime(dst []byte, d time.Duration) []byte {
	if d == 0 {
		return append(dst, '0')
	}
	for _, u := range unitTable {
		if d%u.size == 0 {
			return append(strconv.AppendInt(dst, int64(d/u.size), 10), u.name...)
		}
	}
	// Below a microsecond the language has no unit: round up.
	return append(strconv.AppendInt(dst, int64((d+time.Microsecond-1)/time.Microsecond), 10), "us"...)
}

// FormatTime is AppendTime as a string.
func FormatTime(d time.Duration) string { return string(AppendTime(nil, d)) }
