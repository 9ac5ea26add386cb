package reload

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReloadNamesWhatItThrowsAway: the file wins over what was set at run time, but
// says so, once.
func TestReloadNamesWhatItThrowsAway(t *testing.T) {
	for _, mode := range []struct{ name, global string }{{"in place", ""}, {"new worker", "reload-mode new-worker"}} {
		t.Run(mode.name, func(t *testing.T) {
			s := newService(t)
			addr, mapFile := origin(t), filepath.Join(s.dir, "m.map")
			put := func(text string) {
				if err := os.WriteFile(mapFile, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			put("/map/a one\n/map/b two\n")
			s.write(s.stateful(mapFile, addr, mode.global, 0))
			s.startMaster()
			for _, cmd := range []string{
				"add server b/new1 127.0.0.1:1", "add server b/new2 127.0.0.1:1", "set server b/weighted weight 77", "set maxconn server b/limited 33",
				"set server b/moved addr 127.0.0.1 port 9", "add map " + mapFile + " /map/x yes", "set map " + mapFile + " /map/a uno",
			} {
				t.Logf("%s: %q", cmd, s.ask(cmd))
			}
			s.reload() // the same file: what was set stays, but for servers that it does not have
			s.says(map[string]bool{"backend 'b': 2 servers added at run time are not in the new file and gone.": true, "weight": false, "m.map": false})
			put("/map/a one\n")
			text := strings.Replace(s.stateful(mapFile, addr, mode.global, 0), "weight 10", "weight 11", 1)
			text = strings.Replace(text, "maxconn 10", "maxconn 11", 1)
			s.write(strings.Replace(text, "server moved "+addr, "server moved 127.0.0.1:8", 1))
			s.reload()
			s.says(map[string]bool{
				"added at run time": false,
				fmt.Sprintf("file '%s' has changed: 2 entries set at run time are gone.", mapFile):                           true,
				"server 'b/weighted': the new file says weight 11, and 77 that was set at run time is gone.":                 true,
				"server 'b/limited': the new file says maxconn 11, and 33 that was set at run time is gone.":                 true,
				"server 'b/moved': the new file says address 127.0.0.1:8, and 127.0.0.1:9 that was set at run time is gone.": true,
			})
			s.reload()
			s.says(map[string]bool{"run time": false})
		})
	}
}

// says compares what master and worker say of the last load.
func (s *service) says(want map[string]bool) {
	s.t.Helper()
	masters, err := cli(s.master(), "show startup-logs")
	if err != nil {
		s.t.Fatal(err)
	}
	for who, logs := range map[string]string{"master": masters, "worker": s.ask("show startup-logs")} {
		for text, yes := range want {
			if strings.Contains(logs, text) != yes {
				s.t.Errorf("%s says %q: %v, want %v:\n%s", who, text, !yes, yes, logs)
			}
		}
	}
}
