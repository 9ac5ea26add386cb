package reload

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// takeOver starts binary on the running service's sockets and waits until the
// old process has ended.
func (s *service) takeOver(binary string) {
	s.t.Helper()
	old, pid := s.gone, s.cmd.Process.Pid
	s.start(binary, "-db", "-x", s.stats(), "-sf", strconv.Itoa(pid))
	select {
	case <-old:
	case <-s.gone:
		s.t.Fatalf("%s ended at once: %s", binary, s.out.String())
	case <-time.After(10 * time.Second):
		s.t.Fatalf("process %d does not end after the takeover by %s", pid, binary)
	}
}

func TestClassicHandoverUnderLoad(t *testing.T) {
	s := newService(t)
	files := s.pair([2]string{})
	s.write(files[0])
	s.start(program, "-db")
	s.underLoad(func() {
		var longest time.Duration
		left := map[int]chan struct{}{}
		for i := range 100 {
			// Each round has a mark of its own: the process two rounds ago has
			// the same file and may still answer.
			want := fmt.Sprintf("x-file: %d-%d", (i+1)%2, i)
			s.write(strings.Replace(files[(i+1)%2], fmt.Sprintf("x-file %d", (i+1)%2), strings.Replace(want, ":", "", 1), 1))
			start := time.Now()
			old, pid := s.gone, s.cmd.Process.Pid
			s.start(program, "-db", "-x", s.stats(), "-sf", strconv.Itoa(pid))
			within(t, 5*time.Second, "the new file serves", func() bool {
				text, err := get(s.addr())
				return err == nil && strings.Contains(text, want)
			})
			longest = max(longest, time.Since(start))
			left[pid] = old
		}
		for pid, old := range left {
			select {
			case <-old:
			case <-time.After(10 * time.Second):
				s.stuck(pid, old)
			}
		}
		t.Logf("100 handovers, longest %v", longest.Round(time.Millisecond))
	})
}

// stuck fails the test with what tells why a process does not end: its sockets
// and its goroutines.
func (s *service) stuck(pid int, gone chan struct{}) {
	s.t.Helper()
	held, _ := exec.Command("ss", "-xtnp").Output()
	var mine []string
	for l := range strings.Lines(string(held)) {
		if strings.Contains(l, "pid="+strconv.Itoa(pid)+",") {
			mine = append(mine, l)
		}
	}
	syscall.Kill(pid, syscall.SIGABRT) //nolint:errcheck // it may just have ended
	select {
	case <-gone:
	case <-time.After(5 * time.Second):
	}
	s.t.Fatalf("process %d does not end; sockets:\n%s%s", pid, strings.Join(mine, ""), s.out.String())
}

// haproxies are the installed ones: Debian's and what SEGUE_HAPROXY names.
func haproxies(t *testing.T) (list []string) {
	t.Helper()
	for _, p := range append(filepath.SplitList(os.Getenv("SEGUE_HAPROXY")), "/usr/sbin/haproxy") {
		if path, err := exec.LookPath(p); err == nil {
			list = append(list, path)
		}
	}
	if len(list) == 0 {
		t.Skip("haproxy is not installed")
	}
	return list
}

func TestTakeoverFromHAProxyAndBack(t *testing.T) {
	for _, haproxy := range haproxies(t) {
		version, _ := exec.Command(haproxy, "-v").Output()
		t.Run(strings.Fields(string(version) + " ? ? ?")[2], func(t *testing.T) {
			s := newService(t)
			// HAProxy closes idle connections under its clients when it stops
			// unless every response says so before: its side of the bargain.
			files := s.pair([2]string{})
			s.write(files[0])
			s.start(haproxy, "-db")
			s.underSingleLoad(func() {
				for range 5 {
					s.takeOver(program)
					s.takeOver(haproxy)
				}
			})
			s.keptThroughTakeovers(haproxy)
		})
	}
}

// keptThroughTakeovers has keep-alive clients at each change of the process.
// When Segue is the one that stops, none of them fails; when HAProxy is, those
// fail whose idle connection it closes, at most one request each.
func (s *service) keptThroughTakeovers(haproxy string) {
	s.t.Helper()
	const clients = 50
	var kept, lost figures
	round := func(binary string, sum *figures) {
		s.t.Helper()
		load := ab(s.t, s.addr(), 60*time.Second, "-k", "-r", "-c", itoa(clients))
		s.loaded(clients)
		s.takeOver(binary)
		f := load.stop(s.t)
		sum.complete, sum.failed, sum.non2xx = sum.complete+f.complete, sum.failed+f.failed, sum.non2xx+f.non2xx
		sum.text += f.text
	}
	const rounds = 5
	for range rounds {
		round(program, &lost)
		round(haproxy, &kept)
	}
	kept.clean(s.t, fmt.Sprintf("ab -k -c %d, Segue stops %d times", clients, rounds))
	s.t.Logf("ab -k -c %d, HAProxy stops %d times: %s", clients, rounds, lost)
	// One lost connection is up to three failures: receive, length, exception.
	if lost.complete == 0 || lost.non2xx > 0 || lost.failed > 3*clients*rounds {
		s.t.Errorf("HAProxy stops: want at most its idle connections lost\n%s", lost.text)
	}
}

// loaded waits until a load of keep-alive clients has its connections.
func (s *service) loaded(clients int) {
	s.t.Helper()
	within(s.t, 5*time.Second, "the clients are connected", func() bool {
		n, err := strconv.Atoi(s.column("f", "FRONTEND", "scur"))
		return err == nil && n >= clients
	})
}

// underSingleLoad is underLoad without keep-alive, which HAProxy does not
// promise to end well.
func (s *service) underSingleLoad(f func()) {
	s.t.Helper()
	single := ab(s.t, s.addr(), 60*time.Second, "-c", "20")
	f()
	single.stop(s.t).clean(s.t, "ab -c 20")
}

// TestTakeoverByAnyLevel follows a process whose stats socket allows little:
// "expose-fd listeners" is what gives sockets and state away.
func TestTakeoverByAnyLevel(t *testing.T) {
	for _, level := range []string{"user", "operator"} {
		t.Run(level, func(t *testing.T) {
			s := newService(t)
			s.write(fmt.Sprintf(`global
 stats socket %s level %s expose-fd listeners
defaults
 mode http
 timeout client 30s
frontend f
 bind 127.0.0.1:%d
 http-request return status 200
`, s.stats(), level, s.port))
			s.start(program, "-db")
			for range 7 {
				if _, err := get(s.addr()); err != nil {
					t.Fatal(err)
				}
			}
			s.takeOver(program)
			if got := s.column("f", "FRONTEND", "hrsp_2xx"); got != "7" {
				t.Errorf("after the takeover %s answers are counted, want 7", got)
			}
		})
	}
}

// TestTakeoverFromNobody names a socket behind which there is no process. As in
// HAProxy 3.4, a master says so and starts, a single process does not.
func TestTakeoverFromNobody(t *testing.T) {
	for _, where := range []string{"no file", "nobody listens"} {
		for mode, args := range modes {
			t.Run(where+" "+mode, func(t *testing.T) {
				s := newService(t)
				path := filepath.Join(s.dir, "gone")
				if where == "nobody listens" {
					ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
					if err != nil {
						t.Fatal(err)
					}
					ln.SetUnlinkOnClose(false)
					ln.Close()
				}
				s.write(s.stopping("", "127.0.0.1:1"))
				args := append([]string{"-x", path, "-sf", "999999", "-st", "999998"}, args...)
				want := "[ALERT] "
				var out string
				if mode == "master" {
					want = "[WARNING] "
					s.start(program, args...)
					out = s.out.String()
				} else {
					out = s.failing(args...)
				}
				if got := lineWith(out, "Failed to connect to the old process socket '"+path+"'"); !strings.HasPrefix(got, want) {
					t.Errorf("it says %q, want %s", out, want)
				}
				if strings.Contains(out, "starting with new counters") {
					t.Errorf("it is said twice: %q", out)
				}
			})
		}
	}
}

// TestTwoOldProcesses: all that -sf or -st names end, and what they had is served.
func TestTwoOldProcesses(t *testing.T) {
	for option, want := range map[string]int{"-sf": 0, "-st": -1} {
		t.Run(option, func(t *testing.T) {
			var old [2]*service
			for i := range old {
				old[i] = newService(t)
				old[i].write(old[i].stopping("", "127.0.0.1:1"))
				old[i].start(program, "-db")
			}
			s := newService(t)
			s.write(strings.Replace(old[0].stopping("", "127.0.0.1:1"), "frontend f\n", "frontend f\n bind "+old[1].addr()+"\n", 1))
			s.port = old[0].port
			s.start(program, "-db", option, itoa(old[0].cmd.Process.Pid), "999999", itoa(old[1].cmd.Process.Pid))
			for i := range old {
				select {
				case <-old[i].gone:
				case <-time.After(5 * time.Second):
					t.Fatalf("old process %d stays", i)
				}
				if got := old[i].cmd.ProcessState.ExitCode(); got != want {
					t.Errorf("old process %d: status %d, want %d", i, got, want)
				}
				if text, err := get(old[i].addr()); err != nil || !strings.HasSuffix(text, "hi") {
					t.Errorf("address of old process %d: %q (%v)", i, text, err)
				}
			}
		})
	}
}
