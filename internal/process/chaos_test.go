package process

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// children lists the children of a process.
func children(pid int) []int {
	out, err := exec.Command("ps", "-o", "pid=", "--ppid", strconv.Itoa(pid)).Output()
	if err != nil {
		return nil
	}
	var pids []int
	for _, f := range strings.Fields(string(out)) {
		n, _ := strconv.Atoi(f)
		pids = append(pids, n)
	}
	return pids
}

// roleOf reads what a child is from its environment; roleNone when it is
// between fork and exec, or gone.
func roleOf(pid int) role {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	for _, kv := range strings.Split(string(b), "\x00") {
		if v, ok := strings.CutPrefix(kv, roleEnv+"="); ok {
			return role(v)
		}
	}
	return roleNone
}

// TestKillDuringReload kills validators and new workers at random moments of
// reloads, under load. The service must not notice. In odd rounds Link hangs,
// so that a new worker never serves and may be killed whenever; the death of
// one that serves is the death of the service, by design.
func TestKillDuringReload(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	s := newService(t)
	s.write("reply r")
	s.startMaster()
	serving, _, _ := s.must()
	rnd := rand.New(rand.NewPCG(1, 2))
	stop := s.load()
	killed := map[role]int{}
	for i := range rounds {
		hang := i%2 == 1
		if hang {
			s.write("linkhang", fmt.Sprintf("fixed %d", i))
		} else {
			s.write(fmt.Sprintf("reply r%d", i))
		}
		answer := make(chan string, 1)
		go func() { answer <- s.run("reload") }()
		got := ""
		for got == "" {
			select {
			case got = <-answer:
			case <-time.After(time.Duration(rnd.IntN(25)) * time.Millisecond):
				for _, pid := range children(s.cmd.Process.Pid) {
					// On a busy machine a validator is always met: some rounds spare it.
					if r := roleOf(pid); pid != serving && (r == roleValidator && i%4 != 3 || hang && r == roleWorker) {
						unix.Kill(pid, unix.SIGKILL)
						killed[r]++
					}
				}
			}
		}
		ok := strings.HasPrefix(got, "Success=1")
		if hang && ok {
			t.Errorf("round %d: success although Link hangs", i)
		}
		if pid, reply, _ := s.must(); pid != serving || ok && reply != fmt.Sprintf("r%d", i) {
			t.Errorf("round %d: %q serves in worker %d, want worker %d", i, reply, pid, serving)
		}
	}
	total := stop()
	t.Logf("%d reloads, killed %v, %d requests", rounds, killed, total)
	if killed[roleWorker] == 0 || total == 0 {
		t.Error("nothing was tested")
	}
	s.write("reply last")
	if got := s.run("reload"); !strings.HasPrefix(got, "Success=1") {
		t.Errorf("afterwards: %q", got)
	}
}

// TestHandoverWithHAProxy goes from a running HAProxy to us and back, under
// load on HAProxy's side only in so far as our fake engine answers lines; what
// counts is that the socket stays the same.
func TestHandoverWithHAProxy(t *testing.T) {
	program, err := exec.LookPath("haproxy")
	if err != nil {
		t.Skip("no haproxy installed")
	}
	s := newService(t)
	hapStats, ourStats := filepath.Join(s.dir, "hap"), filepath.Join(s.dir, "our")
	cfg := filepath.Join(s.dir, "haproxy.cfg")
	writeFile(t, cfg, fmt.Sprintf("global\n stats socket %s level admin expose-fd listeners\ndefaults\n mode http\n timeout client 5s\n timeout server 5s\n timeout connect 5s\nfrontend f\n bind 127.0.0.1:%d\n http-request return status 200\n", hapStats, s.port))
	first := exec.Command(program, "-db", "-f", cfg)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	firstGone := make(chan error, 1)
	go func() { firstGone <- first.Wait() }()
	t.Cleanup(func() { first.Process.Kill() })
	before := ""
	within(t, 30*time.Second, "haproxy listens", func() bool { before = socketOf(s.port); return before != "" && exists(hapStats) })

	s.write("reply one", "stats "+ourStats)
	s.start("-x", hapStats, "-sf", strconv.Itoa(first.Process.Pid))
	if err := <-firstGone; err != nil {
		t.Errorf("haproxy ended with %v", err)
	}
	if now := socketOf(s.port); now != before {
		t.Errorf("the listener is %s, was %s", now, before)
	}

	last := exec.Command(program, "-db", "-f", cfg, "-x", ourStats, "-sf", strconv.Itoa(s.cmd.Process.Pid))
	if err := last.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { last.Process.Signal(syscall.SIGKILL); last.Wait() })
	if code := s.ended(5 * time.Second); code != 0 {
		t.Errorf("we ended with %d", code)
	}
	if now := socketOf(s.port); now != before {
		t.Errorf("handed back, the listener is %s, was %s", now, before)
	}
}
