package balance

// heap is a priority queue of slots by key, then by arrival. It knows where each
// slot is, so that any can be moved or taken out in logarithmic time. Four
// children a node halve the depth and with it the cache lines a sift touches
// (BenchmarkPick). Owner: its user's lock.
type heap struct {
	items []item
	where []int32 // by slot index: position in items + 1, 0 = not there
	seq   uint64
}

type item struct {
	key uint64
	seq uint64
	idx int32
}

func (a *item) less(b *item) bool {
	return a.key < b.key || a.key == b.key && a.seq < b.seq
}

// grow makes room for slot indexes below n.
func (h *heap) grow(n int) {
	for len(h.where) < n {
		h.where = append(h.where, 0)
	}
	if cap(h.items) < n {
		h.items = append(make([]item, 0, n+n/2), h.items...)
	}
}

func (h *heap) has(idx int32) bool { return h.where[idx] != 0 }

// put inserts the slot, or gives it a new key and the last place among equals.
func (h *heap) put(idx int32, key uint64) {
	h.seq++
	h.putAt(item{key, h.seq, idx})
}

// putAt is put with a place among equals that was kept.
func (h *heap) putAt(it item) {
	at := int(h.where[it.idx]) - 1
	if at < 0 {
		h.items = append(h.items, it)
		h.up(len(h.items)-1, it)
		return
	}
	if it.less(&h.items[at]) {
		h.up(at, it)
	} else {
		h.down(at, it)
	}
}

// remove takes the slot out, if it is there.
func (h *heap) remove(idx int32) {
	at := int(h.where[idx]) - 1
	if at < 0 {
		return
	}
	h.where[idx] = 0
	n := len(h.items) - 1
	last := h.items[n]
	h.items = h.items[:n]
	if at == n {
		return
	}
	if at > 0 && last.less(&h.items[(at-1)/4]) {
		h.up(at, last)
	} else {
		h.down(at, last)
	}
}

func (h *heap) up(at int, it item) {
	for at > 0 {
		parent := (at - 1) / 4
		if !it.less(&h.items[parent]) {
			break
		}
		h.place(at, h.items[parent])
		at = parent
	}
	h.place(at, it)
}

func (h *heap) down(at int, it item) {
	n := len(h.items)
	for {
		first := at*4 + 1
		if first >= n {
			break
		}
		best := first
		for c := first + 1; c < min(first+4, n); c++ {
			if h.items[c].less(&h.items[best]) {
				best = c
			}
		}
		if !h.items[best].less(&it) {
			break
		}
		h.place(at, h.items[best])
		at = best
	}
	h.place(at, it)
}

func (h *heap) place(at int, it item) {
	h.items[at] = it
	h.where[it.idx] = int32(at) + 1
}
