package link

import (
	"net/netip"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/process/listen"
)

// Key is a bind's identity among the listeners of a process.
func Key(b *lb.Bind) string {
	s := Spec(b)
	return s.Identity().String()
}

// lazyAck reports whether the first data of a connection is acknowledged with
// its answer alone. Manual 4.2 "option tcp-smart-accept".
func lazyAck(b *lb.Bind) bool {
	p := b.Proxy.Conf
	return p.Options&conf.OptSmartAccept != 0 || p.Mode != conf.TCP && p.NoOptions&conf.OptSmartAccept == 0
}

// Spec is the listening socket that a bind line asks for.
func Spec(b *lb.Bind) listen.Spec {
	c := b.Conf
	s := listen.Spec{
		Interface: c.Interface, Namespace: c.Namespace, Transparent: c.Transparent, V6Only: c.V6Only, V4V6: c.V4V6,
		MSS: c.MSS, DeferAccept: c.DeferAccept, UserTimeout: c.TCPUserTimeout, Congestion: c.CC, Backlog: c.Backlog,
		UID: c.Unix.UID, GID: c.Unix.GID, Mode: c.Unix.Mode, File: c.Line.File, Line: c.Line.Num,
		HasUID: c.Unix.UIDSet, HasGID: c.Unix.GIDSet,
		SaveSYN: int(c.SaveSYN), Password: c.MD5, Tuning: b.Proxy.ToClients,
		Owner: b.Proxy.Conf.Kind + " " + b.Proxy.Name, LazyAck: lazyAck(b),
	}
	if c.TFO {
		s.TFO = 1024
	}
	if s.Backlog == 0 {
		s.Backlog = b.Proxy.Conf.Backlog
	}
	if s.Backlog == 0 {
		s.Backlog = int(b.Proxy.MaxConn)
	}
	a := &c.Addr
	switch a.Kind {
	case conf.AddrUnix:
		s.Family, s.Path = listen.Unix, a.Host
	case conf.AddrAbns:
		s.Family, s.Path = listen.Abns, a.Host
	case conf.AddrAbnsz:
		s.Family, s.Path = listen.AbnsZ, a.Host
	case conf.AddrFD:
		s.Family, s.FD = listen.FD, a.FD
	case conf.AddrSockpair:
		s.Family, s.FD = listen.SockPair, a.FD
	default:
		s.Port = uint16(max(a.Port, 0))
		s.Family, s.Addr = listen.IPv4, a.IP
		if a.V6 || a.IP.Is6() {
			s.Family = listen.IPv6
		}
		if a.Dgram {
			s.Family = map[listen.Family]listen.Family{listen.IPv4: listen.UDP4, listen.IPv6: listen.UDP6}[s.Family]
		}
		if !s.Addr.IsValid() {
			s.Addr = netip.IPv4Unspecified()
			if a.V6 {
				s.Addr = netip.IPv6Unspecified()
			}
		}
	}
	return s
}
