package lb

import (
	"strings"
	"sync/atomic"

	"segue/internal/rate"
)

// Totals are what a process has counted as a whole, for "show info". They go on
// in the process that takes over. All are atomics: every loop adds to them.
type Totals struct {
	CumConns, CumReqs atomic.Int64
	MaxConnReached    atomic.Int64 // connections that were the last of Process.MaxConn
	DroppedLogs       atomic.Int64 // of targets that are no longer in use
	DebugCalls        atomic.Int64 // of "debug dev"
	// ConnRate and SessRate are what the rate limits limit: without those of
	// stats sockets.
	ConnRate, SessRate       rate.Counter
	ConnRateMax, SessRateMax atomic.Int64
	Before                   Loops
}

// Loops are sums over what loops count (sched.Stats): Totals.Before has those of
// the processes before this one.
type Loops struct {
	Sent, Spliced atomic.Int64 // bytes
	Panics, Shed  atomic.Int64
}

// loops are what this process's loops and those before them have counted, by the
// names of the fields of Loops.
func (p *Process) loops() Numbers {
	b := &p.Before
	n := Numbers{"Sent": b.Sent.Load(), "Spliced": b.Spliced.Load(), "Panics": b.Panics.Load(), "Shed": b.Shed.Load()}
	for _, th := range p.Threads {
		n["Sent"] += th.Stats.Sent.Load()
		n["Spliced"] += th.Stats.Spliced.Load()
		n["Panics"] += th.Stats.Panics.Load()
		n["Shed"] += th.Stats.Shed.Load()
	}
	return n
}

// Count is what the process has counted so far, as it travels to another one. now
// is its loops' time in ms, dropped how many log lines the targets in use lost.
func (p *Process) Count(now, dropped int64) Numbers {
	out := numbers(&p.Totals, now)
	for name, v := range p.loops() {
		out[name] = v
	}
	out["DroppedLogs"] += dropped
	return out
}

// CountSince is what of a Count is new since another: sums, and the maxima that
// have risen.
func CountSince(base, now Numbers) Numbers {
	out := Numbers{}
	for name, v := range now {
		switch was := base[name]; {
		case v <= was || strings.Contains(name, "."): // a rate is of its moment
		case highest(name):
			out[name] = v
		default:
			out[name] = v - was
		}
	}
	return out
}

// Recall gives a process whose loops have just begun what the one before has
// counted.
func (p *Process) Recall(n Numbers) {
	setNumbers(&p.Totals, n)
	setNumbers(&p.Before, n)
}

// AddCount adds what another process has counted since it gave us its Count.
func (p *Process) AddCount(n Numbers) {
	add(&p.Totals, n)
	add(&p.Before, n)
}
