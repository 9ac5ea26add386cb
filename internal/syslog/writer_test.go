package syslog

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// hdr is the sender of all lines in these tests.
var hdr = Header{Tag: "t", PID: "1"}

// listenUDP opens a receiver and its target.
func listenUDP(t testing.TB, addr string) (net.PacketConn, Target) {
	t.Helper()
	l, err := net.ListenPacket("udp", addr)
	if err != nil {
		t.Skip("no such address here: ", err)
	}
	t.Cleanup(func() { l.Close() })
	return l, Target{Kind: UDP, Addr: l.LocalAddr().(*net.UDPAddr).AddrPort()}
}

func listenUnix(t testing.TB, path string) net.PacketConn {
	t.Helper()
	_ = os.Remove(path) // closing a receiver leaves its file behind
	l, err := net.ListenPacket("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// receive reads n datagrams, which must come soon.
func receive(t testing.TB, l net.PacketConn, n int) []string {
	t.Helper()
	var got []string
	buf := make([]byte, 70000)
	for range n {
		if err := l.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		m, _, err := l.ReadFrom(buf)
		if err != nil {
			t.Fatalf("after %d of %d lines: %v", len(got), n, err)
		}
		got = append(got, string(buf[:m]))
	}
	return got
}

// open makes a raw-format sink and a writer that are closed with the test.
func open(t testing.TB, cfg Config) (*Sink, *Writer) {
	t.Helper()
	if cfg.Format == Auto {
		cfg.Format = Raw
	}
	if cfg.Level == 0 {
		cfg.Level = Debug
	}
	s, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w := s.NewWriter()
	t.Cleanup(func() { w.Close(); s.Close(5 * time.Second) })
	return s, w
}

func put(w *Writer, now int64, lines ...string) {
	for _, l := range lines {
		w.Append(Info, now, &hdr, nil, nil, []byte(l))
	}
}

func TestWriterSendsDatagrams(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l4, t4 := listenUDP(t, "127.0.0.1:0")
	l6, t6 := listenUDP(t, "[::1]:0")
	for name, to := range map[string]struct {
		l      net.PacketConn
		target Target
	}{
		"ipv4": {l4, t4},
		"ipv6": {l6, t6},
		"unix": {listenUnix(t, path), Target{Kind: Unix, Path: path}},
		"abstract": {listenUnix(t, "@segue-"+filepath.Base(filepath.Dir(path))+t.Name()),
			Target{Kind: Unix, Path: "\x00segue-" + filepath.Base(filepath.Dir(path)) + t.Name()}},
	} {
		t.Run(name, func(t *testing.T) {
			s, w := open(t, Config{Target: to.target})
			put(w, at, "one", "two")
			if w.Flush() {
				t.Error("lines left")
			}
			put(w, at, "three")
			w.Flush()
			if got := strings.Join(receive(t, to.l, 3), ""); got != "one\ntwo\nthree\n" || s.Dropped() != 0 {
				t.Errorf("got %q, %d dropped", got, s.Dropped())
			}
		})
	}
}

func TestWriterSendsManyAtOnce(t *testing.T) {
	l, target := listenUDP(t, "127.0.0.1:0")
	_, w := open(t, Config{Target: target})
	const n = 2*batch + 7
	for i := range n {
		put(w, at, fmt.Sprint(i))
	}
	w.Flush()
	for i, got := range receive(t, l, n) {
		if got != fmt.Sprintln(i) {
			t.Fatalf("line %d = %q", i, got)
		}
	}
}

func TestWriterLevels(t *testing.T) {
	inZone(t, "UTC", 0)
	l, target := listenUDP(t, "127.0.0.1:0")
	s, w := open(t, Config{Target: target, Format: Priority, Facility: 3, Level: Info, MinLevel: Notice})
	for lev := Emerg; lev <= Debug; lev++ {
		w.Append(lev, at, &hdr, nil, nil, []byte(lev.String()))
	}
	w.Append(Info, at, &hdr, nil, nil, nil) // empty messages are not sent
	w.Flush()
	want := "<29>emerg <29>alert <29>crit <29>err <29>warning <29>notice <30>info "
	if got := strings.ReplaceAll(strings.Join(receive(t, l, 7), ""), "\n", " "); got != want || s.Dropped() != 0 {
		t.Errorf("got %q, want %q", got, want)
	}
	if !s.Wants(Info) || s.Wants(Debug) {
		t.Error("Wants does not follow the level")
	}
}

func TestWriterSamplesAcrossWriters(t *testing.T) {
	l, target := listenUDP(t, "127.0.0.1:0")
	sampling, err := ParseSampling("2-3:4")
	if err != nil {
		t.Fatal(err)
	}
	s, a := open(t, Config{Target: target, Sampling: sampling})
	b := s.NewWriter()
	defer b.Close()
	for i := range 8 {
		put([]*Writer{a, b}[i%2], at, fmt.Sprint(i))
	}
	a.Flush()
	b.Flush()
	if got := strings.ReplaceAll(strings.Join(receive(t, l, 4), ""), "\n", " "); got != "2 6 1 5 " || s.Dropped() != 0 {
		t.Errorf("got %q", got)
	}
}

func TestWriterFindsUnixSocketThatComesLate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	s, w := open(t, Config{Target: Target{Kind: Unix, Path: path}})
	put(w, at, "lost")
	w.Flush()
	l := listenUnix(t, path)
	put(w, at+retryAfter/2, "too soon")
	w.Flush()
	if s.Dropped() != 2 {
		t.Fatalf("%d dropped, want 2", s.Dropped())
	}
	put(w, at+retryAfter, "after a second")
	w.Flush()
	// A restarted receiver is found at once: it is missed by no line.
	if got := receive(t, l, 1); got[0] != "after a second\n" {
		t.Errorf("got %q", got)
	}
	l.Close()
	l = listenUnix(t, path)
	put(w, at+retryAfter, "restarted")
	w.Flush()
	if got := receive(t, l, 1); got[0] != "restarted\n" || s.Dropped() != 2 {
		t.Errorf("got %q, %d dropped", got, s.Dropped())
	}
	l.Close()
	put(w, at+retryAfter, "lost")
	w.Flush()
	l = listenUnix(t, path)
	put(w, at-3600e9, "clock set back")
	w.Flush()
	if got := receive(t, l, 1); got[0] != "clock set back\n" || s.Dropped() != 3 {
		t.Errorf("got %q, %d dropped", got, s.Dropped())
	}
}

func TestWriterKeepsLinesForSlowReceiver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l := listenUnix(t, path)
	s, w := open(t, Config{Target: Target{Kind: Unix, Path: path}})
	total, pending := 0, false
	for ; !pending; total++ {
		put(w, at, fmt.Sprint(total))
		pending = w.Flush()
		if total > 100000 {
			t.Fatal("the socket never fills")
		}
	}
	put(w, at, "last")
	for range total {
		receive(t, l, 1)
		w.Flush()
	}
	if got := receive(t, l, 1); got[0] != "last\n" || s.Dropped() != 0 || w.Flush() {
		t.Errorf("got %q, %d dropped", got, s.Dropped())
	}
}

func TestWriterCountsWhatIsLeftAtClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	listenUnix(t, path)
	s, w := open(t, Config{Target: Target{Kind: Unix, Path: path}})
	for !w.Flush() {
		put(w, at, "x")
	}
	put(w, at, "y", "z")
	left := uint64(len(w.ends))
	w.Close()
	if s.Dropped() != left || left < 3 {
		t.Errorf("%d dropped, want %d", s.Dropped(), left)
	}
}

func TestWriterSkipsLineThatTheNetworkCannotCarry(t *testing.T) {
	l, target := listenUDP(t, "127.0.0.1:0")
	s, w := open(t, Config{Target: target, MaxLen: MaxLen})
	put(w, at, "one", strings.Repeat("x", 65530), "two")
	w.Flush()
	if got := strings.Join(receive(t, l, 2), ""); got != "one\ntwo\n" || s.Dropped() != 1 {
		t.Errorf("got %q, %d dropped, want 1", got, s.Dropped())
	}
}

func TestWriterBufferIsBounded(t *testing.T) {
	_, target := listenUDP(t, "127.0.0.1:0")
	s, w := open(t, Config{Target: target})
	for range maxLines + 10 {
		put(w, at, "x")
	}
	if s.Dropped() != 10 {
		t.Errorf("%d short lines dropped, want 10", s.Dropped())
	}
	w.reset()
	line := strings.Repeat("x", DefaultLen)
	for range 2 * maxBuffer / DefaultLen {
		put(w, at, line)
	}
	if want := uint64(10 + maxBuffer/DefaultLen); s.Dropped() != want || len(w.buf) != maxBuffer {
		t.Errorf("%d dropped, want %d; %d bytes", s.Dropped(), want, len(w.buf))
	}
	w.reset()
}

func TestOpenRefuses(t *testing.T) {
	for _, tc := range []struct {
		cfg  Config
		want string
	}{
		{Config{MaxLen: 79, Target: Stdout()}, "invalid log length '79', must be between 80 and 65535"},
		{Config{MaxLen: 65536, Target: Stdout()}, "invalid log length '65536', must be between 80 and 65535"},
		{Config{Target: Target{Kind: FD, FD: 1 << 20}}, "cannot log to file descriptor 1048576: bad file descriptor"},
		{Config{Target: Target{Kind: Unix, Path: strings.Repeat("x", 108)}}, "cannot log to unix socket"},
		{Config{Target: Target{Kind: Unix}}, "cannot log to unix socket"},
		{Config{Target: Target{Kind: UDP}}, "no address or port"},
		{Config{Target: Target{Kind: UDP, Addr: netip.MustParseAddrPort("1.2.3.4:0")}}, "no address or port"},
	} {
		if _, err := Open(tc.cfg); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("Open(%+v) = %v, want %s", tc.cfg, err, tc.want)
		}
	}
}

func TestWriterDoesNotAllocate(t *testing.T) {
	_, target := listenUDP(t, "127.0.0.1:0") // nobody reads: the kernel drops what is too much
	_, w := open(t, Config{Target: target, Format: RFC5424})
	msg := bytes.Repeat([]byte("m"), 300)
	turn := func() {
		for range 3 {
			w.Append(Info, at, &hdr, nil, nil, msg)
		}
		w.Flush()
	}
	turn()
	if n := testing.AllocsPerRun(100, turn); n != 0 {
		t.Errorf("%v allocations for a turn, want 0", n)
	}
}

func BenchmarkAppend(b *testing.B) {
	s, err := Open(Config{Target: Target{Kind: Unix, Path: "/nowhere"}, Level: Debug})
	if err != nil {
		b.Fatal(err)
	}
	w := s.NewWriter()
	msg := bytes.Repeat([]byte("m"), 200)
	b.ReportAllocs()
	for b.Loop() {
		w.Append(Info, at, &hdr, nil, nil, msg)
		w.reset()
	}
}

func BenchmarkAppendAndFlushUDP(b *testing.B) {
	_, target := listenUDP(b, "127.0.0.1:0")
	_, w := open(b, Config{Target: target, Format: Local})
	msg := bytes.Repeat([]byte("m"), 200)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		w.Append(Info, at, &hdr, nil, nil, msg)
		if i%16 == 15 {
			w.Flush()
		}
	}
}

// TestFailureIsToldOnce sends to a target that is not there, from two loops and
// many times, then to one that refuses for another reason.
func TestFailureIsToldOnce(t *testing.T) {
	told := make(chan unix.Errno, 100)
	path := filepath.Join(t.TempDir(), "log")
	s, w := open(t, Config{Target: Target{Kind: Unix, Path: path}, Failed: func(e unix.Errno) { told <- e }})
	other := s.NewWriter()
	defer other.Close()
	now := int64(at)
	fail := func() {
		for range 20 {
			now += 2 * retryAfter
			put(w, now, "lost")
			put(other, now, "lost")
			w.Flush()
			other.Flush()
		}
	}
	fail()
	if got := <-told; got != unix.ENOENT {
		t.Errorf("told %v, want ENOENT", got)
	}
	listenUnix(t, path).Close() // the file stays, nobody listens
	fail()
	if got := <-told; got != unix.ECONNREFUSED {
		t.Errorf("told %v, want ECONNREFUSED", got)
	}
	s.Close(5 * time.Second)
	if len(told) != 0 || s.Dropped() != 80 {
		t.Errorf("%d more were told, %d dropped, want 0 and 80", len(told), s.Dropped())
	}
}

func TestFailureOfDescriptorIsTold(t *testing.T) {
	r, wr, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer wr.Close()
	r.Close()
	told := make(chan unix.Errno, 100)
	_, w := open(t, Config{Target: Target{Kind: FD, FD: int(wr.Fd())}, Failed: func(e unix.Errno) { told <- e }})
	put(w, at, "lost")
	w.Flush()
	if got := <-told; got != unix.EPIPE {
		t.Errorf("told %v, want EPIPE", got)
	}
}
