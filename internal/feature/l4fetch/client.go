package l4fetch

import (
	"net"
	"net/netip"

	"segue/internal/lb"
	"segue/internal/sample"
)

// clientRows are the fetches of the client's connection.
func clientRows() []sample.Fetch {
	use := sample.UseClient4
	addr := func(name string, eval evalFunc, text string) sample.Fetch {
		return sample.Fetch{Doc: doc(name, layer4, text), Out: sample.Addr, Use: use, Eval: eval}
	}
	port := func(name string, eval evalFunc, text string) sample.Fetch {
		return sample.Fetch{Doc: doc(name, layer4, text), Out: sample.Int, Use: use, Eval: eval}
	}
	local := func(name string, eval evalFunc, text string) sample.Fetch {
		return sample.Fetch{Doc: doc(name, layer4, text), Out: sample.Bool, Use: use, Eval: eval}
	}
	return []sample.Fetch{
		addr("dst", addrOf((*lb.Stream).Local), "The address that the client connected to."),
		local("dst_is_local", isLocal((*lb.Stream).Local), "True when dst is an address of this system."),
		port("dst_port", portOf((*lb.Stream).Local), "The port that the client connected to."),
		addr("fc_dst", addrOf(connDst), "The destination of the client's connection."),
		local("fc_dst_is_local", isLocal(connDst), "True when fc_dst is an address of this system."),
		port("fc_dst_port", portOf(connDst), "The destination port of the client's connection."),
		port("fc_http_major", integer(func(*lb.Stream) int64 { return 1 }), "The major version of HTTP towards the client."),
		port("fc_nb_streams", integer(func(*lb.Stream) int64 { return 1 }), "The number of streams on the client's connection."),
		addr("fc_src", addrOf(connSrc), "The source of the client's connection."),
		local("fc_src_is_local", isLocal(connSrc), "True when fc_src is an address of this system."),
		port("fc_src_port", portOf(connSrc), "The source port of the client's connection."),
		addr("src", addrOf((*lb.Stream).Client), "The client's address."),
		local("src_is_local", isLocal((*lb.Stream).Client), "True when src is an address of this system."),
		port("src_port", portOf((*lb.Stream).Client), "The client's port."),
	}
}

// connSrc and connDst are the connection's own ends, which no PROXY header
// changes.
func connSrc(s *lb.Stream) netip.AddrPort {
	if s.Session == nil {
		return netip.AddrPort{}
	}
	return s.Session.Peer
}

func connDst(s *lb.Stream) netip.AddrPort {
	if s.Session == nil {
		return netip.AddrPort{}
	}
	return s.Session.ConnLocal()
}

// addrOf has no value for connections that have no Internet address. An IPv4
// client of an IPv6 listener has an IPv6 address (::ffff:192.0.2.1).
func addrOf(end func(*lb.Stream) netip.AddrPort) evalFunc {
	return func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
		a := end(s).Addr()
		if !a.IsValid() {
			return false
		}
		v.SetAddr(a.WithZone(""))
		return true
	}
}

func portOf(end func(*lb.Stream) netip.AddrPort) evalFunc {
	return func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
		a := end(s)
		if !a.IsValid() {
			return false
		}
		v.SetInt(int64(a.Port()))
		return true
	}
}

// isLocal asks the system for its addresses, which costs system calls and
// memory: manual 7.3.3 warns of it.
func isLocal(end func(*lb.Stream) netip.AddrPort) evalFunc {
	return func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
		a := end(s).Addr().Unmap()
		v.SetBool(!a.IsValid() || a.IsLoopback() || a.IsUnspecified() || ofSystem(a))
		return true
	}
}

func ofSystem(a netip.Addr) bool {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, one := range list {
		if n, ok := one.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(n.IP); ok && ip.Unmap() == a.WithZone("") {
				return true
			}
		}
	}
	return false
}
