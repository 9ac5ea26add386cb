package listen

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"segue/internal/sockopt"
)

// Family is the kind of address, spelled like the prefix of an address in the
// configuration (manual, chapter 11).
type Family string

// The families.
const (
	IPv4     Family = "ipv4"
	IPv6     Family = "ipv6"
	UDP4     Family = "udp4"
	UDP6     Family = "udp6"
	MPTCP4   Family = "mptcp4"
	MPTCP6   Family = "mptcp6"
	Unix     Family = "unix"
	Abns     Family = "abns"  // abstract, padded with zeros to the full length
	AbnsZ    Family = "abnsz" // abstract, as long as its name
	FD       Family = "fd"    // inherited descriptor, bound by somebody else
	SockPair Family = "sockpair"
)

// MaxAbstract and MaxUnix are the longest names that a configuration may use,
// in bytes: sun_path has 108, a unix name needs room for ".PID.tmp".
const (
	MaxAbstract = 107
	MaxUnix     = 97
)

// Spec is a listening socket as a bind line describes it. The zero value of a
// field means "not given".
type Spec struct {
	Family    Family     `json:"family"`
	Addr      netip.Addr `json:"addr,omitzero"`
	Port      uint16     `json:"port,omitempty"`
	Path      string     `json:"path,omitempty"` // unix: file name; abstract: without the leading zero
	FD        int        `json:"fd,omitempty"`   // fd@, sockpair@
	Interface string     `json:"interface,omitempty"`
	Namespace string     `json:"namespace,omitempty"` // name below /var/run/netns

	Transparent bool          `json:"transparent,omitempty"`
	V6Only      bool          `json:"v6only,omitempty"`
	V4V6        bool          `json:"v4v6,omitempty"` // overridden by V6Only
	MSS         int           `json:"mss,omitempty"`  // bytes; negative: relative to the path's
	TFO         int           `json:"tfo,omitempty"`  // length of the fast-open queue; 0: off
	DeferAccept bool          `json:"deferAccept,omitempty"`
	LazyAck     bool          `json:"lazyAck,omitempty"`     // the first data is acknowledged with its answer
	UserTimeout time.Duration `json:"userTimeout,omitempty"` // tcp-ut
	Congestion  string        `json:"cc,omitempty"`
	Backlog     int           `json:"backlog,omitempty"`
	NoReusePort bool          `json:"noReusePort,omitempty"`
	SaveSYN     int           `json:"saveSYN,omitempty"`  // tcp-ss: 1 from the IP header on, 2 from the link's
	Password    string        `json:"password,omitempty"` // tcp-md5sig

	// Tuning is inherited by the connections.
	Tuning sockopt.Tuning `json:"tuning,omitzero"`

	// Owner and Mode are for unix sockets. HasUID and HasGID say whether the
	// number counts; Mode 0 leaves what the umask gives.
	UID    int    `json:"uid,omitempty"`
	HasUID bool   `json:"hasUID,omitempty"`
	GID    int    `json:"gid,omitempty"`
	HasGID bool   `json:"hasGID,omitempty"`
	Mode   uint32 `json:"mode,omitempty"`

	// File, Line and Owner only serve messages: "lb.cfg", 9, "frontend f".
	File  string `json:"file,omitempty"`
	Line  int    `json:"line,omitempty"`
	Owner string `json:"owner,omitempty"`
}

// Address is the address as HAProxy writes it in messages.
func (s *Spec) Address() string {
	switch s.Family {
	case Unix:
		return s.Path
	case Abns, AbnsZ:
		return string(s.Family) + "@" + s.Path
	case FD, SockPair:
		return string(s.Family) + "@" + strconv.Itoa(s.FD)
	}
	return s.Addr.String() + ":" + strconv.Itoa(int(s.Port))
}

// Protocol is the name of the protocol in HAProxy's messages.
func (s *Spec) Protocol() string {
	switch s.Family {
	case IPv4, FD:
		return "tcpv4"
	case IPv6:
		return "tcpv6"
	case UDP4:
		return "udp4"
	case UDP6:
		return "udp6"
	case MPTCP4:
		return "mptcpv4"
	case MPTCP6:
		return "mptcpv6"
	case SockPair:
		return "sockpair"
	}
	if s.Family == Unix {
		return "unix_stream"
	}
	return string(s.Family) + "_stream"
}

func (s *Spec) isUnix() bool { return s.Family == Unix || s.Family == Abns || s.Family == AbnsZ }
func (s *Spec) isUDP() bool  { return s.Family == UDP4 || s.Family == UDP6 }
func (s *Spec) isInet() bool { return s.Addr.IsValid() }
func (s *Spec) isTCP() bool {
	return strings.HasPrefix(string(s.Family), "ip") || strings.HasPrefix(string(s.Family), "mptcp")
}
func (s *Spec) isV6() bool { return strings.HasSuffix(string(s.Family), "6") }
