package reload

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// queued is a configuration with one server that serves one stream at a time.
func (s *service) queued(origin string) string {
	return fmt.Sprintf(`global
 stats socket %s level admin
defaults
 mode http
 timeout connect 5s
 timeout client 30s
 timeout server 30s
 timeout queue 20s
 retries 0
frontend f
 bind 127.0.0.1:%d
 default_backend b
backend b
 server s %s maxconn 1
`, s.stats(), s.port, origin)
}

// loopTime is how long the queue's loop runs: SEGUE_QUEUE_TIME, else 10 s.
func loopTime(t *testing.T) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(os.Getenv("SEGUE_QUEUE_TIME"))
	if err != nil {
		return 10 * time.Second
	}
	return d
}

// TestQueueWhileItsServerComesAndGoes: forty clients at full speed wait for one
// slot, while the server is disabled, its sessions are shut down, and it is
// enabled again, ten times a second. Nobody hangs, and nothing is left over.
func TestQueueWhileItsServerComesAndGoes(t *testing.T) {
	s := newService(t)
	s.write(s.queued(origin(t)))
	s.start(program, "-db")
	var over atomic.Bool
	var answered, refused, broken, longest atomic.Int64
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			for !over.Load() {
				start := time.Now()
				text, err := get(s.addr())
				took := int64(time.Since(start))
				for old := longest.Load(); took > old && !longest.CompareAndSwap(old, took); old = longest.Load() {
				}
				switch {
				case err != nil || text == "":
					broken.Add(1)
				case strings.HasPrefix(text, "HTTP/1.1 200"):
					answered.Add(1)
				default:
					refused.Add(1)
				}
			}
		})
	}
	rounds := 0
	for end := time.Now().Add(loopTime(t)); time.Now().Before(end); rounds++ {
		next := time.Now().Add(100 * time.Millisecond)
		s.ask("disable server b/s")
		s.ask("shutdown sessions server b/s")
		s.ask("wait 100ms srv-removable b/s")
		s.ask("enable server b/s")
		time.Sleep(time.Until(next)) // the pace of the operator
	}
	over.Store(true)
	wg.Wait()
	t.Logf("%d rounds: %d answered, %d refused, %d broken, longest %v", rounds, answered.Load(), refused.Load(), broken.Load(), time.Duration(longest.Load()).Round(time.Millisecond))
	// A shutdown takes the answer from the one that has the slot, from nobody else.
	if answered.Load() == 0 || refused.Load() == 0 || broken.Load() > int64(rounds) {
		t.Errorf("%d answered, %d refused, %d without an answer; want some, some, at most %d", answered.Load(), refused.Load(), broken.Load(), rounds)
	}
	// A slot takes about a millisecond, a round 100; with 40 ahead nobody waits
	// for seconds unless it was forgotten.
	if d := time.Duration(longest.Load()); d > 3*time.Second {
		t.Errorf("a request took %v", d)
	}
	s.quiet()
}

// quiet wants everything that counts what is under way at 0 and a process that
// does nothing.
func (s *service) quiet() {
	s.t.Helper()
	within(s.t, 5*time.Second, "all counters are back at 0", func() bool {
		for _, side := range []string{"s", "BACKEND"} {
			if s.column("b", side, "qcur") != "0" || s.column("b", side, "scur") != "0" {
				return false
			}
		}
		return s.column("f", "FRONTEND", "scur") == "0"
	})
	if got := s.ask("show sess"); strings.Count(got, "proto=tcp") > 0 {
		s.t.Errorf("show sess: %q, want only the command's own", got)
	}
	before := cpuTicks(s.cmd.Process.Pid)
	time.Sleep(time.Second) // what is measured
	if n := cpuTicks(s.cmd.Process.Pid) - before; n > 5 {
		s.t.Errorf("%d0 ms of CPU in a second without work", n)
	}
}

// cpuTicks is what a process has used, in 1/100 s. Field numbers: proc(5).
func cpuTicks(pid int) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	sys, _ := strconv.Atoi(f[12])
	return user + sys
}

// TestQueueEndsWithItsLastServer: those who wait for the last server are
// answered when it is disabled, not when the queue's timeout ends.
func TestQueueEndsWithItsLastServer(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() { // takes connections and never answers
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { io.Copy(io.Discard, c); c.Close() }() //nolint:errcheck // ends with the test
		}
	}()
	s := newService(t)
	s.write(s.queued(ln.Addr().String()))
	s.start(program, "-db")
	holder, err := net.Dial("tcp", s.addr())
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close()
	io.WriteString(holder, "GET / HTTP/1.1\r\nHost: t\r\n\r\n") //nolint:errcheck // seen below
	within(t, 5*time.Second, "the slot is taken", func() bool { return s.column("b", "s", "scur") == "1" })
	answers := make(chan string, 4)
	for range cap(answers) {
		go func() {
			text, err := get(s.addr())
			if err != nil {
				text = err.Error()
			}
			answers <- text
		}()
	}
	within(t, 5*time.Second, "four wait", func() bool {
		return s.column("b", "BACKEND", "qcur") == "4" || s.column("b", "s", "qcur") == "4"
	})
	start := time.Now()
	s.ask("disable server b/s")
	for range cap(answers) {
		if text := <-answers; !strings.HasPrefix(text, "HTTP/1.1 503") {
			t.Errorf("got %q, want 503", text)
		}
	}
	took := time.Since(start)
	t.Logf("answered after %v", took)
	if took > 100*time.Millisecond {
		t.Errorf("answered after %v, want 100 ms", took)
	}
	holder.Close()
	s.quiet()
}
