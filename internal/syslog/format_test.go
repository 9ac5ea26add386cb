package syslog

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// at is 2026-11-21 08:38:10.788139 UTC in ns.
const at = 1795250290788139000

// inZone makes the process live in another time zone for one test.
func inZone(t testing.TB, name string, east int) {
	old := time.Local
	time.Local = time.FixedZone(name, east)
	t.Cleanup(func() { time.Local = old })
}

// TestAppendLineEqualsHAProxy has lines that HAProxy 3.4.0 sent to a UDP
// listener and to its standard output, alike, for the message "GET./p" of
// facility local0 (local7 where a host is set) with log-tag and PID put in.
func TestAppendLineEqualsHAProxy(t *testing.T) {
	inZone(t, "UTC", 0)
	plain := Header{Tag: "haproxy", PID: "15681"}
	hosted := Header{Host: "myhost", Tag: "haproxy", PID: "15720"}
	for _, tc := range []struct {
		name   string
		format Format
		fac    Facility
		hdr    Header
		sd     string
		want   string
	}{
		{"default", Auto, 16, plain, "", "<134>Nov 21 08:38:10 haproxy[15681]: GET./p\n"},
		{"local", Local, 16, plain, "", "<134>Nov 21 08:38:10 haproxy[15681]: GET./p\n"},
		{"rfc3164", RFC3164, 16, plain, "", "<134>Nov 21 08:38:10 localhost haproxy[15681]: GET./p\n"},
		{"rfc5424", RFC5424, 16, plain, "", "<134>1 2026-11-21T08:38:10.788139+00:00 - haproxy 15681 - - GET./p\n"},
		{"priority", Priority, 16, plain, "", "<134>GET./p\n"},
		{"short", Short, 16, plain, "", "<6>GET./p\n"},
		{"timed", Timed, 16, plain, "", "<6>2026-11-21T08:38:10.788139+00:00 GET./p\n"},
		{"iso", ISO, 16, plain, "", "2026-11-21T08:38:10.788139+00:00 GET./p\n"},
		{"raw", Raw, 16, plain, "", "GET./p\n"},
		{"default with host is rfc3164", Auto, 23, hosted, "", "<190>Nov 21 08:38:10 myhost haproxy[15720]: GET./p\n"},
		{"local leaves the host out", Local, 23, hosted, "", "<190>Nov 21 08:38:10 haproxy[15720]: GET./p\n"},
		{"rfc3164 with host", RFC3164, 23, hosted, "", "<190>Nov 21 08:38:10 myhost haproxy[15720]: GET./p\n"},
		{"rfc5424 with host", RFC5424, 23, hosted, "", "<190>1 2026-11-21T08:38:10.788139+00:00 myhost haproxy 15720 - - GET./p\n"},
		{"raw with host", Raw, 23, hosted, "", "GET./p\n"},
		{"structured data, trailing spaces cut", RFC5424, 23, plain, `[a@1 b="GET"]  `,
			"<190>1 2026-11-21T08:38:10.788139+00:00 - haproxy 15681 - [a@1 b=\"GET\"] GET./p\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var s Stamp
			got := s.AppendLine(nil, DefaultLen, tc.format, tc.fac, Info, at, &tc.hdr, nil, []byte(tc.sd), []byte("GET./p"))
			if string(got) != tc.want {
				t.Errorf("line = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAppendLineFields(t *testing.T) {
	inZone(t, "UTC", 0)
	for _, tc := range []struct {
		name   string
		format Format
		fac    Facility
		hdr    Header
		msgid  string
		msg    string
		want   string
	}{
		{"kern is zero", Local, 0, Header{Tag: "t", PID: "1"}, "", "m", "<6>Nov 21 08:38:10 t[1]: m\n"},
		{"tag without pid", Local, 16, Header{Tag: "t"}, "", "m", "<134>Nov 21 08:38:10 t: m\n"},
		{"no tag hides the pid", Local, 16, Header{PID: "1"}, "", "m", "<134>Nov 21 08:38:10 m\n"},
		{"rfc5424 with nothing", RFC5424, 16, Header{}, "", "m", "<134>1 2026-11-21T08:38:10.788139+00:00 - - - - - m\n"},
		{"rfc5424 msgid", RFC5424, 16, Header{}, "id", "m", "<134>1 2026-11-21T08:38:10.788139+00:00 - - - id - m\n"},
		{"trailing line feeds and zeroes", Raw, 16, Header{}, "", "m\n\x00\n\n", "m\n"},
		{"line feed inside stays", Raw, 16, Header{}, "", "m\nn", "m\nn\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var s Stamp
			got := s.AppendLine([]byte("before|"), DefaultLen, tc.format, tc.fac, Info, at, &tc.hdr, []byte(tc.msgid), nil, []byte(tc.msg))
			if string(got) != "before|"+tc.want {
				t.Errorf("line = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAppendLineCutsAtLength(t *testing.T) {
	inZone(t, "UTC", 0)
	long := []byte("/" + strings.Repeat("x", 2000))
	var s Stamp
	// As HAProxy 3.4.0 sends it with "len 80", to sockets and descriptors alike.
	got := s.AppendLine(nil, 80, Local, 16, Info, at, &Header{Tag: "haproxy34", PID: "15741"}, nil, nil, long)
	if want := "<134>Nov 21 08:38:10 haproxy34[15741]: /xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"; string(got) != want {
		t.Errorf("line = %q, want %q", got, want)
	}
	got = s.AppendLine(nil, 80, Raw, 16, Info, at, &Header{}, nil, nil, long)
	if want := string(long[:79]) + "\n"; string(got) != want {
		t.Errorf("line = %q, want %q", got, want)
	}
	tag := strings.Repeat("t", 100)
	got = s.AppendLine(nil, 80, RFC3164, 16, Info, at, &Header{Tag: tag}, nil, nil, long)
	if want := "<134>Nov 21 08:38:10 localhost " + tag[:48] + "\n"; string(got) != want {
		t.Errorf("line with long tag = %q, want %q", got, want)
	}
	got = s.AppendLine(nil, 80, Raw, 16, Info, at, &Header{}, nil, nil, long[:79])
	if len(got) != 80 || got[78] != 'x' {
		t.Errorf("a line that fits exactly = %q", got)
	}
}

func TestStampFollowsTheClock(t *testing.T) {
	for _, tc := range []struct {
		zone      string
		east      int
		now       int64
		local, is string
	}{
		{"UTC", 0, 0, "Jan  1 00:00:00 ", "1970-01-01T00:00:00.000000+00:00 "},
		{"UTC", 0, 999999999, "Jan  1 00:00:00 ", "1970-01-01T00:00:00.999999+00:00 "},
		{"UTC", 0, 1000000000, "Jan  1 00:00:01 ", "1970-01-01T00:00:01.000000+00:00 "},
		{"CEST", 2 * 3600, at, "Nov 21 10:38:10 ", "2026-11-21T10:38:10.788139+02:00 "},
		{"NST", -12600, at, "Nov 21 05:08:10 ", "2026-11-21T05:08:10.788139-03:30 "},
	} {
		inZone(t, tc.zone, tc.east)
		var s Stamp
		if got := string(s.appendLegacy(nil, tc.now)); got != tc.local {
			t.Errorf("%s %d: legacy = %q, want %q", tc.zone, tc.now, got, tc.local)
		}
		if got := string(s.appendISO(nil, tc.now)); got != tc.is {
			t.Errorf("%s %d: ISO = %q, want %q", tc.zone, tc.now, got, tc.is)
		}
	}
	inZone(t, "UTC", 0)
	var s Stamp
	s.appendISO(nil, at)
	if got := string(s.appendISO(nil, at+1e9)); got != "2026-11-21T08:38:11.788139+00:00 " {
		t.Errorf("a second later: %q", got)
	}
	if got := string(s.appendLegacy(nil, at-60e9)); got != "Nov 21 08:37:10 " {
		t.Errorf("clock set back: %q", got)
	}
}

func TestAppendLineDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 2048)
	h := Header{Host: "h", Tag: "haproxy", PID: "1"}
	msg := []byte("message")
	now := int64(at)
	for f := Auto; f <= Raw; f++ {
		var s Stamp
		if n := testing.AllocsPerRun(100, func() {
			buf = s.AppendLine(buf[:0], DefaultLen, f, 16, Info, now, &h, nil, nil, msg)
			now += 3e8 // the second changes on some calls
		}); n != 0 {
			t.Errorf("%v: %v allocations, want 0", f, n)
		}
	}
}

func FuzzAppendLine(f *testing.F) {
	f.Add(uint8(1), int64(at), 80, "host", "tag", "12", "id", "[a@1]", "message")
	f.Add(uint8(3), int64(0), 1024, "", "", "", "", " ", "m\n\n")
	f.Add(uint8(8), int64(1), 65535, "", "tag", "", "", "", "\x00")
	f.Fuzz(func(t *testing.T, format uint8, now int64, maxLen int, host, tag, pid, id, sd, msg string) {
		if maxLen < MinLen || maxLen > MaxLen || now < 0 || format > uint8(Raw) {
			t.Skip()
		}
		var s Stamp
		b := s.AppendLine([]byte("x"), maxLen, Format(format), 16, Debug, now, &Header{host, tag, pid}, []byte(id), []byte(sd), []byte(msg))
		line := b[1:]
		if b[0] != 'x' || len(line) > maxLen || len(line) == 0 || line[len(line)-1] != '\n' {
			t.Fatalf("line = %q (%d bytes), limit %d", line, len(line), maxLen)
		}
		if Format(format) == Raw && !bytes.HasPrefix([]byte(msg), line[:len(line)-1]) {
			t.Fatalf("raw line %q is not the message %q", line, msg)
		}
	})
}
