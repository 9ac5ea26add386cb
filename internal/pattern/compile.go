package pattern

import (
	"errors"
	"fmt"
	"net/netip"
)

// check tells whether a pattern and its value suit the Set, in HAProxy's words
// if not, and keeps what is costly to compute again. lookup is for loading.
func (s *Set) check(pattern, value string, lookup func(string) (netip.Addr, error)) error {
	var err error
	switch s.spec.Method {
	case Int, Len:
		_, err = parseNumbers(pattern, s.spec.Flags)
	case IP:
		_, err = parseNetwork(pattern, s.remember(lookup))
	case Bin:
		_, err = parseHex(pattern)
	case Reg, RegM:
		err = s.checkRegex(pattern)
	}
	if err != nil {
		return err
	}
	return s.checkValue(value)
}

// checkValue tells whether a value suits the Set.
func (s *Set) checkValue(value string) error {
	ok := true
	switch s.spec.Value {
	case ValueInt:
		_, ok = parseInt64(value)
	case ValueAddr:
		_, ok = parseAddrText(value)
	}
	if !ok {
		return fmt.Errorf("unable to parse '%s'", value)
	}
	return nil
}

func (s *Set) checkRegex(pattern string) error {
	if s.regs[pattern] != nil {
		return nil
	}
	r, err := CompileRegex(pattern, s.spec.Flags&FoldCase != 0)
	if err != nil {
		return err
	}
	if s.regs == nil {
		s.regs = make(map[string]*Regex)
	}
	s.regs[pattern] = r
	return nil
}

// remember wraps a resolver so that the indexes find again what it said,
// without asking twice.
func (s *Set) remember(lookup func(string) (netip.Addr, error)) func(string) (netip.Addr, error) {
	if lookup == nil || s.spec.Flags&NoDNS != 0 {
		return nil
	}
	return func(host string) (netip.Addr, error) {
		if a, ok := s.names[host]; ok {
			return a, nil
		}
		a, err := lookup(host)
		if err == nil {
			if s.names == nil {
				s.names = make(map[string]netip.Addr)
			}
			s.names[host] = a
		}
		return a, err
	}
}

var errNoName = errors.New("name not resolved")

// lookup answers from what was resolved when the List was loaded.
func (s *Set) lookup() func(string) (netip.Addr, error) {
	return func(host string) (netip.Addr, error) {
		if a, ok := s.names[host]; ok {
			return a, nil
		}
		return netip.Addr{}, errNoName
	}
}

// add publishes a snapshot that also has entries, which follow all others. The
// last segments are merged into the new one while they are not twice its size.
func (s *Set) add(entries []*Entry) {
	entries = s.usable(entries)
	if len(entries) == 0 {
		return
	}
	segs := s.snap.Load().segs
	keep, size := len(segs), len(entries)
	for keep > 0 && len(segs[keep-1].entries) <= 2*size {
		keep--
		size += len(segs[keep].entries)
	}
	merged := make([]*Entry, 0, size)
	for _, g := range segs[keep:] {
		merged = appendLive(merged, g.entries)
	}
	merged = append(merged, entries...)
	next := append(make([]*segment, 0, keep+1), segs[:keep]...)
	s.snap.Store(&snapshot{segs: append(next, s.compile(merged))})
}

// replace publishes a snapshot of exactly these entries.
func (s *Set) replace(entries []*Entry) {
	snap := &snapshot{}
	if entries = s.usable(entries); len(entries) > 0 {
		snap.segs = []*segment{s.compile(entries)}
	}
	s.snap.Store(snap)
}

// usable leaves out entries that a reload found unfit for this Set.
func (s *Set) usable(entries []*Entry) []*Entry {
	if len(s.unfit) == 0 {
		return entries
	}
	var out []*Entry
	for _, e := range entries {
		if !s.unfit[e.ID] {
			out = append(out, e)
		}
	}
	return out
}

func appendLive(dst, entries []*Entry) []*Entry {
	for _, e := range entries {
		if !e.gone.Load() {
			dst = append(dst, e)
		}
	}
	return dst
}

// reject notes that an entry is no pattern for this Set.
func (s *Set) reject(e *Entry) {
	if s.unfit == nil {
		s.unfit = make(map[uint64]bool)
	}
	s.unfit[e.ID] = true
}

// forgetRegexes drops the expressions that no entry has any more.
func (s *Set) forgetRegexes(entries []*Entry) {
	if len(s.regs) == 0 {
		return
	}
	kept := make(map[string]*Regex, len(entries))
	for _, e := range entries {
		if r := s.regs[e.Pattern]; r != nil {
			kept[e.Pattern] = r
		}
	}
	s.regs = kept
}
