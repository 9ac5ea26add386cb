package pattern

import "bytes"

// innerSmall is the number of patterns up to which one search after the other
// beats the index (BenchmarkMatch, sub: 12 ns a pattern against 130 ns in all for
// a path of 30 bytes, more for longer texts).
const innerSmall = 16

// innerIndex finds patterns anywhere in a text (Sub).
type innerIndex struct {
	affixIndex
	fold  bool
	small [][]byte // set instead of the index for few patterns
	// pairs has a bit for each pair of bytes that a pattern begins with, so
	// that most places of a text need no search at all.
	pairs *[1 << 16 / 64]uint64
}

func newInnerIndex(entries []*Entry, fold bool) *innerIndex {
	x := &innerIndex{fold: fold}
	if len(entries) <= innerSmall {
		x.chain = newChain(entries)
		for _, e := range entries {
			p := []byte(e.Pattern)
			if fold {
				p = []byte(lowerString(e.Pattern))
			}
			x.small = append(x.small, p)
		}
		return x
	}
	x.affixIndex = *newAffixIndex(entries, order{fold: fold})
	x.pairs = new([1 << 16 / 64]uint64)
	for _, k := range x.keys {
		x.addPair(k)
	}
	return x
}

// addPair notes how key begins; a key of one byte allows every second one.
func (x *innerIndex) addPair(key string) {
	if key == "" {
		return // found by the search at the end of every text
	}
	set := func(a, b byte) { n := uint16(a)<<8 | uint16(b); x.pairs[n/64] |= 1 << (n % 64) }
	a := x.ord.at(key, 0)
	if len(key) > 1 {
		set(a, x.ord.at(key, 1))
		return
	}
	for b := range 256 {
		set(a, byte(b))
	}
}

// find returns the first entry whose pattern is in b.
func (x *innerIndex) find(b []byte) *Entry {
	if x.pairs == nil {
		return x.findSmall(b)
	}
	best := int32(-1)
	for i := 0; i+1 < len(b); i++ {
		n := uint16(b[i])<<8 | uint16(b[i+1])
		if x.fold {
			n = uint16(lower[b[i]])<<8 | uint16(lower[b[i+1]])
		}
		if x.pairs[n/64]&(1<<(n%64)) != 0 {
			best = x.first(b[i:], best)
		}
		if best == 0 {
			break
		}
	}
	if len(b) > 0 && best != 0 {
		best = x.first(b[len(b)-1:], best)
	}
	return x.entry(x.first(nil, best))
}

func (x *innerIndex) findSmall(b []byte) *Entry {
	for i, p := range x.small {
		if x.entries[i].gone.Load() {
			continue
		}
		if !x.fold && bytes.Contains(b, p) || x.fold && containsFold(b, p) {
			return x.entries[i]
		}
	}
	return nil
}

// containsFold is bytes.Contains without case; p is in lower case already.
func containsFold(b, p []byte) bool {
	if len(p) == 0 {
		return true
	}
	for i := 0; i+len(p) <= len(b); i++ {
		if lower[b[i]] != p[0] {
			continue
		}
		n := 1
		for n < len(p) && lower[b[i+n]] == p[n] {
			n++
		}
		if n == len(p) {
			return true
		}
	}
	return false
}
