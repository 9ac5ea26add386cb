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

// stateful is a configuration with things that an operator changes.
func (s *service) stateful(mapFile, addr, global string, round int) string {
	return fmt.Sprintf(`global
 stats socket %s level admin
 maxconn 5000
 %s
defaults
 mode http
 timeout connect 5s
 timeout client 30s
 timeout server 30s
frontend f
 bind 127.0.0.1:%d
 http-request set-header x-round %d
 http-request return status 200 content-type text/plain lf-string "%%[path,map(%s,none)]" if { path -m beg /map }
 default_backend b
backend b
 server maint %s
 server weighted %s weight 10
 server limited %s maxconn 10
 server moved %s
`, s.stats(), global, s.port, round, mapFile, addr, addr, addr, addr)
}

// column reads a field of "show stat" for a proxy's server.
func (s *service) column(px, srv, name string) string {
	s.t.Helper()
	lines := strings.Split(s.ask("show stat"), "\n")
	names := strings.Split(strings.TrimPrefix(lines[0], "# "), ",")
	for _, l := range lines[1:] {
		f := strings.Split(l, ",")
		if len(f) < len(names)-1 || f[0] != px || f[1] != srv {
			continue
		}
		for i, n := range names {
			if n == name {
				return f[i]
			}
		}
	}
	s.t.Fatalf("show stat has no %s of %s/%s", name, px, srv)
	return ""
}

func (s *service) mapped() string {
	s.t.Helper()
	text, err := getPath(s.addr(), "/map/x")
	if err != nil {
		s.t.Fatal(err)
	}
	_, body, _ := strings.Cut(text, "\r\n\r\n")
	return body
}

func TestStateOutlivesReloads(t *testing.T) {
	for _, mode := range []struct {
		name   string
		global [2]string
	}{
		{name: "in place"},
		{name: "new worker", global: [2]string{"reload-mode new-worker", "reload-mode new-worker"}},
		{name: "other threads", global: [2]string{"nbthread 1", "nbthread 2"}},
	} {
		t.Run(mode.name, func(t *testing.T) {
			s := newService(t)
			addr, other := origin(t), origin(t)
			mapFile := filepath.Join(s.dir, "m.map")
			if err := os.WriteFile(mapFile, []byte("/map/a one\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			s.write(s.stateful(mapFile, addr, mode.global[0], 0))
			s.startMaster()
			for range 12 {
				if _, err := get(s.addr()); err != nil {
					t.Fatal(err)
				}
			}
			host, port, _ := strings.Cut(other, ":")
			for _, cmd := range []string{
				"set server b/maint state maint", "set server b/weighted weight 77", "set maxconn server b/limited 33",
				"set server b/moved addr " + host + " port " + port, "set maxconn frontend f 444", "set maxconn global 4321",
				"add map " + mapFile + " /map/x yes", "set rate-limit connections global 1111", "set rate-limit sessions global 2222",
				"set profiling tasks on", "set anon global-key 77",
			} {
				t.Logf("%s: %q", cmd, s.ask(cmd))
			}
			before, count := s.facts(), s.info("CumReq")
			t.Logf("before: %s", before)
			for round := 1; round <= 3; round++ {
				s.write(s.stateful(mapFile, addr, mode.global[1], round))
				s.reload()
				if got := s.facts(); got != before {
					t.Fatalf("round %d:\n got %s\nwant %s", round, got, before)
				}
				if now := s.info("CumReq"); now <= count {
					t.Fatalf("round %d: CumReq is %d, was %d", round, now, count)
				}
			}
			// What the file changes, wins.
			s.write(strings.Replace(s.stateful(mapFile, addr, mode.global[1], 9), "weight 10", "weight 11", 1))
			s.reload()
			if got := s.column("b", "weighted", "weight"); got != "11" {
				t.Errorf("weight changed in the file: got %s, want 11", got)
			}
			if got := s.column("b", "maint", "status"); got != "MAINT" {
				t.Errorf("maintenance: got %s", got)
			}
		})
	}
}

// facts is what must not change over a reload.
func (s *service) facts() string {
	s.t.Helper()
	moved := ""
	for l := range strings.Lines(s.ask("show servers state b")) {
		if f := strings.Fields(l); len(f) > 18 && f[3] == "moved" {
			moved = f[4] + ":" + f[18]
		}
	}
	limit := fmt.Sprintf("maxconn=%d rates=%d,%d profiling=%v key=%v", s.info("Maxconn"), s.info("ConnRateLimit"), s.info("SessRateLimit"),
		strings.Contains(s.ask("show profiling status"), "profiling              : on "), strings.Contains(s.ask("set anon on; show anon"), "Key : 77"))
	return fmt.Sprintf("maint=%s weight=%s slim=%s fslim=%s %s moved=%s sessions=%s map=%s",
		s.column("b", "maint", "status"), s.column("b", "weighted", "weight"), s.column("b", "limited", "slim"),
		s.column("f", "FRONTEND", "slim"), limit, moved, s.column("b", "BACKEND", "stot"), s.mapped())
}

// info is a number of "show info".
func (s *service) info(name string) int {
	s.t.Helper()
	for l := range strings.Lines(s.ask("show info")) {
		if v, ok := strings.CutPrefix(l, name+": "); ok {
			n, err := strconv.Atoi(strings.TrimSpace(v))
			if err != nil {
				s.t.Fatal(err)
			}
			return n
		}
	}
	s.t.Fatalf("show info has no %s", name)
	return 0
}

// broken are files that must not be taken.
func (s *service) broken() map[string]string {
	good := s.pair([2]string{})[0]
	bind := fmt.Sprintf(" bind 127.0.0.1:%d\n", s.port)
	return map[string]string{
		"empty":                   "",
		"only a comment":          "# nothing\n",
		"defaults only":           "defaults\n mode http\n timeout client 1s\n timeout server 1s\n timeout connect 1s\n",
		"global only":             "global\n maxconn 10\n",
		"unknown word":            good + " no_such_word 1\n",
		"unknown section":         good + "nosection x\n",
		"line outside":            "bind :80\n" + good,
		"NUL byte":                good + " server n\x00ul 127.0.0.1:1\n",
		"truncated in a word":     good[:len(good)-len("127.0.0.1:12345 weight 2\n")],
		"open quote":              good + " http-request set-header a \"b\n",
		"bad address":             good + " server x 300.300.300.300:80\n",
		"bad port":                good + " server x 127.0.0.1:99999\n",
		"unknown backend":         strings.Replace(good, "default_backend b", "default_backend nosuch", 1),
		"duplicate server":        good + " server one 127.0.0.1:1\n",
		"bad balance":             good + " balance sideways\n",
		"bad acl":                 strings.Replace(good, bind, bind+" acl a no_such_fetch x\n", 1),
		"bad condition":           strings.Replace(good, bind, bind+" http-request deny if nosuchacl\n", 1),
		"missing map":             strings.Replace(good, bind, bind+" http-request set-header m %[path,map(/nonexistent.map)]\n", 1),
		"missing errorfile":       strings.Replace(good, bind, bind+" errorfile 503 /nonexistent.http\n", 1),
		"a port that is not free": strings.Replace(good, bind, bind+fmt.Sprintf(" bind 127.0.0.1:%d\n", s.busy), 1),
		"a foreign address":       strings.Replace(good, bind, bind+" bind 203.0.113.7:80\n", 1),
		"no last line feed":       strings.TrimSuffix(good, "\n"),
		"binary":                  "\x7fELF\x02\x01\x01\x00\x00",
	}
}

func TestBrokenFilesChangeNothing(t *testing.T) {
	s := newService(t)
	s.busy = busyPort(t)
	files := s.pair([2]string{})
	s.write(files[0])
	s.startMaster()
	pids := fmt.Sprint(s.processes())
	s.underLoad(func() {
		for name, text := range s.broken() {
			s.write(text)
			s.refused(name)
		}
		os.Remove(s.cfg)
		s.refused("no file")
		if err := os.Mkdir(s.cfg, 0o755); err != nil {
			t.Fatal(err)
		}
		s.refused("a directory")
		os.Remove(s.cfg)
	})
	if got := fmt.Sprint(s.processes()); got != pids {
		t.Errorf("processes: got %s, want %s", got, pids)
	}
	s.write(files[1])
	s.reload()
	t.Logf("%d kinds", len(s.broken())+2)
}

// refused reloads and wants a failure with a reason and the old file serving.
func (s *service) refused(name string) {
	s.t.Helper()
	start := time.Now()
	text, ok := s.tryReload()
	if ok || !strings.HasPrefix(text, "Success=0") || strings.Count(text, "\n") < 3 {
		s.t.Errorf("%s: reload says %q, want Success=0 and a reason", name, text)
	}
	if took := time.Since(start); took > 5*time.Second {
		s.t.Errorf("%s: the answer took %v", name, took)
	}
	if text, err := get(s.addr()); err != nil || !strings.Contains(text, "x-file: 0") {
		s.t.Errorf("%s: afterwards %q (%v)", name, text, err)
	}
}
