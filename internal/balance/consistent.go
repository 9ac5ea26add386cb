package balance

import (
	"encoding/binary"
	"fmt"

	"segue/internal/conf"
	"segue/internal/hash"
	"segue/internal/lb"
)

// consistent lays servers on a ring, sixteen nodes for each unit of weight.
// Manual 4.2 "hash-type consistent". It is the base of the consistent hashes
// and of random.
//
// Facts (HAProxy 3.4, src/lb_chash.c), checked against testdata/picks.txt: node
// i of a server lies at Avalanche(key+i). The server's key is, by hash-key
//
//	id         id * 4096
//	id32       Avalanche(id with its bytes reversed)
//	addr       IPv4: Avalanche(address read little-endian); IPv6: XXH32(address)
//	addr-port  the same, with Avalanche(port) added or as the seed
//	guid       XXH32(guid)
//
// and id where what it asks for is missing.
//
// Invariant: the nodes of a server are those with i below its effective weight,
// so a change of weight moves only the keys next to the nodes that come or go.
type consistent struct {
	farm
	act, bck *ring
	nodes    []int64  // by slot: how many of its nodes are on the ring
	keys     []uint32 // by slot
	room     bitset   // usable slots that are not known to be full
	cursor   uint32   // after the node that the last turn without a key used
	factor   int64    // hash-balance-factor
	preserve preserve
	sums     []int64 // by slot: weight of the serving slots before it
	sum      int64   // weight of all
	stale    bool    // sums must be made again
}

// preserve is hash-preserve-affinity.
type preserve uint8

const (
	always preserve = iota
	unlessFull
	unlessQueueFull
)

// maxWalk bounds the nodes that one Pick passes over.
const maxWalk = 8192

func (c *consistent) init(px *lb.Proxy, all bool, o Options) error {
	c.farm.init(px, all)
	c.act, c.bck, c.room = newRing(), newRing(), newBitset(len(px.Servers))
	c.factor = int64(o.Factor)
	switch o.Preserve {
	case "", "always":
	case "maxconn":
		c.preserve = unlessFull
	case "maxqueue":
		c.preserve = unlessQueueFull
	default:
		return fmt.Errorf("hash-preserve-affinity %q is not known", o.Preserve)
	}
	for _, srv := range px.Servers {
		c.Changed(srv)
	}
	return nil
}

// serverKey is where the server's nodes are derived from.
func serverKey(srv *lb.Server) uint32 {
	id := uint32(srv.ID)
	addr := srv.State.Addr.Load()
	switch srv.Conf.HashKey {
	case "addr", "addr-port":
		if addr == nil || !addr.IsValid() {
			break
		}
		var key uint32
		if srv.Conf.HashKey == "addr-port" {
			key = hash.Avalanche(uint32(addr.Port()))
		}
		if ip := addr.Addr().Unmap(); ip.Is4() {
			b := ip.As4()
			return hash.Avalanche(key + binary.LittleEndian.Uint32(b[:]))
		}
		b := addr.Addr().As16()
		return hash.XXH32(b[:], key)
	case "guid":
		if srv.Conf.GUID != "" {
			return hash.XXH32([]byte(srv.Conf.GUID), 0)
		}
	case "id32":
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], id)
		return hash.Avalanche(binary.LittleEndian.Uint32(b[:]))
	}
	return id * 4096
}

// Changed implements lb.Balancer. An address that changed moves the nodes.
func (c *consistent) Changed(srv *lb.Server) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sl := slotOf(srv)
	if sl == nil {
		sl = c.add(srv)
		c.room.grow(len(c.slots))
		c.nodes, c.keys = append(c.nodes, 0), append(c.keys, serverKey(srv))
	}
	if key := serverKey(srv); key != c.keys[sl.idx] {
		c.resize(sl, 0)
		c.keys[sl.idx] = key
	}
	weight := srv.EffectiveWeight()
	if c.px.Mode == conf.Log && weight > 0 {
		weight = lb.RampFull
	}
	c.reweigh(sl, weight)
	c.resize(sl, weight)
	sl.aside.Store(false)
	if weight > 0 {
		c.room.set(int(sl.idx))
	} else {
		c.room.clear(int(sl.idx))
	}
	c.stale = true
}

// resize gives the slot n nodes on its ring.
func (c *consistent) resize(sl *slot, n int64) {
	r := c.ring(sl.backup())
	i := sl.idx
	for ; c.nodes[i] > n; c.nodes[i]-- {
		r.remove(hash.Avalanche(c.keys[i]+uint32(c.nodes[i]-1)), i)
	}
	for ; c.nodes[i] < n; c.nodes[i]++ {
		r.add(hash.Avalanche(c.keys[i]+uint32(c.nodes[i])), i)
	}
}

func (c *consistent) ring(backup bool) *ring {
	if backup {
		return c.bck
	}
	return c.act
}

// at returns the slot for a hash: the closest one, or on from there the first
// that nothing speaks against. The caller holds the lock; a group serves.
func (c *consistent) at(h uint32, avoid *lb.Server) *slot {
	r := c.ring(c.serving() == backups)
	where := r.closest(h)
	start := where
	var other *slot
	for range min(maxWalk, r.n) {
		sl := c.slots[r.at(where).idx]
		if sl.srv != avoid {
			if c.eligible(sl) {
				return sl
			}
			other = sl
		}
		where = r.next(where)
	}
	if other != nil {
		return other
	}
	return c.slots[r.at(start).idx]
}

// eligible reports whether the slot may take one more by hash-balance-factor
// and hash-preserve-affinity.
func (c *consistent) eligible(sl *slot) bool {
	if c.factor > 0 && sl.srv.State.Served.Load() >= c.share(sl) {
		return false
	}
	switch c.preserve {
	case unlessFull:
		return !sl.srv.Full()
	case unlessQueueFull:
		limit, most := sl.srv.Limit(), int64(sl.srv.Conf.MaxQueue)
		return limit <= 0 || most <= 0 || sl.srv.State.Served.Load()+sl.srv.State.Waiting.Load() < limit+most
	}
	return true
}

// share is how many streams the slot may hold, at least 1. Manual 4.2
// "hash-balance-factor": the streams of the backend with the new one, times the
// factor, rounded up, are dealt out by weight; what does not divide goes to the
// servers at whose part of the sum of weights it becomes whole.
func (c *consistent) share(sl *slot) int64 {
	if c.stale {
		c.sumUp()
	}
	total := ((c.px.TotalServed.Load()+1)*c.factor + 99) / 100
	before := c.sums[sl.idx]
	return max(1, total*(before+sl.weight)/c.sum-total*before/c.sum)
}

func (c *consistent) sumUp() {
	c.stale = false
	c.sums = append(c.sums[:0], make([]int64, len(c.slots))...)
	c.sum = 0
	back := c.serving() == backups
	for i, sl := range c.slots {
		c.sums[i] = c.sum
		if sl.backup() == back {
			c.sum += sl.weight
		}
	}
}

// turn returns the server of the next node that has room, for streams without a
// key.
func (c *consistent) turn(avoid *lb.Server) (*lb.Server, bool) {
	g := c.serving()
	if g == oneBackup {
		return c.pickSpare()
	}
	r := c.ring(g == backups)
	var avoided *lb.Server
	for range min(r.n, 16*lb.RampFull) {
		n := r.at(r.from(c.cursor))
		c.cursor = n.pos + 1
		sl := c.slots[n.idx]
		if full, aside := sl.setAside(false); full {
			if aside {
				c.room.clear(int(n.idx))
			}
		} else if sl.srv == avoid {
			avoided = avoid
		} else {
			return sl.srv, false
		}
	}
	return c.anyRoom(0, avoid, avoided)
}

// anyRoom returns a server that has room, wherever it is, from slot i on.
func (c *consistent) anyRoom(i int, avoid, avoided *lb.Server) (*lb.Server, bool) {
	back := c.serving() == backups
	for range 2 {
		for i = c.room.next(i); i >= 0; i = c.room.next(i + 1) {
			sl := c.slots[i]
			if sl.backup() != back {
				continue
			}
			if full, aside := sl.setAside(false); full {
				if aside {
					c.room.clear(i)
				}
			} else if sl.srv == avoid {
				avoided = avoid
			} else {
				return sl.srv, false
			}
		}
		i = 0
	}
	return avoided, avoided == nil
}

// Taken implements lb.Balancer.
func (c *consistent) Taken(*lb.Server) {}

// Dropped implements lb.Balancer.
func (c *consistent) Dropped(srv *lb.Server) {
	sl := slotOf(srv)
	if sl == nil || !sl.aside.Load() || srv.Full() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	sl.aside.Store(false)
	if sl.weight > 0 {
		c.room.set(int(sl.idx))
	}
}
