package stream

import (
	"net/netip"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/pool"
	"segue/internal/wire/proxyproto"
)

// targetOf is where a connection to srv goes.
func targetOf(s *lb.Stream, srv *lb.Server) (pool.Target, bool) {
	w := srv.Conf.ServerWords
	t := pool.Target{Tuning: s.Back.ToServers, Namespace: srv.Namespace,
		Congest: w.CC, MD5: w.MD5, UserTime: int(w.TCPUserTimeout / 1e6)}
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
	if shift, ok := srv.MapsPort(); ok {
		t.Addr = netip.AddrPortFrom(t.Addr.Addr(), s.Local().Port()+shift)
	}
	if t.Addr.Addr().IsUnspecified() {
		// "0.0.0.0": the address that the client asked for
		t.Addr = netip.AddrPortFrom(s.Local().Addr(), t.Addr.Port())
	}
	// A server that speaks first would wait for a SYN that has data.
	talks := s.Flags&lb.IsTCP == 0 || len(s.Input) > 0 || w.SendProxy != 0
	t.FastOpen = w.TFO && talks
	t.LazyAck = s.Back.Options&conf.OptSmartConnect != 0 && talks
	if src := srv.Source; src != nil {
		t.Source, t.Foreign = sourceOf(s, src)
		t.Ports, t.Device = src.Ports, src.Conf.Interface
	}
	return t, true
}

// sourceOf is the address that a connection of the stream comes from, and
// whether it may be one of another system. Manual 4.2 "source".
func sourceOf(s *lb.Stream, src *lb.Source) (from netip.AddrPort, foreign bool) {
	c := src.Conf
	switch c.UseSrc {
	case conf.UseSrcClient:
		return s.Client(), true
	case conf.UseSrcClientIP:
		return netip.AddrPortFrom(s.Client().Addr(), 0), true
	case conf.UseSrcAddr:
		return netip.AddrPortFrom(c.Foreign.IP, uint16(max(c.Foreign.Port, 0))), true
	case conf.UseSrcHdr:
		if src.Hdr == nil {
			break
		}
		text := src.Hdr.AppendTo(s.Thread.Line[:0], s)
		s.Thread.Line = text[:0]
		ip, err := netip.ParseAddr(string(text))
		if err != nil {
			return netip.AddrPort{}, false // no such field: nothing is bound
		}
		return netip.AddrPortFrom(ip, 0), true
	}
	if c.Addr.IP.IsUnspecified() && c.Addr.Port <= 0 {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(c.Addr.IP, uint16(max(c.Addr.Port, 0))), false
}

// connHash distinguishes connections that may not serve each other's requests:
// by the name that pool-conn-name gives, the PROXY header, and the addresses of
// either end that depend on the client. 0 = nothing does.
func connHash(s *lb.Stream, srv *lb.Server) uint64 {
	header, dynamic := srv.Conf.SendProxy != 0, srv.Conf.Addr.Kind <= conf.AddrHost && dynamicTarget(srv)
	from := srv.Source != nil && srv.Source.Conf.UseSrc != conf.UseSrcNone
	if !header && !dynamic && !from && srv.PoolName == nil {
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
		b = appendEnd(b, s.Local())
	}
	if from {
		own, _ := sourceOf(s, srv.Source)
		b = appendEnd(b, own)
	}
	s.Thread.Out = b[:0]
	return pool.NameHash(b)
}

func appendEnd(b []byte, a netip.AddrPort) []byte {
	if a.IsValid() {
		ip := a.Addr().As16()
		b = append(b, ip[:]...)
	}
	return append(b, byte(a.Port()>>8), byte(a.Port()))
}

// dynamicTarget says whether the address depends on the client's.
func dynamicTarget(srv *lb.Server) bool {
	p := srv.State.Addr.Load()
	_, mapped := srv.MapsPort()
	return mapped || p == nil || p.Addr().IsUnspecified()
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

// killed says that somebody ended the stream: the runtime API, a server that
// changed its state, the end of the process. Nothing is answered any more.
func killed(s *lb.Stream) bool { return s.Session.KillReason != 0 }

// killedBy is the first letter of the termination state of a canceled stream.
func killedBy(s *lb.Stream) byte {
	if k := s.Session.KillReason; k != 0 {
		return k
	}
	return 'K'
}

// logKilled makes the log line of a killed stream that of HAProxy 3.4: 500 and C
// wherever it was, without the time of a step that it did not finish.
func logKilled(s *lb.Stream) {
	s.Term[0], s.Term[1] = killedBy(s), 'C'
	if s.Flags&lb.IsTCP == 0 {
		s.Status = 500
	}
	if s.Server == nil {
		s.Queued = -1
	}
	if s.Flags&lb.Tarpitted != 0 {
		s.HeadDone = -1
	}
}
