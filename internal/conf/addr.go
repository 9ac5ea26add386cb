package conf

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// ParseAddr reads one address word: "127.0.0.1:80", "[::1]:8080-8090", ":443",
// "*:80", "unix@/run/s.sock", "/run/s.sock", "abns@name", "fd@3",
// "sockpair@4", "rhttp@backend/server", "host.example:80", with the prefixes
// of the manual's chapter 4.2 "bind" and 5.2 in front. An address that is
// neither numeric nor empty is left as a host name.
//
// Ports are checked for their range but not for being there: Port is -1
// without one. The caller knows what its place needs.
func ParseAddr(s string) (Addr, error) {
	a := Addr{Text: s, Port: -1, PortHigh: -1}
	rest := ExpandEnv(s)
	if rest == "" && s != "" {
		return a, fmt.Errorf("'%s' resolves to an empty address (environment variable missing?)", s)
	}
	if rest != s {
		a.Text = rest
	}
	switch {
	case strings.HasPrefix(rest, "stream+"):
		a.Stream, rest = true, rest[len("stream+"):]
	case strings.HasPrefix(rest, "dgram+"):
		a.Dgram, rest = true, rest[len("dgram+"):]
	case strings.HasPrefix(rest, "quic+"):
		a.QUIC, a.Dgram, rest = true, true, rest[len("quic+"):]
	}
	family, tail, found := strings.Cut(rest, "@")
	if !found || strings.ContainsAny(family, "/:.[") {
		if strings.HasPrefix(rest, "/") {
			a.Kind, a.Host = AddrUnix, rest
			return a.checkPath()
		}
		return a.parseInet(rest, 0)
	}
	switch family {
	case "unix", "uxst", "uxdg":
		a.Kind, a.Host = AddrUnix, tail
		a.setTransport(family == "uxst", family == "uxdg")
		return a.checkPath()
	case "abns":
		a.Kind, a.Host = AddrAbns, tail
		return a.checkPath()
	case "abnsz":
		a.Kind, a.Host = AddrAbnsz, tail
		return a.checkPath()
	case "fd":
		a.Kind = AddrFD
		return a.parseFD(tail)
	case "sockpair":
		a.Kind = AddrSockpair
		return a.parseFD(tail)
	case "rhttp":
		a.Kind, a.Host = AddrRHTTP, tail
		return a, nil
	}
	bits, ok := a.inetFamily(family)
	if !ok {
		return a.parseInet(rest, 0)
	}
	return a.parseInet(tail, bits)
}

// What a socket's address has room for: 108 bytes with their end; a path is bound
// under a temporary name first, which is ten bytes longer.
const (
	maxAbstract = 107
	maxPath     = maxAbstract - 10
)

// checkPath refuses a name that no unix socket can have.
func (a Addr) checkPath() (Addr, error) {
	most := maxPath
	if a.Kind != AddrUnix {
		most = maxAbstract
	}
	if len(a.Host) > most {
		return a, fmt.Errorf("socket path '%s' too long (max %d)", a.Text, most)
	}
	return a, nil
}

// inetFamily notes what an Internet family word says and returns the address
// width that it asks for, 0 for either.
func (a *Addr) inetFamily(word string) (bits int, ok bool) {
	base := strings.TrimRight(word, "46")
	version := word[len(base):]
	switch base {
	case "ip":
		return 0, version == ""
	case "ipv", "quic":
		if version == "" {
			return 0, false
		}
		a.QUIC = a.QUIC || base == "quic"
		a.Dgram = a.Dgram || base == "quic"
	case "tcp", "mptcp":
		a.setTransport(true, false)
		a.MPTCP = base == "mptcp"
	case "udp":
		a.setTransport(false, true)
	default:
		return 0, false
	}
	switch version {
	case "":
		return 0, true
	case "4":
		return 32, true
	case "6":
		return 128, true
	}
	return 0, false
}

// setTransport: a family that has but one transport wins over the word before
// it; others leave it as it is.
func (a *Addr) setTransport(stream, dgram bool) {
	if stream || dgram {
		a.Stream, a.Dgram, a.QUIC = stream, dgram, false
	}
}

func (a Addr) parseFD(s string) (Addr, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return a, fmt.Errorf("file descriptor '%s' is not a valid integer in '%s'", s, a.Text)
	}
	a.FD = n
	return a, nil
}

// parseInet reads "host[:port[-port]]". The last colon begins the port, so an
// IPv6 address without a port must stand in brackets or end in a colon.
func (a Addr) parseInet(s string, bits int) (Addr, error) {
	host, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
		host, port = s[:i], s[i+1:]
	}
	if err := a.parsePorts(port); err != nil {
		return a, err
	}
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		if ip, err := ParseIP(host[1 : len(host)-1]); err == nil && ip.Zone() == "" { // else the brackets are part of a name
			host = host[1 : len(host)-1]
		}
	}
	a.Kind = AddrIP
	switch host {
	case "", "*":
		a.V6 = bits == 128
		return a, nil
	}
	ip, err := ParseIP(host)
	if ip.Zone() != "" {
		err = errZone
	}
	switch {
	case err != nil:
		a.Kind, a.Host, a.V6 = AddrHost, host, bits == 128
	case bits != 0 && ip.BitLen() != bits:
		return a, fmt.Errorf("invalid address: '%s' in '%s'", host, a.Text)
	default:
		a.IP, a.V6 = ip, ip.Is6()
	}
	return a, nil
}

// ParseIP reads a numeric address, in the forms of inet_aton(3) as well: "2" is
// 0.0.0.2, "127.1" is 127.0.0.1, and numbers may be octal or hexadecimal.
func ParseIP(s string) (netip.Addr, error) {
	ip, err := netip.ParseAddr(s)
	if err == nil || s == "" || s[0] < '0' || s[0] > '9' {
		return ip, err
	}
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return ip, err
	}
	var sum uint64
	for i, part := range parts {
		width := 8
		if i == len(parts)-1 { // it fills what the others leave
			width = 32 - 8*i
		}
		n, e := strconv.ParseUint(part, 0, width)
		if e != nil || strings.Contains(part, "_") || len(part) > 1 && strings.IndexByte("bBoO", part[1]) >= 0 {
			return ip, err
		}
		sum = sum<<width | n
	}
	return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}), nil
}

var (
	errPort = errors.New("port")
	errZone = errors.New("zone") // HAProxy takes no "%lo" behind an address
)

// parsePorts reads "80", "80-89", "+10", "-10" or nothing.
func (a *Addr) parsePorts(s string) error {
	if s == "" {
		return nil
	}
	if s[0] == '+' || s[0] == '-' {
		n, err := portNumber(s[1:])
		if err != nil {
			return fmt.Errorf("invalid character '%s' in port number '%s' in '%s'", badChar(s[1:]), cmp.Or(s[1:], s), a.Text)
		}
		a.PortSign, a.Port, a.PortHigh = int8(44-int(s[0])), n, n
		return nil
	}
	low, high, isRange := strings.Cut(s, "-")
	n, err := portNumber(low)
	if err != nil {
		return fmt.Errorf("invalid character '%s' in port number '%s' in '%s'", badChar(low), s, a.Text)
	}
	m := n
	if isRange && high == "" {
		m = 0
	} else if isRange {
		if m, err = portNumber(high); err != nil {
			return fmt.Errorf("invalid character '%s' in port number '%s' in '%s'", badChar(high), s, a.Text)
		}
	}
	a.Port, a.PortHigh = n, m
	return nil
}

func portNumber(s string) (int, error) {
	if s == "" || len(s) > 9 {
		return 0, errPort
	}
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, errPort
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, nil
}

// badChar is the first character of s that is no digit.
func badChar(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return s[i : i+1]
		}
	}
	return ""
}

// SplitAddrs cuts the list of addresses of a bind line at its commas.
func SplitAddrs(s string) []string { return strings.Split(s, ",") }

// ExpandEnv replaces ${NAME} in an address by the environment's value, nothing
// for an unset one: addresses are expanded outside quotes, too (manual 4.2
// "bind" and 5.2 allow environment variables in them).
func ExpandEnv(s string) string {
	if !strings.Contains(s, "${") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "${")
		j := strings.IndexByte(s[max(i, 0):], '}')
		if i < 0 || j < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		b.WriteString(os.Getenv(s[i+2 : i+j]))
		s = s[i+j+1:]
	}
}
