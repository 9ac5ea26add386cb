package balance

import "segue/internal/lb"

// sticky stays with one server as long as it is usable. Manual 4.2 "balance
// sticky" (log backends).
//
// Invariant: the servers stand in a line; a server that comes back joins at its
// end, and the first is picked.
type sticky struct {
	farm
	act, bck heap // by arrival
}

func newSticky(px *lb.Proxy, all bool) *sticky {
	k := &sticky{}
	k.init(px, all)
	for _, srv := range px.Servers {
		k.Changed(srv)
	}
	return k
}

// Pick implements lb.Balancer.
func (k *sticky) Pick(*lb.Stream, *lb.Server) (*lb.Server, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch k.serving() {
	case actives:
		return k.slots[k.act.items[0].idx].srv, false
	case backups:
		return k.slots[k.bck.items[0].idx].srv, false
	case oneBackup:
		return k.pickSpare()
	}
	return nil, false
}

// Changed implements lb.Balancer.
func (k *sticky) Changed(srv *lb.Server) {
	k.mu.Lock()
	defer k.mu.Unlock()
	sl := k.slotOf(srv)
	if sl == nil {
		sl = k.add(srv)
	}
	h := &k.act
	if sl.backup() {
		h = &k.bck
	}
	h.grow(len(k.slots))
	k.reweigh(sl, srv.EffectiveWeight())
	switch {
	case sl.weight == 0:
		h.remove(sl.idx)
	case !h.has(sl.idx):
		h.put(sl.idx, 0)
	}
}

// Insists implements what the queue asks: the server is waited for.
func (k *sticky) Insists(*lb.Server) bool { return true }

// Taken implements lb.Balancer.
func (k *sticky) Taken(*lb.Server) {}

// Dropped implements lb.Balancer.
func (k *sticky) Dropped(*lb.Server) {}
