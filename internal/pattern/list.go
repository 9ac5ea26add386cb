package pattern

import (
	"errors"
	"fmt"
	"sort"
	"sync"
	"sync/atomic"
)

// Errors of the runtime commands. The words that HAProxy prints differ with the
// command, so they are the caller's.
var (
	ErrNotFound     = errors.New("key not found")
	ErrVersionRange = errors.New("version number out of range")
	ErrVersionAhead = errors.New("version number in the future")
)

// List is a list of patterns with its compiled Sets. Its methods may be called
// from any thread.
type List struct {
	mu      sync.Mutex
	entries []*Entry // of all versions, by ID; deleted ones until the next sweep
	gone    int      // deleted ones among entries
	byKey   map[string][]*Entry
	lastID  uint64
	cur     uint32 // the version that matches
	next    uint32 // the last version that was given out
	sets    []*Set // in order of first use
	born    int    // Sets made so far
	touched bool   // changed since the configuration was loaded
}

// Batch collects additions to the version that matches; readers see all or
// none of them.
type Batch struct {
	list    *List
	entries []*Entry
	born    int // List.born when the first entry was checked
}

// Begin starts a batch.
func (l *List) Begin() *Batch { return &Batch{list: l} }

// Add checks a pattern against all Sets and keeps it for Commit. hasValue
// tells a map from an ACL; file is "" and line -1 for what comes from no file.
func (b *Batch) Add(pattern, value string, hasValue bool, file string, line int) error {
	b.list.mu.Lock()
	defer b.list.mu.Unlock()
	if err := b.list.check(pattern, value); err != nil {
		return err
	}
	if len(b.entries) == 0 {
		b.born = b.list.born
	}
	b.entries = append(b.entries, newEntry(pattern, value, hasValue, file, line))
	return nil
}

// Commit makes the batch visible and empties it. The error is that of a pattern
// that does not suit a Set made in the meantime; then nothing changes.
func (b *Batch) Commit() error {
	l := b.list
	l.mu.Lock()
	defer l.mu.Unlock()
	if b.born != l.born {
		for _, e := range b.entries {
			if err := l.check(e.Pattern, e.Value()); err != nil {
				return err
			}
		}
	}
	l.touched = l.touched || len(b.entries) > 0
	l.insert(b.entries, l.cur)
	b.entries = nil
	return nil
}

func newEntry(pattern, value string, hasValue bool, file string, line int) *Entry {
	e := &Entry{Pattern: pattern, File: file, Line: line}
	if hasValue {
		e.value.Store(&value)
	}
	return e
}

// check asks every Set about a pattern that a runtime command adds.
func (l *List) check(pattern, value string) error {
	for _, s := range l.sets {
		if err := s.check(pattern, value, nil); err != nil {
			return err
		}
	}
	return nil
}

// added and freed count entries of the whole process since its start.
var added, freed atomic.Int64

// Added is how many patterns the process has taken in so far.
func Added() int64 { return added.Load() }

// Freed is how many of them are gone again.
func Freed() int64 { return freed.Load() }

// insert numbers entries and shows them to the Sets if their version matches.
func (l *List) insert(entries []*Entry, version uint32) {
	for _, e := range entries {
		l.lastID++
		e.ID, e.Version = l.lastID, version
		added.Add(1)
		if l.byKey != nil {
			l.byKey[e.Pattern] = append(l.byKey[e.Pattern], e)
		}
	}
	l.entries = append(l.entries, entries...)
	if version != l.cur || len(entries) == 0 {
		return
	}
	for _, s := range l.sets {
		s.add(entries)
	}
}

// Add adds a pattern without value to the version that matches.
func (l *List) Add(pattern string) error { return l.add(pattern, "", false, nil) }

// AddValue adds a pattern with a value to the version that matches.
func (l *List) AddValue(pattern, value string) error { return l.add(pattern, value, true, nil) }

// AddVersion adds a pattern to a version from Prepare; ErrVersionAhead if that
// has not been given out. hasValue tells a map from an ACL.
func (l *List) AddVersion(version uint32, pattern, value string, hasValue bool) error {
	return l.add(pattern, value, hasValue, &version)
}

func (l *List) add(pattern, value string, hasValue bool, version *uint32) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := l.cur
	if version != nil {
		v = *version
		if int32(l.next-v) < 0 {
			return ErrVersionAhead
		}
	}
	if err := l.check(pattern, value); err != nil {
		return err
	}
	l.touched = true
	l.insert([]*Entry{newEntry(pattern, value, hasValue, "", -1)}, v)
	return nil
}

// Del deletes the entries of the matching version that are written exactly so,
// or returns ErrNotFound.
func (l *List) Del(pattern string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.drop(l.withKey(pattern))
}

// DelID deletes one entry of whatever version.
func (l *List) DelID(id uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.drop(l.withID(id))
}

// drop deletes entries, and sweeps when most of the List is deleted.
func (l *List) drop(entries []*Entry) error {
	if len(entries) == 0 {
		return ErrNotFound
	}
	l.touched = true
	for _, e := range entries {
		e.gone.Store(true)
		l.forget(e)
	}
	freed.Add(int64(len(entries)))
	l.gone += len(entries)
	if l.gone > 32 && l.gone > len(l.entries)/2 {
		l.sweep()
	}
	return nil
}

// forget takes an entry out of byKey.
func (l *List) forget(e *Entry) {
	if l.byKey == nil {
		return
	}
	kept := appendLive(nil, l.byKey[e.Pattern])
	if len(kept) == 0 {
		delete(l.byKey, e.Pattern)
		return
	}
	l.byKey[e.Pattern] = kept
}

// sweep forgets deleted entries and rebuilds the Sets.
func (l *List) sweep() {
	l.entries = appendLive(make([]*Entry, 0, len(l.entries)-l.gone), l.entries)
	l.gone, l.byKey = 0, nil
	l.rebuild()
}

func (l *List) rebuild() {
	cur := l.ofVersion(l.cur)
	for _, s := range l.sets {
		s.forgetRegexes(l.entries)
		s.replace(cur)
	}
}

func (l *List) ofVersion(version uint32) []*Entry {
	var out []*Entry
	for _, e := range l.entries {
		if e.Version == version && !e.gone.Load() {
			out = append(out, e)
		}
	}
	return out
}

// withKey returns the live entries of the matching version with a pattern. The
// index is built by the first call: most lists never need it.
func (l *List) withKey(pattern string) []*Entry {
	if l.byKey == nil {
		l.byKey = make(map[string][]*Entry, len(l.entries))
		for _, e := range l.entries {
			if !e.gone.Load() {
				l.byKey[e.Pattern] = append(l.byKey[e.Pattern], e)
			}
		}
	}
	var out []*Entry
	for _, e := range l.byKey[pattern] {
		if e.Version == l.cur {
			out = append(out, e)
		}
	}
	return out
}

// withID returns the live entry with an ID, or none.
func (l *List) withID(id uint64) []*Entry {
	i := sort.Search(len(l.entries), func(i int) bool { return l.entries[i].ID >= id })
	if i == len(l.entries) || l.entries[i].ID != id || l.entries[i].gone.Load() {
		return nil
	}
	return l.entries[i : i+1 : i+1]
}

// Set gives the entries of the matching version with this pattern a new value.
func (l *List) Set(pattern, value string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.assign(l.withKey(pattern), value)
}

// SetID gives one entry a new value.
func (l *List) SetID(id uint64, value string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.assign(l.withID(id), value)
}

func (l *List) assign(entries []*Entry, value string) error {
	if len(entries) == 0 {
		return ErrNotFound
	}
	for _, s := range l.sets {
		if err := s.checkValue(value); err != nil {
			return err
		}
	}
	l.touched = true
	for _, e := range entries {
		e.value.Store(&value)
		e.changed = true
	}
	return nil
}

// use returns the Set for spec, made from all entries if it is new. An entry of
// the configuration that does not suit it is an error; one that was added at
// run time for other Sets is left out.
func (l *List) use(spec Spec) (*Set, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.sets {
		if s.spec.key() == spec.key() {
			s.users++
			return s, nil
		}
	}
	s := &Set{spec: spec, list: l, users: 1}
	s.spec.Lookup = nil
	s.snap.Store(&snapshot{})
	for _, e := range l.entries {
		if e.gone.Load() {
			continue
		}
		err := s.check(e.Pattern, e.Value(), spec.Lookup)
		if err == nil {
			continue
		}
		if !e.configured() {
			s.reject(e)
			continue
		}
		if e.File != "" {
			err = fmt.Errorf("%w at line %d of file '%s'", err, e.Line, e.File)
		}
		return nil, err
	}
	s.replace(l.ofVersion(l.cur))
	l.sets = append(l.sets, s)
	l.born++
	return s, nil
}

// release gives a Set back; the List keeps it while it has other users.
func (l *List) release(s *Set) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.users--; s.users > 0 {
		return
	}
	for i, o := range l.sets {
		if o == s {
			l.sets = append(l.sets[:i:i], l.sets[i+1:]...)
			return
		}
	}
}

// Sets returns the Sets in order of their first use, for "get map".
func (l *List) Sets() []*Set {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]*Set(nil), l.sets...)
}
