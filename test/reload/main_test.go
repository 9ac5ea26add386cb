package reload

import (
	"bytes"
	"context"
	"flag"
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
)

// program is the binary under test.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "segue-reload")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer os.RemoveAll(dir)
	if program = os.Getenv("SEGUE_PROGRAM"); program == "" {
		program = filepath.Join(dir, "segue")
		cmd := exec.Command("go", "build", "-o", program, "segue/cmd/segue")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			fmt.Printf("cannot build segue: %v\n%s", err, out)
			return 1
		}
	}
	return m.Run()
}

// service is a running load balancer.
type service struct {
	t    *testing.T
	dir  string
	cfg  string // its file
	port int    // of the first frontend
	cmd  *exec.Cmd
	gone chan struct{}
	out  output
	busy int // a port that somebody else has
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

// shortToo are the tests that -short only makes shorter.
var shortToo = map[string]bool{"TestKilledAtRandomMoments": true}

// newService makes a folder for a service and finds a port.
func newService(t *testing.T) *service {
	t.Helper()
	if testing.Short() && !shortToo[t.Name()] {
		t.Skip("takes long")
	}
	dir, err := os.MkdirTemp("", "reload") // short: unix sockets live there
	if err != nil {
		t.Fatal(err)
	}
	s := &service{t: t, dir: dir, cfg: filepath.Join(dir, "lb.cfg"), port: freePort(t)}
	t.Cleanup(func() {
		os.RemoveAll(dir)
		if t.Failed() {
			t.Logf("the processes said:\n%s", s.out.String())
		}
	})
	return s
}

func freePort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

func (s *service) master() string { return filepath.Join(s.dir, "master") }
func (s *service) stats() string  { return filepath.Join(s.dir, "stats") }

// write replaces the configuration file at once.
func (s *service) write(text string) {
	s.t.Helper()
	if err := os.WriteFile(s.cfg+".new", []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(s.cfg+".new", s.cfg); err != nil {
		s.t.Fatal(err)
	}
}

// start runs the binary with the arguments and waits until the port answers.
func (s *service) start(binary string, args ...string) {
	s.t.Helper()
	s.cmd = exec.Command(binary, append([]string{"-f", s.cfg}, args...)...)
	s.run()
	within(s.t, 10*time.Second, "the service answers", func() bool {
		c, err := net.Dial("tcp", s.addr())
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
}

// run starts the command and ends it with the test.
func (s *service) run() {
	s.t.Helper()
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.out
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	gone := make(chan struct{})
	cmd := s.cmd
	s.gone = gone
	go func() { cmd.Wait(); close(gone) }() //nolint:errcheck // the status is in ProcessState
	s.t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // may be gone
		select {
		case <-gone:
		case <-time.After(5 * time.Second):
			cmd.Process.Kill() //nolint:errcheck // as above
			<-gone
		}
	})
}

// startMaster is start in master-worker mode.
func (s *service) startMaster() {
	s.t.Helper()
	s.start(program, "-W", "-S", s.master())
	within(s.t, 10*time.Second, "the master's CLI answers", func() bool {
		_, err := cli(s.master(), "show version")
		return err == nil
	})
}

func (s *service) addr() string { return "127.0.0.1:" + strconv.Itoa(s.port) }

func itoa(n int) string { return strconv.Itoa(n) }

// reload asks the master and fails unless it succeeds.
func (s *service) reload() {
	s.t.Helper()
	if text, ok := s.tryReload(); !ok {
		s.t.Fatalf("reload failed: %s", text)
	}
}

func (s *service) tryReload() (string, bool) {
	text, err := cli(s.master(), "reload")
	if err != nil {
		return err.Error(), false
	}
	return text, strings.HasPrefix(text, "Success=1")
}

// cli sends a command to a CLI socket and returns the answer.
func cli(path, command string) (string, error) {
	c, err := net.Dial("unix", path)
	if err != nil {
		return "", err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second)) //nolint:errcheck // cannot fail
	if _, err := io.WriteString(c, command+"\n"); err != nil {
		return "", err
	}
	// The end of what is asked ends the session; a master waits for it.
	if err := c.(*net.UnixConn).CloseWrite(); err != nil {
		return "", err
	}
	b, err := io.ReadAll(c)
	return string(b), err
}

// ask is cli on the stats socket.
func (s *service) ask(command string) string {
	s.t.Helper()
	text, err := cli(s.stats(), command)
	if err != nil {
		s.t.Fatalf("%s: %v", command, err)
	}
	return text
}

// processes counts the service's processes: the master and its children.
func (s *service) processes() (pids []int) { return family(s.cmd.Process.Pid) }

// family is a process and what it has started, without those that have ended.
func family(first int) (pids []int) {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", first))
	if _, state, _ := strings.Cut(string(stat), ") "); state == "" || state[0] == 'Z' {
		return nil
	}
	pids = []int{first}
	for i := 0; i < len(pids); i++ {
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pids[i]))
		var text []byte
		for _, f := range tasks {
			b, _ := os.ReadFile(f)
			text = append(append(text, b...), ' ')
		}
		for _, w := range strings.Fields(string(text)) {
			if n, err := strconv.Atoi(w); err == nil {
				pids = append(pids, n)
			}
		}
	}
	return pids
}

// rss is the resident memory of a process in kB.
func rss(pid int) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	return 0
}

// within polls until ok.
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

// busyPort is a port that this process listens on.
func busyPort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln.Addr().(*net.TCPAddr).Port
}

// get is getPath of /.
func get(addr string) (string, error) { return getPath(addr, "/") }

// getPath asks for a path on a connection of its own and returns status and body.
func getPath(addr, path string) (string, error) {
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return "", err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(5 * time.Second)) //nolint:errcheck // cannot fail
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"); err != nil {
		return "", err
	}
	b, err := io.ReadAll(c)
	return string(b), err
}

// origin is a server of small responses; it returns its address.
func origin(t *testing.T) string {
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
			go answer(c)
		}
	}()
	return ln.Addr().String()
}

// answer serves requests without bodies.
func answer(c net.Conn) {
	defer c.Close()
	buf := make([]byte, 4096)
	have := 0
	for {
		n, err := c.Read(buf[have:])
		if err != nil {
			return
		}
		have += n
		for {
			i := bytes.Index(buf[:have], []byte("\r\n\r\n"))
			if i < 0 {
				break
			}
			have = copy(buf, buf[i+4:have])
			if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"); err != nil {
				return
			}
		}
	}
}

// failing runs the binary, which must end by itself with an error, and returns
// what it printed.
func (s *service) failing(args ...string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, append([]string{"-f", s.cfg}, args...)...).CombinedOutput()
	if err == nil || ctx.Err() != nil {
		s.t.Errorf("the start should fail at once: %v\n%s", err, out)
	}
	return string(out)
}
