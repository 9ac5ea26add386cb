package reload

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// large is a file of n backends with four checked servers each.
func (s *service) large(n, round int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `global
 stats socket %s level admin
defaults
 mode http
 timeout connect 5s
 timeout client 30s
 timeout server 30s
 default-server inter 2s
frontend f
 bind 127.0.0.1:%d
 http-request return status 200 content-type text/plain string "round %d" if { path / }
`, s.stats(), s.port, round)
	for i := range n {
		fmt.Fprintf(&b, " use_backend b%d if { path /%d }\n", i, i)
	}
	for i := range n {
		fmt.Fprintf(&b, "backend b%d\n balance roundrobin\n cookie SRV insert indirect nocache\n option httpchk GET /health\n", i)
		for j := range 4 {
			fmt.Fprintf(&b, " server s%d 127.0.0.1:%d maxconn 100 check cookie c%d weight %d\n", j, 10000+j, j, j+1)
		}
	}
	return b.String()
}

func TestLargeFile(t *testing.T) {
	const limit = 2 * time.Second // of CPU, which other load on the machine does not change much
	s := newService(t)
	s.write(s.large(3000, 0))
	start := time.Now()
	s.startMaster()
	up, cpuUp := time.Since(start), s.cpu()
	worker := s.processes()[1]
	before, all := rss(worker), s.memory()
	sum, longest, cpu := time.Duration(0), time.Duration(0), time.Duration(0)
	peaks := s.watchMemory()
	const rounds = 5
	for i := 1; i <= rounds; i++ {
		s.write(s.large(3000, i))
		start, used := time.Now(), s.cpu()
		s.reload()
		took := time.Since(start)
		cpu += s.cpu() - used
		if text, err := get(s.addr()); err != nil || !strings.Contains(text, fmt.Sprintf("round %d", i)) {
			t.Fatalf("after reload %d: %q (%v)", i, text, err)
		}
		sum, longest = sum+took, max(longest, took)
	}
	defer func() { t.Logf("at the end:\n%s", s.ask("show generations")) }()
	within(t, 20*time.Second, "old generations are freed", func() bool { return s.generations() == 1 })
	peaks.stop()
	t.Logf("3,000 backends of 4 checked servers: start %v, CPU %v, reload mean %v, longest %v, CPU %v; worker %d kB, after %d kB; all processes %d kB, at their peak %d kB (%.2f x)",
		up.Round(time.Millisecond), cpuUp, (sum / rounds).Round(time.Millisecond), longest.Round(time.Millisecond), cpu/rounds,
		before, rss(worker), all, peaks.most, float64(peaks.most)/float64(all))
	if peaks.most > 3*all { // on a busy machine the collector comes late
		t.Errorf("all processes together took %d kB, want at most 3 x %d kB", peaks.most, all)
	}
	if cpuUp > limit || cpu/rounds > limit {
		t.Errorf("start or reload takes more than %v of CPU", limit)
	}
}

// memory is that of all processes, in kB.
func (s *service) memory() (sum int) {
	for _, pid := range s.processes() {
		sum += rss(pid)
	}
	return sum
}

// peak samples the memory of all processes until stop.
type peak struct {
	most       int
	quit, done chan struct{}
}

func (s *service) watchMemory() *peak {
	p := &peak{quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.most = max(p.most, s.memory())
			case <-p.quit:
				return
			}
		}
	}()
	return p
}

func (p *peak) stop() {
	close(p.quit)
	<-p.done
}
