package admin

import "testing"

func TestSpan(t *testing.T) {
	const maps = "00400000-00a00000 r-xp 00000000 fe:00 12 /opt/segue\n" +
		"00a00000-00f00000 r--p 00600000 fe:00 12 /opt/segue\n" +
		"7f0000000000-7f0000001000 rw-p 00000000 00:00 0\n" +
		"7f1000000000-7f1000002000 r-xp 00000000 fe:00 13 /lib/libc.so\n"
	tests := []struct {
		name, path string
		lo, hi     uint64
	}{
		{"all parts of the file", "/opt/segue", 0x400000, 0xf00000},
		{"another file", "/lib/libc.so", 0x7f1000000000, 0x7f1000002000},
		{"a file that is not there", "/opt/other", 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if lo, hi := span(maps, tt.path); lo != tt.lo || hi != tt.hi {
				t.Errorf("span = %#x, %#x, want %#x, %#x", lo, hi, tt.lo, tt.hi)
			}
		})
	}
}

func TestHex7(t *testing.T) {
	for n, want := range map[uint64]string{0: "0000000", 0x3b2a8: "003b2a8", 0x12345678: "12345678"} {
		if got := hex7(n); got != want {
			t.Errorf("hex7(%#x) = %q, want %q", n, got, want)
		}
	}
}
