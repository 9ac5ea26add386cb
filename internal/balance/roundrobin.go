package balance

import "segue/internal/lb"

// roundRobin takes servers in turns by weight, spread as evenly as whole turns
// allow. Manual 4.2 "balance roundrobin".
//
// Time counts picks. A server of weight w among a total of W is due every W/w
// picks. Invariants:
//   - the server that is due longest is next; among those due at the same time
//     the one with the greater weight (less the fraction it is late);
//   - when nobody is due, the heaviest server that had no turn in this window
//     enters, else whoever is due next;
//   - a window is as long as the sum of the weights (in sixteenths), and each
//     begins anew, so that rounding never adds up;
//   - a full server loses its turn, it does not save it.
//
// The sequences equal HAProxy's (testdata/picks.txt).
type roundRobin struct {
	farm
	act, bck turns
}

// turns are the schedule of one group.
type turns struct {
	total  int64 // sum of the weights
	window int64 // length of the current window: total when it began
	clock  int64 // picks since then
	due    heap  // by next turn
	fresh  heap  // no turn yet in this window, the heaviest first
	later  heap  // the next turn lies in a later window
}

func newRoundRobin(px *lb.Proxy, all bool) *roundRobin {
	r := &roundRobin{}
	r.init(px, all)
	for _, srv := range px.Servers {
		r.Changed(srv)
	}
	return r
}

// Pick implements lb.Balancer.
func (r *roundRobin) Pick(_ *lb.Stream, avoid *lb.Server) (*lb.Server, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch r.serving() {
	case actives:
		return r.pick(&r.act, avoid)
	case backups:
		return r.pick(&r.bck, avoid)
	case oneBackup:
		return r.pickSpare()
	}
	return nil, false
}

// pick takes the next turn. The server to avoid loses its turn, too, and stays
// out until another is found; it is used only if it is the only one with room.
func (r *roundRobin) pick(t *turns, avoid *lb.Server) (*lb.Server, bool) {
	var avoided *slot
	var found *lb.Server
	for range len(r.slots) + 1 {
		sl := r.next(t)
		if sl == nil {
			break
		}
		full, aside := sl.setAside(false)
		t.advance(sl)
		switch {
		case aside:
			t.remove(sl.idx)
		case full:
			t.place(sl)
		case sl.srv == avoid:
			t.remove(sl.idx)
			avoided = sl
		default:
			t.place(sl)
			found = sl.srv
		}
		if found != nil {
			break
		}
	}
	if avoided != nil {
		t.place(avoided)
		if found == nil {
			found = avoid
		}
	}
	if found != nil {
		t.clock++
	}
	return found, found == nil
}

// next returns the slot whose turn it is, leaving it where it is.
func (r *roundRobin) next(t *turns) *slot {
	if len(t.due.items) == 0 && len(t.fresh.items) == 0 {
		t.newWindow()
	}
	if t.window == 0 {
		t.window = t.total
	}
	if len(t.due.items) > 0 {
		sl := r.slots[t.due.items[0].idx]
		if sl.pos <= t.clock || len(t.fresh.items) == 0 {
			return sl
		}
	}
	if len(t.fresh.items) == 0 {
		return nil
	}
	sl := r.slots[t.fresh.items[0].idx]
	sl.pos, sl.rest = t.clock, 0
	return sl
}

func (t *turns) newWindow() {
	t.fresh, t.later = t.later, t.fresh
	t.window, t.clock = t.total, 0
}

// advance moves the slot's turn on by total/weight.
func (t *turns) advance(sl *slot) {
	sl.pos += t.total / sl.weight
	sl.rest += t.total % sl.weight
	if sl.rest >= sl.weight {
		sl.rest -= sl.weight
		sl.pos++
	}
}

// maxWeight bounds an effective weight, in sixteenths.
const maxWeight = 256 * lb.RampFull

// place files the slot by its next turn.
func (t *turns) place(sl *slot) {
	if sl.pos >= t.window || sl.pos >= t.total {
		t.due.remove(sl.idx)
		t.fresh.remove(sl.idx)
		t.later.put(sl.idx, uint64(maxWeight-sl.weight))
		return
	}
	t.fresh.remove(sl.idx)
	t.due.put(sl.idx, uint64(sl.pos)<<9|uint64(maxWeight+sl.rest-sl.weight)/lb.RampFull)
}

func (t *turns) remove(idx int32) {
	t.due.remove(idx)
	t.fresh.remove(idx)
	t.later.remove(idx)
}

func (t *turns) grow(n int) {
	t.due.grow(n)
	t.fresh.grow(n)
	t.later.grow(n)
}

// Changed implements lb.Balancer. A server that comes back gets its first turn
// one of its intervals from now, so that a flapping server gains nothing.
func (r *roundRobin) Changed(srv *lb.Server) {
	r.mu.Lock()
	defer r.mu.Unlock()
	sl := r.slotOf(srv)
	started := sl != nil
	if sl == nil {
		sl = r.add(srv)
	}
	t := r.turns(sl)
	t.grow(len(r.slots))
	was, weight := sl.weight, dynamicWeight(srv)
	t.total += weight - was
	r.reweigh(sl, weight)
	aside := sl.aside.Swap(false)
	switch {
	case weight == 0:
		t.remove(sl.idx)
	case was == 0:
		t.enter(sl, started)
	case aside:
		sl.pos = max(sl.pos, t.clock)
		t.place(sl)
	case was != weight:
		t.refile(sl, was)
	}
}

func (r *roundRobin) turns(sl *slot) *turns {
	if sl.backup() {
		return &r.bck
	}
	return &r.act
}

// enter files a slot that was out: at the start, and as long as nobody had a
// turn, as fresh, later one interval from now.
func (t *turns) enter(sl *slot, started bool) {
	if !started || t.window == 0 {
		t.fresh.put(sl.idx, uint64(maxWeight-sl.weight))
		return
	}
	sl.rest = 0
	sl.pos = t.clock + (t.total+t.window-t.clock)/sl.weight
	t.place(sl)
}

// refile gives a slot whose weight changed its new place: a turn comes never
// later than it would have come.
func (t *turns) refile(sl *slot, was int64) {
	key := uint64(maxWeight - sl.weight)
	switch {
	case t.fresh.has(sl.idx):
		t.fresh.put(sl.idx, key)
	case t.later.has(sl.idx):
		t.later.put(sl.idx, key)
	default:
		sl.pos = max(min(sl.pos, sl.pos-t.total/was+t.total/sl.weight), t.clock)
		sl.rest = 0
		t.place(sl)
	}
}

// Taken implements lb.Balancer.
func (r *roundRobin) Taken(*lb.Server) {}

// Dropped implements lb.Balancer: a server that was set aside gets its turns
// again.
func (r *roundRobin) Dropped(srv *lb.Server) {
	if sl := r.slotOf(srv); sl != nil && sl.aside.Load() && !srv.Full() {
		r.Changed(srv)
	}
}
