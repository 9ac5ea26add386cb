package pattern

import (
	"net/netip"
	"slices"
	"sync/atomic"
)

// Spec says how a Set sees its List. Lists keep one Set per Method, Flags and
// Value.
type Spec struct {
	Method Method
	Flags  Flags
	Value  ValueKind
	// Lookup resolves host names in IP patterns while a configuration is
	// loaded; nil refuses them. Runtime additions never resolve.
	Lookup func(host string) (netip.Addr, error)
}

// specKey is what two users must agree on to share a Set.
type specKey struct {
	method Method
	flags  Flags
	value  ValueKind
}

func (s Spec) key() specKey { return specKey{s.Method, s.Flags &^ NoDNS, s.Value} }

// Set is a List compiled for one method. Match may be called from any thread;
// all else belongs to the List, under its mutex.
type Set struct {
	spec  Spec
	list  *List
	users int // how many Use calls have not been released
	snap  atomic.Pointer[snapshot]

	always Entry                 // what Found and Bool return: they have no pattern
	names  map[string]netip.Addr // host names resolved at load
	regs   map[string]*Regex     // compiled expressions by text
	unfit  map[uint64]bool       // IDs of entries that are no patterns here
}

// snapshot is the immutable state that readers see. Segments are in the order
// of the List: every entry of one comes before every entry of the next. Their
// sizes fall geometrically, so that adding one entry costs O(log n) on average.
type snapshot struct {
	segs []*segment
}

// Spec returns what the Set was made for.
func (s *Set) Spec() Spec { return s.spec }

// Tree reports whether the method looks up in an index ("tree") rather than
// one pattern after the other ("list"), as "get map" prints.
func (s *Set) Tree() bool {
	fold := s.spec.Flags&FoldCase != 0
	switch s.spec.Method {
	case IP:
		return true
	case Str, Beg:
		return !fold
	}
	return false
}

// Backtracking lists the expressions that Go's linear-time engine cannot
// express and that run with backtracking, bounded by RegexTimeout. The caller
// warns about them when a configuration is loaded.
func (s *Set) Backtracking() []string {
	s.list.mu.Lock()
	defer s.list.mu.Unlock()
	var out []string
	for text, r := range s.regs {
		if r.Backtracking() {
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return out
}

// MatchGroups is Match for RegM: it also appends the offsets of the groups (see
// Regex.AppendGroups).
func (s *Set) MatchGroups(dst []int, in *Input) (*Entry, []int) {
	for _, seg := range s.snap.Load().segs {
		if seg.regs == nil {
			break
		}
		if e, r := seg.regs.findRegex(in.Bytes); e != nil {
			return e, r.AppendGroups(dst, in.Bytes)
		}
	}
	return nil, dst
}

// Match returns the entry that matches, or nil. Where several do, the longest
// wins for Beg and IP (trees), the first for all others. It allocates nothing.
func (s *Set) Match(in *Input) *Entry {
	switch s.spec.Method {
	case Found:
		return &s.always
	case Bool:
		if in.Int != 0 {
			return &s.always
		}
		return nil
	}
	snap := s.snap.Load()
	var best *Entry
	bestLen := -1
	for _, seg := range snap.segs {
		e, n := seg.match(s.spec.Method, s.longest(), in)
		if e == nil {
			continue
		}
		if n > bestLen {
			best, bestLen = e, n
		}
		if !s.longest() {
			break // earlier segments hold earlier entries
		}
	}
	return best
}

// longest reports whether the finest match wins rather than the first.
func (s *Set) longest() bool {
	return s.spec.Method == IP || s.spec.Method == Beg && s.spec.Flags&FoldCase == 0
}

// Group is the sets of one ACL expression in order ("-f a -i -f b c"): each has
// its own method and flags.
type Group []*Set

// Match returns the first set's entry that matches, or nil.
func (g Group) Match(in *Input) *Entry {
	for _, s := range g {
		if e := s.Match(in); e != nil {
			return e
		}
	}
	return nil
}
