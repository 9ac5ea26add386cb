package handover

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"segue/internal/process/listen"
)

// programs are the HAProxy binaries to exchange sockets with: those that
// HAPROXY_PROGRAMS names, separated by colons, otherwise the installed one.
func programs(t *testing.T) []string {
	t.Helper()
	if list := os.Getenv("HAPROXY_PROGRAMS"); list != "" {
		return strings.Split(list, ":")
	}
	path, err := exec.LookPath("haproxy")
	if err != nil {
		t.Skip("no haproxy installed")
	}
	return []string{path}
}

// config writes a configuration with the given global and frontend lines.
func config(t *testing.T, dir, global, binds string) string {
	t.Helper()
	path := filepath.Join(dir, "haproxy.cfg")
	text := "global\n" + global + "\ndefaults\n mode http\n timeout client 5s\n timeout server 5s\n timeout connect 5s\n" +
		"frontend f\n" + binds + "\n http-request return status 200\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// start runs program until the test ends and waits until ready says yes.
func start(t *testing.T, ready func() bool, program string, args ...string) *exec.Cmd {
	t.Helper()
	var out strings.Builder
	cmd := exec.Command(program, args...)
	cmd.Stderr = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() { cmd.Wait(); close(gone) }()
	t.Cleanup(func() { cmd.Process.Kill(); <-gone })
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); !ready(); <-tick.C {
		select {
		case <-gone:
			t.Fatalf("%s ended: %s", program, out.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not come up", program)
		}
	}
	return cmd
}

// freePort returns a port that was free a moment ago.
func freePort(t *testing.T) uint16 {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).AddrPort().Port()
}

// binds returns five Specs and the bind lines that mean them.
func binds(t *testing.T, dir string) ([]listen.Spec, string) {
	t.Helper()
	specs := []listen.Spec{
		loopback(freePort(t)),
		{Family: listen.IPv6, Addr: netip.IPv6Unspecified(), Port: freePort(t), V6Only: true},
		{Family: listen.Unix, Path: filepath.Join(dir, "f.sock")},
		{Family: listen.Abns, Path: "segue-" + strconv.Itoa(os.Getpid()) + "-" + filepath.Base(filepath.Dir(dir))},
		{Family: listen.IPv4, Addr: netip.MustParseAddr("127.0.0.1"), Port: freePort(t), Interface: "lo"},
	}
	lines := fmt.Sprintf(" bind 127.0.0.1:%d\n bind :::%d v6only\n bind unix@%s\n bind abns@%s\n bind 127.0.0.1:%d interface lo\n",
		specs[0].Port, specs[1].Port, specs[2].Path, specs[3].Path, specs[4].Port)
	return specs, lines
}

func TestTakesListenersOfHAProxy(t *testing.T) {
	for _, program := range programs(t) {
		t.Run(filepath.Base(program), func(t *testing.T) {
			dir := t.TempDir()
			specs, lines := binds(t, dir)
			stats := filepath.Join(dir, "stats")
			cfg := config(t, dir, " stats socket "+stats+" level admin expose-fd listeners", lines)
			cmd := start(t, func() bool { _, err := os.Stat(specs[2].Path); return err == nil }, program, "-db", "-f", cfg)
			set, err := Fetch(t.Context(), stats)
			if err != nil {
				t.Fatal(err)
			}
			defer set.Close()
			if set.Len() != len(specs)+1 {
				t.Errorf("got %d sockets, want %d and the stats socket", set.Len(), len(specs))
			}
			var fds []int
			for i := range specs {
				got := set.Take(&specs[i])
				if len(got) != 1 {
					t.Errorf("%s was not found in %v", specs[i].Address(), set.Rest())
					continue
				}
				fds = append(fds, got[0])
				defer unix.Close(got[0])
			}
			cmd.Process.Signal(syscall.SIGKILL)
			for i, addr := range []string{fmt.Sprintf("127.0.0.1:%d", specs[0].Port), fmt.Sprintf("[::1]:%d", specs[1].Port)} {
				c, err := net.Dial("tcp", addr)
				if err != nil {
					t.Errorf("%s is closed although socket %d is ours: %v", addr, fds[i], err)
					continue
				}
				c.Close()
			}
		})
	}
}

// inode returns the number by which /proc knows the socket.
func inode(t *testing.T, fd int) string {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("socket:[%d]", st.Ino)
}

// holds reports whether process pid has the socket open.
func holds(pid int, socket string) bool {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if to, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil && to == socket {
			return true
		}
	}
	return false
}

func TestHAProxyTakesOurListeners(t *testing.T) {
	for _, program := range programs(t) {
		t.Run(filepath.Base(program), func(t *testing.T) {
			dir := t.TempDir()
			specs, lines := binds(t, dir)
			var items []Item
			for _, spec := range specs {
				items = append(items, Item{FD: open(t, spec).FD, Interface: spec.Interface})
			}
			stats := serve(t, func(c *net.UnixConn) {
				if err := Send(c, items); err != nil {
					t.Errorf("Send: %v", err)
				}
			})
			cfg := config(t, dir, "", lines)
			answers := func() bool { return get(specs[0].Port) == "HTTP/1.1 200 OK" }
			cmd := start(t, answers, program, "-db", "-f", cfg, "-x", stats)
			for i, it := range items {
				if !holds(cmd.Process.Pid, inode(t, it.FD)) {
					t.Errorf("it bound %s anew", specs[i].Address())
				}
			}
		})
	}
}

// get asks for "/" and returns the status line, "" if there is no answer yet.
func get(port uint16) string {
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return ""
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(200 * time.Millisecond))
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	line, _ := bufio.NewReader(c).ReadString('\n')
	return strings.TrimSpace(line)
}
