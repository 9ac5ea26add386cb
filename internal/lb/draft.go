package lb

// Draft returns a view of s for linking a configuration: objects that exist are
// found, new ones stay unknown to s until Commit. A draft that is dropped leaves
// no trace.
func (s *State) Draft() *State {
	d := NewState()
	d.base = s
	return d
}

// Aside returns a draft for a server that is added at runtime and may still be
// refused: its server is new whatever the name, and unknown to s until
// KeepServer. Objects of features are those of s.
func (s *State) Aside() *State {
	d := s.Draft()
	d.aside = true
	return d
}

// Commit makes s what the configuration behind draft needs: its new objects
// join, and those that it did not name are forgotten. Streams of older
// generations keep theirs until they end. Objects of features are only
// forgotten if a draft named them before.
func (s *State) Commit(draft *State) {
	draft.mu.Lock()
	defer draft.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proxies, s.servers, s.binds = draft.proxies, draft.servers, draft.binds
	for key := range s.linked {
		if _, ok := draft.extra[key]; !ok {
			delete(s.extra, key)
			delete(s.incoming, key)
		}
	}
	s.linked = make(map[string]bool, len(draft.extra))
	for key, v := range draft.extra {
		s.extra[key] = v
		delete(s.incoming, key)
		s.linked[key] = true
	}
	draft.proxies, draft.servers, draft.binds = nil, nil, nil // a draft is committed once
}

// from looks key up in the state behind a draft; zero if there is none.
func from[V any](base *State, table func(*State) map[string]V, key string) (v V) {
	if base == nil {
		return v
	}
	base.mu.Lock()
	defer base.mu.Unlock()
	return table(base)[key]
}
