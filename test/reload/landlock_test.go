package reload

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLandlock serves, logs, reloads in all ways, resolves names and shows its
// descriptors under "landlock on"; that files cannot be opened is shown where it
// is done. Turning it on takes a new worker.
func TestLandlock(t *testing.T) {
	s := newService(t)
	logs := filepath.Join(s.dir, "log")
	syslog, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: logs, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer syslog.Close()
	page := filepath.Join(s.dir, "page")
	_, back, _ := net.SplitHostPort(origin(t))
	file := func(word, global string) string {
		if err := os.WriteFile(page, []byte("page "+word), 0o600); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(`global
 stats socket %s level admin expose-fd listeners
 log %s local0
 %s
defaults
 mode http
 timeout connect 5s
 timeout client 30s
 timeout server 30s
frontend f
 bind 127.0.0.1:%d
 log global
 log-format "%s %%ST"
 http-request return status 200 content-type text/plain file %s if { path /page }
 default_backend b
backend b
 server s localhost:%s
`, s.stats(), logs, global, s.port, word, page, back)
	}
	check := func(word string) {
		t.Helper()
		if got, err := getPath(s.addr(), "/page"); err != nil || !strings.HasSuffix(got, "page "+word) {
			t.Errorf("%s: %q (%v)", word, got, err)
		}
		if got := s.status("/"); got != "200" {
			t.Errorf("%s: status %q, want 200", word, got)
		}
		for b := make([]byte, 4096); ; {
			syslog.SetReadDeadline(time.Now().Add(5 * time.Second)) //nolint:errcheck // cannot fail
			n, err := syslog.Read(b)
			if err != nil {
				t.Fatalf("%s: no log line: %v", word, err)
			}
			if strings.Contains(string(b[:n]), word+" 200") {
				break
			}
		}
		if got := s.ask("show fd"); !strings.Contains(got, "total") && strings.Count(got, "\n") < 5 {
			t.Errorf("%s: show fd: %q", word, got)
		}
		if got := s.ask("add server b/new localhost:" + back); !strings.Contains(got, "New server") {
			t.Errorf("%s: add server: %q", word, got)
		}
		s.ask("set server b/new state maint")
		if got := s.ask("del server b/new"); !strings.Contains(got, "deleted") {
			t.Errorf("%s: del server: %q", word, got)
		}
	}
	s.write(file("open", ""))
	s.startMaster()
	s.published()
	check("open")
	worker := newest(t, s)
	for _, step := range []struct {
		name, global string
		same         bool // worker
	}{
		{"confined", "landlock on", false},
		{"inplace", "landlock on", true},
		{"anew", "landlock on\n reload-mode new-worker", false},
		{"free", "landlock off", false},
	} {
		s.write(file(step.name, step.global))
		s.reload()
		check(step.name)
		now := newest(t, s)
		if (now == worker) != step.same {
			t.Errorf("%s: worker %d after %d, want the same: %t", step.name, now, worker, step.same)
		}
		worker = now
	}
	for _, with := range []string{"external-check", "insecure-setuid-wanted"} {
		s.write(file("refused", "landlock on\n "+with))
		if text, ok := s.tryReload(); ok || !strings.Contains(text, "'landlock on' cannot be had together with '"+with+"'") {
			t.Errorf("with %s: %q", with, text)
		}
	}
}
