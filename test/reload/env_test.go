package reload

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestEnvironment is what a configuration and its service see of the environment,
// with and without a master, beside HAProxy 3.4 where there is one: variables
// that the file sets are in addresses and in env(), and HAProxy's own are there.
func TestEnvironment(t *testing.T) {
	for _, mode := range []string{"-db", "-W"} {
		for _, binary := range []string{program, oracle()} {
			t.Run(mode+" "+filepath.Base(binary), func(t *testing.T) {
				if _, err := os.Stat(binary); err != nil {
					t.Skipf("there is no HAProxy 3.4 to compare with: %v", err)
				}
				s := newService(t)
				_, back, _ := strings.Cut(origin(t), ":")
				s.write(fmt.Sprintf(`global
 stats socket %s level admin
 setenv PORT %d
 setenv SERVER 127.0.0.1:%s
 setenv OWN value
 presetenv OWN other
 unsetenv TZ
 localpeer me
defaults
 mode http
 timeout connect 5s
 timeout client 30s
 timeout server 30s
frontend f
 bind 127.0.0.1:${PORT}
 http-request return status 200 content-type text/plain lf-string "read mw=${HAPROXY_MWORKER} cli=${HAPROXY_CLI} run mw=%%[env(HAPROXY_MWORKER)] cli=%%[env(HAPROXY_CLI)] files=%%[env(HAPROXY_CFGFILES)] peer=%%[env(HAPROXY_LOCALPEER)] version=%%[env(HAPROXY_STARTUP_VERSION)] branch=%%[env(HAPROXY_BRANCH)] own=%%[env(OWN)] tz=%%[env(TZ)] format=%%[env(HAPROXY_TCP_LOG_FMT)]" if { path /env }
 default_backend b
backend b
 server s ${SERVER} check addr 127.0.0.1:${PORT}
`, s.stats(), s.port, back))
				t.Setenv("TZ", "UTC")
				args := []string{mode}
				if mode == "-W" {
					args = append(args, "-S", s.master(), "-S", s.master()+"2,level,user")
				}
				s.start(binary, args...)
				s.published()
				mw := map[string]string{"-db": "", "-W": "1"}[mode]
				want := fmt.Sprintf("read mw=%[1]s cli= run mw=%[1]s cli=unix@%[2]s files=%[3]s peer=me version=3.4.0 branch=3.4 own=value tz= format=", mw, s.stats(), s.cfg)
				text, err := getPath(s.addr(), "/env")
				if _, got, _ := strings.Cut(text, "\r\n\r\n"); err != nil || got != want {
					t.Errorf("%v\n got %q\nwant %q", err, got, want)
				}
				if got := s.status("/"); got != "200" {
					t.Errorf("through the server: status %q, want 200", got)
				}
				if got := s.ask("show env OWN"); got != "OWN=value\n\n" {
					t.Errorf("show env OWN: %q", got)
				}
				if got := s.ask("show env"); strings.Contains(got, "SEGUE_ROLE") {
					t.Errorf("show env has what is nobody's business: %q", got)
				}
				if mode == "-db" {
					return
				}
				var got []string
				within(t, 10*time.Second, "the master's CLI answers", func() bool {
					text, err := cli(s.master(), "show env")
					got = strings.Split(text, "\n")
					return err == nil
				})
				for _, want := range []string{"HAPROXY_MWORKER=1", "HAPROXY_CFGFILES=" + s.cfg, "HAPROXY_STARTUP_VERSION=3.4.0", "HAPROXY_BRANCH=3.4",
					"HAPROXY_MASTER_CLI=unix@" + s.master() + "2;unix@" + s.master()} {
					if !slices.Contains(got, want) {
						t.Errorf("the master's show env lacks %s: %q", want, got)
					}
				}
			})
		}
	}
}
