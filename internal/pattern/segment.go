package pattern

// segment is the immutable index of a run of a List's entries for one Spec.
// Only the index that the method needs is set.
type segment struct {
	entries []*Entry

	numbers *numberIndex // Int, Len
	addrs   *addrIndex   // IP
	exact   *exactIndex  // Str, Bin
	affix   *affixIndex  // Beg, End
	words   *wordIndex   // Dir, Dom
	inner   *innerIndex  // Sub
	regs    *regexIndex  // Reg, RegM
}

// match returns the best entry and, for longest matches, how long it is, so
// that segments can be compared.
func (g *segment) match(m Method, longest bool, in *Input) (*Entry, int) {
	switch m {
	case Int:
		return g.numbers.find(in.Int), 0
	case Len:
		return g.numbers.find(int64(len(in.Bytes))), 0
	case IP:
		return g.addrs.find(in.Addr)
	case Str, Bin:
		return g.exact.find(in.Bytes), 0
	case Beg, End:
		if longest {
			return g.affix.findLongest(in.Bytes)
		}
		return g.affix.findFirst(in.Bytes), 0
	case Dir, Dom:
		return g.words.find(in.Bytes), 0
	case Sub:
		return g.inner.find(in.Bytes), 0
	case Reg, RegM:
		return g.regs.find(in.Bytes), 0
	}
	return nil, 0
}

// compile builds the segment of entries, which must all have been checked.
func (s *Set) compile(entries []*Entry) *segment {
	g := &segment{entries: entries}
	fold := s.spec.Flags&FoldCase != 0
	switch s.spec.Method {
	case Int, Len:
		g.numbers = newNumberIndex(entries, s.spec.Flags)
	case IP:
		g.addrs = newAddrIndex(entries, s.lookup())
	case Str:
		g.exact = newExactIndex(entries, fold, false)
	case Bin:
		g.exact = newExactIndex(entries, false, true)
	case Beg, End:
		g.affix = newAffixIndex(entries, order{fold: fold, reverse: s.spec.Method == End})
	case Dir, Dom:
		g.words = newWordIndex(entries, fold, s.spec.Method == Dom)
	case Sub:
		g.inner = newInnerIndex(entries, fold)
	case Reg, RegM:
		g.regs = newRegexIndex(entries, s.regs)
	}
	return g
}
