package balance

import "sort"

// ring is the circle of a consistent hash: nodes at 32-bit positions, each
// standing for a slot. Positions are as good as random, so the circle is cut
// into equal arcs with a few nodes each; adding, removing and looking up cost
// a constant number of steps on average. Owner: its user's lock.
type ring struct {
	arcs  [][]node
	used  bitset // arcs that hold nodes
	shift uint   // position >> shift = arc
	n     int
}

type node struct {
	pos uint32
	idx int32 // slot
}

// perArc is how many nodes an arc holds on average before arcs are halved.
const perArc = 8

func newRing() *ring {
	return &ring{arcs: make([][]node, 1), used: newBitset(1), shift: 32}
}

func (r *ring) add(pos uint32, idx int32) {
	if r.n >= perArc*len(r.arcs) && r.shift > 8 {
		r.split()
	}
	r.n++
	r.insert(pos, idx)
}

// insert keeps nodes of the same position in the order of their arrival.
func (r *ring) insert(pos uint32, idx int32) {
	a := int(uint64(pos) >> r.shift)
	arc := r.arcs[a]
	i := sort.Search(len(arc), func(i int) bool { return arc[i].pos > pos })
	arc = append(arc, node{})
	copy(arc[i+1:], arc[i:])
	arc[i] = node{pos, idx}
	r.arcs[a] = arc
	r.used.set(a)
}

func (r *ring) remove(pos uint32, idx int32) {
	a := int(uint64(pos) >> r.shift)
	arc := r.arcs[a]
	for i, n := range arc {
		if n.pos == pos && n.idx == idx {
			r.arcs[a] = append(arc[:i], arc[i+1:]...)
			r.n--
			break
		}
	}
	if len(r.arcs[a]) == 0 {
		r.used.clear(a)
	}
}

// split doubles the number of arcs, four times at once.
func (r *ring) split() {
	old := r.arcs
	r.shift -= 4
	r.arcs = make([][]node, len(old)*16)
	r.used = newBitset(len(r.arcs))
	for _, arc := range old {
		for _, n := range arc {
			r.insert(n.pos, n.idx)
		}
	}
}

// spot is a node's place in the ring; it is valid until the ring changes.
type spot struct{ arc, i int }

func (r *ring) at(s spot) node { return r.arcs[s.arc][s.i] }

// from returns the first node at or after pos, going round. The ring is not
// empty.
func (r *ring) from(pos uint32) spot {
	a := int(uint64(pos) >> r.shift)
	for i, n := range r.arcs[a] {
		if n.pos >= pos {
			return spot{a, i}
		}
	}
	return r.firstOf(a + 1)
}

func (r *ring) firstOf(a int) spot {
	a = r.used.next(a)
	if a < 0 {
		a = r.used.next(0)
	}
	return spot{a, 0}
}

func (r *ring) next(s spot) spot {
	if s.i+1 < len(r.arcs[s.arc]) {
		return spot{s.arc, s.i + 1}
	}
	return r.firstOf(s.arc + 1)
}

func (r *ring) prev(s spot) spot {
	if s.i > 0 {
		return spot{s.arc, s.i - 1}
	}
	a := r.used.prev(s.arc - 1)
	if a < 0 {
		a = r.used.prev(len(r.arcs) - 1)
	}
	return spot{a, len(r.arcs[a]) - 1}
}

// closest returns the node nearest to pos on either side; the one before wins a
// tie. Manual 4.2 "hash-type": "the closest server is chosen".
func (r *ring) closest(pos uint32) spot {
	after := r.from(pos)
	before := r.prev(after)
	if pos-r.at(before).pos <= r.at(after).pos-pos {
		return before
	}
	return after
}
