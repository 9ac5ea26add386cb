package rate

import (
	"math"
	"sync/atomic"
)

// maxSkew is how far, in ms, a caller's now may lie behind the start of the
// period without being taken for a clock that has gone around.
const maxSkew = 10_000

// PeriodCounter counts events over a period in ms that is passed to each call,
// from 1 to 1<<31-1. It is 16 bytes long.
type PeriodCounter struct {
	// curr is the running period: its start (ms, high half) and its events.
	// Starting a period is one compare-and-swap of it, so no event is lost.
	curr atomic.Uint64
	// prev is the start of a period (high half), and the events of the one
	// before it. It is written after curr by the one who started the period;
	// until then its start differs from curr's.
	prev atomic.Uint64
}

func pack(start, n uint32) uint64 { return uint64(start)<<32 | uint64(n) }

func unpack(v uint64) (start, n uint32) { return uint32(v >> 32), uint32(v) }

// ageOf is how long ago the running period v started, in ms. One that never
// started is older than any.
func ageOf(v uint64, now int64) uint32 {
	if v == 0 {
		return math.MaxUint32
	}
	age := uint32(now) - uint32(v>>32)
	if age > math.MaxUint32-maxSkew {
		return 0
	}
	return age
}

// Add counts n events and returns the running period's number with them. Sums
// stop at 1<<32-1.
func (c *PeriodCounter) Add(now int64, period, n uint32) uint32 {
	for {
		old := c.curr.Load()
		start, curr := unpack(old)
		age := ageOf(old, now)
		if age < period {
			// Fast path: still in the period (BenchmarkAdd).
			sum := saturate(uint64(curr) + uint64(n))
			if c.curr.CompareAndSwap(old, pack(start, sum)) {
				return sum
			}
			continue
		}
		next, past := start+period, curr
		if age >= 2*period {
			next, past = uint32(now), 0 // a whole period or more was silent
		}
		if c.curr.CompareAndSwap(old, pack(next, n)) {
			c.publish(next, past)
			return n
		}
	}
}

// publish writes prev for the period that started at start, unless somebody
// has started a later one meanwhile and was faster.
func (c *PeriodCounter) publish(start, past uint32) {
	for {
		old := c.prev.Load()
		if s, _ := unpack(c.curr.Load()); s != start {
			return // a later period's prev is not ours to overwrite
		}
		if c.prev.CompareAndSwap(old, pack(start, past)) {
			return
		}
	}
}

// load returns a consistent view: the running period's age and events and the
// previous one's events. While a period is being started by another thread the
// previous number can lag for some nanoseconds; the reader does not wait for
// it for long.
func (c *PeriodCounter) load(now int64) (age, curr, past uint32) {
	for range 16 {
		v := c.curr.Load()
		start, n := unpack(v)
		forStart, p := unpack(c.prev.Load())
		age, curr, past = ageOf(v, now), n, p
		if forStart == start && c.curr.Load() == v {
			break
		}
	}
	return age, curr, past
}

// total is the number of events in the window ending now, multiplied by the
// period, with pend events added to the current period. low asks for the
// steadier answer for low rates: one event in the previous period and none yet
// in this one still counts fully, lest a reader sees it flap between 0 and 1.
func (c *PeriodCounter) total(now int64, period, pend uint32, low bool) uint64 {
	age, curr, past := c.load(now)
	if age > period { // nobody has started the next period yet
		past, curr = curr, 0
		if age > 2*period {
			past = 0
		}
		age = min(age-period, period)
	}
	if low && curr == 0 && past <= 1 {
		return uint64(past) * uint64(period)
	}
	return uint64(past)*uint64(period-age) + (uint64(curr)+uint64(pend))*uint64(period)
}

// Read is the number of events per period, rounded down.
func (c *PeriodCounter) Read(now int64, period uint32) uint32 {
	return saturate(c.total(now, period, 0, true) / uint64(period))
}

// ReadFloat is Read without rounding.
func (c *PeriodCounter) ReadFloat(now int64, period uint32) float64 {
	return float64(c.total(now, period, 0, true)) / float64(period)
}

// Remaining is how many more events may happen now without exceeding limit
// events per period, when pend more are known to be under way.
func (c *PeriodCounter) Remaining(now int64, period, limit, pend uint32) uint32 {
	n := c.total(now, period, pend, false) / uint64(period)
	return limit - uint32(min(n, uint64(limit)))
}

// NextDelay is how long to wait, in ms, until the next event keeps to limit
// events per period, when pend more are under way; 0 if it may happen at once.
func (c *PeriodCounter) NextDelay(now int64, period, limit, pend uint32) uint32 {
	n := c.total(now, period, pend, false)
	most := uint64(limit) * uint64(period)
	if n < most {
		return 0
	}
	return max(saturate((n-most)/uint64(max(limit, 1))), 1)
}

// Overshoot is by how many events the running period is ahead of an even flow
// of limit events per period; 0 if events may be added. Unlike Remaining it
// forgets the previous period, so that a flow that is held back to the limit
// comes out even.
func (c *PeriodCounter) Overshoot(now int64, period, limit uint32) uint32 {
	age, curr, _ := c.load(now)
	if age > period {
		return 0
	}
	even := uint64(age) * uint64(limit) / uint64(period)
	if uint64(curr) < even {
		return 0
	}
	return curr - uint32(even)
}

// State returns what a counter consists of, for replication and reloads: how
// long ago its period started in ms, that period's events and the previous
// one's.
func (c *PeriodCounter) State(now int64) (age, curr, prev uint32) { return c.load(now) }

// SetState makes the counter what State returned elsewhere. Events that are
// counted at the same time may be lost.
func (c *PeriodCounter) SetState(now int64, age, curr, prev uint32) {
	start := uint32(now) - age
	c.prev.Store(pack(start, prev))
	c.curr.Store(pack(start, curr))
}

func saturate(n uint64) uint32 { return uint32(min(n, math.MaxUint32)) }
