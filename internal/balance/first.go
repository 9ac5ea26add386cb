package balance

import (
	"slices"

	"segue/internal/lb"
)

// first takes the server with the lowest id that has a free slot, so that the
// others may sleep. Weights do not matter, except that 0 keeps a server out.
// Manual 4.2 "balance first".
//
// Invariant: no usable server with room has a lower id than the one picked.
type first struct {
	farm
	order    []*slot // by id
	rank     []int32 // by slot index: its place in order
	act, bck bitset  // usable and not known to be full, by rank
}

func newFirst(px *lb.Proxy, all bool) *first {
	f := &first{}
	f.init(px, all)
	for _, srv := range px.Servers {
		f.add(srv)
	}
	f.sort()
	return f
}

// sort ranks the servers anew, after the start and when one was added.
func (f *first) sort() {
	f.order = append(f.order[:0], f.slots...)
	slices.SortStableFunc(f.order, func(a, b *slot) int { return a.srv.ID - b.srv.ID })
	f.rank = make([]int32, len(f.order))
	f.act, f.bck = newBitset(len(f.order)), newBitset(len(f.order))
	for i, sl := range f.order {
		f.rank[sl.idx] = int32(i)
		f.file(sl)
	}
}

// file puts the slot where its server's state says.
func (f *first) file(sl *slot) {
	f.reweigh(sl, sl.srv.EffectiveWeight())
	sl.aside.Store(false)
	b := f.set(sl)
	if r := int(f.rank[sl.idx]); sl.weight > 0 {
		b.set(r)
	} else {
		b.clear(r)
	}
}

func (f *first) set(sl *slot) bitset {
	if sl.backup() {
		return f.bck
	}
	return f.act
}

// Pick implements lb.Balancer.
func (f *first) Pick(_ *lb.Stream, avoid *lb.Server) (*lb.Server, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rouse(wakes, f.file)
	srv, full := f.choose(avoid)
	for full && f.rouse(1, f.file) {
		srv, full = f.choose(avoid)
	}
	return srv, full
}

func (f *first) choose(avoid *lb.Server) (*lb.Server, bool) {
	switch f.serving() {
	case actives:
		return f.pick(f.act, avoid)
	case backups:
		return f.pick(f.bck, avoid)
	case oneBackup:
		return f.pickSpare()
	}
	return nil, false
}

func (f *first) pick(b bitset, avoid *lb.Server) (*lb.Server, bool) {
	var avoided *lb.Server
	for i := b.next(0); i >= 0; i = b.next(i + 1) {
		sl := f.order[i]
		isFull, aside := sl.setAside(false)
		switch {
		case aside:
			b.clear(i)
		case isFull:
		case sl.srv == avoid:
			avoided = avoid
		default:
			return sl.srv, false
		}
	}
	return avoided, avoided == nil
}

// Changed implements lb.Balancer.
func (f *first) Changed(srv *lb.Server) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if sl := f.slotOf(srv); sl != nil {
		f.file(sl)
		return
	}
	f.add(srv)
	f.sort()
}

// Taken implements lb.Balancer.
func (f *first) Taken(*lb.Server) {}

// Dropped implements lb.Balancer.
func (f *first) Dropped(srv *lb.Server) {
	if f.dropped(srv, false) {
		f.Changed(srv)
	}
}
