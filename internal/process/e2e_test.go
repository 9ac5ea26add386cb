package process

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func dupFD(fd int) int {
	n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		panic(err)
	}
	return n
}

// service is a running program under test.
type service struct {
	t    *testing.T
	dir  string
	cfg  string
	port int
	cmd  *exec.Cmd
	gone chan struct{} // closed when the process has ended
	code int           // its status, after gone
	out  *output
}

// output collects what the processes print.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// within calls ok until it is true.
func within(t *testing.T, d time.Duration, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(d); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", d, what)
		}
	}
}

// newService prepares a directory and a port.
func newService(t *testing.T) *service {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	dir := t.TempDir()
	return &service{t: t, dir: dir, cfg: filepath.Join(dir, "cfg"), port: ln.Addr().(*net.TCPAddr).Port, out: &output{}}
}

// write writes the configuration: the listener and more lines.
func (s *service) write(lines ...string) {
	s.t.Helper()
	text := "tcp " + strconv.Itoa(s.port) + "\n" + strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile(s.cfg, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// command prepares the program.
func (s *service) command(args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", append(args, "-f", s.cfg)...)
	// The race detector otherwise keeps each process for a second at its end.
	cmd.Env = append(os.Environ(), fakeEnv+"=1", "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = s.out
	cmd.WaitDelay = 100 * time.Millisecond
	return cmd
}

// spawn runs it until the test ends.
func (s *service) spawn(args ...string) {
	s.t.Helper()
	s.cmd = s.command(args...)
	s.gone = make(chan struct{})
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		s.cmd.Wait()
		s.code = exitStatus(exitErr(s.cmd))
		close(s.gone)
	}()
	s.t.Cleanup(func() {
		s.cmd.Process.Kill()
		<-s.gone
		if s.t.Failed() {
			s.t.Logf("output:\n%s", s.out)
		}
	})
}

// start is spawn, and waits until it answers.
func (s *service) start(args ...string) {
	s.t.Helper()
	s.spawn(args...)
	within(s.t, 10*time.Second, "the service answers", func() bool {
		select {
		case <-s.gone:
			s.t.Fatalf("ended with %d:\n%s", s.code, s.out)
		default:
		}
		_, _, _, err := s.get()
		return err == nil
	})
}

// startMaster also waits for the master CLI.
func (s *service) startMaster(args ...string) {
	s.t.Helper()
	s.start(append([]string{"-W", "-S", s.mcli()}, args...)...)
	within(s.t, 10*time.Second, "the master CLI answers", func() bool { _, err := os.Stat(s.mcli()); return err == nil })
}

func exitErr(cmd *exec.Cmd) error {
	if cmd.ProcessState.Success() {
		return nil
	}
	return &exec.ExitError{ProcessState: cmd.ProcessState}
}

func (s *service) mcli() string { return filepath.Join(s.dir, "m") }

// get makes one request on a connection of its own.
func (s *service) get() (pid int, reply string, count int, err error) {
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	if err != nil {
		return 0, "", 0, err
	}
	defer c.Close()
	return ask(c, bufio.NewReader(c), "x")
}

// ask makes one request on c.
func ask(c net.Conn, in *bufio.Reader, line string) (pid int, reply string, count int, err error) {
	c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := c.Write([]byte(line + "\n")); err != nil {
		return 0, "", 0, err
	}
	text, err := in.ReadString('\n')
	if err != nil {
		return 0, "", 0, err
	}
	_, err = fmt.Sscanf(text, "%d %s %d", &pid, &reply, &count)
	return pid, reply, count, err
}

// must is get without errors.
func (s *service) must() (pid int, reply string, count int) {
	s.t.Helper()
	pid, reply, count, err := s.get()
	if err != nil {
		s.t.Fatal(err)
	}
	return pid, reply, count
}

// run sends one command to the master CLI.
func (s *service) run(cmd string) string {
	s.t.Helper()
	c, err := net.Dial("unix", s.mcli())
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintln(c, cmd)
	c.(*net.UnixConn).CloseWrite() //nolint:errcheck // the master ends a session when its client does
	text, err := io.ReadAll(c)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// load makes requests until the returned function is called, which returns
// how many there were and fails the test if one failed.
func (s *service) load() func() int {
	stop := make(chan struct{})
	var mu sync.Mutex
	var wg sync.WaitGroup
	total := 0
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				select {
				case <-stop:
					return
				default:
				}
				_, _, _, err := s.get()
				mu.Lock()
				total++
				n := total
				mu.Unlock()
				if err != nil {
					s.t.Errorf("request %d failed: %v", n, err)
					return
				}
			}
		}()
	}
	return func() int {
		close(stop)
		wg.Wait()
		return total
	}
}

// ended waits for the end and returns the status.
func (s *service) ended(d time.Duration) int {
	s.t.Helper()
	select {
	case <-s.gone:
		return s.code
	case <-time.After(d):
		s.t.Fatalf("still runs after %v", d)
		return -1
	}
}

func alive(pid int) bool { return unix.Kill(pid, 0) == nil }

func TestReloadInPlaceKeepsWorkerAndConnections(t *testing.T) {
	s := newService(t)
	s.write("reply one")
	s.startMaster()
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	in := bufio.NewReader(c)
	pid, reply, count, err := ask(c, in, "x")
	if err != nil || reply != "one" {
		t.Fatalf("reply = %q, %v", reply, err)
	}
	s.write("reply two", "unix "+filepath.Join(s.dir, "extra"))
	if got := s.run("reload"); !strings.HasPrefix(got, "Success=1\n--\n") {
		t.Fatalf("reload = %q", got)
	}
	pid2, reply, count2, err := ask(c, in, "x")
	if err != nil || pid2 != pid || reply != "two" || count2 <= count {
		t.Errorf("on the old connection: %d %s %d, %v, want worker %d and reply two", pid2, reply, count2, err, pid)
	}
	if _, err := net.Dial("unix", filepath.Join(s.dir, "extra")); err != nil {
		t.Errorf("the new listener: %v", err)
	}
	s.write("reply three")
	s.run("reload")
	if _, err := net.Dial("unix", filepath.Join(s.dir, "extra")); err == nil {
		t.Error("the dropped listener accepts")
	}
}

func TestReloadReadsFilesThatTheWorkerCannot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	s := newService(t)
	secret := filepath.Join(s.dir, "secret")
	os.WriteFile(secret, []byte("first"), 0o600)
	s.write("uid 65534", "file "+secret)
	s.startMaster()
	os.WriteFile(secret, []byte("second"), 0o600)
	if got := s.run("reload"); !strings.HasPrefix(got, "Success=1") {
		t.Fatalf("reload = %q", got)
	}
	pid, reply, _ := s.must()
	if reply != "second" {
		t.Errorf("reply = %q, want the file's new content", reply)
	}
	if b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); !strings.Contains(string(b), "Uid:\t65534\t65534") {
		t.Error("the worker is still root")
	}
}

func TestFailedReloadChangesNothing(t *testing.T) {
	s := newService(t)
	s.write("reply one")
	s.startMaster()
	pid, _, _ := s.must()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	tests := []struct {
		name string
		make func()
		want string
	}{
		{name: "error in the file", make: func() { s.write("bad word") }, want: "unknown keyword 'word'"},
		{name: "validator crashes", make: func() { s.write("crash") }, want: "exited with code 77"},
		{name: "link fails", make: func() { s.write("linkfail") }, want: "link refuses"},
		{name: "link panics", make: func() { s.write("linkpanic") }, want: "link panics"},
		{name: "link fails in a new worker", make: func() { s.write("linkfail", "fixed 2") }, want: "link refuses"},
		{name: "address in use", make: func() { s.write(fmt.Sprintf("tcp %d", busy.Addr().(*net.TCPAddr).Port)) }, want: "cannot bind socket (Address already in use)"},
		{name: "empty file", make: func() { os.WriteFile(s.cfg, nil, 0o600) }, want: "no listener"},
		{name: "no file", make: func() { os.Remove(s.cfg) }, want: "no such file"},
		{name: "a directory", make: func() { os.Mkdir(s.cfg, 0o700) }, want: "is a directory"},
	}
	for i, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			tc.make()
			got := s.run("reload")
			if !strings.HasPrefix(got, "Success=0\n--\n") || !strings.Contains(got, tc.want) {
				t.Errorf("reload = %q, want failure with %q", got, tc.want)
			}
			if now, reply, _ := s.must(); now != pid || reply != "one" {
				t.Errorf("worker %d says %q, want worker %d and one", now, reply, pid)
			}
			if show := s.run("show proc"); !strings.Contains(show, fmt.Sprintf("%d [failed: %d]", i+1, i+1)) {
				t.Errorf("show proc = %s, want %d failed", show, i+1)
			}
		})
	}
	os.Remove(s.cfg)
	s.write("reply two")
	if got := s.run("reload"); !strings.HasPrefix(got, "Success=1") {
		t.Errorf("afterwards: %q", got)
	}
}

func TestNewWorkerTakesStateAndSockets(t *testing.T) {
	s := newService(t)
	s.write("reply one", "fixed 1")
	s.startMaster()
	pid, _, before := s.must()
	stop := s.load()
	for i := 2; i < 7; i++ {
		s.write(fmt.Sprintf("reply r%d", i), fmt.Sprintf("fixed %d", i))
		if got := s.run("reload"); !strings.HasPrefix(got, "Success=1") {
			t.Fatalf("reload = %q", got)
		}
	}
	if n := stop(); n < 20 {
		t.Errorf("only %d requests", n)
	}
	now, reply, after := s.must()
	if now == pid || reply != "r6" || after <= before {
		t.Errorf("worker %d says %s %d, want another than %d, r6 and more than %d", now, reply, after, pid, before)
	}
	within(t, 5*time.Second, "one worker is left", func() bool { return !strings.Contains(s.run("show proc"), "old workers") })
}

func TestStormIsCoalesced(t *testing.T) {
	s := newService(t)
	s.write("reply r0")
	s.startMaster()
	pid, _, _ := s.must()
	stop := s.load()
	var wg sync.WaitGroup
	for i := range 40 {
		if i == 39 {
			s.write("reply last")
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			if got := s.run("reload"); !strings.HasPrefix(got, "Success=1") {
				t.Errorf("reload = %q", got)
			}
		}()
		s.cmd.Process.Signal(syscall.SIGUSR2)
	}
	wg.Wait()
	stop()
	if now, reply, _ := s.must(); now != pid || reply != "last" {
		t.Errorf("worker %d says %s, want %d and last", now, reply, pid)
	}
	var reloads, failed int
	for _, line := range strings.Split(s.run("show proc"), "\n") {
		var p int
		fmt.Sscanf(line, "%d master %d [failed: %d]", &p, &reloads, &failed)
	}
	if reloads == 0 || reloads >= 40 || failed != 0 {
		t.Errorf("%d reloads, %d failed, want fewer than 40 and 0", reloads, failed)
	}
}

func TestKilledWorkerEndsMaster(t *testing.T) {
	s := newService(t)
	s.write("reply one")
	s.startMaster()
	pid, _, _ := s.must()
	began := time.Now()
	unix.Kill(pid, unix.SIGKILL)
	if code := s.ended(5 * time.Second); code != 137 {
		t.Errorf("status = %d, want 137", code)
	}
	if d := time.Since(began); d > 100*time.Millisecond {
		t.Errorf("took %v, want at most 100ms", d)
	}
}

func TestKilledMasterLeavesNoOrphan(t *testing.T) {
	for _, lines := range [][]string{{"reply one"}, {"reply one", "uid 65534"}} {
		s := newService(t)
		s.write(lines...)
		s.startMaster()
		pid, _, _ := s.must()
		s.cmd.Process.Kill()
		within(t, 100*time.Millisecond, "the worker ends", func() bool { return !alive(pid) || zombie(pid) })
	}
}

// zombie reports whether pid has ended and only waits for its parent.
func zombie(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(b), ") Z ")
}

func TestSignalsAndStatus(t *testing.T) {
	tests := []struct {
		name string
		args []string
		sig  syscall.Signal
		want int
	}{
		{name: "master TERM", args: []string{"-W"}, sig: syscall.SIGTERM, want: 0},
		{name: "master INT", args: []string{"-W"}, sig: syscall.SIGINT, want: 130},
		{name: "master USR1", args: []string{"-W"}, sig: syscall.SIGUSR1, want: 0},
		{name: "single TERM", sig: syscall.SIGTERM, want: 143},
		{name: "single INT", sig: syscall.SIGINT, want: 130},
		{name: "master ABRT", args: []string{"-W"}, sig: syscall.SIGABRT, want: 134},
		{name: "single ABRT", sig: syscall.SIGABRT, want: 134},
		{name: "single USR1", sig: syscall.SIGUSR1, want: 0},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			s := newService(t)
			s.write("reply one")
			s.start(tc.args...)
			if tc.args == nil { // signals that must not kill
				for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGUSR2, syscall.SIGQUIT, syscall.SIGTTOU, syscall.SIGTTIN} {
					s.cmd.Process.Signal(sig)
				}
				within(t, 5*time.Second, "HUP dumps", func() bool { return strings.Contains(s.out.String(), "dump") })
				s.must()
			} else {
				within(t, 5*time.Second, "loaded", func() bool { return strings.Contains(s.out.String(), "Loading success.") })
			}
			s.cmd.Process.Signal(tc.sig)
			if code := s.ended(5 * time.Second); code != tc.want {
				t.Errorf("status = %d, want %d", code, tc.want)
			}
			if tc.sig == syscall.SIGABRT && !strings.Contains(s.out.String(), "goroutine ") {
				t.Error("no stacks are printed")
			}
		})
	}
}

func TestQuietPrintsNothingAndFails(t *testing.T) {
	for _, tc := range []struct {
		name string
		args []string
		text string // "" = the file is right
		said string
	}{
		{name: "wrong file", args: []string{"-q", "-c"}, text: "bad x"},
		{name: "wrong file, master", args: []string{"-q", "-W"}, text: "bad x"},
		{name: "directory", args: []string{"-q", "-c", "-C", "/none"}},
		{name: "-S without a master", args: []string{"-c", "-S", "/tmp/none"}, said: noMaster},
		{name: "the same, quiet", args: []string{"-q", "-c", "-S", "/tmp/none"}},
		{name: "wrong command line is told", args: []string{"-q", "-dMfoo"}, said: "-dM: unknown pool debugging feature <foo>"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newService(t)
			s.write(tc.text)
			s.spawn(tc.args...)
			if code := s.ended(10 * time.Second); code != 1 {
				t.Errorf("status = %d, want 1", code)
			}
			if out := s.out.String(); tc.said == "" && out != "" || !strings.Contains(out, tc.said) {
				t.Errorf("printed %q, want %q", out, tc.said)
			}
		})
	}
}

func TestGracefulStopWaitsForStreams(t *testing.T) {
	for _, args := range [][]string{{"-W"}, nil} {
		s := newService(t)
		s.write("reply one")
		s.start(args...)
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		in := bufio.NewReader(c)
		if _, _, _, err := ask(c, in, "hold"); err != nil {
			t.Fatal(err)
		}
		if args != nil {
			within(t, 5*time.Second, "loaded", func() bool { return strings.Contains(s.out.String(), "Loading success.") })
		}
		s.cmd.Process.Signal(syscall.SIGUSR1)
		within(t, 5*time.Second, "new connections are refused", func() bool {
			c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
			if err == nil {
				c.Close()
			}
			return err != nil
		})
		if _, _, _, err := ask(c, in, "x"); err != nil {
			t.Errorf("the running stream: %v", err)
		}
		if code := s.ended(5 * time.Second); code != 0 {
			t.Errorf("status = %d, want 0", code)
		}
	}
}

func TestHardStopAfter(t *testing.T) {
	s := newService(t)
	s.write("reply one", "hard 300ms")
	s.start("-W")
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, _, _, err := ask(c, bufio.NewReader(c), "hold"); err != nil {
		t.Fatal(err)
	}
	within(t, 5*time.Second, "loaded", func() bool { return strings.Contains(s.out.String(), "Loading success.") })
	began := time.Now()
	s.cmd.Process.Signal(syscall.SIGUSR1)
	s.ended(5 * time.Second)
	if d := time.Since(began); d < 300*time.Millisecond || d > 500*time.Millisecond {
		t.Errorf("took %v, want 300ms to 500ms", d)
	}
}

func TestDaemonReportsHonestly(t *testing.T) {
	for _, tt := range []struct{ args, lines []string }{
		{[]string{"-D"}, nil}, {[]string{"-D", "-W"}, nil}, {nil, []string{"daemon"}}, {[]string{"-W"}, []string{"daemon"}},
		{nil, []string{"daemon", "master-worker"}},
	} {
		s := newService(t)
		args := tt.args
		pidFile := filepath.Join(s.dir, "pid")
		s.write(append(tt.lines, "bad word")...)
		cmd := s.command(append(args, "-p", pidFile)...)
		if err := cmd.Run(); err == nil {
			t.Errorf("%v: a failed start has status 0", args)
		}
		if _, err := os.Stat(pidFile); err == nil {
			t.Errorf("%v: a failed start wrote the pid file", args)
		}
		s.write(append(tt.lines, "reply one")...)
		cmd = s.command(append(args, "-p", pidFile)...)
		if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != 0 {
			t.Fatalf("%v: %v\n%s", args, err, s.out)
		}
		s.must()
		b, _ := os.ReadFile(pidFile)
		pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
		if err != nil {
			t.Fatalf("%v: pid file = %q", args, b)
		}
		unix.Kill(pid, unix.SIGTERM)
		within(t, 5*time.Second, "the daemon ends", func() bool { return !alive(pid) || zombie(pid) })
	}
}

// TestDaemonLetsGoOfTheOutput: whoever reads a daemon's output to its end
// ("segue -D 2>&1 | cat") must not wait for the daemon's. In the chroot there is
// no /dev/null.
func TestDaemonLetsGoOfTheOutput(t *testing.T) {
	for _, tt := range []struct{ args, lines []string }{
		{[]string{"-D"}, nil}, {[]string{"-D", "-W"}, nil},
		{[]string{"-D"}, []string{"chroot " + t.TempDir()}}, {[]string{"-D", "-W"}, []string{"chroot " + t.TempDir()}},
	} {
		if tt.lines != nil && os.Getuid() != 0 {
			t.Skip("only root may change the root")
		}
		s := newService(t)
		pidFile := filepath.Join(s.dir, "pid")
		s.write(append(tt.lines, "reply one")...)
		cmd := s.command(append(tt.args, "-p", pidFile)...)
		cmd.Stdout = s.out
		cmd.WaitDelay = 5 * time.Second
		if err := cmd.Run(); err != nil {
			t.Errorf("%v %v: %v", tt.args, tt.lines, err)
		}
		s.must()
		b, _ := os.ReadFile(pidFile)
		pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
		if err != nil {
			t.Fatalf("%v: pid file = %q", tt.args, b)
		}
		unix.Kill(pid, unix.SIGTERM)
		within(t, 5*time.Second, "the daemon ends", func() bool { return !alive(pid) || zombie(pid) })
	}
}

func TestConfigurationMayAskForMaster(t *testing.T) {
	s := newService(t)
	s.write("reply one", "master-worker", "remark")
	s.start()
	if pid, _, _ := s.must(); pid == s.cmd.Process.Pid {
		t.Error("there is no worker")
	}
	if n := strings.Count(s.out.String(), "a remark"); n != 1 {
		t.Errorf("the file's warning is printed %d times, want once", n)
	}
}

func TestClassicHandover(t *testing.T) {
	old := newService(t)
	stats := filepath.Join(old.dir, "stats")
	old.write("reply old", "stats "+stats)
	old.start()
	next := newService(t)
	next.port = old.port
	next.write("bad word")
	stop := next.load()
	if err := next.command("-x", stats, "-sf", strconv.Itoa(old.cmd.Process.Pid)).Run(); err == nil {
		t.Error("a failed start has status 0")
	}
	if _, reply, _ := old.must(); reply != "old" {
		t.Errorf("after a failed start: %q", reply)
	}
	next.write("reply new", "stats "+stats)
	next.start("-x", stats, "-sf", strconv.Itoa(old.cmd.Process.Pid))
	if code := old.ended(5 * time.Second); code != 0 {
		t.Errorf("the old process ended with %d", code)
	}
	stop()
	if _, reply, _ := next.must(); reply != "new" {
		t.Errorf("reply = %q, want new", reply)
	}
}

// TestFinishDuringStartIsKept tells a process to finish that is still reading
// its configuration, as a newcomer with -sf does when reloads follow each other
// faster than they start: it serves, ends the one before it, and then ends.
func TestFinishDuringStartIsKept(t *testing.T) {
	first := newService(t)
	first.write("reply one")
	first.start("-db")
	text, err := os.ReadFile(first.cfg)
	if err != nil {
		t.Fatal(err)
	}
	second := newService(t)
	if err := unix.Mkfifo(second.cfg, 0o600); err != nil {
		t.Fatal(err)
	}
	second.spawn("-db", "-sf", strconv.Itoa(first.cmd.Process.Pid))
	w, err := os.OpenFile(second.cfg, os.O_WRONLY, 0) // returns when it reads
	if err != nil {
		t.Fatal(err)
	}
	second.cmd.Process.Signal(syscall.SIGUSR1)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	w.Close()
	for _, p := range []*service{first, second} {
		if code := p.ended(5 * time.Second); code != 0 {
			t.Errorf("process %d ended with %d, want 0", p.cmd.Process.Pid, code)
		}
	}
}

func TestSocketActivation(t *testing.T) {
	for _, args := range []string{"", "-W"} {
		s := newService(t)
		s.write("reply one")
		var lc net.ListenConfig
		lc.SetMultipathTCP(false) // Go's default; it would be another kind of socket than "bind" asks for
		ln, err := lc.Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
		if err != nil {
			t.Fatal(err)
		}
		f, err := ln.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		ln.Close()
		before := socketOf(s.port)
		cmd := exec.Command("sh", "-c", "exec env LISTEN_PID=$$ LISTEN_FDS=1 /proc/$0/exe "+args+" -f "+s.cfg, strconv.Itoa(os.Getpid()))
		cmd.Env = append(os.Environ(), fakeEnv+"=1")
		cmd.Stderr = s.out
		cmd.ExtraFiles = []*os.File{f}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		f.Close()
		t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
		if _, _, _, err := s.get(); err != nil { // waits in the accept queue until somebody serves
			t.Fatalf("%v\n%s", err, s.out)
		}
		if now := socketOf(s.port); now != before {
			t.Errorf("%s: the listener is %s, was %s", args, now, before)
		}
	}
}

func TestMasterCLI(t *testing.T) {
	s := newService(t)
	s.write("reply one")
	s.startMaster()
	pid, _, _ := s.must()
	want := fmt.Sprintf("worker %d at admin: show info\n\n", pid)
	if got := s.run("@1 show info"); got != want {
		t.Errorf("@1 = %q, want %q", got, want)
	}
	if got := s.run(fmt.Sprintf("operator; @!%d show info", pid)); got != strings.Replace(want, "admin", "operator", 1) {
		t.Errorf("@! as operator = %q", got)
	}
	lines := strings.Split(s.run("show proc"), "\n")
	if len(lines) < 4 || !strings.HasPrefix(lines[1], strconv.Itoa(s.cmd.Process.Pid)) || lines[2] != "# workers" ||
		lines[3] != fmt.Sprintf("%-16d%-16s%-16d%-16s%-15s", pid, "worker", 0, "0d00h00m00s", "fake-1") {
		t.Errorf("show proc = %q", lines)
	}
	if got := s.run("hard-reload"); !strings.HasPrefix(got, "Success=1") {
		t.Errorf("hard-reload = %q", got)
	}
	within(t, 5*time.Second, "the old worker ends", func() bool { return !alive(pid) })
}

func TestNotify(t *testing.T) {
	s := newService(t)
	addr := filepath.Join(s.dir, "n")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: addr, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	t.Setenv("NOTIFY_SOCKET", addr)
	s.write("reply one")
	s.start("-Ws")
	expect := func(want string) {
		t.Helper()
		var b [4096]byte
		manager.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, err := manager.Read(b[:])
		if err != nil || !strings.Contains(string(b[:n]), want) {
			t.Fatalf("got %q, %v, want %q", b[:n], err, want)
		}
	}
	expect("READY=1\nMAINPID=" + strconv.Itoa(s.cmd.Process.Pid))
	s.cmd.Process.Signal(syscall.SIGUSR2)
	expect("RELOADING=1")
	expect("READY=1")
	s.write("bad word")
	s.cmd.Process.Signal(syscall.SIGHUP)
	expect("RELOADING=1")
	expect("READY=1\nSTATUS=Reload failed!")
	s.cmd.Process.Signal(syscall.SIGTERM)
	expect("STOPPING=1")
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

// socketOf returns the inodes of the sockets that listen on port, in the form
// of /proc/net/tcp; "" if there is none.
func socketOf(port int) string {
	b, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		return ""
	}
	var inodes []string
	for _, line := range strings.Split(string(b), "\n") {
		f := strings.Fields(line)
		if len(f) > 9 && f[1] == fmt.Sprintf("0100007F:%04X", port) && f[3] == "0A" {
			inodes = append(inodes, f[9])
		}
	}
	return strings.Join(inodes, " ")
}
