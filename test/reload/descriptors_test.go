package reload

import (
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// onlyMore lets a process open only so many descriptors more than it has, until
// the returned function is called.
func onlyMore(t *testing.T, pid, more int) (restore func()) {
	t.Helper()
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	// The limit is of the numbers; those below the highest may be free.
	return onlyBelow(t, pid, len(open)+more)
}

// onlyBelow lets a process open only descriptors with lower numbers.
func onlyBelow(t *testing.T, pid, number int) (restore func()) {
	t.Helper()
	var was unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &was); err != nil {
		t.Fatal(err)
	}
	now := unix.Rlimit{Cur: uint64(number), Max: was.Max}
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &now, nil); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &was, nil); err != nil {
			t.Error(err)
		}
	}
}

// TestMasterOutOfDescriptors reloads while the master can open nothing: the
// answer has the reason, the old configuration serves, the next reload works.
func TestMasterOutOfDescriptors(t *testing.T) {
	for _, more := range []int{0, 1, 2, 3, 5, 8} {
		t.Run(itoa(more), func(t *testing.T) {
			s := newService(t)
			files := s.pair([2]string{})
			s.write(files[0])
			s.startMaster()
			c, err := net.Dial("unix", s.master())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(20 * time.Second)) //nolint:errcheck // cannot fail
			ask := func(command, until string) string {
				t.Helper()
				var text []byte
				if _, err := io.WriteString(c, command+"\n"); err != nil {
					t.Fatal(err)
				}
				for b := make([]byte, 4096); !strings.Contains(string(text), until); {
					n, err := c.Read(b)
					if err != nil {
						t.Fatalf("%s: %v after %q", command, err, text)
					}
					text = append(text, b[:n]...)
				}
				return string(text)
			}
			ask("prompt", "> ") // it is accepted
			s.write(files[1])
			restore := onlyMore(t, s.cmd.Process.Pid, more)
			text := ask("reload", "> ")
			restore()
			want := "x-file: 0"
			if strings.Contains(text, "Success=1") {
				want = "x-file: 1" // it was enough
			} else if !strings.Contains(text, "Success=0") || !strings.Contains(text, "too many open files") {
				t.Errorf("reload says %q, want Success=0 and the reason", text)
			}
			t.Logf("%d more: %.200q", more, text)
			if more == 0 && want != "x-file: 0" {
				t.Errorf("with no descriptor left the reload succeeds: %q", text)
			}
			if got, err := get(s.addr()); err != nil || !strings.Contains(got, want) {
				t.Errorf("afterwards %q (%v), want %s", got, err, want)
			}
			s.reload()
			if got, err := get(s.addr()); err != nil || !strings.Contains(got, "x-file: 1") {
				t.Errorf("after the next reload %q (%v)", got, err)
			}
			within(t, 2*time.Second, "one master and one worker", func() bool { return len(s.processes()) == 2 })
		})
	}
}

var shed = regexp.MustCompile(`Segue-AcceptsShed: [1-9]`)

// TestAcceptsShedWithoutDescriptors has more clients than descriptors: they wait
// in the queue, show info tells, and all are served when there is room.
func TestAcceptsShedWithoutDescriptors(t *testing.T) {
	s := newService(t)
	s.write(s.pair([2]string{})[0])
	s.start(program, "-db")
	info, err := net.Dial("unix", s.stats())
	if err != nil {
		t.Fatal(err)
	}
	defer info.Close()
	info.SetDeadline(time.Now().Add(20 * time.Second)) //nolint:errcheck // cannot fail
	read := func() string {
		b := make([]byte, 64<<10)
		n, err := info.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	io.WriteString(info, "prompt\n") //nolint:errcheck // read tells
	read()
	restore := onlyMore(t, s.cmd.Process.Pid, 4)
	var clients []net.Conn
	for range 12 {
		c, err := net.Dial("tcp", s.addr())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		clients = append(clients, c)
	}
	within(t, 10*time.Second, "show info tells", func() bool {
		io.WriteString(info, "show info\n") //nolint:errcheck // read tells
		return shed.MatchString(read())
	})
	restore()
	for i, c := range clients {
		if n, err := exchange(c); err != nil || n != 200 {
			t.Errorf("client %d: %d (%v), want 200", i, n, err)
		}
	}
}

// TestTooFewDescriptors has a maxconn that the limit of descriptors does not
// allow: an alert with the remedy, or with "no strict-limits" one warning.
func TestTooFewDescriptors(t *testing.T) {
	const remedy = "Raise 'fd-hard-limit' to 20"
	for name, args := range modes {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			limits := "fd-hard-limit 400\n maxconn 1000"
			s.write(s.stopping(limits, "127.0.0.1:1"))
			out := s.failing(args...)
			if got := lineWith(out, "Cannot raise FD limit"); !strings.HasPrefix(got, "[ALERT] ") || !strings.Contains(got, remedy) {
				t.Errorf("strict: %q, want an alert with %q", got, remedy)
			}
			s.write(s.stopping(limits+"\n no strict-limits", "127.0.0.1:1"))
			s.start(program, args...)
			out = s.out.String()
			if got := lineWith(out, "Cannot raise FD limit"); !strings.HasPrefix(got, "[WARNING] ") || !strings.Contains(got, remedy) {
				t.Errorf("not strict: %q, want a warning with %q", got, remedy)
			}
			if n := strings.Count(out, "Cannot raise FD limit"); n != 1 {
				t.Errorf("not strict: it is said %d times, want once", n)
			}
		})
	}
}

// lineWith is the first line that contains what.
func lineWith(text, what string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, what) {
			return line
		}
	}
	return ""
}

// TestWorkerOutOfDescriptors reloads while the worker can open nothing: it goes on
// serving whom it has, the answer has the reason, and the next reload works.
func TestWorkerOutOfDescriptors(t *testing.T) {
	for _, extra := range []string{"", "reload-mode new-worker"} {
		for _, more := range []int{0, 1, 2, 3, 4} {
			t.Run(strings.TrimSpace(extra+" "+itoa(more)), func(t *testing.T) {
				s := newService(t)
				files := s.pair([2]string{extra, extra})
				s.write(files[0])
				s.startMaster()
				c, err := net.Dial("tcp", s.addr())
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				if n, err := exchange(c); err != nil || n != 200 {
					t.Fatalf("before: %d (%v)", n, err)
				}
				s.write(files[1])
				worker := s.processes()[1]
				var restore func()
				if more == 0 {
					restore = onlyBelow(t, worker, 1) // none at all
				} else {
					restore = onlyMore(t, worker, more)
				}
				text, ok := s.tryReload()
				if alive(worker) {
					restore()
				} else if extra == "" {
					t.Errorf("the worker has ended; reload says %q", text)
				}
				t.Logf("%d more: %.300q", more, text)
				if !ok && !strings.Contains(text, "Success=0") {
					t.Errorf("reload says %q, want Success=0", text)
				}
				if more == 0 && extra == "" && !strings.Contains(text, "the worker has no file descriptor left") {
					t.Errorf("reload says %q, want the reason", text)
				}
				if n, err := exchange(c); err != nil || n != 200 {
					t.Errorf("who was connected: %d (%v), want 200", n, err)
				}
				s.reload()
				if got, err := get(s.addr()); err != nil || !strings.Contains(got, "x-file: 1") {
					t.Errorf("after the next reload %q (%v)", got, err)
				}
				within(t, 10*time.Second, "one master and one worker", func() bool { return len(s.processes()) == 2 })
			})
		}
	}
}
