package reload

import (
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// feed writes what the next process reads that opens the service's file, a pipe.
// It returns when that has been opened.
func (s *service) feed() func(text string) {
	s.t.Helper()
	opened := make(chan *os.File, 1)
	go func() {
		f, err := os.OpenFile(s.cfg, os.O_WRONLY, 0) // returns when it reads
		if err == nil {
			opened <- f
		}
	}()
	select {
	case f := <-opened:
		return func(text string) {
			s.t.Helper()
			if _, err := f.WriteString(text); err != nil {
				s.t.Error(err)
			}
			f.Close()
		}
	case <-time.After(10 * time.Second):
		s.t.Fatal("nobody reads the file")
	}
	return nil
}

var counts = regexp.MustCompile(` (\d+) \[failed: (\d+)\]`)

// TestEachRequesterGetsItsAnswer holds a reload while its file is being read.
// Whoever asks meanwhile is not told how that one ends: the file may have changed.
// All of them share the next.
func TestEachRequesterGetsItsAnswer(t *testing.T) {
	s := newService(t)
	files := s.pair([2]string{})
	if err := syscall.Mkfifo(s.cfg, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() { s.feed()(files[0]) }()
	s.startMaster()
	ask := func() chan string {
		answer := make(chan string, 1)
		go func() {
			text, _ := s.tryReload()
			answer <- text
		}()
		return answer
	}
	first := ask()
	write := s.feed()
	// These come while the first one runs; one by its signal.
	var later []chan string
	for range 3 {
		later = append(later, ask())
	}
	s.cmd.Process.Signal(syscall.SIGUSR2) //nolint:errcheck // the master lives
	within(t, 5*time.Second, "all have asked", func() bool { return sessions(s.master()) == 4 })
	write(files[1])
	if got := <-first; !strings.HasPrefix(got, "Success=1") {
		t.Errorf("the first: %q, want success", got)
	}
	if text, err := get(s.addr()); err != nil || !strings.Contains(text, "x-file: 1") {
		t.Errorf("after the first: %q (%v)", text, err)
	}
	stop := make(chan struct{})
	defer close(stop)
	go func() { // usually one reader, another if a request was late
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			if f, err := os.OpenFile(s.cfg, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
				f.WriteString("broken\n") //nolint:errcheck // the answers tell
				f.Close()
			}
		}
	}()
	for i, answer := range later {
		if got := <-answer; !strings.HasPrefix(got, "Success=0") || !strings.Contains(got, "[ALERT]") {
			t.Errorf("requester %d: %q, want Success=0 and the reason", i, got)
		}
	}
	if text, err := get(s.addr()); err != nil || !strings.Contains(text, "x-file: 1") {
		t.Errorf("after the second: %q (%v)", text, err)
	}
	text, err := cli(s.master(), "show proc")
	if n := counts.FindStringSubmatch(text); err != nil || n == nil || n[1] != "2" && n[1] != "3" || n[2] == n[1] || n[2] == "0" {
		t.Errorf("show proc: %v, want 2 reloads and 1 of them failed, or 3 and 2\n%s", err, text)
	}
}

// sessions counts the connections that a listening unix socket has accepted.
func sessions(path string) (n int) {
	text, _ := os.ReadFile("/proc/net/unix")
	for line := range strings.Lines(string(text)) {
		// Num RefCount Protocol Flags Type St Inode Path; St 3 = connected. The
		// path begins with the name, under which it was bound before it was renamed.
		if f := strings.Fields(line); len(f) == 8 && f[5] == "03" && strings.HasPrefix(f[7], path) {
			n++
		}
	}
	return n
}
