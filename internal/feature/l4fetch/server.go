package l4fetch

import (
	"segue/internal/lb"
	"segue/internal/sample"
)

// serverRows are the fetches of servers, the chosen one or a named one.
func serverRows() []sample.Fetch {
	in := sample.UseInternal
	of := func(name string, f func(*lb.Stream, *lb.Server) int64, text string) sample.Fetch {
		return sample.Fetch{Doc: docArgs(name, "[backend/]server", internal, text), Args: arg("server", sample.ArgServer), Out: sample.Int, Use: in, Eval: serverNumber(f)}
	}
	return []sample.Fetch{
		of("srv_conn", func(_ *lb.Stream, srv *lb.Server) int64 { return srv.State.Served.Load() }, "Current connections of a server."),
		of("srv_conn_free", srvConnFree, "Free connections of a server; -1 = no limit."),
		{Doc: doc("srv_id", layer5, "The number of the server that handles the request."), Out: sample.Int, Use: sample.UseServer, Eval: srvID},
		{Doc: docArgs("srv_is_up", "[backend/]server", internal, "True when a server is up or not checked, and not in maintenance."),
			Args: arg("server", sample.ArgServer), Out: sample.Bool, Use: in, Eval: srvIsUp},
		of("srv_iweight", func(_ *lb.Stream, srv *lb.Server) int64 { return initialWeight(srv) }, "The configured weight of a server."),
		{Doc: doc("srv_name", layer5, "The name of the server that handles the request."), Out: sample.Str, Use: sample.UseServer, Eval: srvName},
		of("srv_queue", func(_ *lb.Stream, srv *lb.Server) int64 { return srv.State.Waiting.Load() }, "Requests that wait for a server."),
		of("srv_sess_rate", func(s *lb.Stream, srv *lb.Server) int64 { return int64(srv.State.SessRate.Read(nowMS(s))) }, "New sessions of a server in the last second."),
		of("srv_uweight", func(_ *lb.Stream, srv *lb.Server) int64 { return int64(srv.State.Weight.Load()) }, "The weight of a server as set at run time."),
		of("srv_weight", func(_ *lb.Stream, srv *lb.Server) int64 { return weightNow(srv) }, "The weight of a server now: less while it starts slowly, 0 when it is not used."),
	}
}

// serverNumber makes a fetch of a function of the server named by the argument.
func serverNumber(f func(*lb.Stream, *lb.Server) int64) evalFunc {
	return func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
		srv, ok := args[0].Ref.(*lb.Server)
		if ok {
			v.SetInt(f(s, srv))
		}
		return ok
	}
}

func maxQueue(srv *lb.Server) int64 {
	if srv.Conf == nil {
		return 0
	}
	return int64(srv.Conf.MaxQueue)
}

func initialWeight(srv *lb.Server) int64 {
	if srv.Conf == nil || !srv.Conf.WeightSet {
		return 1
	}
	return int64(srv.Conf.Weight)
}

// weightNow rounds the effective weight up, so that a server that gets any
// traffic does not show 0.
func weightNow(srv *lb.Server) int64 {
	return (srv.EffectiveWeight() + lb.RampFull - 1) / lb.RampFull
}

func srvConnFree(_ *lb.Stream, srv *lb.Server) int64 {
	limit := srv.Limit()
	if limit == 0 {
		return -1
	}
	return max(0, limit-srv.State.Served.Load())
}

func srvIsUp(_ *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	srv, ok := args[0].Ref.(*lb.Server)
	if ok {
		v.SetBool(srv.Up())
	}
	return ok
}

func srvID(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	if !s.Server.Listed() {
		return false
	}
	v.SetInt(int64(s.Server.ID))
	return true
}

func srvName(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	if !s.Server.Listed() {
		return false
	}
	v.SetString(s.Thread, s.Server.Name)
	return true
}
