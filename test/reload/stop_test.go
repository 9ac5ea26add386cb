package reload

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// modes are the ways to run.
var modes = map[string][]string{"single": {"-db"}, "master": {"-W"}}

// stopping is a file with a check that fails once the process is about to stop.
func (s *service) stopping(global, back string) string {
	return fmt.Sprintf(`global
 %s
defaults
 mode http
 timeout connect 5s
 timeout client 30s
 timeout server 30s
frontend f
 bind 127.0.0.1:%d
 monitor-uri /check
 monitor fail if { stopping }
 http-request return status 200 content-type text/plain string hi if { path / }
 default_backend b
backend b
 server s %s
`, global, s.port, back)
}

// status asks for a path and returns the status, "" if there was no answer.
func (s *service) status(path string) string {
	text, err := getPath(s.addr(), path)
	if err != nil || len(text) < 12 {
		return ""
	}
	return text[9:12]
}

// TestGrace sends SIGUSR1: checks fail at once, requests are served until the
// time is over, and the process ends with 0.
func TestGrace(t *testing.T) {
	const grace = 600 * time.Millisecond
	for name, args := range modes {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.write(s.stopping("grace 600ms", "127.0.0.1:1"))
			s.start(program, args...)
			if got := s.status("/check"); got != "200" {
				t.Fatalf("before: the check says %q, want 200", got)
			}
			start := time.Now()
			s.cmd.Process.Signal(syscall.SIGUSR1) //nolint:errcheck // seen below
			within(t, grace, "the check fails", func() bool { return s.status("/check") == "503" })
			if got := s.status("/"); got != "200" && time.Since(start) < grace {
				t.Errorf("during the grace: %q, want 200", got)
			}
			<-s.gone
			if took := time.Since(start); took < grace || took > grace+time.Second {
				t.Errorf("it ended after %v, want %v", took, grace)
			}
			if code := s.cmd.ProcessState.ExitCode(); code != 0 {
				t.Errorf("status %d, want 0", code)
			}
		})
	}
}

// TestHardStopAfter has a request whose server never answers when SIGUSR1
// comes: it is ended when the time is over.
func TestHardStopAfter(t *testing.T) {
	const limit = 700 * time.Millisecond
	for name, args := range modes {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			s.write(s.stopping("hard-stop-after 700ms", ln.Addr().String()))
			s.start(program, args...)
			go s.status("/slow")
			server, err := ln.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			start := time.Now()
			s.cmd.Process.Signal(syscall.SIGUSR1) //nolint:errcheck // seen below
			<-s.gone
			took := time.Since(start)
			got := plain(s.out.String())
			for _, want := range []string{
				"[WARNING] soft-stop running for too long, performing a hard-stop.",
				"[WARNING] Proxy f hard-stopped (1 remaining conns will be closed).",
			} {
				if !slices.Contains(got, want) {
					t.Errorf("it said %q, without %q", got, want)
				}
			}
			t.Logf("ended after %v", took.Round(time.Millisecond))
			if took < limit || took > limit+400*time.Millisecond { // 200 ms on a machine that is not busy
				t.Errorf("it ended after %v, want %v", took, limit)
			}
			if code := s.cmd.ProcessState.ExitCode(); code != 0 {
				t.Errorf("status %d, want 0", code)
			}
		})
	}
}

// TestPauseAndResume sends SIGTTOU and SIGTTIN: who connects in between is
// refused, who is connected is served.
func TestPauseAndResume(t *testing.T) {
	for name, args := range modes {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.write(s.stopping("", "127.0.0.1:1"))
			s.start(program, args...)
			held, err := net.Dial("tcp", s.addr())
			if err != nil {
				t.Fatal(err)
			}
			defer held.Close()
			for round := range 2 {
				s.cmd.Process.Signal(syscall.SIGTTOU) //nolint:errcheck // seen below
				within(t, 5*time.Second, "connections are refused", func() bool {
					_, err := get(s.addr())
					return errors.Is(err, syscall.ECONNREFUSED)
				})
				if n, err := exchange(held); err != nil || n != 200 {
					t.Errorf("pause %d, who was connected: %d (%v), want 200", round, n, err)
				}
				s.cmd.Process.Signal(syscall.SIGTTIN) //nolint:errcheck // seen below
				within(t, 5*time.Second, "connections are served", func() bool { return s.status("/") == "200" })
			}
		})
	}
}

// TestReloadEndsPause reloads in place while the service is paused.
func TestReloadEndsPause(t *testing.T) {
	s := newService(t)
	s.write(s.stopping("", "127.0.0.1:1"))
	s.startMaster()
	s.cmd.Process.Signal(syscall.SIGTTOU) //nolint:errcheck // seen below
	within(t, 5*time.Second, "connections are refused", func() bool {
		_, err := get(s.addr())
		return errors.Is(err, syscall.ECONNREFUSED)
	})
	s.reload()
	if got := s.status("/"); got != "200" {
		t.Errorf("after the reload: %q, want 200", got)
	}
}

// TestCloseSpread has idle connections when SIGUSR1 comes: they are closed over
// the time. HAProxy 3.4.0 with 100 of them and 2 s: 27, 21, 24 and 28 in each
// half second.
func TestCloseSpread(t *testing.T) {
	const conns, over = 80, 2 * time.Second
	s := newService(t)
	s.write(s.stopping("close-spread-time 2s", "127.0.0.1:1"))
	s.start(program, "-db")
	ends := make(chan time.Time, conns)
	for range conns {
		c, err := net.Dial("tcp", s.addr())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := exchange(c); err != nil {
			t.Fatal(err)
		}
		go func() {
			c.SetDeadline(time.Now().Add(10 * time.Second)) //nolint:errcheck // cannot fail
			io.Copy(io.Discard, c)                          //nolint:errcheck // its end is what counts
			ends <- time.Now()
		}()
	}
	start := time.Now()
	s.cmd.Process.Signal(syscall.SIGUSR1) //nolint:errcheck // seen below
	var half [8]int
	for range conns {
		half[min(int((<-ends).Sub(start)/(over/4)), 7)]++
	}
	t.Logf("closed in each half second: %v", half)
	for i, n := range half {
		if n > conns*3/4 {
			t.Errorf("%d of %d closed in half second %d", n, conns, i)
		}
	}
	if late := half[5] + half[6] + half[7]; late > conns/4 {
		t.Errorf("%d of %d closed late", late, conns)
	}
	<-s.gone
}

// exchange sends a request on a connection and returns the status.
func exchange(c net.Conn) (int, error) {
	c.SetDeadline(time.Now().Add(5 * time.Second)) //nolint:errcheck // cannot fail
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: t\r\n\r\n"); err != nil {
		return 0, err
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, r.Body)
	return r.StatusCode, err
}

// TestExitStatus has every way to end beside what HAProxy 3.4.0 does.
func TestExitStatus(t *testing.T) {
	for _, tc := range []struct {
		name   string
		args   []string
		sig    syscall.Signal
		worker bool // gets the signal in place of its master
		want   int  // of exec: -1 = by the signal
	}{
		{name: "single TERM", args: []string{"-db"}, sig: syscall.SIGTERM, want: -1},
		{name: "single INT", args: []string{"-db"}, sig: syscall.SIGINT, want: -1},
		{name: "single USR1", args: []string{"-db"}, sig: syscall.SIGUSR1},
		{name: "master TERM", args: []string{"-W"}, sig: syscall.SIGTERM},
		{name: "master INT", args: []string{"-W"}, sig: syscall.SIGINT, want: 130},
		{name: "master USR1", args: []string{"-W"}, sig: syscall.SIGUSR1},
		{name: "notifying master TERM", args: []string{"-Ws"}, sig: syscall.SIGTERM},
		{name: "worker TERM", args: []string{"-W"}, sig: syscall.SIGTERM, worker: true},
		{name: "worker INT", args: []string{"-W"}, sig: syscall.SIGINT, worker: true, want: 130},
		{name: "worker USR1", args: []string{"-W"}, sig: syscall.SIGUSR1, worker: true},
		{name: "worker KILL", args: []string{"-W"}, sig: syscall.SIGKILL, worker: true, want: 137},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newService(t)
			s.write(s.stopping("", "127.0.0.1:1"))
			s.start(program, tc.args...)
			pid := s.cmd.Process.Pid
			if tc.worker {
				within(t, 5*time.Second, "a worker", func() bool {
					return len(s.processes()) == 2 && strings.Contains(s.out.String(), "Loading success.")
				})
				pid = s.processes()[1]
			}
			start := time.Now()
			syscall.Kill(pid, tc.sig) //nolint:errcheck // seen below
			select {
			case <-s.gone:
			case <-time.After(5 * time.Second):
				t.Fatal("it does not end")
			}
			t.Logf("ended after %v", time.Since(start).Round(time.Millisecond))
			if code := s.cmd.ProcessState.ExitCode(); code != tc.want {
				t.Errorf("status %d, want %d", code, tc.want)
			}
		})
	}
}

// TestNotifySequence is everything that a service manager hears of a start, a
// reload, one that fails and the end.
func TestNotifySequence(t *testing.T) {
	s := newService(t)
	addr := filepath.Join(s.dir, "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: addr, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	t.Setenv("NOTIFY_SOCKET", addr)
	good := s.pair([2]string{})[0]
	s.write(good)
	s.start(program, "-Ws")
	pid := itoa(s.cmd.Process.Pid)
	usec := regexp.MustCompile(`MONOTONIC_USEC=[1-9]\d{5,}\n`)
	hear := func(want string) {
		t.Helper()
		b := make([]byte, 4096)
		manager.SetReadDeadline(time.Now().Add(10 * time.Second)) //nolint:errcheck // cannot fail
		n, err := manager.Read(b)
		if got := usec.ReplaceAllString(string(b[:n]), "MONOTONIC_USEC=N\n"); err != nil || got != want {
			t.Fatalf("heard %q (%v), want %q", got, err, want)
		}
	}
	ready := "READY=1\nMAINPID=" + pid + "\nSTATUS=Ready.\n"
	reloading := "RELOADING=1\nSTATUS=Reloading Configuration.\nMONOTONIC_USEC=N\n"
	hear(ready)
	s.cmd.Process.Signal(syscall.SIGUSR2) //nolint:errcheck // heard
	hear(reloading)
	hear(ready)
	s.write(strings.Replace(good, "global", "global\n nbthread 1", 1)) // with a new worker
	s.cmd.Process.Signal(syscall.SIGHUP)                               //nolint:errcheck // heard
	hear(reloading)
	hear(ready)
	s.write("broken\n")
	s.cmd.Process.Signal(syscall.SIGUSR2) //nolint:errcheck // heard
	hear(reloading)
	hear("READY=1\nSTATUS=Reload failed!\n")
	s.cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // heard
	hear("STOPPING=1\nSTATUS=Stopping.\n")
	<-s.gone
	manager.SetReadDeadline(time.Now()) //nolint:errcheck // cannot fail
	b := make([]byte, 4096)
	if n, err := manager.Read(b); err == nil {
		t.Errorf("after the end: %q", b[:n])
	}
}

// TestMaxReloads holds a request over reloads with new workers: "show proc"
// counts those that its worker has survived, one more than allowed ends it.
func TestMaxReloads(t *testing.T) {
	s := newService(t)
	s.write(s.stopping("mworker-max-reloads 1\n reload-mode new-worker", "127.0.0.1:1"))
	s.startMaster()
	c, err := net.Dial("tcp", s.addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := exchange(c); err != nil { // it is this worker's
		t.Fatal(err)
	}
	io.WriteString(c, "GET / HTTP/1.1\r\n") //nolint:errcheck // read below
	old := s.processes()[1]
	s.reload()
	text, err := cli(s.master(), "show proc")
	if want := regexp.MustCompile(fmt.Sprintf(`(?m)^%d +worker +1 `, old)); err != nil || !want.MatchString(text) {
		t.Errorf("show proc: %v, want worker %d with 1 reload in\n%s", err, old, text)
	}
	s.reload()
	c.SetDeadline(time.Now().Add(5 * time.Second)) //nolint:errcheck // cannot fail
	if _, err := io.ReadAll(c); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the worker survives a second reload")
	}
	within(t, 2*time.Second, "one master and one worker", func() bool { return len(s.processes()) == 2 })
}
