package reload

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// hardStop is the tunnels' file with a limit for what an old generation may do.
func (s *service) hardStop(web, tcp int, back string, round int, limit time.Duration) string {
	return strings.Replace(s.tunnels(web, tcp, back, round), "global\n", fmt.Sprintf("global\n hard-stop-after %dms\n", limit.Milliseconds()), 1)
}

// TestGenerationEnds shows what "show generations" says of an old generation,
// that it goes with its last stream, and that its own hard-stop-after ends it.
func TestGenerationEnds(t *testing.T) {
	const limit = 1500 * time.Millisecond
	for _, tc := range []struct {
		name  string
		leave bool // the client does, before the limit
	}{
		{name: "with its last stream", leave: true},
		{name: "by its hard-stop-after"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newService(t)
			back, web, tcp := echo(t), freePort(t), freePort(t)
			first := s.tunnels(web, tcp, back, 0)
			if !tc.leave {
				first = s.hardStop(web, tcp, back, 0, limit)
			}
			s.write(first)
			s.startMaster()
			tn, err := openTunnel(fmt.Sprintf("127.0.0.1:%d", web), true)
			if err != nil {
				t.Fatal(err)
			}
			defer tn.c.Close()
			if err := tn.works("before"); err != nil {
				t.Fatal(err)
			}
			s.write(s.tunnels(web, tcp, back, 1)) // its own limit counts, not the new one's
			s.reload()
			start := time.Now()
			if err := tn.works("after"); err != nil {
				t.Fatal(err)
			}
			text := s.ask("show generations")
			if !strings.Contains(text, "\n1 ") || !strings.Contains(text, " 1 0 0 tunnels") {
				t.Errorf("show generations:\n%s\nwant generation 1 with 1 tunnel", text)
			}
			if tc.leave {
				tn.c.Close()
			} else {
				tn.c.SetDeadline(time.Now().Add(10 * time.Second)) //nolint:errcheck // cannot fail
				if line, err := tn.r.ReadString('\n'); err == nil {
					t.Fatalf("the tunnel said %q, want its end", line)
				}
				took := time.Since(start)
				t.Logf("hard-stop-after %v ended the tunnel after %v", limit, took.Round(time.Millisecond))
				if took < limit-200*time.Millisecond || took > limit+200*time.Millisecond {
					t.Errorf("the tunnel ended after %v, want %v", took, limit)
				}
			}
			within(t, 3*time.Second, "generation 1 has no stream", func() bool {
				return !strings.Contains(s.ask("show generations"), " 1 0 0 tunnels")
			})
			within(t, 10*time.Second, "generation 1 is freed", func() bool { return s.generations() == 1 })
		})
	}
}
