package reload

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestNamespaces has the same address in two network namespaces, which only a
// server in the inner one connects. Both listeners keep their namespaces when
// they are handed over, also to and from HAProxy 3.4, and in a reload.
func TestNamespaces(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may make network namespaces")
	}
	hap := oracle()
	if _, err := os.Stat(hap); err != nil {
		hap = program
	}
	for _, pair := range [][2]string{{program, program}, {program, hap}, {hap, program}} {
		t.Run(filepath.Base(pair[0])+" to "+filepath.Base(pair[1]), func(t *testing.T) {
			s := newService(t)
			name := "segue" + itoa(s.port)
			ip(t, "netns", "add", name)
			defer exec.Command("ip", "netns", "del", name).Run() //nolint:errcheck // nobody else has the name
			ip(t, "-n", name, "link", "set", "lo", "up")
			s.write(s.inside(name))
			s.start(pair[0], "-db")
			if got, err := get(s.addr()); err != nil || !strings.Contains(got, "within") {
				t.Fatalf("before: %q (%v), want the answer from within", got, err)
			}
			old, oldGone := s.cmd.Process.Pid, s.gone
			s.cmd = exec.Command(pair[1], "-f", s.cfg, "-db", "-x", s.stats(), "-sf", itoa(old))
			s.run()
			select {
			case <-oldGone:
			case <-time.After(10 * time.Second):
				t.Fatal("the old process stays")
			}
			if got, err := get(s.addr()); err != nil || !strings.Contains(got, "within") {
				t.Errorf("afterwards: %q (%v), want the answer from within", got, err)
			}
		})
	}
	t.Run("reload", func(t *testing.T) {
		s := newService(t)
		name := "segue" + itoa(s.port)
		ip(t, "netns", "add", name)
		defer exec.Command("ip", "netns", "del", name).Run() //nolint:errcheck // as above
		ip(t, "-n", name, "link", "set", "lo", "up")
		s.write(s.inside(name))
		s.startMaster()
		for _, word := range []string{"second", "third"} {
			s.write(strings.Replace(s.inside(name), "within", word, 1))
			s.reload()
			if got, err := get(s.addr()); err != nil || !strings.Contains(got, word) {
				t.Errorf("after a reload: %q (%v), want %s", got, err, word)
			}
		}
	})
}

// TestNamespacesBehindChroot reaches a server in another namespace from a worker
// whose chroot has none of their names. A reload in place keeps it, one that
// names another namespace takes a worker that could still open it.
func TestNamespacesBehindChroot(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may make network namespaces")
	}
	s := newService(t)
	jail := filepath.Join(s.dir, "jail")
	if err := os.Mkdir(jail, 0o755); err != nil {
		t.Fatal(err)
	}
	names := [2]string{"segue" + itoa(s.port), "seguf" + itoa(s.port)}
	for _, name := range names {
		ip(t, "netns", "add", name)
		defer exec.Command("ip", "netns", "del", name).Run() //nolint:errcheck // nobody else has the name
		ip(t, "-n", name, "link", "set", "lo", "up")
	}
	file := func(name, word string) string {
		return strings.NewReplacer("global\n", "global\n user nobody\n setcap cap_sys_admin\n chroot "+jail+"\n", "within", word).Replace(s.inside(name))
	}
	s.write(file(names[0], "first"))
	s.startMaster()
	worker := s.processes()[1]
	for i, step := range []struct {
		name, word string
		same       bool // worker
	}{{names[0], "first", true}, {names[0], "second", true}, {names[1], "third", false}} {
		if i > 0 {
			s.write(file(step.name, step.word))
			s.reload()
		}
		if got, err := get(s.addr()); err != nil || !strings.Contains(got, step.word) {
			t.Errorf("step %d: %q (%v), want %s", i, got, err, step.word)
		}
		if now := newest(t, s); (now == worker) != step.same {
			t.Errorf("step %d: worker %d after %d, want the same: %t", i, now, worker, step.same)
		}
	}
}

// TestRightsThatAreGivenAway has lines that need what "user" gives away. The
// first sentence is HAProxy 3.4's.
func TestRightsThatAreGivenAway(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root has rights to give away")
	}
	const says = "Some configuration options require full privileges, so global.uid cannot be changed."
	for _, tc := range []struct{ name, global, front, server, remedy string }{
		{name: "usesrc", global: "user nobody", server: "source 0.0.0.0 usesrc clientip", remedy: "'setcap cap_net_raw'"},
		{name: "interface", global: "user nobody", server: "source 0.0.0.0 interface lo", remedy: "'setcap cap_net_raw'"},
		{name: "mark", global: "user nobody", front: "http-request set-fc-mark 5", remedy: "'setcap cap_net_raw'"},
		{name: "the wrong capability", global: "user nobody\n setcap cap_net_bind_service", server: "source 0.0.0.0 usesrc clientip", remedy: "'setcap cap_net_raw'"},
		{name: "the right one", global: "user nobody\n setcap cap_net_admin", server: "source 0.0.0.0 usesrc clientip"},
		{name: "root", global: "user root", server: "source 0.0.0.0 usesrc clientip"},
		{name: "nothing special", global: "user nobody"},
	} {
		for mode, args := range modes {
			t.Run(tc.name+" "+mode, func(t *testing.T) {
				s := newService(t)
				text := s.stopping(tc.global, "127.0.0.1:1 "+tc.server)
				s.write(strings.Replace(text, " default_backend b\n", " "+tc.front+"\n default_backend b\n", 1))
				if tc.remedy == "" {
					s.start(program, args...)
					return
				}
				if got := lineWith(s.failing(args...), says); !strings.HasPrefix(got, "[ALERT] ") || !strings.Contains(got, tc.remedy) {
					t.Errorf("it says %q, want an alert with %q", got, tc.remedy)
				}
			})
		}
	}
}

// inside is a file with a listener in the namespace that only a server reaches.
func (s *service) inside(name string) string {
	return fmt.Sprintf(`global
 stats socket %[1]s level admin expose-fd listeners
defaults
 mode http
 timeout connect 2s
 timeout client 5s
 timeout server 5s
frontend in
 bind 127.0.0.1:%[2]d namespace %[3]s
 http-request return status 200 content-type text/plain string within
frontend out
 bind 127.0.0.1:%[2]d
 default_backend b
backend b
 server s 127.0.0.1:%[2]d namespace %[3]s
`, s.stats(), s.port, name)
}

// ip runs ip(8). The test is skipped where that cannot make namespaces.
func ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Skipf("cannot have network namespaces: ip %s: %v %s", strings.Join(args, " "), err, out)
	}
}
