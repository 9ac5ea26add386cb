package lb

import "sync/atomic"

// Spread is how the connections of a process that stops are closed: at once, or
// over a time, so that their clients do not all come back together. Manual 3.1
// "close-spread-time".
type Spread struct {
	From  atomic.Int64 // loop ns when it began
	Over  atomic.Int64 // ns; 0 = at once
	Never atomic.Bool  // "infinite": connections are not closed for this reason
}

// Share is the part of the connections, in 1/65536, that may have been closed by
// now.
func (sp *Spread) Share(now int64) uint64 {
	over := sp.Over.Load()
	switch passed := now - sp.From.Load(); {
	case sp.Never.Load():
		return 0
	case over <= 0 || passed >= over:
		return 1 << 16
	default:
		return uint64(max(passed, 0)) << 16 / uint64(over)
	}
}

// Leaving reports whether the connection should end after the current answer:
// its listener is gone, or the process stops and the connection's turn has come.
func (ss *Session) Leaving() bool {
	if ss.Bind.Leaving.Load() {
		return true
	}
	p := ss.Thread.Process
	return p.Stopping.Load() && ss.turn() < p.Closing.Share(ss.Thread.Now())
}

// turn is the session's place among those that are closed over a time.
func (ss *Session) turn() uint64 { return ss.ID * 0x9e3779b97f4a7c15 >> 48 }
