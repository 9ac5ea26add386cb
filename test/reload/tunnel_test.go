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

// generations counts the lines of "show generations" without its head.
func (s *service) generations() int {
	s.t.Helper()
	return strings.Count(strings.TrimSpace(s.ask("show generations")), "\n")
}

func TestTunnelsAcrossReloads(t *testing.T) {
	const each, rounds = 1000, 50
	s := newService(t)
	back, web, tcp := echo(t), freePort(t), freePort(t)
	s.write(s.tunnels(web, tcp, back, 0))
	s.startMaster()
	worker := s.processes()[1]
	before := rss(worker)
	var list []*tunnel
	for i := range 2 * each {
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
	var longest, sum time.Duration
	for round := 1; round <= rounds; round++ {
		s.write(s.tunnels(web, tcp, back, round))
		start := time.Now()
		s.reload()
		took := time.Since(start)
		longest, sum = max(longest, took), sum+took
		if round%10 == 0 {
			everyTunnel(t, list, fmt.Sprintf("round %d", round))
		}
		if n := len(s.processes()); n != 2 {
			t.Fatalf("round %d: %d processes, want 2", round, n)
		}
	}
	right := rss(worker)
	defer func() {
		if t.Failed() {
			t.Logf("show generations:\n%s", s.ask("show generations"))
		}
	}()
	within(t, 20*time.Second, "the generation with the tunnels and the serving one are left", func() bool { return s.generations() == 2 })
	text := s.ask("show generations")
	if want := fmt.Sprintf(" %d 0 0 tunnels", 2*each); !strings.Contains(text, want) {
		t.Errorf("show generations:\n%s\nwant a line with %q", text, want)
	}
	settled := s.settled(worker)
	for _, tn := range list {
		tn.c.Close()
	}
	within(t, 20*time.Second, "only the serving generation is left", func() bool { return s.generations() == 1 })
	end := s.settled(worker)
	t.Logf("%d WebSocket and %d TCP tunnels, %d reloads in place (mean %v, longest %v): worker's memory %d kB, with the tunnels %d kB, right after the reloads %d kB, settled %d kB, without tunnels %d kB",
		each, each, rounds, (sum / rounds).Round(time.Millisecond), longest.Round(time.Millisecond), before, open, right, settled, end)
	if settled > open*11/10 {
		t.Errorf("after the reloads the worker has %d kB, want at most 1.1 x %d kB", settled, open)
	}
	if end > settled*3/4 {
		t.Errorf("without tunnels the worker has %d kB, want at most 3/4 of the %d kB with them", end, settled)
	}
}

// settled is the least memory that a process has within the time in which what
// ended is freed.
func (s *service) settled(pid int) int {
	least := rss(pid)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range 40 {
		<-tick.C
		least = min(least, rss(pid))
	}
	return least
}
