package proxyproto

import "sync/atomic"

// TypeSet is a set of TLV types; nil is that of all. Types may be added while
// others look.
type TypeSet [4]atomic.Uint64

// Add adds a type.
func (s *TypeSet) Add(typ uint8) {
	if s != nil {
		s[typ>>6].Or(1 << (typ & 63))
	}
}

// Has reports whether a type is in the set.
func (s *TypeSet) Has(typ uint8) bool { return s == nil || s[typ>>6].Load()&(1<<(typ&63)) != 0 }

// Keep returns a copy of what Get can still be asked for: the first field of
// each type in asked, as far as they take at most limit bytes together. It is
// nil if there is none. A connection may live for hours, and its header may have
// been 64 kB long.
func (t TLVs) Keep(asked *TypeSet, limit int) TLVs {
	var out TLVs
	var seen [4]uint64
	for typ, value := range t.All {
		bit := uint64(1) << (typ & 63)
		if !asked.Has(typ) || seen[typ>>6]&bit != 0 {
			continue
		}
		seen[typ>>6] |= bit
		if len(out)+tlvHead+len(value) <= limit {
			out = appendTLV(out, typ, value)
		}
	}
	if cap(out) > 2*len(out) {
		out = append(make(TLVs, 0, len(out)), out...)
	}
	return out
}
