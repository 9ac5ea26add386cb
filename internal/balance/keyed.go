package balance

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"segue/internal/conf"
	"segue/internal/hash"
	"segue/internal/lb"
)

// hasher turns a stream into the number that chooses its server.
type hasher struct {
	key       func(s *lb.Stream) ([]byte, bool) // nil: the source address
	function  func(key []byte) uint32
	avalanche bool
}

// newHasher reads hash-type's function and modifier. Manual 4.2: a consistent
// hash without a function uses sdbm and avalanche.
func newHasher(t conf.HashType, key func(*lb.Stream) ([]byte, bool)) (hasher, error) {
	h := hasher{key: key, avalanche: t.Modifier == "avalanche"}
	if t.Modifier != "" && !h.avalanche {
		return h, fmt.Errorf("hash-type modifier %q is not known", t.Modifier)
	}
	switch t.Function {
	case "":
		h.function = hash.SDBM
		h.avalanche = h.avalanche || t.Method == "consistent"
	case "sdbm":
		h.function = hash.SDBM
	case "djb2":
		h.function = hash.DJB2
	case "wt6":
		h.function = hash.WT6
	case "crc32":
		h.function = hash.CRC32
	case "none":
		h.function = number
	default:
		return h, fmt.Errorf("hash-type function %q is not known", t.Function)
	}
	return h, nil
}

// number reads a key that is a hash already: decimal digits, perhaps behind a
// sign, up to something else.
func number(key []byte) uint32 {
	if len(key) > 1 && key[0] == '-' {
		return -number(key[1:])
	}
	var n uint32
	for _, c := range key {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + uint32(c-'0')
	}
	return n
}

// of returns the stream's hash; false: it has no key.
func (h *hasher) of(s *lb.Stream) (uint32, bool) {
	if s == nil {
		return 0, false
	}
	var n uint32
	if h.key == nil {
		ip := s.Client().Addr()
		if !ip.IsValid() {
			return 0, false
		}
		n = foldAddr(ip)
	} else {
		key, ok := h.key(s)
		if !ok {
			return 0, false
		}
		n = h.function(key)
	}
	if h.avalanche {
		n = hash.Avalanche(n)
	}
	return n, true
}

// foldAddr is the hash of "balance source", whatever the function: the exclusive
// or of the address's 32-bit words in network order (a fact from HAProxy 3.4,
// src/backend.c).
func foldAddr(ip netip.Addr) uint32 {
	if ip.Is4() {
		b := ip.As4()
		return binary.BigEndian.Uint32(b[:])
	}
	b := ip.As16()
	var n uint32
	for i := 0; i < 16; i += 4 {
		n ^= binary.BigEndian.Uint32(b[i:])
	}
	return n
}

// mapHash chooses by a place in a static table. Manual 4.2 "hash-type
// map-based".
//
// Invariant: with n places, hash h has the server of place h mod n, full or
// not; streams without a key take turns as in static-rr.
type mapHash struct {
	fixed
	hasher
}

// Pick implements lb.Balancer.
func (m *mapHash) Pick(s *lb.Stream, avoid *lb.Server) (*lb.Server, bool) {
	h, ok := m.of(s)
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.refresh() {
		return nil, false
	}
	if !ok {
		return m.take(avoid)
	}
	return m.slots[m.table[h%uint32(len(m.table))]].srv, false
}

// Insists implements what the queue asks: a key's server is waited for.
func (m *mapHash) Insists(*lb.Server) bool { return true }

// ringHash chooses by the closest node of a ring. Manual 4.2 "hash-type
// consistent".
//
// Invariant: a hash has the server of the closest node unless the balance factor
// or the affinity speak against it; streams without a key go round the ring.
type ringHash struct {
	consistent
	hasher
}

// Pick implements lb.Balancer.
func (r *ringHash) Pick(s *lb.Stream, avoid *lb.Server) (*lb.Server, bool) {
	h, ok := r.of(s)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch g := r.serving(); {
	case g == nobody:
		return nil, false
	case !ok:
		return r.turn(avoid)
	case g == oneBackup:
		return r.spare(), false
	}
	return r.at(h, avoid).srv, false
}

// Insists implements what the queue asks: a key's server is waited for.
func (r *ringHash) Insists(*lb.Server) bool { return true }
