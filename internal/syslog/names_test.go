package syslog

import (
	"fmt"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for i, w := range Levels() {
		if l, ok := ParseLevel(w); !ok || int(l) != i || l.String() != w {
			t.Errorf("level %q = %d, %v, want %d", w, l, ok, i)
		}
	}
	for i, w := range Facilities() {
		if f, ok := ParseFacility(w); !ok || int(f) != i || f.String() != w {
			t.Errorf("facility %q = %d, %v, want %d", w, f, ok, i)
		}
	}
	for i, w := range Formats() {
		if f, ok := ParseFormat(w); !ok || int(f) != i+1 || f.String() != w {
			t.Errorf("format %q = %d, %v, want %d", w, f, ok, i+1)
		}
	}
	for _, w := range []string{"", "INFO", "information"} {
		if _, ok := ParseLevel(w); ok {
			t.Errorf("level %q accepted", w)
		}
		if _, ok := ParseFacility(w); ok {
			t.Errorf("facility %q accepted", w)
		}
		if _, ok := ParseFormat(w); ok {
			t.Errorf("format %q accepted", w)
		}
	}
	// RFC 5424 fixes these numbers.
	if Emerg != 0 || Debug != 7 || len(Facilities()) != 24 {
		t.Error("levels or facilities have moved")
	}
	if got := Level(9).String() + Facility(30).String(); got != "??" {
		t.Errorf("out of range = %q", got)
	}
}

func TestParseSampling(t *testing.T) {
	for _, tc := range []struct{ in, taken, err string }{
		{"1:3", "x..x..", ""},
		{"2-3:3", ".xx.xx", ""},
		{"1,3:4", "x.x.x.x.", ""},
		{"4-5,1:6", "x..xx.x..xx.", ""},
		{"1-2,:2", "xxxx", ""},
		{"1", "", "Missing sample size"},
		{":3", "", "no sampling ranges given"},
		{"0:3", "", "wrong sample range '0'"},
		{"1,3-2:5", "", "wrong sample range '3-2'"},
		{"3-3:5", "", "wrong sample range '3-3'"},
		{"+1:5", "", "wrong sample range '+1'"},
		{"1-3,2:5", "", "ranges are overlapping"},
		{"2,1-3:5", "", "ranges are overlapping"},
		{"1:x", "", "wrong sample size 'x' for sample range '1'"},
		{"1:0", "", "wrong sample size '0' for sample range '1'"},
		{"1-4:3", "", "sample size 3 should be greater or equal to 4 the maximum of the high ranges limits"},
	} {
		s, err := ParseSampling(tc.in)
		if got := fmt.Sprint(err); tc.err != "" {
			if got != tc.err {
				t.Errorf("ParseSampling(%q): %s, want %s", tc.in, got, tc.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("ParseSampling(%q): %v", tc.in, err)
			continue
		}
		var taken strings.Builder
		for n := range len(tc.taken) {
			taken.WriteByte(".x"[b2i(s.takes(uint64(n)))])
		}
		if taken.String() != tc.taken {
			t.Errorf("%q takes %s, want %s", tc.in, taken.String(), tc.taken)
		}
	}
	if s := (Sampling{}); !s.takes(0) || !s.takes(1<<40) {
		t.Error("no sampling must take all")
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func FuzzParseSampling(f *testing.F) {
	for _, s := range []string{"1:3", "1-2,5:10", "4-5,1:6", ":", "1-:2", "4294967295:4294967295"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		s, err := ParseSampling(in)
		if err != nil {
			return
		}
		var last uint32
		for _, r := range s.Ranges {
			if r.Low <= last || r.High < r.Low || r.High > s.Size {
				t.Fatalf("ParseSampling(%q) = %+v", in, s)
			}
			last = r.High
		}
		if !s.takes(uint64(s.Ranges[0].Low-1)) || s.takes(uint64(s.Size)) != (s.Ranges[0].Low == 1) {
			t.Fatalf("ParseSampling(%q) = %+v takes wrongly", in, s)
		}
	})
}

func TestParseTarget(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"stdout", "fd 1"}, {"stderr", "fd 2"}, {"fd@7", "fd 7"},
		{"/dev/log", "unix /dev/log"}, {"unix@rel/log", "unix rel/log"}, {"uxdg@/x", "unix /x"},
		{"abnsz@n", "unix \x00n"}, {"abns@n", "unix \x00n" + strings.Repeat("\x00", 106)},
		{"10.0.0.1", "udp 10.0.0.1:514"}, {"10.0.0.1:1514", "udp 10.0.0.1:1514"}, {"10.0.0.1:", "udp 10.0.0.1:514"},
		{"10.0.0.1:0", "udp 10.0.0.1:514"},
		{"udp@10.0.0.1:1", "udp 10.0.0.1:1"}, {"udp4@10.0.0.1", "udp 10.0.0.1:514"}, {"ipv6@::1:", "udp [::1]:514"},
		{"::1:1514", "udp [::1]:1514"}, {"[::1]:1514", "udp [::1]:1514"}, {"[2001:db8::1]:", "udp [2001:db8::1]:514"},
		{"", ""}, {"fd@", ""}, {"fd@x", ""}, {"fd@-1", ""}, {"fd@+1", ""}, {"unix@", ""}, {"abns@", ""},
		{"loghost:514", ""}, {"10.0.0.1:99999", ""}, {"ipv6@10.0.0.1", ""}, {"ipv4@::1:", ""}, {"[::1:514", ""},
		{"ring@r", ""}, {"backend@b", ""}, {"tcp@10.0.0.1:514", ""},
	} {
		got := ""
		if target, ok := ParseTarget(tc.in); ok {
			got = []string{
				fmt.Sprint("udp ", target.Addr), "unix " + target.Path, fmt.Sprint("fd ", target.FD),
			}[target.Kind]
		}
		if got != tc.want {
			t.Errorf("ParseTarget(%q) = %q, want %q", tc.in, got, tc.want)
		}
	}
}

func FuzzParseTarget(f *testing.F) {
	for _, s := range []string{"stdout", "fd@3", "/dev/log", "10.0.0.1:514", "[::1]:514", "abns@x", "::1:", "udp@[::1%lo]:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		target, ok := ParseTarget(in)
		if ok && target.Kind == UDP && (!target.Addr.IsValid() || target.Addr.Port() == 0) {
			t.Fatalf("ParseTarget(%q) = %+v", in, target)
		}
		if ok && target.Kind == Unix && target.Path == "" {
			t.Fatalf("ParseTarget(%q) = %+v", in, target)
		}
	})
}
