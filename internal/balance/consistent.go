package balance

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"segue/internal/hash"
	"segue/internal/lb"
)

// consistent lays servers on a ring, sixteen nodes for each unit of weight.
// Manual 4.2 "hash-type consistent".
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
	roomy
	active, back *ring
	nodes        []int64  // by slot: how many of its nodes are on the ring
	keys         []uint32 // by slot
	cursor       uint32   // after the node that the last turn without a key used
	last         int32    // the slot of that node
	preserve     preserve
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
	c.roomy.init(px, all, o.Factor)
	c.active, c.back = newRing(), newRing()
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
	sl := c.slotOf(srv)
	if sl == nil {
		sl = c.add(srv)
		c.nodes, c.keys = append(c.nodes, 0), append(c.keys, serverKey(srv))
	}
	if key := serverKey(srv); key != c.keys[sl.idx] {
		c.resize(sl, 0)
		c.keys[sl.idx] = key
	}
	c.weigh(sl, srv.EffectiveWeight())
	c.resize(sl, sl.weight)
}

// resize gives the slot n nodes on its ring.
func (c *consistent) resize(sl *slot, n int64) {
	r := c.ring(sl.backup())
	i := sl.idx
	for ; c.nodes[i] > n; c.nodes[i]-- {
		pos := hash.Avalanche(c.keys[i] + uint32(c.nodes[i]-1))
		r.remove(pos, i)
		if pos+1 == c.cursor && i == c.last && r.n > 0 {
			// The turn passes to the node behind, which is thereby passed over,
			// as in HAProxy 3.4.
			n := r.at(r.from(c.cursor))
			c.cursor, c.last = n.pos+1, n.idx
		}
	}
	for ; c.nodes[i] < n; c.nodes[i]++ {
		r.add(hash.Avalanche(c.keys[i]+uint32(c.nodes[i])), i)
	}
}

func (c *consistent) ring(backup bool) *ring {
	if backup {
		return c.back
	}
	return c.active
}

// at returns the slot for a hash: the closest one, or on from there the first
// that nothing speaks against. The caller holds the lock; a group serves.
func (c *consistent) at(h uint32, avoid *lb.Server) *slot {
	r, usable := c.active, c.farm.active
	if c.serving() == backups {
		r, usable = c.back, c.backs
	}
	where, steps := r.closest(h), min(maxWalk, r.n)
	few := len(c.slots) <= 64
	if few {
		steps = r.n
	}
	var refused uint64 // slots, while there are few
	for ; steps > 0; steps-- {
		sl := c.slots[r.at(where).idx]
		where = r.next(where)
		bit := uint64(1) << (sl.idx & 63)
		if few && refused&bit != 0 {
			continue
		}
		c.looks++
		if sl.srv != avoid && c.eligible(sl) {
			return sl
		}
		if refused |= bit; few && bits.OnesCount64(refused) == usable {
			break
		}
	}
	return c.anyway(r, h, avoid)
}

// anyway is the slot for a hash when all were refused: whoever ends the ring,
// whatever the hash, as HAProxy chooses (testdata/histories.txt); in a farm too
// large to have been asked whole, whoever may have room.
func (c *consistent) anyway(r *ring, h uint32, avoid *lb.Server) *slot {
	if c.preserve == unlessFull && r.n > maxWalk && len(c.slots) > 64 {
		if srv, _ := c.anyRoom(int(h%uint32(len(c.slots))), avoid); srv != nil {
			return c.slotOf(srv)
		}
	}
	last := r.prev(r.firstOf(0))
	where := last
	for range min(maxWalk, r.n) {
		if sl := c.slots[r.at(where).idx]; sl.srv != avoid {
			return sl
		}
		where = r.prev(where)
	}
	return c.slots[r.at(last).idx]
}

// eligible reports whether the slot may take one more by hash-balance-factor
// and hash-preserve-affinity.
func (c *consistent) eligible(sl *slot) bool {
	if !c.within(sl) {
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

// turn returns the server of the next node that has room, for streams without a
// key.
func (c *consistent) turn(avoid *lb.Server) (*lb.Server, bool) {
	g := c.serving()
	if g == oneBackup {
		return c.pickSpare()
	}
	r, most := c.ring(g == backups), 16*maxWeight
	if len(c.slots) > exact {
		most = 8 // nearly all are full: look among those that are not
	}
	last := 0
	for range min(r.n, most) {
		n := r.at(r.from(c.cursor))
		c.cursor, c.last = n.pos+1, n.idx
		sl := c.slots[n.idx]
		last = int(n.idx)
		if sl.srv != avoid && c.hasRoom(sl) {
			return sl.srv, false
		}
	}
	return c.anyRoom(last, avoid)
}
