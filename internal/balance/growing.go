package balance

import "segue/internal/lb"

// sleepers are slots that were set aside although their limit grows with the
// backend's load (manual 5.2 "minconn"), by the load at which they have room
// again. Nobody tells when that is reached, so picks look at the first of them.
// Each pick brings back a few, so that those it passes over later were paid for:
// however many are full, a pick looks at a constant number of servers on average.
//
// A slot that came back for another reason is left here until its load is
// reached. Owner: the farm's lock.
type sleepers struct{ heap }

// wakes is how many sleepers a pick brings back.
const wakes = 2

// never is the load of slots that only Dropped brings back.
const never = ^uint64(0)

// sleep notes a slot that was set aside just now, or that has lost a stream.
func (f *farm) sleep(sl *slot) {
	at := sl.roomAt()
	if now := f.load(); at <= now {
		at = now + 1 // something else keeps it full
	}
	f.asleep.grow(len(f.slots))
	f.asleep.put(sl.idx, at)
}

func (f *farm) load() uint64 {
	if f.px.Back == nil {
		return 0
	}
	return uint64(f.px.Back.Cur.Load())
}

// rouse hands up to n sleepers whose load is reached to file, and reports whether
// there was one.
func (f *farm) rouse(n int, file func(*slot)) bool {
	some := false
	for ; n > 0 && len(f.asleep.items) > 0 && f.asleep.items[0].key <= f.load(); n-- {
		sl := f.slots[f.asleep.items[0].idx]
		f.asleep.remove(sl.idx)
		some = true
		if sl.aside.Load() {
			file(sl)
		}
	}
	return some
}

// roomAt is the load from which lb.Server.Limit lets the slot's server take one
// more.
func (sl *slot) roomAt() uint64 {
	srv := sl.srv
	n, most, least := srv.State.Served.Load()+1, srv.MaxConn.Load(), srv.MinConn.Load()
	if srv.State.Ramp.Load() > 0 && n > 1 {
		r := int64(srv.State.Warmth.Load())
		if r == 0 {
			return never // until the next second of the slow start
		}
		n = (n*100 + r - 1) / r
	}
	switch {
	case srv.State.Waiting.Load() > 0 || n > most || most <= 0:
		return never
	case n <= least:
		return 0
	}
	return uint64((n*srv.Proxy.FullConn + most - 1) / most)
}

// dropped reports whether a slot that was set aside has room again. One whose
// limit grows is noted anew when it has not.
func (f *farm) dropped(srv *lb.Server, queues bool) bool {
	sl := f.slotOf(srv)
	if sl == nil || !sl.aside.Load() {
		return false
	}
	if !sl.full(queues) {
		return true
	}
	if srv.MinConn.Load() > 0 {
		f.mu.Lock()
		defer f.mu.Unlock()
		if sl.aside.Load() {
			f.sleep(sl)
		}
	}
	return false
}
