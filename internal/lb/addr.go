package lb

import (
	"net/netip"
	"syscall"
)

// Addresses of the client's connection have three levels, manual 7.3.3 "src":
// the connection's own, which "tcp-request connection" may change (fc_src,
// fc_dst); the session's, which a PROXY header or "tcp-request session" may
// change; and the stream's, which the rules of contents may change. Each level
// has what the one before it has until something changes it.

// Local is the session's destination, read from the socket on first use.
func (ss *Session) Local() netip.AddrPort {
	if ss.Flags&DstSet == 0 && (ss.Conn.IsOpen() || ss.ConnDst != nil) {
		ss.Flags |= DstSet
		ss.Dst = ss.ConnLocal()
	}
	return ss.Dst
}

// ConnLocal is the connection's own destination.
func (ss *Session) ConnLocal() netip.AddrPort {
	switch {
	case ss.ConnDst != nil:
		return *ss.ConnDst
	case ss.Conn.IsOpen():
		return SocketAddr(int(ss.Conn.FD()))
	}
	return netip.AddrPort{}
}

// Client is the stream's source: what logs, rules and servers see.
func (s *Stream) Client() netip.AddrPort {
	if s.Src.IsValid() || s.Session == nil {
		return s.Src
	}
	return s.Session.Src
}

// Local is the stream's destination.
func (s *Stream) Local() netip.AddrPort {
	if s.Dst.IsValid() || s.Session == nil {
		return s.Dst
	}
	return s.Session.Local()
}

// SocketAddr is the local address of a socket, the zero value for one that has
// no Internet address.
func SocketAddr(fd int) netip.AddrPort { return addrOf(syscall.Getsockname(fd)) }

// PeerAddr is SocketAddr of a connected socket's other end.
func PeerAddr(fd int) netip.AddrPort { return addrOf(syscall.Getpeername(fd)) }

func addrOf(sa syscall.Sockaddr, err error) netip.AddrPort {
	if err != nil {
		return netip.AddrPort{}
	}
	switch a := sa.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *syscall.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port))
	}
	return netip.AddrPort{}
}
