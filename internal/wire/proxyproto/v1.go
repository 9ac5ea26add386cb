package proxyproto

import (
	"bytes"
	"net/netip"
	"strconv"
	"unsafe"
)

// parseV1 decodes "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n", section 2.1.
// The fields are looked at only once the CRLF is there, as the specification
// asks, so that a cut address is never taken for a whole one.
func parseV1(b []byte) (h Header, n int, err error) {
	if yes, could := hasPrefix(b, "PROXY "); !yes {
		if could {
			return h, 0, nil
		}
		return h, 0, ErrNotHeader
	}
	line, n, err := cutLine(b)
	if n == 0 {
		return h, 0, err
	}
	h = Header{Version: 1, Transport: Stream}
	proto, rest, _ := bytes.Cut(line[len("PROXY "):], []byte{' '})
	switch string(proto) {
	case "TCP4":
		err = h.v1Addrs(rest, parseIPv4)
	case "TCP6":
		err = h.v1Addrs(rest, parseIPv6)
	case "UNKNOWN":
		// "The receiver must ignore anything presented before the CRLF."
		h.Local, h.Transport = true, Unspec
	default:
		err = ErrBadProtocol
	}
	if err != nil {
		return Header{}, 0, err
	}
	return h, n, nil
}

// cutLine returns the line at the start of b without its CRLF, and its length
// with it; n is 0 while the CRLF may still come. A CR or LF alone ends the
// line nowhere and is an error.
func cutLine(b []byte) (line []byte, n int, err error) {
	head := b[:min(len(b), MaxV1)]
	i := bytes.IndexAny(head, "\r\n")
	switch {
	case i >= 0 && head[i] == '\n':
		return nil, 0, ErrBadHeader
	case i >= 0 && i+1 < len(head):
		if head[i+1] != '\n' {
			return nil, 0, ErrBadHeader
		}
		return head[:i], i + 2, nil
	case len(head) == MaxV1:
		return nil, 0, ErrBadHeader
	}
	return nil, 0, nil
}

// v1Addrs decodes "SRC DST SPORT DPORT", separated by exactly one space each.
func (h *Header) v1Addrs(s []byte, parseIP func([]byte) (netip.Addr, bool)) error {
	src, s, ok1 := bytes.Cut(s, []byte{' '})
	dst, s, ok2 := bytes.Cut(s, []byte{' '})
	sport, dport, ok3 := bytes.Cut(s, []byte{' '})
	if !ok1 || !ok2 || !ok3 {
		return ErrBadHeader
	}
	sa, ok1 := parseIP(src)
	da, ok2 := parseIP(dst)
	sp, ok3 := parseDecimal(sport, 65535)
	dp, ok4 := parseDecimal(dport, 65535)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return ErrBadHeader
	}
	h.Src = netip.AddrPortFrom(sa, uint16(sp))
	h.Dst = netip.AddrPortFrom(da, uint16(dp))
	return nil
}

// parseDecimal reads all of s as a number of at most limit. "Heading zeroes are
// not permitted", nor are signs, nor an empty string.
func parseDecimal(s []byte, limit int) (int, bool) {
	if len(s) == 0 || len(s) > 5 || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	v := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, v <= limit
}

// parseIPv4 reads exactly four dotted decimal numbers.
func parseIPv4(s []byte) (netip.Addr, bool) {
	var a [4]byte
	for i := range a {
		part, rest, more := bytes.Cut(s, []byte{'.'})
		v, ok := parseDecimal(part, 255)
		if !ok || more != (i < 3) {
			return netip.Addr{}, false
		}
		a[i], s = byte(v), rest
	}
	return netip.AddrFrom4(a), true
}

// parseIPv6 reads an IPv6 address without a zone. The dotted form of embedded
// IPv4 addresses is accepted: senders that mix families write it.
func parseIPv6(s []byte) (netip.Addr, bool) {
	if bytes.IndexByte(s, '%') >= 0 || bytes.IndexByte(s, ':') < 0 {
		return netip.Addr{}, false
	}
	// The string lives only for the call: the address keeps no part of it (no
	// zone), and the error, which would, is dropped.
	a, err := netip.ParseAddr(unsafe.String(unsafe.SliceData(s), len(s)))
	return a, err == nil
}

// AppendV1 appends a version 1 line for a TCP connection from src to dst. If
// only one end is IPv4, it is written in IPv6 form; if one is not set, the
// line is "PROXY UNKNOWN".
func AppendV1(b []byte, src, dst netip.AddrPort) []byte {
	sa, da, ok := sameFamily(src.Addr(), dst.Addr())
	if !ok {
		return append(b, "PROXY UNKNOWN\r\n"...)
	}
	if sa.Is4() {
		b = append(b, "PROXY TCP4 "...)
	} else {
		b = append(b, "PROXY TCP6 "...)
	}
	b = sa.AppendTo(b)
	b = append(b, ' ')
	b = da.AppendTo(b)
	b = append(b, ' ')
	b = strconv.AppendUint(b, uint64(src.Port()), 10)
	b = append(b, ' ')
	b = strconv.AppendUint(b, uint64(dst.Port()), 10)
	return append(b, '\r', '\n')
}

// sameFamily brings two addresses to one family, without zones: IPv4 if both
// are, else IPv6 with IPv4 mapped into it. It fails if one is not set.
func sameFamily(src, dst netip.Addr) (_, _ netip.Addr, ok bool) {
	if !src.IsValid() || !dst.IsValid() {
		return src, dst, false
	}
	if src.Is4() && dst.Is4() {
		return src, dst, true
	}
	return netip.AddrFrom16(src.As16()), netip.AddrFrom16(dst.As16()), true
}
