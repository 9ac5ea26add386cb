package balance

import "segue/internal/lb"

// leastConn takes the server with the fewest streams for its weight, those that
// wait for it included. Manual 4.2 "balance leastconn".
//
// Invariants:
//   - no usable server with room has a smaller (streams+1)/weight than the one
//     picked; idle servers are equal whatever their weight;
//   - servers of the same load take turns: who was picked or left last is last.
type leastConn struct {
	farm
	act, bck heap // by load; slots with weight only
}

func newLeastConn(px *lb.Proxy, all bool) *leastConn {
	l := &leastConn{}
	l.init(px, all)
	for _, srv := range px.Servers {
		l.Changed(srv)
	}
	return l
}

// load is (streams+1)/weight scaled, 0 when idle.
func (sl *slot) load() uint64 {
	n := sl.srv.State.Served.Load() + sl.srv.State.Waiting.Load()
	if n <= 0 {
		return 0
	}
	return uint64((n+1)*maxWeight) / uint64(sl.weight)
}

// rank is the key: the load, and of equal ones those without a free slot last, so
// that nobody queues by maxqueue where an equal server would take them at once.
func (sl *slot) rank() uint64 {
	r := sl.load() << 1
	if sl.srv.Full() {
		r |= 1
	}
	return r
}

// Pick implements lb.Balancer.
func (l *leastConn) Pick(_ *lb.Stream, avoid *lb.Server) (*lb.Server, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rouse(wakes, l.recall)
	srv, full := l.choose(avoid)
	for full && l.rouse(1, l.recall) {
		srv, full = l.choose(avoid)
	}
	return srv, full
}

// recall files a slot that was set aside.
func (l *leastConn) recall(sl *slot) {
	sl.aside.Store(false)
	if sl.weight > 0 {
		l.heap(sl).put(sl.idx, sl.rank())
	}
}

func (l *leastConn) choose(avoid *lb.Server) (*lb.Server, bool) {
	switch l.serving() {
	case actives:
		return l.pick(&l.act, avoid)
	case backups:
		return l.pick(&l.bck, avoid)
	case oneBackup:
		return l.pickSpare()
	}
	return nil, false
}

func (l *leastConn) pick(h *heap, avoid *lb.Server) (*lb.Server, bool) {
	var kept item // of the server to avoid
	var found *lb.Server
	for range len(l.slots) {
		if len(h.items) == 0 {
			break
		}
		it := h.items[0]
		sl := l.slots[it.idx]
		if sl.srv == avoid && avoid != nil {
			kept = it
			h.remove(it.idx)
			continue
		}
		isFull, aside := sl.setAside(true)
		if !isFull {
			// Last among its equals even if the stream never takes its slot.
			h.put(it.idx, it.key)
			found = sl.srv
			break
		}
		if aside {
			h.remove(it.idx)
		} else {
			h.put(it.idx, ^uint64(0))
		}
	}
	if kept.seq != 0 {
		h.putAt(kept)
		if found == nil && !l.slotOf(avoid).noRoom() {
			found = avoid
		}
	}
	return found, found == nil
}

// noRoom is Full for this algorithm, which counts the places of a queue that is
// limited as room, if no more are served than the limit of now. Manual 5.2
// "maxqueue".
func (sl *slot) noRoom() bool {
	if most := int64(sl.srv.Conf.MaxQueue); most > 0 {
		st := sl.srv.State
		waits := st.Waiting.Load()
		return sl.srv.Full() && (waits >= most || st.Served.Load()+waits >= sl.srv.Limit()+most)
	}
	return sl.srv.Full()
}

// Changed implements lb.Balancer.
func (l *leastConn) Changed(srv *lb.Server) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sl := l.slotOf(srv)
	if sl == nil {
		sl = l.add(srv)
	}
	h := l.heap(sl)
	h.grow(len(l.slots))
	l.reweigh(sl, srv.EffectiveWeight())
	sl.aside.Store(false)
	if sl.weight == 0 {
		h.remove(sl.idx)
	} else {
		h.put(sl.idx, sl.rank())
	}
}

func (l *leastConn) heap(sl *slot) *heap {
	if sl.backup() {
		return &l.bck
	}
	return &l.act
}

// Taken implements lb.Balancer.
func (l *leastConn) Taken(srv *lb.Server) { l.moved(srv) }

// Dropped implements lb.Balancer.
func (l *leastConn) Dropped(srv *lb.Server) { l.moved(srv) }

// moved files the server by its load of now.
func (l *leastConn) moved(srv *lb.Server) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sl := l.slotOf(srv)
	switch {
	case sl == nil || sl.weight == 0:
	case !sl.aside.Load() || !sl.noRoom():
		l.recall(sl)
	case srv.MinConn.Load() > 0:
		l.sleep(sl)
	}
}

// Insists implements what the queue asks: a server whose queue has room by its
// maxqueue may be waited for. Manual 5.2 "maxqueue".
func (l *leastConn) Insists(srv *lb.Server) bool {
	return srv.Conf.MaxQueue > 0
}
