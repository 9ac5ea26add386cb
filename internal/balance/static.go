package balance

import "segue/internal/lb"

// fixed is a farm laid out in a table, which is rebuilt when a server comes or
// goes; a weight that changes at runtime matters only by being 0 or not. It is
// the base of static-rr and of the map-based hashes.
type fixed struct {
	farm
	table  []int32   // place -> slot index
	places [][]int32 // slot index -> its places
	free   bitset    // places whose server is not known to be full
	turn   int       // the next place of static-rr
	stale  bool      // a server changed since the table was built
}

func (m *fixed) init(px *lb.Proxy, all bool) {
	m.farm.init(px, all)
	for _, srv := range px.Servers {
		m.note(m.add(srv))
	}
	m.stale = true
}

// note takes over a server's state: its configured weight or nothing.
func (m *fixed) note(sl *slot) {
	weight := int64(0)
	if sl.srv.Usable() {
		weight = int64(sl.srv.Conf.Weight)
	}
	m.reweigh(sl, weight)
	sl.aside.Store(false)
}

// refresh rebuilds the table if it is stale and reports whether anybody serves.
// The caller holds the lock.
func (m *fixed) refresh() bool {
	if m.stale {
		m.stale = false
		m.rebuild()
	}
	return len(m.table) > 0
}

func (m *fixed) rebuild() {
	serving := m.members()
	m.table = buildTable(serving)
	m.places = make([][]int32, len(m.slots))
	m.free = newBitset(len(m.table))
	for place, i := range m.table {
		idx := serving[i].idx
		m.table[place] = idx
		m.places[idx] = append(m.places[idx], int32(place))
		m.free.set(place)
	}
	for _, sl := range serving {
		sl.aside.Store(false)
	}
}

// members lists the serving group with weights divided by what all the farm's
// weights have in common. The slots are copies: only weights and idx count.
func (m *fixed) members() []*slot {
	g, div := m.serving(), int64(0)
	var list []*slot
	for _, sl := range m.slots {
		div = gcd(div, int64(sl.srv.Conf.Weight))
		if sl.weight > 0 && (g == actives) != sl.backup() && (g != oneBackup || len(list) == 0) {
			list = append(list, &slot{srv: sl.srv, idx: sl.idx, weight: sl.weight})
		}
	}
	if g == nobody {
		return nil
	}
	for _, sl := range list {
		sl.weight /= max(div, 1)
	}
	return list
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// take returns the server of the next place that has room. The server to avoid
// is used only if there is no other.
func (m *fixed) take(avoid *lb.Server) (*lb.Server, bool) {
	m.rouse(wakes, m.recall)
	srv, full := m.scan(avoid)
	for full && m.rouse(1, m.recall) {
		srv, full = m.scan(avoid)
	}
	return srv, full
}

// recall makes the places of a slot that was set aside worth a look again.
func (m *fixed) recall(sl *slot) {
	sl.aside.Store(false)
	m.mark(sl, true)
}

func (m *fixed) scan(avoid *lb.Server) (*lb.Server, bool) {
	var avoided *lb.Server
	if m.turn >= len(m.table) {
		m.turn = 0 // also when nobody has room: more places may follow
	}
	start := m.turn
	for i, wrapped := m.free.next(start), false; ; i = m.free.next(i + 1) {
		if i < 0 || i >= len(m.table) || wrapped && i >= start {
			if wrapped {
				break
			}
			wrapped = true
			i = -1
			continue
		}
		sl := m.slots[m.table[i]]
		isFull, aside := sl.setAside(false)
		switch {
		case aside:
			m.mark(sl, false)
		case isFull:
		case sl.srv == avoid:
			avoided = avoid
		default:
			m.turn = i + 1
			return sl.srv, false
		}
	}
	return avoided, avoided == nil
}

// mark says whether the slot's places are worth a look.
func (m *fixed) mark(sl *slot, free bool) {
	if int(sl.idx) >= len(m.places) {
		return
	}
	for _, p := range m.places[sl.idx] {
		if free {
			m.free.set(int(p))
		} else {
			m.free.clear(int(p))
		}
	}
}

// Changed implements lb.Balancer.
func (m *fixed) Changed(srv *lb.Server) {
	m.mu.Lock()
	defer m.mu.Unlock()
	sl := m.slotOf(srv)
	if sl == nil {
		sl = m.add(srv)
	}
	was := sl.weight
	aside := sl.aside.Load()
	m.note(sl)
	if was != sl.weight {
		m.stale = true
	} else if aside {
		m.mark(sl, true)
	}
}

// Taken implements lb.Balancer.
func (m *fixed) Taken(*lb.Server) {}

// Dropped implements lb.Balancer.
func (m *fixed) Dropped(srv *lb.Server) {
	if m.dropped(srv, false) {
		m.Changed(srv)
	}
}

// staticRR takes the places of the table in turns. Manual 4.2 "balance
// static-rr".
type staticRR struct{ fixed }

func newStaticRR(px *lb.Proxy, all bool) *staticRR {
	r := &staticRR{}
	r.init(px, all)
	return r
}

// Pick implements lb.Balancer.
func (r *staticRR) Pick(_ *lb.Stream, avoid *lb.Server) (*lb.Server, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.refresh() {
		return nil, false
	}
	return r.take(avoid)
}
