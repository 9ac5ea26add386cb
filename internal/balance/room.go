package balance

import "segue/internal/lb"

// roomy is a farm that knows which servers may have room and how much of the
// weight each is, for the algorithms that draw and hash.
type roomy struct {
	farm
	room     bitset  // usable slots that are not known to be full
	act, bck fenwick // effective weights by slot
	factor   int64   // hash-balance-factor in percent, 0 = none
}

func (r *roomy) init(px *lb.Proxy, all bool, factor int) {
	r.farm.init(px, all)
	r.room = newBitset(len(px.Servers))
	r.factor = int64(factor)
}

// weigh notes the slot's new effective weight.
func (r *roomy) weigh(sl *slot, weight int64) {
	r.weights(sl.backup()).add(int(sl.idx), weight-sl.weight)
	r.reweigh(sl, weight)
	r.room.grow(len(r.slots))
	sl.aside.Store(false)
	if weight > 0 {
		r.room.set(int(sl.idx))
	} else {
		r.room.clear(int(sl.idx))
	}
}

func (r *roomy) weights(backup bool) *fenwick {
	if backup {
		return &r.bck
	}
	return &r.act
}

// hasRoom is whether the slot's server is not full; if it is, it is set aside.
func (r *roomy) hasRoom(sl *slot) bool {
	full, aside := sl.setAside(false)
	if aside {
		r.room.clear(int(sl.idx))
	}
	return !full
}

// anyRoom returns a server of the serving group that has room, the first from
// slot i on. The server to avoid is used only if there is no other.
func (r *roomy) anyRoom(i int, avoid *lb.Server) (*lb.Server, bool) {
	r.rouse(wakes, r.recall)
	srv, full := r.scan(i, avoid)
	for full && r.rouse(1, r.recall) {
		srv, full = r.scan(i, avoid)
	}
	return srv, full
}

func (r *roomy) scan(i int, avoid *lb.Server) (*lb.Server, bool) {
	var avoided *lb.Server
	back := r.serving() == backups
	for range 2 {
		for i = r.room.next(i); i >= 0; i = r.room.next(i + 1) {
			sl := r.slots[i]
			switch {
			case sl.backup() != back || !r.hasRoom(sl):
			case sl.srv == avoid:
				avoided = avoid
			default:
				return sl.srv, false
			}
		}
		i = 0
	}
	return avoided, avoided == nil
}

// within reports whether hash-balance-factor lets the slot take one more. Manual
// 4.2: the streams of the backend with the new one, times the factor, rounded
// up, are dealt out by weight; what does not divide goes to the servers at whose
// part of the sum it becomes whole. At least one is always allowed. Where a part
// begins follows from the weights that the servers began with, how long it is from
// the weight of now (testdata/histories.txt).
func (r *roomy) within(sl *slot) bool {
	if r.factor <= 0 {
		return true
	}
	total := r.weights(sl.backup()).total
	places := ((r.px.TotalServed.Load()+1)*r.factor + 99) / 100
	share := places*(sl.before+sl.weight)/total - places*sl.before/total
	return sl.srv.State.Served.Load() < max(1, share)
}

// Taken implements lb.Balancer.
func (r *roomy) Taken(*lb.Server) {}

// Dropped implements lb.Balancer.
func (r *roomy) Dropped(srv *lb.Server) {
	if r.dropped(srv, false) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.recall(r.slotOf(srv))
	}
}

// recall makes a slot that was set aside one that may have room.
func (r *roomy) recall(sl *slot) {
	sl.aside.Store(false)
	if sl.weight > 0 {
		r.room.set(int(sl.idx))
	}
}
