package pattern

import "sort"

// lower folds ASCII letters; all other bytes stay.
var lower = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if 'A' <= i && i <= 'Z' {
			t[i] += 'a' - 'A'
		}
	}
	return
}()

func lowerString(s string) string {
	b := []byte(s)
	for i, c := range b {
		b[i] = lower[c]
	}
	return string(b)
}

// order is how an affixIndex compares: from the end for suffixes, without case
// for "-i".
type order struct{ fold, reverse bool }

// common returns how many bytes key and b have in common at the side that is
// compared.
func (o order) common(key string, b []byte) int {
	n := min(len(key), len(b))
	i := 0
	switch {
	case !o.fold && !o.reverse:
		for i < n && key[i] == b[i] {
			i++
		}
	case !o.reverse:
		for i < n && lower[key[i]] == lower[b[i]] {
			i++
		}
	case !o.fold:
		for i < n && key[len(key)-1-i] == b[len(b)-1-i] {
			i++
		}
	default:
		for i < n && lower[key[len(key)-1-i]] == lower[b[len(b)-1-i]] {
			i++
		}
	}
	return i
}

// less orders keys: byte by byte from the side that is compared, a key before
// the keys that it is an affix of.
func (o order) less(a, b string) bool {
	for i := 0; i < len(a) && i < len(b); i++ {
		if x, y := o.at(a, i), o.at(b, i); x != y {
			return x < y
		}
	}
	return len(a) < len(b)
}

func (o order) at(s string, i int) byte {
	if o.reverse {
		i = len(s) - 1 - i
	}
	if o.fold {
		return lower[s[i]]
	}
	return s[i]
}

// affixIndex finds all keys that a text begins (or ends) with.
//
// The keys are sorted. Every affix q of a text t is an affix of the greatest
// key p that is not above t, because q <= p <= t; so one binary search finds p,
// and the links from each key to its longest own affix lead to the rest.
type affixIndex struct {
	chain
	ord    order
	keys   []string
	heads  []int32 // by key: position of its first entry
	parent []int32 // by key: the longest other key that is its affix, or -1
}

func newAffixIndex(entries []*Entry, ord order) *affixIndex {
	keys := make([]string, len(entries))
	for i, e := range entries {
		keys[i] = e.Pattern
	}
	return newAffixIndexOf(entries, keys, ord)
}

// newAffixIndexOf indexes entries under keys of their own: keys[i] belongs to
// entries[i].
func newAffixIndexOf(entries []*Entry, keys []string, ord order) *affixIndex {
	x := &affixIndex{chain: newChain(entries), ord: ord}
	sorted := make([]int32, len(keys))
	for i := range sorted {
		sorted[i] = int32(i)
	}
	sort.SliceStable(sorted, func(i, j int) bool {
		return ord.less(keys[sorted[i]], keys[sorted[j]])
	})
	for n, at := range sorted {
		x.next[at] = -1
		if n > 0 && !ord.less(keys[sorted[n-1]], keys[at]) {
			x.next[sorted[n-1]] = at // the same key again: stable, so in order
			continue
		}
		x.keys = append(x.keys, keys[at])
		x.heads = append(x.heads, at)
		x.parent = append(x.parent, x.parentOf(keys[at]))
	}
	return x
}

// parentOf returns the longest key before the last one that is an affix of key.
func (x *affixIndex) parentOf(key string) int32 {
	k := int32(len(x.parent)) - 1 // the key just before
	if k < 0 {
		return -1
	}
	n := x.ord.common(x.keys[k], []byte(key))
	for k >= 0 && len(x.keys[k]) > n {
		k = x.parent[k]
	}
	return k
}

// above returns whether key sorts after b.
func (x *affixIndex) above(key string, b []byte) bool {
	if x.ord == (order{}) {
		return key > string(b) // no copy: the conversion is only compared
	}
	n := x.ord.common(key, b)
	if n == len(key) {
		return false
	}
	if n == len(b) {
		return true
	}
	c := b[n]
	if x.ord.reverse {
		c = b[len(b)-1-n]
	}
	if x.ord.fold {
		c = lower[c]
	}
	return x.ord.at(key, n) > c
}

// locate returns the longest key that is an affix of b, or -1.
func (x *affixIndex) locate(b []byte) int32 {
	lo, hi := 0, len(x.keys)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if x.above(x.keys[mid], b) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	k := int32(lo) - 1
	if k < 0 {
		return -1
	}
	n := x.ord.common(x.keys[k], b)
	for k >= 0 && len(x.keys[k]) > n {
		k = x.parent[k]
	}
	return k
}

// findLongest returns the entry of the longest key, and its length.
func (x *affixIndex) findLongest(b []byte) (*Entry, int) {
	for k := x.locate(b); k >= 0; k = x.parent[k] {
		if at := x.live(x.heads[k]); at >= 0 {
			return x.entries[at], len(x.keys[k])
		}
	}
	return nil, 0
}

// findFirst returns the first entry in the List's order.
func (x *affixIndex) findFirst(b []byte) *Entry {
	return x.entry(x.first(b, -1))
}

// first returns the earliest live position among the affixes of b and best,
// where -1 stands for none.
func (x *affixIndex) first(b []byte, best int32) int32 {
	for k := x.locate(b); k >= 0; k = x.parent[k] {
		if at := x.live(x.heads[k]); at >= 0 && (best < 0 || at < best) {
			best = at
		}
	}
	return best
}
