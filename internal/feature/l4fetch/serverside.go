package l4fetch

import (
	"net/netip"

	"segue/internal/lb"
	"segue/internal/sample"
)

// serverSideRows are the fetches of the connection to the server.
func serverSideRows() []sample.Fetch {
	use := sample.UseServer4
	row := func(name string, out sample.Type, eval evalFunc, text string) sample.Fetch {
		return sample.Fetch{Doc: doc(name, layer4, text), Out: out, Use: use, Eval: eval}
	}
	return []sample.Fetch{
		row("bc_be_queue", sample.Int, integer(func(s *lb.Stream) int64 { return s.BackQueuePos }), "How many requests were before this one in the backend's queue."),
		row("bc_dst", sample.Addr, addrOf(serverAddr), "The address of the server's end of the connection."),
		row("bc_dst_port", sample.Int, portOf(serverAddr), "The port of the server's end of the connection."),
		row("bc_http_major", sample.Int, bcHTTPMajor, "The major version of HTTP towards the server."),
		row("bc_reused", sample.Bool, boolean(func(s *lb.Stream) bool { return s.Flags&lb.Reused != 0 }), "True when the connection to the server had been used before."),
		row("bc_src", sample.Addr, addrOf(ownAddr), "The address of our end of the connection to the server."),
		row("bc_src_port", sample.Int, portOf(ownAddr), "The port of our end of the connection to the server."),
		row("bc_srv_queue", sample.Int, integer(func(s *lb.Stream) int64 { return s.SrvQueuePos }), "How many requests were before this one in the server's queue."),
		{Doc: doc("txn.conn_retries", layer4, "How often the connection to the server was tried again."),
			Out: sample.Int, Use: use, Eval: integer(func(s *lb.Stream) int64 { return int64(s.Retries) })},
		{Doc: doc("txn.redispatched", layer4, "True when the request went to another server after a failure."),
			Out: sample.Bool, Use: use, Eval: boolean(func(s *lb.Stream) bool { return s.Redispatched })},
	}
}

func serverAddr(s *lb.Stream) netip.AddrPort {
	if !s.HasServerConn() || s.Server == nil {
		return netip.AddrPort{}
	}
	if a := s.Server.State.Addr.Load(); a != nil {
		return *a
	}
	return netip.AddrPort{}
}

func ownAddr(s *lb.Stream) netip.AddrPort {
	if s.SrvConn == nil || !s.SrvConn.Conn.IsOpen() {
		return s.BackSrc
	}
	return lb.SocketAddr(int(s.SrvConn.Conn.FD()))
}

func bcHTTPMajor(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	v.SetInt(1)
	return s.HasServerConn() && s.Flags&lb.IsTCP == 0
}
