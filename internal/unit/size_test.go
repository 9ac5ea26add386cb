package unit

import "testing"

func TestParseSizeReadsSuffixes(t *testing.T) {
	tests := []struct {
		name, in string
		want     int64
	}{
		{"bytes", "16384", 16384},
		{"kilobytes", "16k", 16384},
		{"upper case", "16K", 16384},
		{"megabytes", "1m", 1 << 20},
		{"gigabytes", "4G", 4 << 30},
		{"zero", "0", 0},
		{"leading zero", "01k", 1024},
		{"largest", "9223372036854775807", 1<<63 - 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := ParseSize(tt.in); err != nil || got != tt.want {
				t.Errorf("ParseSize(%q) = %d, %v, want %d", tt.in, got, err, tt.want)
			}
		})
	}
}

func TestParseSizeSaysWhatIsWrong(t *testing.T) {
	tests := []struct{ name, in, rest, want string }{
		{"empty", "", "", "expects a size"},
		{"no digit", "x", "x", "unexpected 'x' in size"},
		{"sign", "-1", "-1", "unexpected '-1' in size"},
		{"fraction", "1.5k", ".5k", "unexpected '.5k' in size"},
		{"unknown suffix", "1t", "t", "unexpected 't' in size"},
		{"two suffixes", "1kb", "b", "unexpected 'b' in size"},
		{"too large", "9223372036854775808", "", "size overflow in argument '9223372036854775808'"},
		{"too large when scaled", "9007199254740992k", "k", "size overflow in argument '9007199254740992k'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseSize(tt.in)
			if err == nil {
				t.Fatalf("ParseSize(%q) succeeded", tt.in)
			}
			if got := err.(*SizeError).Rest(); got != tt.rest {
				t.Errorf("Rest = %q, want %q", got, tt.rest)
			}
			if err.Error() != tt.want {
				t.Errorf("error = %s, want %s", err, tt.want)
			}
		})
	}
}

func TestFormatSize(t *testing.T) {
	tests := []struct {
		in   int64
		want string
	}{{0, "0"}, {1, "1"}, {1000, "1000"}, {1024, "1k"}, {1536, "1536"}, {3 << 20, "3m"}, {2 << 30, "2g"}, {1 << 40, "1024g"}}
	for _, tt := range tests {
		if got := FormatSize(tt.in); got != tt.want {
			t.Errorf("FormatSize(%d) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

func FuzzParseSize(f *testing.F) {
	for _, s := range []string{"", "0", "1k", "2G", "1kb", "-1", "9223372036854775808", "8589934592g"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseSize(s)
		if err != nil {
			_ = err.(*SizeError).Rest() // must not panic
			return
		}
		if back, err := ParseSize(FormatSize(n)); n < 0 || err != nil || back != n {
			t.Fatalf("%q -> %d -> %q -> %d, %v", s, n, FormatSize(n), back, err)
		}
	})
}
