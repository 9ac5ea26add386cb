package reload

import (
	"fmt"
	"net"
	"path/filepath"
	"regexp"
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
