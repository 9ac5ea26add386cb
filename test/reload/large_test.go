package reload

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// large is a file of n backends with four servers each.
func (s *service) large(n, round int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `global
 stats socket %s level admin
defaults
 mode http
 timeout connect 5s
 timeout client 30s
 timeout server 30s
frontend f
 bind 127.0.0.1:%d
 http-request return status 200 content-type text/plain string "round %d" if { path / }
`, s.stats(), s.port, round)
	for i := range n {
		fmt.Fprintf(&b, " use_backend b%d if { path /%d }\n", i, i)
	}
	for i := range n {
		fmt.Fprintf(&b, "backend b%d\n", i)
		for j := range 4 {
			fmt.Fprintf(&b, " server s%d 127.0.0.1:%d maxconn 100\n", j, 10000+j)
		}
	}
	return b.String()
}

func TestLargeFile(t *testing.T) {
	const limit = 500 * time.Millisecond
	s := newService(t)
	s.write(s.large(3000, 0))
	start := time.Now()
	s.startMaster()
	up := time.Since(start)
	worker := s.processes()[1]
	before := rss(worker)
	peak, sum, longest := before, time.Duration(0), time.Duration(0)
	const rounds = 5
	for i := 1; i <= rounds; i++ {
		s.write(s.large(3000, i))
		start := time.Now()
		s.reload()
		took := time.Since(start)
		if text, err := get(s.addr()); err != nil || !strings.Contains(text, fmt.Sprintf("round %d", i)) {
			t.Fatalf("after reload %d: %q (%v)", i, text, err)
		}
		sum, longest, peak = sum+took, max(longest, took), max(peak, rss(worker))
	}
	defer func() { t.Logf("at the end:\n%s", s.ask("show generations")) }()
	// Two old ones are tolerated: something per loop still points at the
	// generation that it served last (see "show generations" below).
	within(t, 20*time.Second, "old generations are freed", func() bool {
		return strings.Count(strings.TrimSpace(s.ask("show generations")), "\n") <= 3
	})
	t.Logf("3,000 backends of 4 servers: start %v, reload mean %v, longest %v; worker %d kB, peak %d kB (%.2f x), after %d kB; master %d kB",
		up.Round(time.Millisecond), (sum / rounds).Round(time.Millisecond), longest.Round(time.Millisecond),
		before, peak, float64(peak)/float64(before), rss(worker), rss(s.cmd.Process.Pid))
	if up > 4*limit || sum/rounds > 4*limit { // four times: the machine may be busy
		t.Errorf("start or reload takes longer than %v", limit)
	}
}
