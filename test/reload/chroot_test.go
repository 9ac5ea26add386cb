package reload

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// TestNamedUserBehindChroot starts as distributions configure it: with a chroot
// and names of a user and a group, which the worker can no longer look up, and
// with files that it can no longer open. It serves, without the rights of root,
// and reloads.
func TestNamedUserBehindChroot(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may change its root folder")
	}
	s := newService(t)
	jail := s.dir + "/jail"
	if err := os.Mkdir(jail, 0o755); err != nil {
		t.Fatal(err)
	}
	file := func(answer string) string {
		page := s.dir + "/page-" + answer
		if err := os.WriteFile(page, []byte("page "+answer), 0o644); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("global\n chroot %s\n user nobody\n group nogroup\ndefaults\n mode http\n timeout client 5s\n"+
			"frontend f\n bind 127.0.0.1:%d\n bind unix@%s/sock user nobody group nogroup\n"+
			" http-request return status 200 content-type text/plain file %s\n", jail, s.port, s.dir, page)
	}
	s.write(file("one"))
	s.startMaster()
	for _, want := range []string{"one", "two"} {
		if want == "two" {
			s.write(file("two"))
			s.reload()
		}
		if text, err := get(s.addr()); err != nil || !strings.HasSuffix(text, want) {
			t.Errorf("answer %q, %v; want %s", text, err, want)
		}
	}
	for _, pid := range s.processes() {
		root, err := os.Readlink(fmt.Sprintf("/proc/%d/root", pid))
		if err != nil {
			t.Fatal(err)
		}
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			t.Fatal(err)
		}
		if noNew := strings.Contains(string(status), "\nNoNewPrivs:\t1\n"); noNew != (pid != s.cmd.Process.Pid) {
			t.Errorf("process %d, master %d: no_new_privs is %t", pid, s.cmd.Process.Pid, noNew)
		}
		if jailed, isRoot := root == jail, strings.Contains(string(status), "\nUid:\t0\t"); pid != s.cmd.Process.Pid && (!jailed || isRoot) {
			t.Errorf("the worker's root folder is %s, uid 0: %t; want %s and another user", root, isRoot, jail)
		}
	}
}

// TestNamesBehindChroot has host names and a time zone, for which a chroot has no
// files: addresses of a bind line, a server, a pattern, a log target and a
// source. A reload in place keeps them.
func TestNamesBehindChroot(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may change its root folder")
	}
	if _, err := os.Stat("/usr/share/zoneinfo/Asia/Tokyo"); err != nil {
		t.Skipf("no time zones here: %v", err)
	}
	t.Setenv("TZ", "Asia/Tokyo")
	tokyo := time.FixedZone("", 9*3600)
	for _, mode := range [][]string{{"-db"}, {"-W"}} {
		t.Run(mode[0], func(t *testing.T) {
			logs, err := net.ListenPacket("udp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer logs.Close()
			s := newService(t)
			jail := s.dir + "/jail"
			if err := os.Mkdir(jail, 0o755); err != nil {
				t.Fatal(err)
			}
			_, back, _ := net.SplitHostPort(origin(t))
			_, logPort, _ := net.SplitHostPort(logs.LocalAddr().String())
			file := func(word string) string {
				return fmt.Sprintf(`global
 chroot %s
 user nobody
 log localhost:%s local0
 stats socket %s level admin
defaults
 mode http
 timeout connect 5s
 timeout client 30s
 timeout server 30s
frontend f
 bind localhost:%d
 log global
 log-format "%s %%t %%ST"
 http-request deny unless { src localhost 127.0.0.0/8 }
 default_backend b
backend b
 server s localhost:%s source localhost check addr localhost inter 50ms
`, jail, logPort, s.stats(), s.port, word, back)
			}
			s.write(file("one"))
			words := []string{"one"}
			if mode[0] == "-W" {
				s.startMaster()
				words = append(words, "two")
			} else {
				s.start(program, mode...)
			}
			for i, word := range words {
				if i > 0 {
					s.write(file(word))
					s.reload()
				}
				if got := s.status("/"); got != "200" {
					t.Errorf("%s: status %q, want 200", word, got)
				}
				s.published()
				within(t, 5*time.Second, "a check succeeds", func() bool { return s.column("b", "s", "check_status") == "L4OK" })
				b := make([]byte, 4096)
				want := word + " " + time.Now().In(tokyo).Format("02/Jan/2006:15:")
				for line := ""; !strings.Contains(line, word+" ") || !strings.HasSuffix(line, " 200\n"); {
					logs.SetReadDeadline(time.Now().Add(5 * time.Second)) //nolint:errcheck // cannot fail
					n, _, err := logs.ReadFrom(b)
					if err != nil {
						t.Fatalf("%s: no line with %q: %v", word, want, err)
					}
					if line = string(b[:n]); strings.HasSuffix(line, " 200\n") && !strings.Contains(line, want) {
						t.Errorf("%s: log line %q, want %q in it", word, line, want)
					}
				}
			}
		})
	}
}
