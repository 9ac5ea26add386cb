package pattern

import (
	"math"
	"slices"
	"sort"
)

// numberIndex finds the first range that an integer is in (Int, Len). The line
// of integers is cut at every border of a range; each piece knows its winner.
type numberIndex struct {
	entries []*Entry
	spans   []span
	starts  []int64 // pieces: from starts[i] to starts[i+1]-1
	winner  []int32 // by piece: position, or -1
}

func newNumberIndex(entries []*Entry, flags Flags) *numberIndex {
	x := &numberIndex{entries: entries, spans: make([]span, len(entries))}
	for i, e := range entries {
		x.spans[i], _ = parseNumbers(e.Pattern, flags) // checked when it was added
		x.starts = append(x.starts, x.spans[i].lo)
		if x.spans[i].hi != math.MaxInt64 {
			x.starts = append(x.starts, x.spans[i].hi+1)
		}
	}
	slices.Sort(x.starts)
	x.starts = slices.Compact(x.starts)
	x.winner = make([]int32, len(x.starts))
	// free[i] leads to the first piece from i on without winner, so that each
	// piece is given away once however many ranges cover it.
	free := make([]int32, len(x.starts)+1)
	for i := range free {
		free[i] = int32(i)
	}
	for i := range x.winner {
		x.winner[i] = -1
	}
	for i, s := range x.spans {
		for p := firstFree(free, x.piece(s.lo)); p < len(x.starts) && x.starts[p] <= s.hi; p = firstFree(free, p) {
			x.winner[p] = int32(i)
			free[p] = int32(p) + 1
		}
	}
	return x
}

// firstFree follows free from p to its end and shortens the way for the next.
func firstFree(free []int32, p int) int {
	for int(free[p]) != p {
		free[p] = free[free[p]]
		p = int(free[p])
	}
	return p
}

func parseNumbers(text string, flags Flags) (span, error) {
	if flags&DottedInt != 0 {
		return parseDotted(text)
	}
	return parseSpan(text)
}

// piece returns the index of the piece that n is in, -1 before the first.
func (x *numberIndex) piece(n int64) int {
	return sort.Search(len(x.starts), func(i int) bool { return x.starts[i] > n }) - 1
}

func (x *numberIndex) find(n int64) *Entry {
	p := x.piece(n)
	if p < 0 || x.winner[p] < 0 {
		return nil
	}
	if e := x.entries[x.winner[p]]; !e.gone.Load() {
		return e
	}
	// The winner is deleted and the segment not rebuilt yet.
	for i := int(x.winner[p]) + 1; i < len(x.spans); i++ {
		if x.spans[i].has(n) && !x.entries[i].gone.Load() {
			return x.entries[i]
		}
	}
	return nil
}
