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
