package pattern

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
)

// span is a range of integers, both ends included.
type span struct{ lo, hi int64 }

func (s span) has(n int64) bool { return s.lo <= n && n <= s.hi }

// parseSpan reads "5", "1:10", "5:", ":10"; '-' separates like ':', so a
// negative number can only stand behind a separator. Manual 7.1.2.
func parseSpan(text string) (span, error) {
	return parseRange(text, decimal, "number")
}

// parseDotted reads versions and ranges of them: "3", "3.1", "3:3.2", ":3.2".
func parseDotted(text string) (span, error) {
	return parseRange(text, version, "dotted number")
}

// parseRange reads one number or two around a separator. what is the number's
// name in messages.
func parseRange(text string, number func(string) (int64, bool), what string) (span, error) {
	s := span{math.MinInt64, math.MaxInt64}
	bad := func() (span, error) { return s, fmt.Errorf("'%s' is not a valid %s range", text, what) }
	if text == "" {
		return bad()
	}
	at := strings.IndexAny(text, ":-")
	if at < 0 {
		n, ok := number(text)
		if !ok {
			return s, fmt.Errorf("'%s' is not a %s", text, what)
		}
		return span{n, n}, nil
	}
	left, right := text[:at], text[at+1:]
	if left == "" && right == "" {
		return bad()
	}
	var ok bool
	if left != "" {
		if s.lo, ok = number(left); !ok {
			return bad()
		}
	}
	if right != "" {
		if s.hi, ok = number(right); !ok {
			return bad()
		}
	}
	if s.lo > s.hi {
		return bad()
	}
	return s, nil
}

// decimal reads an integer; a plus sign is no part of one.
func decimal(s string) (int64, bool) {
	if s == "" || s[0] == '+' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// version reads "3" or "3.1"; each number has 16 bits, and 3 is 3.0.
func version(s string) (int64, bool) {
	left, right, dotted := strings.Cut(s, ".")
	major, err := strconv.ParseUint(left, 10, 16)
	if err != nil {
		return 0, false
	}
	if !dotted {
		return int64(major) << 16, true
	}
	minor, err := strconv.ParseUint(right, 10, 16)
	return int64(major<<16 | minor), err == nil
}

// Compare rewrites a pattern behind an operator as the range that it stands
// for: "gt 5" is "6:". A pattern that is a range already stays as it is, as do
// all patterns behind Eq. Flags decide how numbers are read: where they are not
// dotted, what follows a dot is not looked at, so that "gt 5.5" is "gt 5".
func (o Operator) Compare(text string, flags Flags) (string, error) {
	parse, number := parseSpan, text
	if flags&DottedInt != 0 {
		parse = parseDotted
	} else if o != Eq && !strings.ContainsAny(text, ":-") {
		number, _, _ = strings.Cut(text, ".")
	}
	s, err := parse(number)
	if err != nil || o == Eq || strings.ContainsAny(text, ":-") {
		return text, err
	}
	n := s.lo
	show := func(n int64) string {
		if flags&DottedInt != 0 && n >= 0 {
			return strconv.FormatInt(n>>16, 10) + "." + strconv.FormatInt(n&0xffff, 10)
		}
		return strconv.FormatInt(n, 10)
	}
	switch o {
	case Ge:
		return show(n) + ":", nil
	case Gt:
		if n == math.MaxInt64 {
			return text, fmt.Errorf("nothing is greater than '%s'", text)
		}
		return show(n+1) + ":", nil
	case Lt:
		n--
	}
	return ":" + show(n), nil
}

// parseHex reads a block of bytes. Manual 7.1.5.
func parseHex(text string) (string, error) {
	for i := 0; i < len(text); i++ {
		if _, err := strconv.ParseUint(text[i:i+1], 16, 8); err != nil {
			return "", fmt.Errorf("an hex digit is expected (found '%c')", text[i])
		}
	}
	b, err := hex.DecodeString(text)
	if err != nil {
		return "", fmt.Errorf("an even number of hex digit is expected")
	}
	return string(b), nil
}

// netmask is an IPv4 network whose mask has holes, which no prefix expresses.
type netmask struct{ addr, mask uint32 }

// network is a parsed IP pattern: a prefix, or holes if the mask has any.
type network struct {
	prefix netip.Prefix
	holes  netmask
	holed  bool
}

// parseNetwork reads an address, with or without a mask. lookup resolves host
// names while a configuration is loaded; without it, names and abbreviated
// addresses are refused. Manual 7.1.6.
func parseNetwork(text string, lookup func(string) (netip.Addr, error)) (network, error) {
	bad := fmt.Errorf("'%s' is not a valid IPv4 or IPv6 address", text)
	host, mask, masked := strings.Cut(text, "/")
	addr, ok := parseAddrText(host)
	if !ok && lookup != nil {
		addr, ok = parseShort(host)
		if !ok && host != "" {
			found, err := lookup(host)
			addr, ok = found, err == nil && found.Is4()
		}
	}
	if !ok {
		return network{}, bad
	}
	size := addr.BitLen()
	if masked {
		if m, isAddr := parseAddrText(mask); isAddr && m.Is4() && addr.Is4() {
			return maskedNetwork(addr, v4bits(m)), nil
		}
		n, err := strconv.Atoi(mask)
		if err != nil || n < 0 || n > size {
			return network{}, bad
		}
		size = n
	}
	return network{prefix: netip.PrefixFrom(addr, size).Masked()}, nil
}

// maskedNetwork turns a dotted mask into a prefix if its bits are contiguous.
func maskedNetwork(addr netip.Addr, mask uint32) network {
	if n := bits.LeadingZeros32(^mask); mask == ^uint32(0)<<(32-n) {
		return network{prefix: netip.PrefixFrom(addr, n).Masked()}
	}
	return network{holes: netmask{v4bits(addr) & mask, mask}, holed: true}
}

// parseAddrText reads an address without port, zone or mask.
func parseAddrText(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	return a, err == nil && a.Zone() == ""
}

// parseShort reads an IPv4 address of one to four numbers, the last of which
// fills all bytes that are left: "10.12" is 10.0.0.12. A leading 0 or 0x makes
// a number octal or hexadecimal.
func parseShort(s string) (netip.Addr, bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 || strings.Contains(s, "_") {
		return netip.Addr{}, false
	}
	var sum uint64
	for i, p := range parts {
		width := 8
		if i == len(parts)-1 {
			width = 8 * (5 - len(parts))
		}
		n, err := strconv.ParseUint(p, 0, width)
		if err != nil {
			return netip.Addr{}, false
		}
		sum = sum<<width | n
	}
	return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}), true
}

func v4bits(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}
