package lb

import (
	"reflect"
	"testing"

	"segue/internal/sched"
)

// TestCountGoesOn: what a process has counted as a whole goes to the next one, and
// what it counts after that is added at its end.
func TestCountGoesOn(t *testing.T) {
	old := &Process{Threads: []*Thread{{Loop: &sched.Loop{}}, {Loop: &sched.Loop{}}}}
	old.CumConns.Store(10)
	old.ConnRateMax.Store(4)
	old.Before.Sent.Store(1000) // of one before
	old.Threads[0].Stats.Sent.Store(20)
	old.Threads[1].Stats.Sent.Store(3)
	old.Threads[1].Stats.Panics.Store(1)
	old.ConnRate.Add(5000, 7)
	base := old.Count(5000, 2)
	next := &Process{}
	next.Recall(base)
	check := func(when string, want map[string]int64) {
		t.Helper()
		got := map[string]int64{"conns": next.CumConns.Load(), "max": next.ConnRateMax.Load(), "sent": next.Before.Sent.Load(),
			"panics": next.Before.Panics.Load(), "dropped": next.DroppedLogs.Load(), "rate": int64(next.ConnRate.Read(restoredAt))}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
	check("taken over", map[string]int64{"conns": 10, "max": 4, "sent": 1023, "panics": 1, "dropped": 2, "rate": 7})

	next.CumConns.Add(100)
	next.ConnRateMax.Store(6)
	old.CumConns.Add(3) // it serves its last streams
	old.ConnRateMax.Store(5)
	old.Threads[0].Stats.Sent.Add(50)
	rest := CountSince(base, old.Count(5500, 0))
	if want := (Numbers{"CumConns": 3, "ConnRateMax": 5, "Sent": 50}); !reflect.DeepEqual(rest, want) {
		t.Errorf("the rest: %v, want %v", rest, want)
	}
	next.AddCount(rest)
	check("at its end", map[string]int64{"conns": 113, "max": 6, "sent": 1073, "panics": 1, "dropped": 2, "rate": 7})

	next.AddCount(nil) // of a version that tells none
	check("nothing told", map[string]int64{"conns": 113, "max": 6, "sent": 1073, "panics": 1, "dropped": 2, "rate": 7})
}
