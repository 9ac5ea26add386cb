package health

import (
	"fmt"
	"runtime"
	"testing"

	"segue/internal/conf"
)

// heapOf is what the health of n servers holds, in bytes for each.
func heapOf(t testing.TB, n int, mods ...func(*conf.Server)) int {
	b := newBench(t)
	servers := make([]*conf.Server, n)
	for i := range servers {
		servers[i] = server1(fmt.Sprint("s", i), "127.0.0.1:1", append([]func(*conf.Server){func(s *conf.Server) { s.Inter = 1e15 }}, mods...)...)
	}
	g := b.generation(farm("b", servers...))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b.use(g)
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(g)
	return (int(after.HeapAlloc) - int(before.HeapAlloc)) / n
}

// 12,000 servers, most without checks, are a size that people run. Measured: 233
// bytes without a check, 637 with one that waits.
func TestHeapPerServer(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector's own memory counts")
	}
	for _, c := range []struct {
		name  string
		check bool
		most  int
	}{
		{"no check", false, 400},
		{"a check that waits", true, 1000},
	} {
		if got := heapOf(t, 12000, func(s *conf.Server) { s.Check = c.check }); got <= 0 || got > c.most {
			t.Errorf("%s: %d bytes a server, want at most %d", c.name, got, c.most)
		}
	}
}
