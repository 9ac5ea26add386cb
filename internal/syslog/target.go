package syslog

import (
	"net/netip"
	"strconv"
	"strings"
)

// Kind says how a target is reached.
type Kind uint8

// Kinds of targets.
const (
	UDP    Kind = iota // datagrams to Target.Addr
	Unix               // datagrams to the socket at Target.Path
	FD                 // the process's file descriptor Target.FD
	Moving             // datagrams to the address that Writer.Pass gets
)

// Target is where a Sink's lines go.
type Target struct {
	Kind Kind
	Addr netip.AddrPort
	Path string // an abstract socket's name starts with a zero byte
	FD   int
}

// Port is used for UDP targets that name none.
const Port = 514

// Stdout and Stderr are the targets of these words.
func Stdout() Target { return Target{Kind: FD, FD: 1} }

// Stderr is the target of the word "stderr".
func Stderr() Target { return Target{Kind: FD, FD: 2} }

// ParseTarget reads a target that needs no name resolution: "stdout",
// "stderr", "fd@3", "/dev/log", "unix@/dev/log", "abns@name", "abnsz@name",
// "10.0.0.1", "10.0.0.1:514", "::1:514", "[::1]:514", with "udp@", "udp4@", "udp6@",
// "ipv4@" or "ipv6@" before an address. Everything else, such as host names,
// rings and stream targets, is refused and left to the caller.
func ParseTarget(word string) (Target, bool) {
	switch word {
	case "stdout":
		return Stdout(), true
	case "stderr":
		return Stderr(), true
	}
	if strings.HasPrefix(word, "/") {
		return Target{Kind: Unix, Path: word}, true
	}
	prefix, rest, found := strings.Cut(word, "@")
	if !found {
		return parseUDP(word, 0)
	}
	switch prefix {
	case "fd":
		n, err := strconv.Atoi(rest)
		return Target{Kind: FD, FD: n}, err == nil && n >= 0 && rest[0] != '+'
	case "unix", "uxdg":
		return Target{Kind: Unix, Path: rest}, rest != ""
	case "abns":
		return Target{Kind: Unix, Path: abstract(rest)}, rest != ""
	case "udp":
		return parseUDP(rest, 0)
	case "abnsz":
		return Target{Kind: Unix, Path: "\x00" + rest}, rest != ""
	case "ipv4", "udp4":
		return parseUDP(rest, 4)
	case "ipv6", "udp6":
		return parseUDP(rest, 6)
	}
	return Target{}, false
}

// abstract pads a name with zero bytes to the whole of a socket address, as
// HAProxy's "abns@" does, so that both reach each other.
func abstract(name string) string {
	if len(name) > maxPath-1 {
		return "\x00" + name[:maxPath-1]
	}
	return "\x00" + name + strings.Repeat("\x00", maxPath-1-len(name))
}

// parseUDP reads a literal address of a family (4, 6, 0 for any) and maybe a
// port. The last colon starts the port if what is before it is an address;
// an IPv6 address without brackets therefore needs that colon (manual 4.2).
func parseUDP(s string, family int) (Target, bool) {
	host, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		host, port = s[:i], s[i+1:]
	}
	if h, ok := strings.CutPrefix(host, "["); ok {
		host, ok = strings.CutSuffix(h, "]")
		if !ok {
			return Target{}, false
		}
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || family == 4 && !addr.Is4() || family == 6 && addr.Is4() {
		return Target{}, false
	}
	p := uint64(Port)
	if port != "" {
		if p, err = strconv.ParseUint(port, 10, 16); err != nil {
			return Target{}, false
		}
		if p == 0 {
			p = Port
		}
	}
	return Target{Kind: UDP, Addr: netip.AddrPortFrom(addr, uint16(p))}, true
}
