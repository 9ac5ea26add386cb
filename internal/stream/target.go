package stream

import (
	"net/netip"
	"syscall"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/pool"
	"segue/internal/wire/proxyproto"
)

// targetOf is where a connection to srv goes.
func targetOf(s *lb.Stream, srv *lb.Server) (pool.Target, bool) {
	t := pool.Target{KeepAlive: s.Back.Options&conf.OptServerKA != 0}
	a := &srv.Conf.Addr
	switch a.Kind {
	case conf.AddrUnix:
		t.Unix = a.Host
		return t, true
	case conf.AddrAbns, conf.AddrAbnsz:
		t.Unix = "@" + a.Host
		return t, true
	}
	p := srv.State.Addr.Load()
	if p == nil {
		return t, false
	}
	t.Addr = *p
	if a.PortSign != 0 || a.Port < 0 || t.Addr.Port() == 0 && a.Port == 0 {
		port := int(Dst(s).Port())
		if a.PortSign != 0 {
			port += int(a.PortSign) * a.Port
		}
		t.Addr = netip.AddrPortFrom(t.Addr.Addr(), uint16(port))
	}
	if t.Addr.Addr().IsUnspecified() {
		// "0.0.0.0": the address that the client asked for
		t.Addr = netip.AddrPortFrom(Dst(s).Addr(), t.Addr.Port())
	}
	source(s, srv, &t)
	return t, true
}

// source applies "source" of the server or the backend.
func source(s *lb.Stream, srv *lb.Server, t *pool.Target) {
	src := srv.Conf.Source
	if src == nil {
		src = s.Back.Conf.Source
	}
	if src == nil {
		return
	}
	t.Source = src.Addr.IP
	t.Device = src.Interface
}

// Dst is the address that the client connected to, read from the socket on
// first use.
func Dst(s *lb.Stream) netip.AddrPort { return SessionDst(s.Session) }

// SessionDst is Dst for a session.
func SessionDst(ss *lb.Session) netip.AddrPort {
	if ss.Flags&lb.DstSet == 0 {
		ss.Flags |= lb.DstSet
		sa, err := syscall.Getsockname(int(ss.Conn.FD()))
		if err == nil {
			switch a := sa.(type) {
			case *syscall.SockaddrInet4:
				ss.Dst = netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
			case *syscall.SockaddrInet6:
				ss.Dst = netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port))
			}
		}
	}
	return ss.Dst
}

// connHash distinguishes connections that may not serve each other's requests.
func connHash(s *lb.Stream, srv *lb.Server) uint64 {
	if srv.Conf.SendProxy == 0 && srv.Conf.Addr.Kind <= conf.AddrHost && !dynamicTarget(srv) {
		return 0
	}
	h := s.Session.ID | 1<<63 // a PROXY header names one client
	if srv.Conf.SendProxy == 0 {
		d := Dst(s)
		h = uint64(d.Port()) + 1
		for _, b := range d.Addr().As16() {
			h = h*1099511628211 ^ uint64(b)
		}
	}
	return h
}

// dynamicTarget says whether the address depends on the client's.
func dynamicTarget(srv *lb.Server) bool {
	p := srv.State.Addr.Load()
	return srv.Conf.Addr.PortSign != 0 || p == nil || p.Addr().IsUnspecified()
}

// appendProxy appends the PROXY header of a new connection. Manual 5.2
// "send-proxy".
func appendProxy(out []byte, s *lb.Stream) []byte {
	version := s.Server.Conf.SendProxy
	if version == 0 {
		return out
	}
	return ProxyHeader(out, s, version)
}

// ProxyHeader appends a PROXY header of the version that names the client.
func ProxyHeader(out []byte, s *lb.Stream, version uint8) []byte {
	src, dst := s.Session.Src, Dst(s)
	if version == 1 {
		return proxyproto.AppendV1(out, src, dst)
	}
	return appendV2(out, s, src, dst)
}

// killedBy is the first letter of the termination state of a canceled stream.
func killedBy(s *lb.Stream) byte {
	if k := s.Session.KillReason; k != 0 {
		return k
	}
	return 'K'
}
