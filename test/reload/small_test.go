package reload

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// cpu is the time that the master and the children it has waited for have used,
// with that of its living children.
func (s *service) cpu() (total time.Duration) {
	for _, pid := range s.processes() {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, rest, ok := strings.Cut(string(text), ") ")
		if !ok {
			continue
		}
		fields := strings.Fields(rest)
		for _, f := range fields[11:15] { // utime stime cutime cstime, in 10 ms
			n, _ := strconv.Atoi(f)
			total += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return total
}

// TestSmallFileAnswersSoon prints how long a small file takes from the request to
// reload to the first answer by it.
func TestSmallFileAnswersSoon(t *testing.T) {
	for _, mode := range []struct {
		name  string
		extra [2]string
		limit time.Duration // of the mean
	}{
		{name: "in place", limit: 50 * time.Millisecond},
		{name: "new worker", extra: [2]string{"nbthread 2", "nbthread 3"}, limit: 250 * time.Millisecond},
	} {
		t.Run(mode.name, func(t *testing.T) {
			const rounds = 20
			s := newService(t)
			files := s.pair(mode.extra)
			s.write(files[0])
			s.startMaster()
			used := s.cpu()
			var sum, longest time.Duration
			for i := range rounds {
				s.write(files[(i+1)%2])
				start := time.Now()
				s.reload()
				want := fmt.Sprintf("x-file: %d", (i+1)%2)
				if text, err := get(s.addr()); err != nil || !strings.Contains(text, want) {
					t.Fatalf("after reload %d: got %q (%v), want %q", i, text, err, want)
				}
				took := time.Since(start)
				sum, longest = sum+took, max(longest, took)
			}
			t.Logf("answered by the new file after %v (mean of %d), at most %v; CPU %v a reload",
				(sum / rounds).Round(100*time.Microsecond), rounds, longest.Round(100*time.Microsecond), (s.cpu()-used)/rounds)
			if sum/rounds > 4*mode.limit { // four times: the machine may be busy
				t.Errorf("the mean is %v, want %v", sum/rounds, mode.limit)
			}
		})
	}
}
