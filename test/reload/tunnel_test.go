package reload

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// echo is a server of tunnels: with upgrade it first switches protocols.
func echo(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				r := bufio.NewReader(c)
				for {
					line, err := r.ReadString('\n')
					if err != nil {
						return
					}
					switch {
					case strings.HasPrefix(line, "GET "):
						for line != "\r\n" {
							if line, err = r.ReadString('\n'); err != nil {
								return
							}
						}
						line = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: lines\r\n\r\n"
					}
					if _, err := io.WriteString(c, line); err != nil {
						return
					}
				}
			}()
		}
	}()
	return ln.Addr().String()
}

// tunnel is a client's end.
type tunnel struct {
	c net.Conn
	r *bufio.Reader
}

func openTunnel(addr string, upgrade bool) (*tunnel, error) {
	c, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return nil, err
	}
	tn := &tunnel{c, bufio.NewReader(c)}
	if !upgrade {
		return tn, nil
	}
	if _, err := io.WriteString(c, "GET /ws HTTP/1.1\r\nHost: t\r\nConnection: upgrade\r\nUpgrade: lines\r\n\r\n"); err != nil {
		return nil, err
	}
	for first := true; ; first = false {
		line, err := tn.r.ReadString('\n')
		if err != nil {
			return nil, err
		}
		if first && !strings.Contains(line, " 101 ") {
			return nil, fmt.Errorf("no upgrade: %s", line)
		}
		if line == "\r\n" {
			return tn, nil
		}
	}
}

// works says a line and hears it back.
func (tn *tunnel) works(what string) error {
	tn.c.SetDeadline(time.Now().Add(5 * time.Second)) //nolint:errcheck // cannot fail
	if _, err := io.WriteString(tn.c, what+"\n"); err != nil {
		return err
	}
	got, err := tn.r.ReadString('\n')
	if err == nil && got != what+"\n" {
		err = fmt.Errorf("got %q, want %q", got, what)
	}
	return err
}

// everyTunnel checks all tunnels at once.
func everyTunnel(t *testing.T, list []*tunnel, what string) {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	broken := map[string]int{}
	for _, tn := range list {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := tn.works(what); err != nil {
				mu.Lock()
				broken[err.Error()]++
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	if len(broken) > 0 {
		t.Fatalf("%s: tunnels broke: %v", what, broken)
	}
}

func (s *service) tunnels(web, tcp int, back string, round int) string {
	return fmt.Sprintf(`global
 stats socket %s level admin
defaults
 timeout connect 5s
 timeout client 60s
 timeout server 60s
frontend f
 mode http
 bind 127.0.0.1:%d
 http-request return status 200 content-type text/plain string "round %d"
listen web
 mode http
 bind 127.0.0.1:%d
 server s %s
listen tcp
 bind 127.0.0.1:%d
 server s %s
`, s.stats(), s.port, round, web, back, tcp, back)
}

func TestTunnelsAcrossReloads(t *testing.T) {
	s := newService(t)
	back, web, tcp := echo(t), freePort(t), freePort(t)
	s.write(s.tunnels(web, tcp, back, 0))
	s.startMaster()
	worker := s.processes()[1]
	before := rss(worker)
	var list []*tunnel
	for i := range 200 {
		port := []int{web, tcp}[i%2]
		tn, err := openTunnel(fmt.Sprintf("127.0.0.1:%d", port), i%2 == 0)
		if err != nil {
			t.Fatal(err)
		}
		defer tn.c.Close()
		list = append(list, tn)
	}
	everyTunnel(t, list, "before")
	open := rss(worker)
	for round := 1; round <= 20; round++ {
		s.write(s.tunnels(web, tcp, back, round))
		s.reload()
		everyTunnel(t, list, fmt.Sprintf("round %d", round))
		if n := len(s.processes()); n != 2 {
			t.Fatalf("round %d: %d processes, want 2", round, n)
		}
	}
	t.Logf("worker's memory: %d kB, with 200 tunnels %d kB, after 20 reloads %d kB", before, open, rss(worker))
	t.Logf("show generations:\n%s", s.ask("show generations"))
	for _, tn := range list {
		tn.c.Close()
	}
	defer func() { t.Logf("at the end:\n%s", s.ask("show generations")) }()
	within(t, 20*time.Second, "only the serving generation is left", func() bool {
		return strings.Count(strings.TrimSpace(s.ask("show generations")), "\n") == 1
	})
	t.Logf("after the last tunnel: %d kB", rss(worker))
}
