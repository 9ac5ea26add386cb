package pattern

import "sort"

// Versions returns the version that matches ("curr_ver") and the last one that
// Prepare gave out ("next_ver").
func (l *List) Versions() (cur, next uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cur, l.next
}

// Len returns the number of entries of all versions ("entry_cnt").
func (l *List) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries) - l.gone
}

// Prepare gives out a new version, to be filled with AddVersion. Numbers wrap.
func (l *List) Prepare() uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.touched = true
	l.next++
	return l.next
}

// Commit makes a prepared version the one that matches and forgets all older
// ones; ErrVersionRange if it is not between curr_ver+1 and next_ver.
func (l *List) Commit(version uint32) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if int32(version-l.cur) <= 0 || int32(l.next-version) < 0 {
		return ErrVersionRange
	}
	l.cur = version
	// The entries that are left behind are not marked as deleted: until its
	// Set's new snapshot is there, a reader must find all of the old version.
	var kept []*Entry
	for _, e := range l.entries {
		if int32(e.Version-version) >= 0 && !e.gone.Load() {
			kept = append(kept, e)
		}
	}
	freed.Add(int64(len(l.entries) - l.gone - len(kept)))
	l.entries, l.gone, l.byKey = kept, 0, nil
	l.rebuild()
	return nil
}

// Clear deletes the entries of the version that matches.
func (l *List) Clear() {
	cur, _ := l.Versions()
	l.ClearVersion(cur)
}

// ClearVersion deletes the entries of one version.
func (l *List) ClearVersion(version uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.touched = true
	var kept []*Entry
	for _, e := range l.entries {
		if e.Version != version && !e.gone.Load() {
			kept = append(kept, e)
		}
	}
	freed.Add(int64(len(l.entries) - l.gone - len(kept)))
	l.entries, l.gone, l.byKey = kept, 0, nil
	if version == l.cur {
		l.rebuild()
	}
}

// AppendEntries appends up to limit entries of a version with IDs above after,
// in order, so that a long listing needs no lock between its pages.
func (l *List) AppendEntries(dst []*Entry, version uint32, after uint64, limit int) []*Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := sort.Search(len(l.entries), func(i int) bool { return l.entries[i].ID > after })
	for ; i < len(l.entries) && limit > 0; i++ {
		if e := l.entries[i]; e.Version == version && !e.gone.Load() {
			dst = append(dst, e)
			limit--
		}
	}
	return dst
}

// Entries returns all entries of the version that matches, in order.
func (l *List) Entries() []*Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ofVersion(l.cur)
}
