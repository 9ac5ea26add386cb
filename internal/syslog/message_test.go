package syslog

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// show writes a message's parts in a line.
func show(m *Message) string {
	var b strings.Builder
	for _, part := range [][]byte{m.Stamp, m.Host, m.Tag, m.PID, m.MsgID, m.Data, m.Text} {
		b.Write(part)
		b.WriteByte('|')
	}
	return b.String()
}

// TestParse holds what HAProxy 3.4.0 was seen to make of each line.
func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, in string
		pri      int
		time     Time
		want     string
	}{
		{"RFC 3164", "<13>Nov 21 10:11:12 h app[123]: hello world", 13, LegacyTime, "Nov 21 10:11:12|h|app|123|||hello world|"},
		{"without a PID", "<13>Nov  1 10:11:12 h app: hello", 13, LegacyTime, "Nov  1 10:11:12|h|app||||hello|"},
		{"without a host, the tag is taken for one", "<13>Nov 21 10:11:12 app[1]: hi there", 13, LegacyTime, "Nov 21 10:11:12|app[1]:|||||hi there|"},
		{"without a tag", "<13>Nov 21 10:11:12 h hello world", 13, LegacyTime, "Nov 21 10:11:12|h|||||hello world|"},
		{"nothing behind the tag", "<13>Nov 21 10:11:12 h app:", 13, LegacyTime, "Nov 21 10:11:12|h|||||app:|"},
		{"PID without an end", "<13>Nov 21 10:11:12 h app[1: x", 13, LegacyTime, "Nov 21 10:11:12|h|app||||x|"},
		{"two spaces", "<13>Nov 21 10:11:12  h app: x", 13, NoTime, "||||||Nov 21 10:11:12  h app: x|"},
		{"no such month", "<13>Xxx 21 10:11:12 h app: x", 13, NoTime, "||||||Xxx 21 10:11:12 h app: x|"},
		{"date only", "<13>Nov 21 10:11:12", 13, NoTime, "||||||Nov 21 10:11:12|"},
		{"RFC 5424", "<13>1 2003-10-11T22:14:15.003Z h su 77 ID47 - BOM su", 13, ISOTime, "2003-10-11T22:14:15.003Z|h|su|77|ID47||BOM su|"},
		{"structured data", `<13>1 - h - - - [a b="]\"c"][d] x`, 13, ISOTime, `-|h||||[a b="]\"c"][d]|x|`},
		{"structured data without an end", "<13>1 - h - - - [a x", 13, NoTime, "||||||1 - h - - - [a x|"},
		{"fields are missing", "<13>1 - - -", 13, NoTime, "||||||1 - - -|"},
		{"another version", "<13>2 - - - - - - x", 13, NoTime, "||||||2 - - - - - - x|"},
		{"no message", "<13>1 - - - - - -", 13, ISOTime, "-|||||||"},
		{"no priority", "plain text", -1, NoTime, "||||||plain text|"},
		{"empty priority", "<>x", 0, NoTime, "||||||x|"},
		{"priority of letters", "<abc>x", -1, NoTime, "||||||<abc>x|"},
		{"priority without an end", "<13", -1, NoTime, "||||||<13|"},
		{"priority too large", "<99999999999999999999>x", -1, NoTime, "||||||<99999999999999999999>x|"},
		{"nothing", "", -1, NoTime, "|||||||"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := Parse([]byte(c.in))
			if got := show(&m); got != c.want || m.Pri != c.pri || m.Time != c.time {
				t.Errorf("Parse = %d, %d, %s, want %d, %d, %s", m.Pri, m.Time, got, c.pri, c.time, c.want)
			}
		})
	}
}

// TestRelayed holds what HAProxy 3.4.0 was seen to send.
func TestRelayed(t *testing.T) {
	now := time.Date(2026, 11, 21, 21, 30, 1, 234567000, time.Local).UnixNano()
	zone := time.Unix(0, now).Format("-07:00")
	old, iso := "<13>Nov  1 10:11:12 h app[123]: hi", "<13>1 2003-10-01T22:14:15.003Z h su 77 ID47 [x] hi"
	for _, c := range []struct {
		format Format
		in     string
		host   string
		want   string
	}{
		{Auto, old, "h", old},
		{Auto, old, "10.0.0.1", "<13>Nov  1 10:11:12 10.0.0.1 app[123]: hi"},
		{Local, old, "h", "<13>Nov  1 10:11:12 app[123]: hi"},
		{RFC5424, old, "h", "<13>1 2026-11-01T10:11:12-00:00 h app 123 - - hi"},
		{ISO, old, "h", "2026-11-01T10:11:12-00:00 hi"},
		{Timed, old, "h", "<5>2026-11-01T10:11:12-00:00 hi"},
		{Short, old, "h", "<5>hi"},
		{Priority, old, "h", "<13>hi"},
		{Raw, old, "h", "hi"},
		{Auto, iso, "h", iso},
		{RFC3164, iso, "h", "<13>Oct  1 22:14:15 h su[77]: hi"},
		{Auto, "no header", "h", "<152>Nov 21 21:30:01 h no header"},
		{Auto, "no header", "", "no header"},
		{Auto, "<13>no header", "", "<13>no header"},
		{RFC3164, "<13>no header", "", "<13>Nov 21 21:30:01 localhost no header"},
		{RFC5424, "<13>no header", "", "<13>1 2026-11-21T21:30:01.234567" + zone + " - - - - - no header"},
		{Auto, "<13>1 - - - - - - x", "h", "<13>1 - h - - - - x"},
		{Auto, "<13>1 - - - - - - x", "", "<13>x"},
		{RFC5424, "<13>1 - - - - - - x", "", "<13>1 - - - - - - x"},
		{Timed, "<13>1 - - - - - - x", "", "<5>2026-11-21T21:30:01.234567" + zone + " x"},
	} {
		s, err := Open(Config{Target: Target{Kind: Moving}, Format: c.format, Facility: 19, Level: Debug})
		if err != nil {
			t.Fatal(err)
		}
		w := s.NewWriter()
		m := Parse([]byte(c.in))
		w.Relay(now, &m, []byte(c.host))
		if got := string(w.buf); got != c.want+"\n" {
			t.Errorf("%v of %q from %q = %q, want %q", c.format, c.in, c.host, got, c.want)
		}
	}
}

func TestRelayObeysLevelsAndLength(t *testing.T) {
	s, _ := Open(Config{Target: Target{Kind: Moving}, Level: Info, MinLevel: Err, MaxLen: 80})
	w := s.NewWriter()
	for _, line := range []string{"<15>debug", "<8>emerg", "<14>" + strings.Repeat("x", 200), "<14>"} {
		m := Parse([]byte(line))
		w.Relay(at, &m, nil)
	}
	if want := "<11>emerg\n<14>" + strings.Repeat("x", 75) + "\n"; string(w.buf) != want {
		t.Errorf("got %q, want %q", w.buf, want)
	}
}

func TestRelayAllocatesNothing(t *testing.T) {
	s, _ := Open(Config{Target: Target{Kind: Moving}, Level: Debug})
	w := s.NewWriter()
	line, host := []byte("<13>Nov  1 10:11:12 h app[123]: hi"), []byte("10.0.0.1")
	if n := testing.AllocsPerRun(200, func() {
		m := Parse(line)
		w.Relay(at, &m, host)
		w.reset()
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestNext(t *testing.T) {
	for _, c := range []struct {
		name, in string
		ntf      bool
		msg      string
		used     int
		bad      bool
	}{
		{name: "line", in: "<13>a\n<13>b\n", msg: "<13>a", used: 6},
		{name: "CR LF", in: "<13>a\r\n", msg: "<13>a", used: 7},
		{name: "line without an end", in: "<13>a"},
		{name: "octets", in: "5 <13>ab", msg: "<13>a", used: 7},
		{name: "octets with a line feed", in: "5 a\nb\nc", msg: "a\nb\nc", used: 7},
		{name: "too few octets", in: "5 <13>"},
		{name: "half a number", in: "5"},
		{name: "number without a space", in: "5<13>a", bad: true},
		{name: "zero", in: "0 ", bad: true},
		{name: "leading zero", in: "05 <13>a", bad: true},
		{name: "more octets than allowed", in: "40 <13>", bad: true},
		{name: "number without an end", in: "99999999999999999999999", bad: true},
		{name: "line longer than allowed", in: "<13>" + strings.Repeat("x", 40) + "\n", bad: true},
		{name: "endless line", in: "<" + strings.Repeat("x", 40), bad: true},
		{name: "garbage", in: "garbage\n", bad: true},
		{name: "garbage is a line with ntf", in: "garbage\n", ntf: true, msg: "garbage", used: 8},
		{name: "digits are a line with ntf", in: "5 <13>a\n", ntf: true, msg: "5 <13>a", used: 8},
		{name: "nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			msg, used, ok := Next([]byte(c.in), c.ntf, 32)
			if string(msg) != c.msg || used != c.used || ok == c.bad {
				t.Errorf("Next = %q, %d, %v, want %q, %d, %v", msg, used, ok, c.msg, c.used, !c.bad)
			}
		})
	}
}

// FuzzMessages feeds a stream: what was framed is found again, and every message
// is taken apart and written without harm.
func FuzzMessages(f *testing.F) {
	f.Add([]byte("<13>Nov  1 10:11:12 h app[123]: hi\n32 <13>Nov 21 10:11:12 h app: octet"), false)
	f.Add([]byte("<13>1 2003-10-11T22:14:15.003Z h su 77 ID47 [x a=\"]\"] hi\n"), true)
	f.Fuzz(func(t *testing.T, b []byte, ntf bool) {
		for rest := b; ; {
			msg, used, ok := Next(rest, ntf, 512)
			if used < 0 || used > len(rest) || len(msg) > used || len(msg) > 512 {
				t.Fatalf("Next(%q) = %q, %d", rest, msg, used)
			}
			if !ok || used == 0 {
				break
			}
			rest = rest[used:]
			m := Parse(msg)
			if !bytes.HasSuffix(msg, m.Text) {
				t.Fatalf("Parse(%q): text %q", msg, m.Text)
			}
			for format := Auto; format <= Raw; format++ {
				s, _ := Open(Config{Target: Target{Kind: Moving}, Format: format, Level: Debug, MaxLen: 100})
				w := s.NewWriter()
				w.Relay(at, &m, m.Host)
				if len(w.buf) > 100 || len(m.Text) > 0 && (len(w.buf) == 0 || w.buf[len(w.buf)-1] != '\n') {
					t.Fatalf("relayed %q as %q", msg, w.buf)
				}
			}
		}
	})
}
