package cip

import (
	"encoding/binary"
	"errors"
	"net/netip"
)

// Errors of Parse.
var (
	// ErrMagic: the first four bytes are not the agreed number.
	ErrMagic = errors.New("invalid NetScaler Client IP magic number")
	// ErrProtocol: an IP version that does not exist, or no TCP in it.
	ErrProtocol = errors.New("unhandled protocol in NetScaler Client IP header")
	// ErrLength: the headers do not fit in the length that is announced, or
	// this is more than they could take.
	ErrLength = errors.New("invalid length in NetScaler Client IP header")
)

// Sizes of the parts, in bytes.
const (
	prefix    = 8  // magic and length
	extension = 4  // type and length of the standard version
	minIPv4   = 20 // without options
	sizeIPv6  = 40
	minTCP    = 20
	maxTCP    = 60

	// MaxBlock is the most that an IP and a TCP header take.
	MaxBlock = 60 + maxTCP
	// MaxSize is the longest header.
	MaxSize = prefix + extension + MaxBlock

	protocolTCP = 6
)

// Parse decodes the header at the start of b; n is how many bytes it takes.
// With n == 0 and no error, b is a correct beginning and more is needed. It
// does not allocate.
func Parse(b []byte, magic uint32) (src, dst netip.AddrPort, n int, err error) {
	var want [4]byte
	binary.BigEndian.PutUint32(want[:], magic)
	if k := min(len(b), 4); string(b[:k]) != string(want[:k]) {
		return src, dst, 0, ErrMagic
	}
	if len(b) <= prefix {
		return src, dst, 0, nil
	}
	head, size := prefix, int64(binary.BigEndian.Uint32(b[4:]))
	if v := b[prefix] >> 4; v != 4 && v != 6 {
		head += extension
		if len(b) <= head {
			return src, dst, 0, nil
		}
		size = int64(binary.BigEndian.Uint16(b[head-2:]))
	}
	if size > MaxBlock {
		return src, dst, 0, ErrLength
	}
	src, dst, done, err := endpoints(b[head:min(len(b), head+int(size))], int(size))
	if err != nil || !done {
		return src, dst, 0, err
	}
	return src, dst, head + int(size), nil
}

// endpoints reads the ends of the connection from its IP and TCP headers. done
// is false as long as p has not all of size bytes.
func endpoints(p []byte, size int) (src, dst netip.AddrPort, done bool, err error) {
	ip, proto := 0, 0 // length of the IP header; where it names the protocol
	switch {
	case size == 0:
		return src, dst, false, ErrLength
	case p[0]>>4 == 4:
		ip, proto = int(p[0]&15)*4, 9
	case p[0]>>4 == 6:
		ip, proto = sizeIPv6, 6
	default:
		return src, dst, false, ErrProtocol
	}
	if ip < minIPv4 || size < ip+minTCP {
		return src, dst, false, ErrLength
	}
	if len(p) > proto && p[proto] != protocolTCP {
		return src, dst, false, ErrProtocol
	}
	if len(p) < size {
		return src, dst, false, nil
	}
	sport, dport := binary.BigEndian.Uint16(p[ip:]), binary.BigEndian.Uint16(p[ip+2:])
	from, to := netip.AddrFrom4([4]byte(p[12:])), netip.AddrFrom4([4]byte(p[16:]))
	if p[0]>>4 == 6 {
		from, to = netip.AddrFrom16([16]byte(p[8:])), netip.AddrFrom16([16]byte(p[24:]))
	}
	return netip.AddrPortFrom(from, sport), netip.AddrPortFrom(to, dport), true, nil
}
