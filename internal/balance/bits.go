package balance

import "math/bits"

// bitset is a set of small integers that finds the next member at or after a
// point in constant time: level 0 holds the members, each further level says
// which words of the one below are not empty. Owner: its user's lock.
type bitset [][]uint64

// newBitset makes a set for the numbers 0..n-1.
func newBitset(n int) bitset {
	var b bitset
	for {
		n = (n + 63) / 64
		b = append(b, make([]uint64, max(n, 1)))
		if n <= 1 {
			return b
		}
	}
}

// grow makes room for the numbers below n.
func (b *bitset) grow(n int) {
	if n <= len((*b)[0])*64 {
		return
	}
	wide := newBitset(n + n/2)
	for i := b.next(0); i >= 0; i = b.next(i + 1) {
		wide.set(i)
	}
	*b = wide
}

func (b bitset) has(i int) bool { return b[0][i>>6]&(1<<(i&63)) != 0 }

func (b bitset) set(i int) {
	for l := range b {
		b[l][i>>6] |= 1 << (i & 63)
		i >>= 6
	}
}

func (b bitset) clear(i int) {
	for l := range b {
		b[l][i>>6] &^= 1 << (i & 63)
		if b[l][i>>6] != 0 {
			return
		}
		i >>= 6
	}
}

// next returns the smallest member >= i, or -1.
func (b bitset) next(i int) int {
	for l := 0; l < len(b); l++ {
		w := i >> 6
		if w >= len(b[l]) {
			return -1
		}
		if rest := b[l][w] >> (i & 63); rest != 0 {
			return b.descend(l, i+bits.TrailingZeros64(rest))
		}
		i = w + 1
	}
	return -1
}

// descend returns the first member under entry i of level l.
func (b bitset) descend(l, i int) int {
	for ; l > 0; l-- {
		i = i<<6 + bits.TrailingZeros64(b[l-1][i])
	}
	return i
}

// prev returns the largest member <= i, or -1.
func (b bitset) prev(i int) int {
	for l := 0; l < len(b) && i >= 0; l++ {
		w := i >> 6
		if rest := b[l][w] << (63 - i&63); rest != 0 {
			i -= bits.LeadingZeros64(rest)
			for ; l > 0; l-- {
				i = i<<6 + 63 - bits.LeadingZeros64(b[l-1][i])
			}
			return i
		}
		i = w - 1
	}
	return -1
}
