package rate

import "sync/atomic"

// Average is a mean over roughly the last n values, in which older values
// fade: each new one takes the place of one n-th of the sum. n must be the same
// on each call; sums stay below n times the largest value and must fit in 32
// bits. "show stat" reports qtime, ctime, rtime and ttime this way.
type Average struct{ sum atomic.Uint32 }

// Add takes in a value.
func (a *Average) Add(n, value uint32) {
	for {
		old := a.sum.Load()
		if a.sum.CompareAndSwap(old, old-uint32((uint64(old)+uint64(n)-1)/uint64(n))+value) {
			return
		}
	}
}

// Get is the mean of the last n values, rounded up. With fewer than n values
// so far it is too low: pass their number as n instead.
func (a *Average) Get(n uint32) uint32 {
	return uint32((uint64(a.sum.Load()) + uint64(n) - 1) / uint64(n))
}

// State and SetState carry the average over to another process.
func (a *Average) State() uint32 { return a.sum.Load() }

// SetState makes the average what State returned elsewhere.
func (a *Average) SetState(sum uint32) { a.sum.Store(sum) }
