package reload

import (
	"fmt"
	"os"
	"strings"
	"testing"
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
