package lb

import (
	"net/netip"
	"syscall"
)

// Local is the address that the client connected to, read from the socket on
// first use unless a PROXY header has announced it.
func (ss *Session) Local() netip.AddrPort {
	if ss.Flags&DstSet == 0 && ss.Conn.IsOpen() {
		ss.Flags |= DstSet
		ss.Dst = SocketAddr(int(ss.Conn.FD()))
	}
	return ss.Dst
}

// SocketAddr is the local address of a socket, the zero value for one that has
// no Internet address.
func SocketAddr(fd int) netip.AddrPort {
	sa, err := syscall.Getsockname(fd)
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
