package reload

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"
)

// TestDisabledFrontendRefuses: who connects to a frontend that a command has
// disabled is refused at once, so that others are tried; reloads of both kinds
// do not forget it, and "enable frontend" ends it.
func TestDisabledFrontendRefuses(t *testing.T) {
	s := newService(t)
	other := freePort(t)
	file := func(mode string) string {
		return fmt.Sprintf("global\n reload-mode %s\n stats socket %s level admin\ndefaults\n mode http\n timeout client 5s\n"+
			"frontend f\n bind 127.0.0.1:%d\n http-request return status 200\n"+
			"frontend g\n bind 127.0.0.1:%d\n http-request return status 200\n", mode, s.stats(), s.port, other)
	}
	refused := func(port int) bool {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			c.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	}
	s.write(file("in-place"))
	s.startMaster()
	s.ask("disable frontend f")
	within(t, 5*time.Second, "f refuses", func() bool { return refused(s.port) })
	for _, mode := range []string{"in-place", "new-worker"} {
		s.write(file(mode))
		s.reload()
		within(t, 5*time.Second, "f refuses after a reload, "+mode, func() bool { return refused(s.port) })
		if refused(other) {
			t.Errorf("%s: the other frontend refuses, too", mode)
		}
	}
	s.ask("enable frontend f")
	within(t, 5*time.Second, "f accepts", func() bool { return !refused(s.port) })
	if got := s.status("/"); got != "200" {
		t.Errorf("status %q after enable, want 200", got)
	}
}
