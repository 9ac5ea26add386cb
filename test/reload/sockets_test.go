package reload

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// bound is a file with bind lines besides that of the port.
func (s *service) bound(binds string) string {
	return fmt.Sprintf(`defaults
 mode http
 timeout client 30s
frontend f
 bind 127.0.0.1:%d
%s http-request return status 200 content-type text/plain string hi
`, s.port, binds)
}

// reach asks over a unix address and returns the status; 0 if nobody listens.
func reach(addr string) int {
	c, err := net.Dial("unix", addr)
	if err != nil {
		return 0
	}
	defer c.Close()
	n, _ := exchange(c)
	return n
}

// TestUnixSocketsFollowTheFile changes owner, mode and names at reloads, in place
// and with new workers.
func TestUnixSocketsFollowTheFile(t *testing.T) {
	for _, global := range []string{"", "global\n reload-mode new-worker\n"} {
		t.Run("global:"+strings.TrimSpace(strings.TrimPrefix(global, "global\n")), func(t *testing.T) {
			s := newService(t)
			a, b, name := filepath.Join(s.dir, "a"), filepath.Join(s.dir, "b"), filepath.Base(s.dir)
			load := func(binds string) {
				t.Helper()
				s.write(global + s.bound(binds))
				s.reload()
			}
			modeOf := func(path string) os.FileMode {
				st, err := os.Lstat(path)
				if err != nil {
					return 0
				}
				return st.Mode()
			}
			s.write(global + s.bound(" bind "+a+" mode 600\n"))
			s.startMaster()
			if got := modeOf(a); got != os.ModeSocket|0o600 || reach(a) != 200 {
				t.Fatalf("at the start: %v", got)
			}
			load(" bind " + a + " mode 666\n")
			if got := modeOf(a); got != os.ModeSocket|0o666 || reach(a) != 200 {
				t.Errorf("another mode: %v", got)
			}
			if os.Getuid() == 0 {
				for _, want := range [][2]uint32{{1, 2}, {0, 2}, {1, 0}, {0, 0}} {
					load(fmt.Sprintf(" bind %s mode 666 uid %d gid %d\n", a, want[0], want[1]))
					st, err := os.Lstat(a)
					if err != nil {
						t.Fatal(err)
					}
					if o := st.Sys().(*syscall.Stat_t); o.Uid != want[0] || o.Gid != want[1] {
						t.Errorf("another owner: %d:%d, want %d:%d", o.Uid, o.Gid, want[0], want[1])
					}
				}
			}
			load(" bind " + b + " mode 640\n")
			if got := modeOf(b); got != os.ModeSocket|0o640 || reach(b) != 200 {
				t.Errorf("another name: %v", got)
			}
			if got := modeOf(a); got != 0 {
				t.Errorf("the old name is still there: %v", got)
			}
			load(" bind abns@" + name + "\n bind abnsz@" + name + "z\n")
			padded := "@" + name + strings.Repeat("\x00", 107-len(name))
			if reach(padded) != 200 || reach("@"+name+"z") != 200 {
				t.Errorf("abstract names: %d and %d", reach(padded), reach("@"+name+"z"))
			}
			load("")
			if reach(padded) != 0 || reach("@"+name+"z") != 0 {
				t.Error("abstract names are still served")
			}
			left, _ := filepath.Glob(filepath.Join(s.dir, "*"))
			if len(left) != 2 { // the file and the master's socket
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

// TestInheritedSockets starts the service with sockets that somebody else
// bound: fd@, sockpair@ and socket activation, over two reloads.
func TestInheritedSockets(t *testing.T) {
	for _, mode := range [][]string{{"-db"}, {"-W"}} {
		t.Run(mode[0], func(t *testing.T) {
			s := newService(t)
			listener := func(addr string) *os.File {
				var lc net.ListenConfig
				lc.SetMultipathTCP(false) // a service manager's is plain TCP
				ln, err := lc.Listen(t.Context(), "tcp", addr)
				if err != nil {
					t.Fatal(err)
				}
				defer ln.Close()
				f, err := ln.(*net.TCPListener).File()
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { f.Close() })
				return f
			}
			// Without SO_REUSEPORT: the address is served from this very socket.
			active := listener(s.addr())
			named := listener("127.0.0.1:0")
			port, err := portOf(named)
			if err != nil {
				t.Fatal(err)
			}
			pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			far := os.NewFile(uintptr(pair[1]), "sockpair")
			t.Cleanup(func() { far.Close(); unix.Close(pair[0]) })
			s.write(s.bound(" bind fd@4\n bind sockpair@5\n"))
			// The shell gives the child its own pid, as a service manager does.
			script := `export LISTEN_PID=$$ LISTEN_FDS=1; exec "$0" "$@"`
			s.cmd = exec.Command("/bin/sh", append([]string{"-c", script, program, "-f", s.cfg, "-S", s.master()}, mode...)...)
			if mode[0] == "-db" {
				s.cmd.Args = append([]string{"/bin/sh", "-c", script, program, "-f", s.cfg}, mode...)
			}
			s.cmd.ExtraFiles = []*os.File{active, named, far}
			s.run()
			check := func(when string) {
				t.Helper()
				for what, addr := range map[string]string{"activated": s.addr(), "fd@": "127.0.0.1:" + itoa(port)} {
					if text, err := get(addr); err != nil || !strings.HasPrefix(text, "HTTP/1.1 200") {
						t.Errorf("%s, %s: %q (%v)", when, what, text, err)
					}
				}
				if n, err := overPair(pair[0]); err != nil || n != 200 {
					t.Errorf("%s, sockpair@: %d (%v)", when, n, err)
				}
			}
			within(t, 5*time.Second, "the service answers", func() bool { text, _ := get(s.addr()); return strings.HasPrefix(text, "HTTP/1.1 200") })
			check("at the start")
			if mode[0] == "-db" {
				return
			}
			within(t, 5*time.Second, "the master's CLI answers", func() bool { _, err := cli(s.master(), "show version"); return err == nil })
			for _, global := range []string{"global\n maxconn 500\n", "global\n reload-mode new-worker\n nbthread 1\n"} {
				s.write(global + s.bound(" bind fd@4\n bind sockpair@5\n"))
				s.reload()
				check(global)
			}
		})
	}
}

func portOf(f *os.File) (int, error) {
	sa, err := unix.Getsockname(int(f.Fd()))
	if err != nil {
		return 0, err
	}
	return sa.(*unix.SockaddrInet4).Port, nil
}

// overPair connects through a sockpair@: it passes one end of a new pair.
func overPair(fd int) (int, error) {
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	near := os.NewFile(uintptr(p[0]), "client")
	defer near.Close()
	err = unix.Sendmsg(fd, []byte{0}, unix.UnixRights(p[1]), nil, 0)
	unix.Close(p[1])
	if err != nil {
		return 0, err
	}
	c, err := net.FileConn(near)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(5 * time.Second)) //nolint:errcheck // cannot fail
	if _, err := c.Write([]byte("GET / HTTP/1.1\r\nHost: t\r\n\r\n")); err != nil {
		return 0, err
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, err
	}
	return r.StatusCode, nil
}

// TestUnixSocketsOverTakeovers has clients at a path and at abstract names while
// one process after the other takes over, also HAProxy 3.4 where there is one: no
// request fails, and the path is there ever after.
func TestUnixSocketsOverTakeovers(t *testing.T) {
	s := newService(t)
	path, name := filepath.Join(s.dir, "a"), filepath.Base(s.dir)
	text := fmt.Sprintf("global\n stats socket %s level admin expose-fd listeners\n", s.stats()) +
		s.bound(" bind "+path+" mode 666\n bind abns@"+name+"\n")
	s.write(text)
	s.start(program, "-db")
	s.published()
	next := []string{program, program, program}
	if _, err := os.Stat(oracle()); err == nil {
		next = []string{program, oracle(), program, program}
	}
	stop := make(chan struct{})
	results := make(chan [2]int, 2)
	for _, addr := range []string{path, "@" + name + strings.Repeat("\x00", 107-len(name))} {
		go func() {
			var n [2]int
			for {
				select {
				case <-stop:
					results <- n
					return
				default:
				}
				n[0]++
				if reach(addr) != 200 {
					n[1]++
				}
			}
		}()
	}
	for i, binary := range next {
		s.takeOver(binary)
		s.published()
		within(t, 5*time.Second, "requests go through "+binary+" "+itoa(i), func() bool { return reach(path) == 200 })
	}
	close(stop)
	for range 2 {
		n := <-results
		t.Logf("%d requests, %d failed", n[0], n[1])
		if n[1] > 0 || n[0] == 0 {
			t.Errorf("%d of %d requests failed", n[1], n[0])
		}
	}
}
