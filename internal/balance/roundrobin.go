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
//   - a full server loses its turn, it does not save it, and the turn counts as a
//     pick; when all are full, the window ends;
//   - a server that comes back, or whose weight changed, is due when its part of
//     what the window has left is over.
//
// The sequences equal HAProxy's (testdata/picks.txt, testdata/histories.txt).
type roundRobin struct {
	farm
	act, bck turns
	passed   []*slot // by the pick under way
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
		sl := r.add(srv)
		t := r.turns(sl)
		t.grow(len(r.slots))
		r.reweigh(sl, dynamicWeight(srv))
		t.total += sl.weight
		if sl.weight > 0 {
			t.fresh.put(sl.idx, uint64(maxWeight-sl.weight))
		}
	}
	r.act.window, r.bck.window = r.act.total, r.bck.total
	return r
}

// Pick implements lb.Balancer.
func (r *roundRobin) Pick(_ *lb.Stream, avoid *lb.Server) (*lb.Server, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rouse(wakes, r.recall)
	srv, full := r.choose(avoid)
	for full && r.rouse(1, r.recall) {
		srv, full = r.choose(avoid)
	}
	return srv, full
}

// recall gives a slot that was set aside its turns again.
func (r *roundRobin) recall(sl *slot) {
	t := r.turns(sl)
	sl.aside.Store(false)
	if sl.weight > 0 {
		sl.pos = max(sl.pos, t.clock)
		t.place(sl)
	}
}

func (r *roundRobin) choose(avoid *lb.Server) (*lb.Server, bool) {
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

// exact is the largest farm whose full servers are passed one by one, each time
// that their turn comes, as HAProxy does. In a larger one they are set aside, so
// that a pick does not look at thousands.
const exact = 32

// pick takes the next turn. Whoever is full, and the server to avoid, is passed
// and loses its turn; the latter is used only if it is the only one with room.
func (r *roundRobin) pick(t *turns, avoid *lb.Server) (*lb.Server, bool) {
	var avoided, found *slot
	r.passed = r.passed[:0]
	for found == nil {
		sl := r.next(t)
		if sl == nil {
			break
		}
		full, aside := r.noRoom(sl)
		switch {
		case !full && sl.srv != avoid:
			found = sl
			continue
		case !full:
			avoided = sl
		}
		t.clock++
		t.remove(sl.idx)
		if !aside {
			r.passed = append(r.passed, sl)
		}
	}
	if found == nil {
		found = avoided
	}
	if found == nil {
		r.endWindow(t)
		return nil, true
	}
	for _, sl := range r.passed {
		if sl != found {
			t.advance(sl)
			t.place(sl)
		}
	}
	t.advance(found)
	t.place(found)
	t.clock++
	return found.srv, false
}

// noRoom reports whether the slot's server is full and whether it was set aside
// for it.
func (r *roundRobin) noRoom(sl *slot) (full, aside bool) {
	if len(r.slots) <= exact {
		return sl.srv.Full(), false
	}
	return sl.setAside(false)
}

// endWindow puts those that were passed into the next window, the last one
// first: nobody had room.
func (r *roundRobin) endWindow(t *turns) {
	for i := len(r.passed) - 1; i >= 0; i-- {
		sl := r.passed[i]
		t.later.put(sl.idx, uint64(maxWeight-sl.weight))
	}
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

// place files the slot by its next turn. A pick of lateness weighs 256, so that
// a slot whose weight fell far below its rest is passed by others for a while.
func (t *turns) place(sl *slot) {
	if sl.pos >= t.window || sl.pos >= t.total {
		t.due.remove(sl.idx)
		t.fresh.remove(sl.idx)
		t.later.put(sl.idx, uint64(maxWeight-sl.weight))
		return
	}
	t.fresh.remove(sl.idx)
	t.due.put(sl.idx, uint64(sl.pos)*256+uint64(maxWeight+sl.rest-sl.weight)/lb.RampFull)
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

// Changed implements lb.Balancer.
func (r *roundRobin) Changed(srv *lb.Server) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changed(srv)
}

func (r *roundRobin) changed(srv *lb.Server) {
	sl := r.slotOf(srv)
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
	case was != weight:
		t.enter(sl)
	case aside:
		r.recall(sl)
	}
}

func (r *roundRobin) turns(sl *slot) *turns {
	if sl.backup() {
		return &r.bck
	}
	return &r.act
}

// enter files a slot that was out or whose weight changed: its turn comes when
// its part of what the window has left is over, so that a flapping server gains
// nothing.
func (t *turns) enter(sl *slot) {
	if t.fresh.has(sl.idx) {
		sl.rest = 0
	}
	sl.pos = t.clock + max(0, t.total-t.clock)/sl.weight
	t.remove(sl.idx)
	t.place(sl)
}

// Taken implements lb.Balancer.
func (r *roundRobin) Taken(*lb.Server) {}

// Dropped implements lb.Balancer: a server that was set aside gets its turns
// again.
func (r *roundRobin) Dropped(srv *lb.Server) {
	if r.dropped(srv, false) {
		r.Changed(srv)
	}
}
