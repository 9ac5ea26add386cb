package reload

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// oracle is the HAProxy 3.4 that the expectations below were recorded with; the
// test runs it, too, where there is one.
func oracle() string {
	if p := os.Getenv("HAPROXY34"); p != "" {
		return p
	}
	return "/opt/oracle/haproxy34"
}

// What a service does after a signal; a status is how its first process ends.
const (
	serves  = -1
	refuses = -2 // goes on without listening
)

// fates are what HAProxy 3.4.0 does, and what it says of it.
var fates = []struct {
	sig                    syscall.Signal
	single, master, worker int // by who gets the signal
	says                   map[string][]string
}{
	{syscall.SIGTERM, 143, 0, 0, map[string][]string{
		"master": {"[WARNING] Exiting Master process...", "[ALERT] Current worker (N) exited with code 143 (Terminated)", "[WARNING] All workers exited. Exiting... (0)"},
		"worker": {"[ALERT] Current worker (N) exited with code 143 (Terminated)", "[WARNING] All workers exited. Exiting... (0)"},
	}},
	{syscall.SIGINT, 130, 130, 130, map[string][]string{
		"master": {"[WARNING] Exiting Master process...", "[ALERT] Current worker (N) exited with code 130 (Interrupt)", "[WARNING] All workers exited. Exiting... (130)"},
		"worker": {"[ALERT] Current worker (N) exited with code 130 (Interrupt)", "[WARNING] All workers exited. Exiting... (130)"},
	}},
	{syscall.SIGUSR1, 0, 0, 0, map[string][]string{
		"single": {"[WARNING] Proxy f stopped (cumulated conns: FE: 1, BE: 0).", "[WARNING] Proxy b stopped (cumulated conns: FE: 0, BE: 0)."},
		"master": {"[WARNING] Exiting Master process...", "[WARNING] Proxy b stopped (cumulated conns: FE: 0, BE: 0).", "[WARNING] Current worker (N) exited with code 0 (Exit)", "[WARNING] All workers exited. Exiting... (0)"},
		"worker": {"[WARNING] Proxy b stopped (cumulated conns: FE: 0, BE: 0).", "[WARNING] Current worker (N) exited with code 0 (Exit)", "[WARNING] All workers exited. Exiting... (0)"},
	}},
	{syscall.SIGHUP, serves, serves, serves, map[string][]string{
		"single": dumped, "worker": dumped,
		"master": {"[NOTICE] Loading success."},
	}},
	{syscall.SIGUSR2, serves, serves, serves, map[string][]string{"master": {"[NOTICE] Loading success."}}},
	{syscall.SIGQUIT, serves, serves, serves, nil},
	{syscall.SIGPIPE, serves, serves, serves, nil},
	{syscall.SIGTTOU, refuses, refuses, refuses, map[string][]string{
		"single": {"[WARNING] Paused frontend f."}, "master": {"[WARNING] Paused frontend f."}, "worker": {"[WARNING] Paused frontend f."},
	}},
	{syscall.SIGTTIN, serves, serves, serves, nil},
}

var dumped = []string{
	"[WARNING] SIGHUP received, dumping servers states.",
	"[WARNING] SIGHUP: Server b/s is UP. Conn: 0 act, 0 pend, 0 tot.",
	"[WARNING] SIGHUP: Proxy b has 1 active servers and 0 backup servers available. Conn: act(FE+BE): 0+0, 0 pend (0 unass), tot(FE+BE): 0+0.",
}

// TestSignals sends every signal to every process in every mode.
func TestSignals(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	for name, binary := range map[string]string{"segue": program, "haproxy": oracle()} {
		t.Run(name, func(t *testing.T) {
			if _, err := os.Stat(binary); err != nil {
				t.Skipf("there is no HAProxy 3.4 to compare with: %v", err)
			}
			for _, mode := range []string{"-db", "-D", "-W", "-W -D", "-Ws"} {
				for _, f := range fates {
					t.Run(mode+" "+f.sig.String(), func(t *testing.T) {
						if !strings.Contains(mode, "-W") {
							signalOne(t, binary, mode, "single", f.sig, f.single, f.says["single"])
							return
						}
						signalOne(t, binary, mode, "master", f.sig, f.master, f.says["master"])
						signalOne(t, binary, mode, "worker", f.sig, f.worker, f.says["worker"])
					})
				}
			}
		})
	}
}

// signalOne starts a service, sends a signal to one of its processes and looks
// what becomes of it.
func signalOne(t *testing.T, binary, mode, who string, sig syscall.Signal, fate int, says []string) {
	s := newService(t)
	s.write(s.stopping("", "127.0.0.1:1"))
	pidFile := filepath.Join(s.dir, "pid")
	s.start(binary, append(strings.Fields(mode), "-p", pidFile)...)
	first := s.cmd.Process.Pid
	background := strings.Contains(mode, "-D")
	if background {
		<-s.gone
		text, _ := os.ReadFile(pidFile)
		first, _ = strconv.Atoi(strings.TrimSpace(string(text)))
		if first == 0 {
			t.Fatalf("the pid file has %q", text)
		}
		t.Cleanup(func() { syscall.Kill(first, syscall.SIGTERM) }) //nolint:errcheck // may be gone
	}
	target := first
	if who != "single" {
		var all []int
		within(t, 5*time.Second, "a worker that serves", func() bool {
			all = family(first)
			return len(all) == 2 && (background || strings.Contains(s.out.String(), "Loading success."))
		})
		if who == "worker" {
			target = all[1]
		}
	}
	within(t, 5*time.Second, who+" handles signals", func() bool { return handles(target, syscall.SIGUSR1) })
	before := len(s.out.String())
	syscall.Kill(target, sig) //nolint:errcheck // seen below
	switch fate {
	case serves:
		for range 3 { // the end would come within milliseconds
			got := s.status("/")
			if got != "200" && binary != program { // a reload of HAProxy may lose one
				got = s.status("/")
			}
			if got != "200" {
				t.Errorf("%s: answer %q, want 200", who, got)
			}
		}
	case refuses:
		within(t, 5*time.Second, who+": connections are refused", func() bool {
			_, err := net.Dial("tcp", s.addr())
			return errors.Is(err, syscall.ECONNREFUSED)
		})
	default:
		within(t, 5*time.Second, who+": the end", func() bool { return len(family(first)) == 0 })
		if !background {
			<-s.gone
			if got := statusOf(s.cmd.ProcessState.Sys().(syscall.WaitStatus)); got != fate {
				t.Errorf("%s: status %d, want %d", who, got, fate)
			}
		}
	}
	if !background { // who says nothing else
		within(t, 5*time.Second, who+": it says "+strings.Join(says, " "), func() bool {
			got := plain(s.out.String()[before:])
			return !slices.ContainsFunc(says, func(want string) bool { return !slices.Contains(got, want) })
		})
	}
	if fate < 0 && len(family(first)) == 0 {
		t.Errorf("%s: the service is gone", who)
	}
	text, _ := os.ReadFile(pidFile)
	want := itoa(first) + "\n" // also after the end
	if mode == "-db" {
		want = ""
	}
	if string(text) != want {
		t.Errorf("%s: the pid file has %q, want %q", who, text, want)
	}
}

// handles says whether a process has a handler for a signal and lets it come.
func handles(pid int, sig syscall.Signal) bool {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	set := func(name string) bool {
		_, rest, _ := strings.Cut(string(text), "\n"+name+":\t")
		bits, _, _ := strings.Cut(rest, "\n")
		n, err := strconv.ParseUint(bits, 16, 64)
		return err == nil && n&(1<<(sig-1)) != 0
	}
	return set("SigCgt") && !set("SigBlk")
}

// statusOf is what a shell would say.
func statusOf(w syscall.WaitStatus) int {
	if w.Signaled() {
		return 128 + int(w.Signal())
	}
	return w.ExitStatus()
}

// plain are the lines without process numbers.
func plain(text string) (lines []string) {
	for line := range strings.Lines(text) {
		head, msg, _ := strings.Cut(strings.TrimSpace(line), " : ")
		if at, rest, found := strings.Cut(msg, "worker ("); found {
			_, rest, _ = strings.Cut(rest, ")")
			msg = at + "worker (N)" + rest
		}
		head, _, _ = strings.Cut(head, " ")
		lines = append(lines, head+" "+msg)
	}
	return lines
}
