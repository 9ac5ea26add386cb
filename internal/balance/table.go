package balance

// table is the layout of a static map: the slots in the order in which their
// shares come up. Manual 4.2 "hash-type map-based" and "balance static-rr".
//
// Fact (HAProxy's layout, seen in the order in which static-rr serves, see
// testdata/picks.txt): there are as many places as the weights, divided by
// their greatest common divisor, add up to. At place o a server of weight w has
// earned w*(o+1)/total places, rounded down; each goes to the first server, in
// the order of the text, for which earned minus received is greatest.
//
// All weights are above 0. buildTable finds each server without looking at all
// of them: they wait in sets by what they are owed, and move up when they earn
// a place. It takes time proportional to the number of places.
func buildTable(slots []*slot) []int32 {
	var total int
	for _, sl := range slots {
		total += int(sl.weight)
	}
	if total == 0 {
		return nil
	}
	b := tableBuilder{slots: slots, total: total, owed: make([]int, len(slots)), earned: make([]int, len(slots)), next: make([]int32, len(slots)), at: make([]int32, total)}
	for i := range b.at {
		b.at[i] = -1
	}
	for i := range slots {
		b.level(0).set(i)
		b.schedule(i)
	}
	out := make([]int32, total)
	for o := range out {
		b.earn(o)
		out[o] = int32(b.give())
	}
	return out
}

// tableBuilder is the state of buildTable. Servers are owed between -1 and a
// few places, so levels start at lowest.
type tableBuilder struct {
	slots  []*slot
	total  int
	owed   []int
	earned []int
	at     []int32 // by place: the first server that earns there, -1 = none
	next   []int32 // the next server that earns at the same place
	levels []bitset
}

// lowest is the least that a server can be owed: one place before it earned it.
const lowest = -2

func (b *tableBuilder) level(owed int) bitset {
	for len(b.levels) <= owed-lowest {
		b.levels = append(b.levels, newBitset(len(b.slots)))
	}
	return b.levels[owed-lowest]
}

// schedule notes where server i earns its next place: the first o with
// w*(o+1)/total >= earned+1.
func (b *tableBuilder) schedule(i int) {
	w := int(b.slots[i].weight)
	if b.earned[i] == w {
		return
	}
	o := ((b.earned[i]+1)*b.total+w-1)/w - 1
	b.next[i], b.at[o] = b.at[o], int32(i)
}

func (b *tableBuilder) earn(o int) {
	for i := b.at[o]; i >= 0; {
		after := b.next[i]
		b.earned[i]++
		b.move(int(i), 1)
		b.schedule(int(i))
		i = after
	}
}

func (b *tableBuilder) move(i, by int) {
	b.level(b.owed[i]).clear(i)
	b.owed[i] += by
	b.level(b.owed[i]).set(i)
}

// give hands a place to the first server of the highest level.
func (b *tableBuilder) give() int {
	for l := len(b.levels) - 1; l >= 0; l-- {
		if i := b.levels[l].next(0); i >= 0 {
			b.move(i, -1)
			return i
		}
	}
	return 0
}
