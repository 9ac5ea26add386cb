package pattern

import (
	"net/netip"

	"github.com/gaissmai/bart"
)

// addrIndex finds the longest prefix of an address (IP). IPv4 and IPv6
// networks are apart: the address's own family is asked first, then the other
// one by the rules of manual 7.1.6, then masks with holes in order.
type addrIndex struct {
	chain
	v4, v6 bart.Table[int32]
	bits   []uint8 // by position: length of the prefix
	holes  []netmask
	holeAt []int32 // position of each of holes
}

// Ranks keep the three tiers apart where the lengths of prefixes are compared
// over segments.
const (
	rankOwn   = 2000
	rankOther = 1000
	rankHoles = 0
)

func newAddrIndex(entries []*Entry, lookup func(string) (netip.Addr, error)) *addrIndex {
	x := &addrIndex{chain: newChain(entries), bits: make([]uint8, len(entries))}
	for i := len(entries) - 1; i >= 0; i-- {
		x.next[i] = -1
		n, err := parseNetwork(entries[i].Pattern, lookup)
		if err != nil {
			continue // cannot be: checked when it was added
		}
		if n.holed {
			x.holes = append(x.holes, n.holes)
			x.holeAt = append(x.holeAt, int32(i))
			continue
		}
		x.bits[i] = uint8(n.prefix.Bits())
		t := &x.v6
		if n.prefix.Addr().Is4() {
			t = &x.v4
		}
		if head, ok := t.Get(n.prefix); ok {
			x.next[i] = head
		}
		t.Insert(n.prefix, int32(i))
	}
	return x
}

// find returns the entry and its rank.
func (x *addrIndex) find(a netip.Addr) (*Entry, int) {
	if !a.IsValid() {
		return nil, 0
	}
	a = a.WithZone("")
	own, other := &x.v4, &x.v6
	alt := a
	has4 := a.Is4()
	if has4 {
		alt = netip.AddrFrom16(a.As16())
	} else {
		own, other = other, own
		alt, has4 = EmbeddedIPv4(a)
	}
	if e, n := x.longest(own, a); e != nil {
		return e, rankOwn + n
	}
	if !has4 {
		return nil, 0
	}
	if e, n := x.longest(other, alt); e != nil {
		return e, rankOther + n
	}
	if a.Is4() {
		alt = a
	}
	return x.holed(v4bits(alt)), rankHoles
}

// longest returns the longest prefix's live entry in one table.
func (x *addrIndex) longest(t *bart.Table[int32], a netip.Addr) (*Entry, int) {
	head, ok := t.Lookup(a)
	for ok {
		if at := x.live(head); at >= 0 {
			return x.entries[at], int(x.bits[at])
		}
		// All entries of this prefix are deleted: the next shorter one.
		n := int(x.bits[head]) - 1
		if n < 0 {
			break
		}
		head, ok = t.LookupPrefix(netip.PrefixFrom(a, n).Masked())
	}
	return nil, 0
}

// holed returns the first mask with holes that fits.
func (x *addrIndex) holed(v4 uint32) *Entry {
	for i := len(x.holes) - 1; i >= 0; i-- { // collected backwards
		h := x.holes[i]
		if v4&h.mask == h.addr && !x.entries[x.holeAt[i]].gone.Load() {
			return x.entries[x.holeAt[i]]
		}
	}
	return nil
}

// EmbeddedIPv4 returns the IPv4 address inside ::ffff:a.b.c.d, ::a.b.c.d and
// 2002:a.b.c.d::/48.
func EmbeddedIPv4(a netip.Addr) (netip.Addr, bool) {
	b := a.As16()
	if b[0] == 0x20 && b[1] == 0x02 {
		return netip.AddrFrom4([4]byte(b[2:6])), true
	}
	for _, c := range b[:10] {
		if c != 0 {
			return netip.Addr{}, false
		}
	}
	if b[10] == b[11] && (b[10] == 0 || b[10] == 0xff) {
		return netip.AddrFrom4([4]byte(b[12:])), true
	}
	return netip.Addr{}, false
}
