package reload

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestOldProcessesAreCounted has a request that outlives its process once or
// twice: what it counts at its end is in the statistics of the process that
// serves then.
func TestOldProcessesAreCounted(t *testing.T) {
	for _, tc := range []struct {
		name, first string
		replace     func(s *service)
	}{
		{"new worker", "-W", func(s *service) { s.reload() }},
		{"two new workers", "-W", func(s *service) { s.reload(); s.reload() }},
		{"single to single", "-db", func(s *service) { s.follow("-db") }},
		{"single to master", "-db", func(s *service) { s.follow("-W") }},
		{"master to single", "-W", func(s *service) { s.follow("-db") }},
		{"master to master, then a new worker", "-W", func(s *service) {
			s.follow("-W")
			if text, err := cli(s.master()+"2", "reload"); err != nil || !strings.HasPrefix(text, "Success=1") {
				s.t.Fatalf("reload: %q (%v)", text, err)
			}
		}},
		{"a newcomer that failed before", "-db", func(s *service) {
			s.failedStart("-db", fmt.Sprintf("defaults\n mode http\nfrontend f\n bind 127.0.0.1:%d\n", s.port))
			s.follow("-db")
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newService(t)
			back, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer back.Close()
			s.write(s.stopping("reload-mode new-worker\n stats socket "+s.stats()+" level admin expose-fd listeners", back.Addr().String()))
			if tc.first == "-W" {
				s.startMaster()
			} else {
				s.start(program, tc.first)
			}
			s.published()
			for range 3 {
				if got := s.status("/"); got != "200" {
					t.Fatalf("status %q, want 200", got)
				}
			}
			slow, err := net.Dial("tcp", s.addr())
			if err != nil {
				t.Fatal(err)
			}
			defer slow.Close()
			io.WriteString(slow, "GET /slow HTTP/1.1\r\nHost: t\r\n\r\n") //nolint:errcheck // the server tells
			server, err := back.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			if _, err := http.ReadRequest(bufio.NewReader(server)); err != nil {
				t.Fatal(err)
			}
			tc.replace(s)
			s.published()
			for range 2 {
				if got := s.status("/"); got != "200" {
					t.Fatalf("afterwards: status %q, want 200", got)
				}
			}
			facts := func() string {
				return fmt.Sprintf("f %s, b %s, s %s, to the client %s", s.column("f", "FRONTEND", "hrsp_2xx"), s.column("b", "BACKEND", "hrsp_2xx"),
					s.column("b", "s", "hrsp_2xx"), s.column("b", "BACKEND", "bout"))
			}
			if got, want := facts(), "f 5, b 0, s 0, to the client 0"; got != want {
				t.Errorf("while it runs: %s, want %s", got, want)
			}
			const response = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
			fmt.Fprintf(server, "%s%01000d", response, 0) //nolint:errcheck // the client tells
			r, err := http.ReadResponse(bufio.NewReader(slow), nil)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, r.Body); n != 1000 || err != nil {
				t.Errorf("the slow response has %d bytes (%v)", n, err)
			}
			slow.Close()
			want := fmt.Sprintf("f 6, b 1, s 1, to the client %d", len(response)+1000)
			var got string
			for end := time.Now().Add(5 * time.Second); got != want && time.Now().Before(end); {
				got = facts()
			}
			if got != want {
				t.Errorf("at its end: %s, want %s", got, want)
			}
		})
	}
}

// follow starts another process that takes over from the service, and waits until
// the old one accepts no more.
func (s *service) follow(mode string) {
	s.t.Helper()
	pid := itoa(s.cmd.Process.Pid)
	if mode == "-W" {
		s.start(program, "-W", "-S", s.master()+"2", "-x", s.stats(), "-sf", pid)
		within(s.t, 10*time.Second, "the new master's CLI answers", func() bool {
			_, err := cli(s.master()+"2", "show version")
			return err == nil
		})
	} else {
		s.start(program, mode, "-x", s.stats(), "-sf", pid)
	}
	within(s.t, 10*time.Second, "the old process leaves", func() bool { return strings.Contains(s.out.String(), "Proxy b stopped") })
}
