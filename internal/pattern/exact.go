package pattern

// chain links the entries of a segment that have the same key, in order.
// next[i] is the position of the following one, or -1.
type chain struct {
	entries []*Entry
	next    []int32
}

func newChain(entries []*Entry) chain {
	return chain{entries: entries, next: make([]int32, len(entries))}
}

// live returns the first position from at on whose entry is not deleted, or -1.
func (c *chain) live(at int32) int32 {
	for at >= 0 && c.entries[at].gone.Load() {
		at = c.next[at]
	}
	return at
}

// entry returns the entry at a position, nil for -1.
func (c *chain) entry(at int32) *Entry {
	if at < 0 {
		return nil
	}
	return c.entries[at]
}

// foldMax is the length of keys that fold in a buffer on the stack. Longer
// case-insensitive patterns are compared one by one.
const foldMax = 256

// exactIndex finds equal strings by hash (Str, Bin).
type exactIndex struct {
	chain
	heads map[string]int32
	fold  bool
	long  []int32 // positions of patterns over foldMax, if fold
}

func newExactIndex(entries []*Entry, fold, hexed bool) *exactIndex {
	x := &exactIndex{chain: newChain(entries), heads: make(map[string]int32, len(entries)), fold: fold}
	for i := len(entries) - 1; i >= 0; i-- {
		key := entries[i].Pattern
		switch {
		case hexed:
			key, _ = parseHex(key) // checked when it was added
		case fold:
			key = lowerString(key)
			if len(key) > foldMax {
				x.long = append(x.long, int32(i))
				continue
			}
		}
		x.next[i] = -1
		if head, ok := x.heads[key]; ok {
			x.next[i] = head
		}
		x.heads[key] = int32(i)
	}
	return x
}

func (x *exactIndex) find(b []byte) *Entry {
	if x.fold {
		return x.findFold(b)
	}
	if at, ok := x.heads[string(b)]; ok {
		return x.entry(x.live(at))
	}
	return nil
}

func (x *exactIndex) findFold(b []byte) *Entry {
	if len(b) <= foldMax {
		var buf [foldMax]byte
		for i, c := range b {
			buf[i] = lower[c]
		}
		if at, ok := x.heads[string(buf[:len(b)])]; ok {
			return x.entry(x.live(at))
		}
		return nil
	}
	ord := order{fold: true}
	for i := len(x.long) - 1; i >= 0; i-- { // collected backwards
		e := x.entries[x.long[i]]
		if len(e.Pattern) == len(b) && ord.common(e.Pattern, b) == len(b) && !e.gone.Load() {
			return e
		}
	}
	return nil
}
