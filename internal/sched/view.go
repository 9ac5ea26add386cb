package sched

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Spans counts durations in steps of a factor of two: Count[0] is below 1024 ns,
// Count[i] below 1024 ns << i, the last one anything longer. One goroutine adds,
// all may read.
type Spans struct {
	Count    [24]atomic.Int64
	Sum, Max atomic.Int64 // ns
}

// Bound is what durations of Count[i] stay below.
func (s *Spans) Bound(i int) time.Duration { return 1024 << i }

func (s *Spans) add(ns int64) {
	ns = max(ns, 0)
	s.Count[min(bits.Len64(uint64(ns)>>10), len(s.Count)-1)].Add(1)
	s.Sum.Add(ns)
	if ns > s.Max.Load() {
		s.Max.Store(ns)
	}
}

// Timing says how many of a loop's iterations are timed.
type Timing int64

// The ways to time iterations. The numbers are masks of the iteration's.
const (
	TimeSome Timing = 15 // one of sixteen, which costs next to nothing
	TimeAll  Timing = 0
	TimeNone Timing = -1
)

// SetTiming may be called from any goroutine.
func (l *Loop) SetTiming(t Timing) { l.timing.Store(int64(t)) }

// Timing is what SetTiming set, at first TimeSome.
func (l *Loop) Timing() Timing { return Timing(l.timing.Load()) }

// time counts how long this iteration took, if it is one to be timed.
func (l *Loop) time() {
	n, mask := l.Stats.Iterations.Load(), l.timing.Load()
	if mask >= 0 && n&mask == 0 && n > 0 {
		l.Stats.Busy.add(l.sys.Now() - l.now)
	}
}

// Tasks is how many tasks have a job, and how many are kept for the next ones.
// It belongs to the loop, as all that follows.
func (l *Loop) Tasks() (busy, kept int) { return l.tasks, len(l.free) }

// EachConn calls f for every open connection.
func (l *Loop) EachConn(f func(c *Conn)) {
	for _, c := range l.conns {
		if c != nil {
			f(c)
		}
	}
}

// EachListener calls f for every listener that the loop accepts from or has
// paused.
func (l *Loop) EachListener(f func(ln *Listener, paused bool)) {
	for _, w := range l.listeners {
		if w != nil {
			f(w.ln, w.paused)
		}
	}
}

// Waits says what c's tasks wait for, and what may be tried.
func (c *Conn) Waits() (reads, writes, canRead, canWrite bool) {
	return c.rt != nil || c.idler != nil, c.wt != nil, c.flags&readable != 0, c.flags&writable != 0
}
