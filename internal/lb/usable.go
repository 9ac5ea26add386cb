package lb

import (
	"slices"
	"strings"
)

// RampFull is the value of ServerState.Ramp (in sixteenths) of a server that
// has warmed up.
const RampFull = 16

// Listed reports whether there is a server, and it has a line of its own: the
// address of "dispatch" and the client's under "option transparent" have no name.
func (srv *Server) Listed() bool {
	return srv != nil && (srv.Proxy == nil || srv != srv.Proxy.Dispatch)
}

// Up reports whether the server may receive traffic at all: neither down nor in
// maintenance. Persistence may still choose a server that drains.
func (srv *Server) Up() bool {
	st := srv.State
	return Admin(st.Admin.Load())&MaintMask == 0 && Oper(st.Oper.Load()) != Stopped
}

// Usable reports whether load balancing may choose the server: it is up, does
// not drain, is not stopping and has a weight. It says nothing of free slots.
func (srv *Server) Usable() bool {
	st := srv.State
	return Admin(st.Admin.Load())&(MaintMask|DrainMask) == 0 && st.balanceable()
}

// Weightless reports whether nothing but its weight of 0 keeps the server from
// being usable.
func (srv *Server) Weightless() bool {
	st := srv.State
	return Admin(st.Admin.Load())&(MaintMask|DrainMask) == 0 && st.runs() && st.Weight.Load() <= 0
}

func (st *ServerState) balanceable() bool { return st.runs() && st.Weight.Load() > 0 }

func (st *ServerState) runs() bool {
	o := Oper(st.Oper.Load())
	return o == Running || o == Starting
}

// EffectiveWeight is the weight in sixteenths that dynamic algorithms use: 0
// when the server is not usable, less than its weight during slowstart.
func (srv *Server) EffectiveWeight() int64 {
	if !srv.Usable() {
		return 0
	}
	return int64(srv.State.Weight.Load()) * srv.ramp()
}

func (srv *Server) ramp() int64 {
	r := int64(srv.State.Ramp.Load())
	if r <= 0 || r > RampFull {
		return RampFull
	}
	return r
}

// Limit is the number of streams that the server takes now; 0 = no limit.
// Manual 5.2 "minconn": with minconn it follows the backend's load from minconn
// up to maxconn, which it reaches at fullconn. During slowstart it grows, too.
func (srv *Server) Limit() int64 {
	limit := srv.MaxConn.Load()
	if limit <= 0 {
		return 0
	}
	px := srv.Proxy
	if least := srv.MinConn.Load(); least > 0 && least < limit && px.FullConn > 0 && px.Back != nil {
		if cur := px.Back.Cur.Load(); cur < px.FullConn {
			limit = max(least, limit*cur/px.FullConn)
		}
	}
	if srv.State.Ramp.Load() > 0 {
		limit = max(1, limit*int64(srv.State.Warmth.Load())/100)
	}
	return limit
}

// Full reports whether a new stream would have to wait for the server: all its
// slots are taken, or others wait for one already.
func (srv *Server) Full() bool {
	limit := srv.Limit()
	return limit > 0 && (srv.State.Served.Load() >= limit || srv.State.Waiting.Load() > 0)
}

// hashes are the algorithms that fill a table of servers once, unless hash-type
// says consistent. Manual 4.2 "balance", "hash-type".
var hashes = []string{"source", "uri", "url_param", "hdr", "rdp-cookie", "hash"}

// StaticWeights says whether the algorithm cannot change weights.
func (px *Proxy) StaticWeights() bool {
	if px.Conf == nil {
		return false
	}
	word, _, _ := strings.Cut(px.Conf.Balance.Algo, "(")
	return word == "static-rr" || px.Conf.HashType.Method != "consistent" && slices.Contains(hashes, word)
}
