package resolve

import "golang.org/x/net/dns/dnsmessage"

// The form of a message, RFC 1035 4.1. dnsmessage reads what a record needs and
// does not ask whether the record has just that: a length that disagrees with
// its type, or leads out of the message, would go by.

const (
	headerLen = 12
	fixedLen  = 10  // of a record behind its name: type, class, TTL, length
	maxName   = 255 // RFC 1035 2.3.4, with the lengths of its labels
	optType   = dnsmessage.TypeOPT
)

// be16 is the number at off. The caller knows that it is there.
func be16(msg []byte, off int) int { return int(msg[off])<<8 | int(msg[off+1]) }

// wellFormed reports whether the question and the answers of msg are as their
// counts, lengths and types say, and, with more, the authorities and additional
// records too. What follows is not looked at: nothing is taken from it.
func wellFormed(msg []byte, more bool) bool {
	if len(msg) < headerLen {
		return false
	}
	off, ok := headerLen, true
	for range be16(msg, 4) {
		if off, ok = skipName(msg, off, len(msg)); !ok || len(msg)-off < 4 {
			return false
		}
		off += 4
	}
	n := be16(msg, 6)
	if more {
		n += be16(msg, 8) + be16(msg, 10)
	}
	for range n {
		if off, ok = skipRecord(msg, off); !ok {
			return false
		}
	}
	return true
}

// skipRecord returns where the record at off ends; false if it is malformed.
func skipRecord(msg []byte, off int) (next int, ok bool) {
	if off, ok = skipName(msg, off, len(msg)); !ok || len(msg)-off < fixedLen {
		return 0, false
	}
	typ, n := dnsmessage.Type(be16(msg, off)), be16(msg, off+8)
	off += fixedLen
	next = off + n
	if next > len(msg) {
		return 0, false
	}
	switch typ {
	case typeA:
		ok = n == 4
	case typeAAAA:
		ok = n == 16
	case dnsmessage.TypeCNAME:
		ok = nameFills(msg, off, next)
	case typeSRV:
		ok = n > 6 && nameFills(msg, off+6, next) // RFC 2782: priority, weight, port
	case optType:
		ok = optionsFill(msg[off:next])
	}
	return next, ok
}

// nameFills reports whether one name, and nothing else, lies from off to end.
func nameFills(msg []byte, off, end int) bool {
	next, ok := skipName(msg, off, end)
	return ok && next == end
}

// optionsFill reports whether data are options of EDNS0. RFC 6891 6.1.2.
func optionsFill(data []byte) bool {
	for len(data) > 0 {
		if len(data) < 4 || len(data)-4 < be16(data, 2) {
			return false
		}
		data = data[4+be16(data, 2):]
	}
	return true
}

// skipName returns where the name at off ends, which must be up to end; false if
// it is malformed. RFC 1035 4.1.4: a pointer leads to a prior occurrence, so each
// leads further back than everything of the name before it, and none in a circle.
func skipName(msg []byte, off, end int) (next int, ok bool) {
	start, size, limit := off, 0, end
	for {
		if off >= limit {
			return 0, false
		}
		n := int(msg[off])
		switch {
		case n == 0:
			if next == 0 {
				next = off + 1
			}
			return next, true
		case n < 0x40:
			if size += n + 1; size >= maxName {
				return 0, false
			}
			off += n + 1
		case n >= 0xc0 && off+1 < limit:
			to := be16(msg, off) & 0x3fff
			if to < headerLen || to >= start {
				return 0, false
			}
			if next == 0 {
				next = off + 2
			}
			start, off, limit = to, to, len(msg)
		default:
			return 0, false
		}
	}
}
