package balance

import (
	"math/bits"
	"math/rand/v2"
	"strconv"
	"sync/atomic"

	"segue/internal/conf"
	"segue/internal/lb"
)

// random draws servers by weight and takes the least loaded of them. Manual 4.2
// "balance random". If those drawn are full it takes one that is not.
//
// Invariant: of the servers drawn, the one picked has the fewest streams for
// its weight. Ties go to the one that had fewer turns for its weight of late,
// which is what comparing the rates of the last second amounts to, but reads no
// clock. So an idle farm is used by weight, as in HAProxy.
//
// Loads, weights and times are kept side by side, because a look into the state
// of each server drawn would cost more than all the rest (BenchmarkPick).
type random struct {
	roomy
	draws int
	rng   *rand.PCG
	clock uint64                 // turns of the last one picked, before it was
	drawn atomic.Pointer[[]draw] // by slot; replaced under the lock when it grows
}

// draw is what is compared of a slot.
type draw struct {
	load   atomic.Int64 // streams; written by Taken and Dropped without the lock
	weight int64        // slot.weight
	turns  uint64       // how often it was picked, in turnUnit/weight; only differences count
	srv    *lb.Server
	// limited says that the server has a maxconn; kept here because a look at
	// the server itself is a cache miss.
	limited atomic.Bool
}

// turnUnit is a turn of a server of weight 1/16. lateTurns is how many turns a
// server may catch up, so that one that was loaded is not picked on and on.
const turnUnit, lateTurns = 1 << 40, 8

// maxDraws bounds the draws of one Pick.
const maxDraws = 64

func newRandom(px *lb.Proxy, all bool, arg string, o Options) (*random, error) {
	r := &random{draws: 2, rng: rand.NewPCG(rand.Uint64(), rand.Uint64())}
	if arg != "" {
		n, err := strconv.Atoi(arg)
		if err != nil || n < 1 {
			return nil, errArg("random", arg)
		}
		r.draws = min(n, maxDraws)
	}
	if px.Mode == conf.Log {
		r.draws = 1 // the manual: there is no notion of load
	}
	r.init(px, all, o.Factor)
	table := make([]draw, len(px.Servers))
	r.drawn.Store(&table)
	for _, srv := range px.Servers {
		r.Changed(srv)
	}
	return r, nil
}

// Pick implements lb.Balancer.
func (r *random) Pick(_ *lb.Stream, avoid *lb.Server) (*lb.Server, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.serving()
	switch g {
	case nobody:
		return nil, false
	case oneBackup:
		return r.pickSpare()
	}
	w, table := r.weights(g == backups), *r.drawn.Load()
	best := -1
	for range r.draws {
		i := w.at(r.point(w.total))
		if best < 0 || i != best && lighter(&table[i], &table[best]) {
			best = i
		}
	}
	r.turn(&table[best])
	srv := table[best].srv
	// Without limits the slot need not be looked at, which saves a cache miss.
	if srv != avoid && (r.factor == 0 && !table[best].limited.Load() || r.allows(r.slots[best])) {
		return srv, false
	}
	return r.anyRoom(int(r.rng.Uint64()%uint64(len(r.slots))), avoid)
}

// turn counts a turn of d.
func (r *random) turn(d *draw) {
	step := turnUnit / uint64(d.weight)
	if floor := r.clock - lateTurns*step; int64(d.turns-floor) < 0 {
		d.turns = floor
	}
	if int64(d.turns-r.clock) > 0 {
		r.clock = d.turns
	}
	d.turns += step
}

// point draws one of 0 .. n-1. The share of a point is off by less than n/2^64.
func (r *random) point(n int64) int64 {
	high, _ := bits.Mul64(r.rng.Uint64(), uint64(n))
	return int64(high)
}

func (r *random) allows(sl *slot) bool { return r.hasRoom(sl) && r.within(sl) }

// lighter reports whether a has less load for its weight than b.
func lighter(a, b *draw) bool {
	x, y := a.load.Load()*b.weight, b.load.Load()*a.weight
	return x < y || x == y && int64(a.turns-b.turns) < 0
}

// Changed implements lb.Balancer.
func (r *random) Changed(srv *lb.Server) {
	r.mu.Lock()
	defer r.mu.Unlock()
	sl := r.slotOf(srv)
	if sl == nil {
		sl = r.add(srv)
	}
	r.weigh(sl, srv.EffectiveWeight())
	table := *r.drawn.Load()
	if len(table) < len(r.slots) {
		table = r.grow(table)
	}
	if d := &table[sl.idx]; d.weight != sl.weight {
		d.turns = r.clock // who joins has nothing to catch up
	}
	table[sl.idx].srv, table[sl.idx].weight = srv, sl.weight
	table[sl.idx].look(srv)
}

// look copies what is compared of the server and whether it has a limit.
func (d *draw) look(srv *lb.Server) {
	d.load.Store(srv.State.Served.Load())
	if limited := srv.MaxConn.Load() > 0; limited != d.limited.Load() {
		d.limited.Store(limited)
	}
}

// grow makes a larger table. A load that is written to the old one meanwhile is
// made good by the next Taken or Dropped.
func (r *random) grow(old []draw) []draw {
	table := make([]draw, 2*len(r.slots))
	for i := range old {
		table[i].srv, table[i].weight, table[i].turns = old[i].srv, old[i].weight, old[i].turns
		table[i].load.Store(old[i].load.Load())
		table[i].limited.Store(old[i].limited.Load())
	}
	r.drawn.Store(&table)
	return table
}

// Taken implements lb.Balancer.
func (r *random) Taken(srv *lb.Server) { r.note(srv) }

// Dropped implements lb.Balancer.
func (r *random) Dropped(srv *lb.Server) {
	r.note(srv)
	r.roomy.Dropped(srv)
}

// note copies what the server has become.
func (r *random) note(srv *lb.Server) {
	sl := r.slotOf(srv)
	if table := *r.drawn.Load(); sl != nil && int(sl.idx) < len(table) {
		table[sl.idx].look(srv)
	}
}
