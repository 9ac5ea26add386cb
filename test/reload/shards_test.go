package reload

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sharded is a file whose bind has several sockets where the program makes them.
func (s *service) sharded(addr, shards, threads string, round int) string {
	return fmt.Sprintf(`global
 stats socket %s level admin expose-fd listeners
 nbthread %s
defaults
 mode http
 timeout connect 5s
 timeout client 30s
 timeout server 30s
frontend f
 bind 127.0.0.1:%d shards %s
 http-response set-header x-round %d
 default_backend b
backend b
 server s %s
`, s.stats(), threads, s.port, shards, round, addr)
}

// listeners are the sockets that a process has on the service's port, by inode.
func (s *service) listeners(pid int) map[string]bool {
	s.t.Helper()
	table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", pid))
	if err != nil {
		s.t.Fatal(err)
	}
	port, all := fmt.Sprintf(":%04X", s.port), map[string]bool{}
	for l := range strings.Lines(string(table)) {
		if f := strings.Fields(l); len(f) > 9 && strings.HasSuffix(f[1], port) && f[3] == "0A" {
			all["socket:["+f[9]+"]"] = true
		}
	}
	mine := map[string]bool{}
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil && all[to] {
			mine[to] = true
		}
	}
	return mine
}

// TestShardsAreTakenOver: HAProxy has a socket for each shard. All of them are
// taken over, by a single process and by a master, kept over both kinds of
// reload whatever the number is changed to, and given back; no connection is
// lost in the queue of one that was left behind.
func TestShardsAreTakenOver(t *testing.T) {
	for _, haproxy := range haproxies(t) {
		version, _ := exec.Command(haproxy, "-v").Output()
		t.Run(strings.Fields(string(version) + " ? ? ?")[2], func(t *testing.T) {
			for _, mode := range []string{"-db", "-W -S"} {
				t.Run(mode, func(t *testing.T) {
					s := newService(t)
					addr := origin(t)
					s.write(s.sharded(addr, "3", "4", 0))
					s.start(haproxy, "-db")
					var socks map[string]bool
					within(t, 5*time.Second, "HAProxy listens on three sockets", func() bool {
						socks = s.listeners(s.cmd.Process.Pid)
						return len(socks) == 3
					})
					s.underSingleLoad(func() {
						s.succeed(mode)
						s.sameSockets("taken over", socks)
						for round, next := range [][2]string{{"3", "4"}, {"1", "4"}, {"5", "3"}, {"by-thread", "3"}} {
							if mode == "-db" { // nobody to ask for a reload
								break
							}
							s.write(s.sharded(addr, next[0], next[1], round+1))
							s.reload()
							s.sameSockets(fmt.Sprintf("shards %s, nbthread %s", next[0], next[1]), socks)
						}
						s.write(s.sharded(addr, "3", "4", 9))
						s.takeOver(haproxy)
						s.sameSockets("given back", socks)
					})
				})
			}
		})
	}
}

// succeed starts ours on the running service's sockets and waits until the old
// process has ended.
func (s *service) succeed(mode string) {
	s.t.Helper()
	old, pid := s.gone, s.cmd.Process.Pid
	args := strings.Fields(mode)
	if len(args) > 1 {
		args = append(args, s.master())
	}
	s.start(program, append(args, "-x", s.stats(), "-sf", strconv.Itoa(pid))...)
	select {
	case <-old:
	case <-time.After(10 * time.Second):
		s.stuck(pid, old)
	}
	s.published()
}

// sameSockets fails unless the process that serves has exactly these.
func (s *service) sameSockets(when string, want map[string]bool) {
	s.t.Helper()
	text, err := cli(s.stats(), "show info")
	if err != nil {
		s.t.Fatal(err)
	}
	pid := 0
	for l := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(l, "Pid: "); ok {
			pid, _ = strconv.Atoi(strings.TrimSpace(rest))
		}
	}
	if got := s.listeners(pid); fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Errorf("%s: process %d listens on %v, want %v", when, pid, got, want)
	}
}
