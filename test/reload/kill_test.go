package reload

import (
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKilledAtRandomMoments kills the worker, the validator or whichever
// process a reload has started. The master must not end while it can serve, and
// whoever starts the service again finds its address free.
func TestKilledAtRandomMoments(t *testing.T) {
	s := newService(t)
	modes := [2]string{"", "reload-mode new-worker"}
	files := s.pair(modes)
	rounds, restarts := 200, 0
	if testing.Short() {
		rounds = 12
	}
	for i := range rounds {
		if s.cmd != nil {
			within(t, 3*time.Second, "the service has ended or has a worker", func() bool { return s.ended() || len(s.processes()) > 1 && s.serves() })
		}
		if s.cmd == nil || s.ended() {
			if s.cmd != nil {
				restarts++
			}
			s.write(files[0])
			s.startMaster()
		}
		worker := 0
		if pids := s.processes(); len(pids) > 1 {
			worker = pids[1]
		}
		s.write(files[i%2])
		result := make(chan string, 1)
		go func() { text, _ := s.tryReload(); result <- text }()
		// Not a wait for something: the moment is the test's variable.
		time.Sleep(rand.N(70 * time.Millisecond))
		pids := s.processes()
		if len(pids) == 0 { // the kill of the round before has come to its end only now
			<-result
			if i == 0 {
				t.Fatalf("the service ended by itself:\n%s", s.out.String())
			}
			continue
		}
		victim := pids[rand.IntN(len(pids))]
		syscall.Kill(victim, syscall.SIGKILL) //nolint:errcheck // it may just have ended
		<-result
		switch victim {
		case s.cmd.Process.Pid, worker:
			// The service is to end within 100 ms, or the reload has already
			// brought another worker: then it serves.
			within(t, 3*time.Second, "the service has ended or serves", func() bool { return s.ended() || s.serves() })
		default:
			within(t, 3*time.Second, "the service goes on", func() bool { return s.serves() || s.ended() })
			// A new worker that serves already is a loss like the old one's.
			if s.ended() && !strings.Contains(s.out.String(), "Current worker ("+itoa(victim)+")") {
				t.Errorf("round %d: the loss of a child that did not serve ended the service:\n%s", i, s.out.String())
			}
		}
		if s.ended() {
			for _, pid := range pids {
				within(t, time.Second, "no orphan is left", func() bool { return !alive(pid) })
			}
		}
	}
	t.Logf("%d kills, %d starts of the service", rounds, restarts+1)
}

// ended reports whether the master is gone.
func (s *service) ended() bool {
	select {
	case <-s.gone:
		return true
	default:
		return false
	}
}

func (s *service) serves() bool {
	text, err := get(s.addr())
	return err == nil && strings.Contains(text, "x-file:")
}

// alive reports whether a process runs; a zombie does not.
func alive(pid int) bool {
	text, err := os.ReadFile("/proc/" + itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return !strings.HasPrefix(rest, "Z")
}

// TestDroppedListenerIsDrained removes a frontend from the file: who waits in
// its queue is answered, who is connected and idle is told to leave.
func TestDroppedListenerIsDrained(t *testing.T) {
	s := newService(t)
	files := s.pair([2]string{})
	s.write(files[1])
	s.startMaster()
	_, rest, _ := strings.Cut(files[1], s.addr()+"\n bind ")
	other, _, _ := strings.Cut(rest, "\n")
	idle, err := net.Dial("tcp", other)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	busy, err := net.Dial("tcp", other)
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	request := func(c net.Conn) string {
		t.Helper()
		c.SetDeadline(time.Now().Add(5 * time.Second)) //nolint:errcheck // cannot fail
		if _, err := c.Write([]byte("GET / HTTP/1.1\r\nHost: t\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 4096)
		n, err := c.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
	for _, c := range []net.Conn{idle, busy} {
		if got := request(c); strings.Contains(got, "close") {
			t.Fatalf("before: %q", got)
		}
	}
	s.write(files[0])
	s.reload()
	if got := request(busy); !strings.Contains(got, " 200 ") || !strings.Contains(got, "Connection: close") {
		t.Errorf("a request on a connection of a dropped listener: %q, want 200 and Connection: close", got)
	}
	idle.SetReadDeadline(time.Now().Add(3 * time.Second)) //nolint:errcheck // cannot fail
	if n, err := idle.Read(make([]byte, 1)); n != 0 || err == nil || os.IsTimeout(err) {
		t.Errorf("an idle connection of a dropped listener: read %d, %v, want its end", n, err)
	}
	if c, err := net.Dial("tcp", other); err == nil {
		c.Close()
		t.Errorf("the dropped listener still accepts")
	}
}
