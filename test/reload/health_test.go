package reload

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// checked is a server whose health the test decides; it counts what came.
type checked struct {
	addr   string
	good   atomic.Bool
	checks atomic.Int64
	others atomic.Int64 // requests that are no checks
}

func newChecked(t *testing.T, good bool) *checked {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	o := &checked{addr: ln.Addr().String()}
	o.good.Store(good)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go o.serve(c)
		}
	}()
	return o
}

func (o *checked) serve(c net.Conn) {
	defer c.Close()
	buf := make([]byte, 4096)
	n, err := c.Read(buf)
	if err != nil {
		return
	}
	status := "200 OK"
	if strings.HasPrefix(string(buf[:n]), "OPTIONS /check ") {
		o.checks.Add(1)
		if !o.good.Load() {
			status = "500 No"
		}
	} else {
		o.others.Add(1)
	}
	fmt.Fprintf(c, "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status)
}

// healthy is a configuration whose servers are checked every second. round
// makes each file another one.
func (s *service) healthy(up, down *checked, inter, stateFile, global string, round int) string {
	return fmt.Sprintf(`global
 stats socket %[1]s level admin expose-fd listeners
 server-state-file %[2]s
 %[3]s
defaults
 mode http
 timeout connect 5s
 timeout client 30s
 timeout server 30s
 load-server-state-from-file global
frontend f
 bind 127.0.0.1:%[4]d
 http-request set-header x-round %[5]d
 default_backend b
backend b
 option httpchk OPTIONS /check
 server up %[6]s check inter %[8]s rise 2 fall 3
 server down %[7]s check inter %[8]s rise 2 fall 3
 server maint %[7]s check inter %[8]s
 server drain %[7]s check inter 1h weight 10
`, s.stats(), stateFile, global, s.port, round, up.addr, down.addr, inter)
}

// health is what is known of the servers' health.
func (s *service) health() string {
	s.t.Helper()
	var out []string
	for _, srv := range []string{"up", "down", "maint", "drain"} {
		out = append(out, srv+":")
		for _, name := range []string{"status", "weight", "chkfail", "chkdown", "check_status", "check_code", "check_health", "last_chk"} {
			v := s.column("b", srv, name)
			if name == "check_status" {
				v = strings.TrimPrefix(v, "* ") // one may be under way
			}
			out = append(out, v)
		}
	}
	return strings.Join(out, " ")
}

// sick starts the service's configuration and waits until its health is what
// the tests are about.
func (s *service) sick(start func()) {
	s.t.Helper()
	start()
	within(s.t, 10*time.Second, "the checks have found out", func() bool {
		return s.column("b", "up", "status") == "UP" && s.column("b", "down", "status") == "DOWN" && strings.Contains(s.health(), "L7OK")
	})
	s.ask("set server b/maint state maint")
	s.ask("set server b/drain state drain")
	s.ask("set server b/drain weight 3")
}

// TestHealthOutlivesReloads: nothing that checks and operators found out is
// forgotten, and a server that is down gets no request at any moment.
func TestHealthOutlivesReloads(t *testing.T) {
	for _, mode := range []struct{ name, global string }{{name: "in place"}, {"new worker", "reload-mode new-worker"}} {
		t.Run(mode.name, func(t *testing.T) {
			s := newService(t)
			up, down := newChecked(t, true), newChecked(t, false)
			s.write(s.healthy(up, down, "1s", "/nonexistent", mode.global, 0))
			s.sick(s.startMaster)
			want := s.health()
			stop := s.traffic()
			for round := 1; round <= 10; round++ {
				s.write(s.healthy(up, down, "1s", "/nonexistent", mode.global, round))
				s.reload()
				if got := s.health(); got != want {
					t.Fatalf("round %d:\n got %s\nwant %s", round, got, want)
				}
			}
			if bad := stop(); bad != "" {
				t.Error(bad)
			}
			if n := down.others.Load(); n != 0 {
				t.Errorf("servers that are down got %d requests", n)
			}
			// Checks go on.
			n := down.checks.Load()
			within(t, 5*time.Second, "two more checks", func() bool { return down.checks.Load() >= n+2 })
			down.good.Store(true)
			within(t, 5*time.Second, "the server is up again", func() bool { return s.column("b", "down", "status") == "UP" })
		})
	}
}

// TestChecksKeepTheirSchedule: reloads without a pause neither hasten checks, by
// one at each, nor keep them from running.
func TestChecksKeepTheirSchedule(t *testing.T) {
	for _, mode := range []struct{ name, global string }{{name: "in place"}, {"new worker", "reload-mode new-worker"}} {
		t.Run(mode.name, func(t *testing.T) {
			s := newService(t)
			up, down := newChecked(t, true), newChecked(t, false)
			s.write(s.healthy(up, down, "1s", "/nonexistent", mode.global, 0))
			s.sick(s.startMaster)
			n, start := up.checks.Load(), time.Now()
			for round := 1; time.Since(start) < 5*time.Second; round++ {
				s.write(s.healthy(up, down, "1s", "/nonexistent", mode.global, round))
				s.reload()
			}
			// A check that falls due while one worker hands over to the next may
			// be run by both. Some fifty reloads a second leave little time else,
			// so that new workers are allowed two a second.
			secs := time.Since(start).Seconds()
			most := secs + 2
			if mode.global != "" {
				most += secs
			}
			if got := float64(up.checks.Load() - n); got < secs-2 || got > most {
				t.Errorf("%v checks in %.1f s, want one each second", got, secs)
			}
		})
	}
}

// traffic asks without pause from four connections until it is stopped, and
// then says what was not answered with 200.
func (s *service) traffic() (stop func() string) {
	var wg sync.WaitGroup
	var over atomic.Bool
	var bad atomic.Value
	for range 4 {
		wg.Go(func() {
			for !over.Load() {
				text, err := get(s.addr())
				if err != nil || !strings.HasPrefix(text, "HTTP/1.1 200") {
					bad.Store(fmt.Sprintf("%q (%v)", text, err))
				}
			}
		})
	}
	return func() string {
		over.Store(true)
		wg.Wait()
		text, _ := bad.Load().(string)
		return text
	}
}

// TestStateFileOutlivesProcesses: with a state file, a process that starts after
// the end of another one knows what that one knew.
func TestStateFileOutlivesProcesses(t *testing.T) {
	s := newService(t)
	up, down := newChecked(t, true), newChecked(t, false)
	file := filepath.Join(s.dir, "state")
	s.write(s.healthy(up, down, "1s", file, "", 0))
	s.sick(func() { s.start(program, "-db") })
	for round := 1; round <= 5; round++ {
		if err := os.WriteFile(file, []byte(s.ask("show servers state")), 0o644); err != nil {
			t.Fatal(err)
		}
		s.write(s.healthy(up, down, "1s", file, "", round))
		s.cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // its end tells
		<-s.gone
		s.start(program, "-db")
		for range 20 {
			if text, err := get(s.addr()); err != nil || !strings.HasPrefix(text, "HTTP/1.1 200") {
				t.Errorf("round %d: %q (%v)", round, text, err)
			}
		}
		for _, c := range []struct{ srv, status, weight string }{{"up", "UP", "1"}, {"down", "DOWN", "1"}, {"maint", "MAINT", "1"}, {"drain", "DRAIN", "3"}} {
			if status, weight := s.column("b", c.srv, "status"), s.column("b", c.srv, "weight"); status != c.status || weight != c.weight {
				t.Errorf("round %d: %s is %s with weight %s, want %s with %s", round, c.srv, status, weight, c.status, c.weight)
			}
		}
	}
	if n := down.others.Load(); n != 0 {
		t.Errorf("servers that are down got %d requests", n)
	}
}

// TestStateFileThatIsWrong costs a warning and never a start.
func TestStateFileThatIsWrong(t *testing.T) {
	good := "1\n# be_id\n2 b 1 up 127.0.0.1 2 0 1 1 9 15 3 4 6 0 0 0 - 80 - 0 0 - - 0\n"
	for _, c := range []struct {
		name string
		make func(path string) error
		warn string // what the start says
	}{
		{"missing", func(string) error { return nil }, ""},
		{"empty", func(p string) error { return os.WriteFile(p, nil, 0o644) }, "it is empty"},
		{"garbage", func(p string) error { return os.WriteFile(p, []byte("\x00\xff\x7fELF\n\n1\n"), 0o644) }, "not a state file"},
		{"truncated", func(p string) error { return os.WriteFile(p, []byte(good+good[:40]), 0o644) }, "cut off"},
		{"huge", func(p string) error { return os.WriteFile(p, []byte("1\n"+strings.Repeat("x y z\n", 4<<20)), 0o644) }, "fields"},
		{"a directory", func(p string) error { return os.Mkdir(p, 0o755) }, "cannot open"},
		{"a loop of links", func(p string) error { return os.Symlink(p, p) }, "cannot open"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newService(t)
			o := newChecked(t, true)
			file := filepath.Join(s.dir, "state")
			if err := c.make(file); err != nil {
				t.Fatal(err)
			}
			s.write(s.healthy(o, o, "1h", file, "", 0))
			s.start(program, "-db")
			if text, err := get(s.addr()); err != nil || !strings.HasPrefix(text, "HTTP/1.1 200") {
				t.Errorf("got %q (%v)", text, err)
			}
			out := s.out.String()
			if c.warn != "" && (!strings.Contains(out, "[WARNING]") || !strings.Contains(out, c.warn) || !strings.Contains(out, file)) {
				t.Errorf("the start says %q, want a warning with the file and %q", out, c.warn)
			}
			if c.warn == "" && strings.Contains(out, "state file") {
				t.Errorf("the start says %q, want nothing of a file that may be missing", out)
			}
		})
	}
}
