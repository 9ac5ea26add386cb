package unit

import (
	"errors"
	"testing"
	"time"
)

func TestParseTimeReadsUnits(t *testing.T) {
	tests := []struct {
		name, in string
		def      time.Duration
		want     time.Duration
	}{
		{"bare number counts in the default", "30", time.Millisecond, 30 * time.Millisecond},
		{"bare number in seconds", "30", time.Second, 30 * time.Second},
		{"microseconds", "1500us", time.Microsecond, 1500 * time.Microsecond},
		{"milliseconds", "250ms", time.Millisecond, 250 * time.Millisecond},
		{"seconds", "10s", time.Millisecond, 10 * time.Second},
		{"minutes", "2m", time.Millisecond, 2 * time.Minute},
		{"hours", "3h", time.Millisecond, 3 * time.Hour},
		{"days", "1d", time.Millisecond, 24 * time.Hour},
		{"zero", "0", time.Millisecond, 0},
		{"zero with unit", "0us", time.Second, 0},
		{"leading zeros are no octal", "010", time.Millisecond, 10 * time.Millisecond},
		{"rounds up to the default unit", "1us", time.Millisecond, time.Millisecond},
		{"rounds up above one", "1001ms", time.Second, 2 * time.Second},
		{"exact is not rounded", "2000us", time.Millisecond, 2 * time.Millisecond},
		{"largest in ms", "2147483647", time.Millisecond, 2147483647 * time.Millisecond},
		{"largest whole days in ms", "24d", time.Millisecond, 24 * 24 * time.Hour},
		{"largest in s", "2147483647", time.Second, 2147483647 * time.Second},
		{"days of a minute timer", "100d", time.Minute, 100 * 24 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseTime(tt.in, tt.def)
			if err != nil || got != tt.want {
				t.Errorf("ParseTime(%q, %v) = %v, %v, want %v", tt.in, tt.def, got, err, tt.want)
			}
		})
	}
}

func TestParseTimeSaysWhatIsWrong(t *testing.T) {
	tests := []struct {
		name, in string
		def      time.Duration
		reason   error
		want     string
	}{
		{"empty", "", time.Millisecond, ErrEmpty, "'timeout client' expects an integer value (in milliseconds)"},
		{"no digit", "s", time.Millisecond, ErrUnexpected, "unexpected character 's' in 'timeout client'"},
		{"sign", "-1", time.Millisecond, ErrUnexpected, "unexpected character '-' in 'timeout client'"},
		{"fraction", "1.5s", time.Millisecond, ErrUnexpected, "unexpected character '.' in 'timeout client'"},
		{"upper case", "1S", time.Millisecond, ErrUnexpected, "unexpected character 'S' in 'timeout client'"},
		{"u alone", "1u", time.Millisecond, ErrUnexpected, "unexpected character 'u' in 'timeout client'"},
		{"overflow in ms", "25d", time.Millisecond, ErrOverflow,
			"timer overflow in argument '25d' to 'timeout client' (maximum value is 2147483647 ms or ~24.8 days)"},
		{"one too many", "2147483648", time.Millisecond, ErrOverflow,
			"timer overflow in argument '2147483648' to 'timeout client' (maximum value is 2147483647 ms or ~24.8 days)"},
		{"overflow in s", "4294967295s", time.Second, ErrOverflow,
			"timer overflow in argument '4294967295s' to 'timeout client' (maximum value is 2147483647 s or ~68 years)"},
		{"beyond 64 bits", "99999999999999999999", time.Millisecond, ErrOverflow,
			"timer overflow in argument '99999999999999999999' to 'timeout client' (maximum value is 2147483647 ms or ~24.8 days)"},
		{"beyond 64 bits with digits that wrap to little", "18446744073709551617", time.Second, ErrOverflow,
			"timer overflow in argument '18446744073709551617' to 'timeout client' (maximum value is 2147483647 s or ~68 years)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseTime(tt.in, tt.def)
			if !errors.Is(err, tt.reason) {
				t.Fatalf("ParseTime(%q) = %v, want %v", tt.in, err, tt.reason)
			}
			if got := err.(*TimeError).Message("timeout client"); got != tt.want {
				t.Errorf("Message = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestTimeErrorUnderflow(t *testing.T) {
	e := &TimeError{Reason: ErrUnderflow, Arg: "1us", Unit: time.Millisecond}
	want := "timer underflow in argument '1us' to 'x' (minimum non-null value is 1 ms)"
	if got := e.Message("x"); got != want {
		t.Errorf("Message = %s, want %s", got, want)
	}
}

func TestParseTimeTakesTrailingGarbageWithValue(t *testing.T) {
	got, err := ParseTime("1sx", time.Millisecond)
	if got != time.Second || !errors.Is(err, ErrTrailing) {
		t.Fatalf("ParseTime(1sx) = %v, %v, want 1s and ErrTrailing", got, err)
	}
	want := "unexpected character 'x' after the timer value '1sx', only (us=microseconds,ms=milliseconds,s=seconds,m=minutes,h=hours,d=days) are supported"
	if msg := err.(*TimeError).Message("t"); msg != want {
		t.Errorf("Message = %s, want %s", msg, want)
	}
}

func TestFormatTime(t *testing.T) {
	tests := []struct {
		in   time.Duration
		want string
	}{
		{0, "0"}, {time.Microsecond, "1us"}, {1500 * time.Millisecond, "1500ms"}, {90 * time.Second, "90s"},
		{time.Minute, "1m"}, {25 * time.Hour, "25h"}, {48 * time.Hour, "2d"}, {time.Nanosecond, "1us"},
	}
	for _, tt := range tests {
		if got := FormatTime(tt.in); got != tt.want {
			t.Errorf("FormatTime(%v) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestAppendTimeDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 32)
	if n := testing.AllocsPerRun(100, func() { buf = AppendTime(buf[:0], 90*time.Second) }); n != 0 {
		t.Errorf("AppendTime allocates %v times, want 0", n)
	}
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"", "0", "1us", "30s", "24d", "25d", "1sx", "-1", "99999999999999999999", "2147483647"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, def := range []time.Duration{time.Microsecond, time.Millisecond, time.Second, time.Minute} {
			d, err := ParseTime(s, def)
			if err != nil {
				_ = err.(*TimeError).Message("x") // must not panic
				continue
			}
			if d < 0 || d%def != 0 || d/def > maxTimer {
				t.Fatalf("ParseTime(%q, %v) = %v, want a multiple within the limit", s, def, d)
			}
			if back, err := ParseTime(FormatTime(d), def); err != nil || back != d {
				t.Fatalf("%q -> %v -> %q -> %v, %v", s, d, FormatTime(d), back, err)
			}
		}
	})
}
