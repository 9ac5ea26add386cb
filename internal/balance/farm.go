package balance

import (
	"sync"
	"sync/atomic"

	"segue/internal/lb"
)

// maxWeight is the largest effective weight; manual 5.2 "weight".
const maxWeight = 256 * lb.RampFull

// exact is the size of farm up to which what could be approximated is not.
const exact = 32

// slot is what a farm knows of one server. Owner: the farm's lock, but aside.
type slot struct {
	farm   *farm // a server's slot may be of a balancer that was replaced
	srv    *lb.Server
	idx    int32       // in farm.slots
	weight int64       // effective weight that the algorithm goes by; 0 = out
	aside  atomic.Bool // found full and set aside; cleared by whoever puts it back

	before int64 // sum of what those before it in its group began with; 0 if it began with nothing
	due    date  // roundrobin: when its next turn is
	prior  *slot // roundrobin: who had a turn before it in the same pick
}

func (sl *slot) backup() bool { return sl.srv.Conf.Backup }

// farm is what the algorithms share: the servers, which of them are usable, and
// which group serves.
type farm struct {
	mu     sync.Mutex
	px     *lb.Proxy
	slots  []*slot
	all    bool     // option allbackups
	active int      // usable active servers
	spares bitset   // usable backups, by slot index
	backs  int      // their number
	laid   [2]int64 // sums of the effective weights that active slots and backups began with
	asleep sleepers
	looks  int // servers whose room was looked at, for TestPickLooksAtFew
}

// group says who serves now.
type group uint8

const (
	nobody group = iota
	actives
	backups
	oneBackup
)

func (f *farm) init(px *lb.Proxy, all bool) {
	f.px, f.all = px, all
	f.spares = newBitset(len(px.Servers))
}

// add makes a slot for srv. The caller holds the lock.
func (f *farm) add(srv *lb.Server) *slot {
	sl := &slot{farm: f, srv: srv, idx: int32(len(f.slots))}
	if w := srv.EffectiveWeight(); w > 0 {
		sum := &f.laid[0]
		if sl.backup() {
			sum = &f.laid[1]
		}
		sl.before = *sum
		*sum += w
	}
	f.slots = append(f.slots, sl)
	f.spares.grow(len(f.slots))
	srv.LB = sl
	return sl
}

// reweigh notes the slot's new weight and what follows for the groups.
func (f *farm) reweigh(sl *slot, weight int64) {
	was, is := sl.weight > 0, weight > 0
	sl.weight = weight
	if was == is {
		return
	}
	d := -1
	if is {
		d = 1
	}
	if !sl.backup() {
		f.active += d
		return
	}
	f.backs += d
	if is {
		f.spares.set(int(sl.idx))
	} else {
		f.spares.clear(int(sl.idx))
	}
}

func (f *farm) serving() group {
	switch {
	case f.active > 0:
		return actives
	case f.backs == 0:
		return nobody
	case f.all:
		return backups
	}
	return oneBackup
}

// spare is the first usable backup.
func (f *farm) spare() *lb.Server { return f.slots[f.spares.next(0)].srv }

// pickSpare picks it if it has room.
func (f *farm) pickSpare() (*lb.Server, bool) {
	if srv := f.spare(); !srv.Full() {
		return srv, false
	}
	return nil, true
}

// setAside reports whether the slot's server is full, and marks it when so. The
// mark comes before the look, so that a slot freed meanwhile is either seen
// here or by Dropped. A limit that follows the backend's load (minconn) may
// grow without a word from the server itself: in a small farm such a server is
// never marked, in a larger one it sleeps. queues says that places in a limited
// queue count as room. The caller holds the lock.
func (sl *slot) setAside(queues bool) (full, aside bool) {
	f := sl.farm
	f.looks++
	if !sl.full(queues) {
		return false, false
	}
	grows := sl.srv.MinConn.Load() > 0
	if grows && len(f.slots) <= exact {
		return true, false
	}
	sl.aside.Store(true)
	if !sl.full(queues) {
		sl.aside.Store(false)
		return false, false
	}
	if grows {
		f.sleep(sl)
	}
	return true, true
}

func (sl *slot) full(queues bool) bool {
	if queues {
		return sl.noRoom()
	}
	return sl.srv.Full()
}

// slotOf returns the slot of srv, nil when the farm has none.
func (f *farm) slotOf(srv *lb.Server) *slot {
	if sl, _ := srv.LB.(*slot); sl != nil && sl.farm == f {
		return sl
	}
	return nil
}

// Serves reports whether srv is among those that are chosen now.
func (f *farm) Serves(srv *lb.Server) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	sl := f.slotOf(srv)
	if sl == nil || sl.weight == 0 {
		return false
	}
	switch f.serving() {
	case actives:
		return !sl.backup()
	case oneBackup:
		return f.spare() == srv
	}
	return true
}

// Any reports whether any server can be chosen.
func (f *farm) Any() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.serving() != nobody
}

// Insists reports whether a stream for which srv was picked should wait for it
// when it is full, and not for any. Hashes do.
func (f *farm) Insists(*lb.Server) bool { return false }
