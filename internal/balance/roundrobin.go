package balance

import "segue/internal/lb"

// roundRobin lets the servers take turns. Manual 4.2 "balance roundrobin".
//
// A turn is one look at a server; turns are numbered. W is the sum of the
// effective weights of those that take turns, w that of one server. A window is
// W turns, as many as the servers had weight when it began, or fewer if they
// have less now.
//
// Invariants, which make each server have w of W turns, as evenly spaced as
// whole turns allow:
//   - Who has a turn is due again W/w after the date it was due, not after the
//     turn it got. Dates keep their fraction.
//   - A turn is for the one with the earliest date. Of those due in the same
//     turn the first is who lacks most of a whole turn, counted in its own
//     weight; then who waits longer.
//   - Who has no date yet in this window gets a turn that nobody is due at, the
//     heaviest first, and has a date from then on. When all have one, the next
//     that is due comes early.
//   - A date beyond the window is forgotten: its server has none in the next.
//     That begins when nobody is left in this one.
//   - Who joins, or has a new weight, gets its part of what the window has left:
//     it is due after (W - turns gone)/w. It keeps the fraction of the date that
//     it had last, but if it has none yet in this window.
//   - A full server loses its turn. When all are full, nobody does, and a new
//     window begins.
//
// They were found by asking HAProxy 3.4 and choose what it chooses, in every
// recorded history of weights, states and loads (testdata). Where a farm is
// larger than exact, a full server does not go on losing turns as it does
// there, because it is not looked at until it has room.
type roundRobin struct {
	farm
	act, bck turns
}

// turns is one group that takes turns. Owner: the farm's lock.
type turns struct {
	due   heap   // those with a date in this window, by date
	fresh heap   // those without, the heaviest first
	later heap   // those of the next window, the heaviest first
	now   uint64 // number of the next turn
	start uint64 // number of the window's first turn
	size  int64  // W when the window began
	total int64  // W
}

// date is a turn and a fraction of one in 1/w. After a change of weight the
// fraction may be above 1; it is then used up by less than 1 a turn.
type date struct {
	turn uint64
	rest int64
}

func newRoundRobin(px *lb.Proxy, all bool) *roundRobin {
	r := &roundRobin{}
	r.init(px, all)
	for _, srv := range px.Servers {
		sl := r.enter(srv)
		t := r.of(sl)
		r.reweigh(sl, srv.EffectiveWeight())
		t.total += sl.weight
		t.size = t.total
		if sl.weight > 0 {
			t.fresh.put(sl.idx, heaviest(sl))
		}
	}
	return r
}

// enter makes a slot for srv.
func (r *roundRobin) enter(srv *lb.Server) *slot {
	sl := r.add(srv)
	t := r.of(sl)
	for _, h := range []*heap{&t.due, &t.fresh, &t.later} {
		h.grow(len(r.slots))
	}
	return sl
}

// of returns the group of the slot.
func (r *roundRobin) of(sl *slot) *turns {
	if sl.backup() {
		return &r.bck
	}
	return &r.act
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

// pick gives turns until somebody with room has one.
func (r *roundRobin) pick(t *turns, avoid *lb.Server) (*lb.Server, bool) {
	var had *slot // all that had a turn and were not set aside, linked by slot.prior
	var found, avoided *slot
	for found == nil {
		sl := r.next(t)
		if sl == nil {
			found = avoided
			break
		}
		full, aside := r.noRoom(sl)
		if !aside {
			sl.prior, had = had, sl
		}
		switch {
		case !full && sl.srv != avoid:
			found = sl
			continue // file moves it within its heap, which is cheaper (BenchmarkPick)
		case !full:
			avoided = sl
		}
		t.due.remove(sl.idx)
	}
	for sl := had; sl != nil; sl, sl.prior = sl.prior, nil {
		if found != nil {
			t.file(sl)
		} else {
			t.fresh.put(sl.idx, heaviest(sl))
		}
	}
	if found == nil {
		return nil, true
	}
	return found.srv, false
}

// noRoom is whether the slot's server is full, and whether it was set aside for
// that.
func (r *roundRobin) noRoom(sl *slot) (full, aside bool) {
	if len(r.slots) <= exact {
		r.looks++
		return sl.srv.Full(), false
	}
	return sl.setAside(false)
}

// next gives a turn and returns who had it, which may still be in due at its
// date before; nil when nobody is left.
func (r *roundRobin) next(t *turns) *slot {
	if len(t.due.items)+len(t.fresh.items) == 0 {
		t.start, t.size = t.now, t.total
		t.fresh, t.later = t.later, t.fresh
	}
	var sl *slot
	if len(t.due.items) > 0 {
		sl = r.slots[t.due.items[0].idx]
	}
	switch {
	case len(t.fresh.items) > 0 && (sl == nil || sl.due.turn > t.now):
		sl = r.slots[t.fresh.items[0].idx]
		t.fresh.remove(sl.idx)
		sl.due = date{turn: t.now}
	case sl == nil:
		return nil
	}
	t.now++
	sl.delay(t.total)
	return sl
}

// delay makes the slot due total/w later than it was. It carries one turn at
// most, and so divides once.
func (sl *slot) delay(total int64) {
	sl.due.turn += uint64(total / sl.weight)
	sl.due.rest += total % sl.weight
	if sl.due.rest >= sl.weight {
		sl.due.rest -= sl.weight
		sl.due.turn++
	}
}

// file puts the slot where its date says.
func (t *turns) file(sl *slot) {
	if int64(sl.due.turn-t.start) >= min(t.size, t.total) {
		t.due.remove(sl.idx)
		t.later.put(sl.idx, heaviest(sl))
		return
	}
	t.due.put(sl.idx, sl.due.turn*maxWeight+uint64(maxWeight+sl.due.rest-sl.weight))
}

// heaviest is the key of those without a date.
func heaviest(sl *slot) uint64 { return uint64(maxWeight - sl.weight) }

// recall files a slot that was set aside. What it could not use is gone: it
// does not come again and again until it has made up for it.
func (r *roundRobin) recall(sl *slot) {
	sl.aside.Store(false)
	if sl.weight > 0 {
		t := r.of(sl)
		sl.due.turn = max(sl.due.turn, t.now)
		t.file(sl)
	}
}

// Changed implements lb.Balancer.
func (r *roundRobin) Changed(srv *lb.Server) {
	r.mu.Lock()
	defer r.mu.Unlock()
	sl := r.slotOf(srv)
	if sl == nil {
		sl = r.enter(srv)
	}
	t, was, is := r.of(sl), sl.weight, srv.EffectiveWeight()
	undated := t.fresh.has(sl.idx)
	if was == is {
		if sl.aside.Load() {
			r.recall(sl)
		}
		return
	}
	r.reweigh(sl, is)
	t.total += is - was
	sl.aside.Store(false)
	t.due.remove(sl.idx)
	t.fresh.remove(sl.idx)
	t.later.remove(sl.idx)
	if is > 0 {
		gone := int64(t.now - t.start)
		sl.due.turn = t.now + uint64((t.total-gone)/is)
		if undated {
			sl.due.rest = 0
		}
		t.file(sl)
	}
}

// Taken implements lb.Balancer.
func (r *roundRobin) Taken(*lb.Server) {}

// Dropped implements lb.Balancer.
func (r *roundRobin) Dropped(srv *lb.Server) {
	if r.dropped(srv, false) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.recall(r.slotOf(srv))
	}
}
