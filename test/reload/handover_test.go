package reload

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// remembered is stateful with all that a new process must be told: also health,
// an ACL file and sockets to hand over.
func (s *service) remembered(mapFile, aclFile, addr string, up, down *checked, round int) string {
	text := s.stateful(mapFile, addr, "", round)
	text = strings.Replace(text, "level admin", "level admin expose-fd listeners", 1)
	text = strings.Replace(text, " default_backend b\n", fmt.Sprintf(` http-request return status 200 content-type text/plain string denied if { path -f %s }
 default_backend b
`, aclFile), 1)
	return text + fmt.Sprintf(`backend c
 option httpchk OPTIONS /check
 default-server check inter 50ms fastinter 50ms downinter 1h rise 1 fall 2
 server up %s
 server down %s
`, up.addr, down.addr)
}

// prepare makes the files, starts the service and changes all that an operator,
// clients and checks can change. remember is what must be there ever after.
func (s *service) prepare(start func()) (text func(round int) string, remember func() string) {
	s.t.Helper()
	addr := origin(s.t)
	mapFile, aclFile := filepath.Join(s.dir, "m.map"), filepath.Join(s.dir, "a.acl")
	for name, content := range map[string]string{mapFile: "/map/a one\n", aclFile: "/acl/a\n"} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	up, down := newChecked(s.t, true), newChecked(s.t, false)
	text = func(round int) string { return s.remembered(mapFile, aclFile, addr, up, down, round) }
	s.write(text(0))
	start()
	s.published()
	within(s.t, 10*time.Second, "the checks have found out", func() bool {
		return s.column("c", "down", "status") == "DOWN" && s.column("c", "up", "check_status") == "L7OK"
	})
	down.good.Store(true) // the next check is due in an hour: who does not remember says UP
	for range 12 {
		if _, err := get(s.addr()); err != nil {
			s.t.Fatal(err)
		}
	}
	for _, cmd := range []string{
		"set server b/maint state maint", "set server b/weighted weight 77", "set maxconn server b/limited 33",
		"set server b/moved addr 127.0.0.9 port 9", "set server b/moved state maint",
		"set maxconn frontend f 444", "set maxconn global 4321", "set rate-limit connections global 54321",
		"add map " + mapFile + " /map/x yes", "add acl " + aclFile + " /acl/x",
	} {
		s.ask(cmd)
	}
	remember = func() string {
		s.t.Helper()
		denied, err := getPath(s.addr(), "/acl/x")
		if err != nil {
			s.t.Fatal(err)
		}
		return fmt.Sprintf("%s acl=%v down=%s/%s/%s", s.facts(), strings.HasSuffix(denied, "denied"),
			s.column("c", "down", "status"), s.column("c", "down", "chkdown"), s.column("c", "down", "chkfail"))
	}
	return text, remember
}

// published waits until the stats socket has its name: a master gives it after
// its worker serves.
func (s *service) published() {
	s.t.Helper()
	within(s.t, 10*time.Second, "the stats socket answers", func() bool {
		_, err := cli(s.stats(), "show info")
		return err == nil
	})
}

// TestClassicHandoverRemembers: "-sf PID -x SOCKET" between two of ours, with
// and without masters, forgets nothing; nor does a new one that fails change
// anything for the old one.
func TestClassicHandoverRemembers(t *testing.T) {
	for _, tc := range []struct{ name, first, next string }{
		{"single to single", "-db", "-db"}, {"master to master", "-W", "-W"},
		{"single to master", "-db", "-W"}, {"master to single", "-W", "-db"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newService(t)
			text, remember := s.prepare(func() { s.start(program, tc.first) })
			before := remember()
			if !strings.Contains(before, "maint=MAINT weight=77 slim=33 fslim=444 maxconn=4321 rates=54321,0 profiling=false key=false moved=127.0.0.9:9") ||
				!strings.HasSuffix(before, "map=yes acl=true down=DOWN/1/1") {
				t.Fatalf("before: %s", before)
			}
			s.failedStart(tc.next, text(9))
			if got := remember(); got != before {
				t.Fatalf("after a start that failed:\n got %s\nwant %s", got, before)
			}
			args := [2]string{tc.next, tc.first}
			for round := 1; round <= 4; round++ {
				old, pid := s.gone, s.cmd.Process.Pid
				s.write(text(round))
				s.start(program, args[(round+1)%2], "-x", s.stats(), "-sf", strconv.Itoa(pid))
				select {
				case <-old:
				case <-time.After(10 * time.Second):
					s.stuck(pid, old)
				}
				s.published()
				if got := remember(); got != before {
					t.Fatalf("round %d:\n got %s\nwant %s", round, got, before)
				}
			}
		})
	}
}

// failedStart starts a process that takes the sockets and the state and then
// fails, because of a bind line that it cannot have.
func (s *service) failedStart(mode, text string) {
	s.t.Helper()
	file := filepath.Join(s.dir, "bad.cfg")
	if err := os.WriteFile(file, []byte(text+"listen x\n bind 203.0.113.7:80\n"), 0o644); err != nil {
		s.t.Fatal(err)
	}
	good := s.cfg
	s.cfg = file
	out := s.failing(mode, "-x", s.stats(), "-sf", strconv.Itoa(s.cmd.Process.Pid))
	s.cfg = good
	if !strings.Contains(out, "203.0.113.7") {
		s.t.Errorf("the start should fail for its address, it says:\n%s", out)
	}
}
