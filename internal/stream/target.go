package stream

import (
	"net/netip"

	"segue/internal/conf"
	"segue/internal/hash"
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
	case conf.AddrAbns:
		t.Unix = "@" + a.Host
		return t, true
	case conf.AddrAbnsz:
		t.Unix = "\x00" + a.Host
		return t, true
	}
	p := srv.State.Addr.Load()
	if p == nil {
		return t, false
	}
	t.Addr = *p
	if a.PortSign != 0 || a.Port < 0 || t.Addr.Port() == 0 && a.Port == 0 {
		port := int(s.Local().Port())
		if a.PortSign != 0 {
			port += int(a.PortSign) * a.Port
		}
		t.Addr = netip.AddrPortFrom(t.Addr.Addr(), uint16(port))
	}
	if t.Addr.Addr().IsUnspecified() {
		// "0.0.0.0": the address that the client asked for
		t.Addr = netip.AddrPortFrom(s.Local().Addr(), t.Addr.Port())
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

// connHash distinguishes connections that may not serve each other's requests:
// by the name that pool-conn-name gives, the PROXY header, and the address where
// it depends on the client. 0 = nothing does.
func connHash(s *lb.Stream, srv *lb.Server) uint64 {
	header, dynamic := srv.Conf.SendProxy != 0, srv.Conf.Addr.Kind <= conf.AddrHost && dynamicTarget(srv)
	if !header && !dynamic && srv.PoolName == nil {
		return 0
	}
	b := s.Thread.Out[:0]
	if srv.PoolName != nil {
		b = srv.PoolName.AppendTo(b, s)
		b = append(b, 0)
	}
	if header {
		b = appendProxy(b, s)
	}
	if dynamic {
		d := s.Local()
		ip := d.Addr().As16()
		b = append(b, ip[:]...)
		b = append(b, byte(d.Port()>>8), byte(d.Port()))
	}
	s.Thread.Out = b[:0]
	return hash.XXH64(b, 0) | 1
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
	src, dst := s.Client(), s.Local()
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
