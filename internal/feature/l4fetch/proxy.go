package l4fetch

import (
	"segue/internal/lb"
	"segue/internal/sample"
)

// proxyRows are the fetches of frontends, backends and listeners.
func proxyRows() []sample.Fetch {
	in, fe, be := sample.UseInternal, sample.UseFrontend, sample.UseBackend
	front, back := arg("frontend", sample.ArgFront), arg("backend", sample.ArgBack)
	of := func(name string, args []sample.ArgSpec, f func(*lb.Stream, *lb.Proxy) int64, text string) sample.Fetch {
		return sample.Fetch{Doc: docArgs(name, "["+args[0].Name+"]", internal, text), Args: args, Out: sample.Int, Use: in, Eval: proxyNumber(f)}
	}
	return []sample.Fetch{
		of("avg_queue", back, avgQueue, "Queued requests of a backend for each usable server, rounded up."),
		of("be_conn", back, func(_ *lb.Stream, px *lb.Proxy) int64 { return px.Back.Cur.Load() }, "Current connections of a backend."),
		of("be_conn_free", back, connFree, "Free connections of the usable servers of a backend; -1 = no limit."),
		{Doc: doc("be_id", internal, "The number of the backend, or of the frontend where none was chosen."), Out: sample.Int, Use: be, Eval: beID},
		{Doc: doc("be_name", internal, "The name of the backend, or of the frontend where none was chosen."), Out: sample.Str, Use: be, Eval: beName},
		of("be_sess_rate", back, func(s *lb.Stream, px *lb.Proxy) int64 { return int64(px.Back.SessRate.Read(nowMS(s))) }, "New sessions of a backend in the last second."),
		of("connslots", back, connSlots, "Free connections and queue slots of a backend's servers; -1 = no limit."),
		{Doc: doc("dst_conn", layer4, "Current connections of the listener."), Out: sample.Int, Use: fe, Eval: dstConn},
		of("fe_conn", front, func(_ *lb.Stream, px *lb.Proxy) int64 { return px.Front.Cur.Load() }, "Current connections of a frontend."),
		{Doc: doc("fe_defbe", layer4, "The name of the frontend's default backend."), Out: sample.Str, Use: fe, Eval: feDefBE},
		{Doc: doc("fe_id", layer4, "The number of the frontend."), Out: sample.Int, Use: fe, Eval: feID},
		{Doc: doc("fe_name", layer4, "The name of the frontend."), Out: sample.Str, Use: fe, Eval: feName},
		of("fe_req_rate", front, func(s *lb.Stream, px *lb.Proxy) int64 { return int64(px.Front.ReqRate.Read(nowMS(s))) }, "Requests of a frontend in the last second."),
		of("fe_sess_rate", front, func(s *lb.Stream, px *lb.Proxy) int64 { return int64(px.Front.SessRate.Read(nowMS(s))) }, "New sessions of a frontend in the last second."),
		of("nbsrv", back, func(_ *lb.Stream, px *lb.Proxy) int64 { return px.UsableServers() }, "Usable servers of a backend."),
		of("queue", back, func(_ *lb.Stream, px *lb.Proxy) int64 { return queued(px) }, "Requests that wait in a backend, its servers' queues included."),
		{Doc: doc("so_id", layer4, "The number of the listener."), Out: sample.Int, Use: fe, Eval: soID},
		{Doc: doc("so_name", layer4, "The name of the listener."), Out: sample.Str, Use: fe, Eval: soName},
	}
}

// nowMS is the time that rates are counted in.
func nowMS(s *lb.Stream) int64 { return s.Thread.Now() / 1e6 }

// proxyNumber makes a fetch of a function of the proxy named by the argument.
func proxyNumber(f func(*lb.Stream, *lb.Proxy) int64) evalFunc {
	return func(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
		px, ok := args[0].Ref.(*lb.Proxy)
		if ok {
			v.SetInt(f(s, px))
		}
		return ok
	}
}

func queued(px *lb.Proxy) int64 {
	n := px.Queued.Load()
	for _, srv := range px.Servers {
		n += srv.State.Waiting.Load()
	}
	return n
}

func avgQueue(_ *lb.Stream, px *lb.Proxy) int64 {
	q := queued(px)
	if n := px.UsableServers(); n > 0 {
		return (q + n - 1) / n
	}
	return 2 * q
}

func connFree(_ *lb.Stream, px *lb.Proxy) (free int64) {
	for srv := range px.EachUsable {
		limit := srv.Limit()
		if limit == 0 {
			return -1
		}
		free += max(0, limit-srv.State.Served.Load())
	}
	return free
}

func connSlots(_ *lb.Stream, px *lb.Proxy) (slots int64) {
	for _, srv := range px.Servers {
		if !srv.Up() {
			continue
		}
		limit, queue := srv.MaxConn.Load(), maxQueue(srv)
		if limit == 0 || queue == 0 {
			return -1
		}
		slots += limit - srv.State.Served.Load() + queue - srv.State.Waiting.Load()
	}
	return slots
}

// chosen is the backend, or the frontend where none was chosen. Manual 7.3.2
// "be_id", "be_name".
func chosen(s *lb.Stream) *lb.Proxy {
	if s.Back != nil {
		return s.Back
	}
	return s.Front
}

func beID(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	px := chosen(s)
	if px == nil {
		return false
	}
	v.SetInt(int64(px.ID))
	return true
}

func beName(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	px := chosen(s)
	if px == nil {
		return false
	}
	v.SetString(s.Thread, px.Name)
	return true
}

func feID(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	if s.Front == nil {
		return false
	}
	v.SetInt(int64(s.Front.ID))
	return true
}

func feName(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	if s.Front == nil {
		return false
	}
	v.SetString(s.Thread, s.Front.Name)
	return true
}

func feDefBE(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	if s.Front == nil || s.Front.DefaultBackend == nil {
		return false
	}
	v.SetString(s.Thread, s.Front.DefaultBackend.Name)
	return true
}

// bind returns the listener of the session.
func bind(s *lb.Stream) *lb.Bind {
	if s.Bind == nil && s.Session != nil {
		return s.Session.Bind
	}
	return s.Bind
}

func soID(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	b := bind(s)
	if b != nil {
		v.SetInt(int64(b.ID))
	}
	return b != nil
}

func soName(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	b := bind(s)
	if b == nil || b.Name == "" {
		return false
	}
	v.SetString(s.Thread, b.Name)
	return true
}

func dstConn(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	b := bind(s)
	if b == nil || b.State == nil {
		return false
	}
	v.SetInt(b.State.Cur.Load())
	return true
}
