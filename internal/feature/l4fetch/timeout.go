package l4fetch

import (
	"segue/internal/lb"
	"segue/internal/sample"
)

// timeoutRows are the fetches of timeouts, in ms: those of the proxies and those
// that hold for this stream.
func timeoutRows() []sample.Fetch {
	fe, be := sample.UseFrontend, sample.UseBackend
	front := func(s *lb.Stream) *lb.Timeouts { return timeouts(s.Front) }
	back := func(s *lb.Stream) *lb.Timeouts { return timeouts(s.Back) }
	own := func(s *lb.Stream) *lb.Timeouts { return &s.Timeouts }
	type pick = func(*lb.Timeouts) int64
	row := func(name string, use sample.Use, of func(*lb.Stream) *lb.Timeouts, f pick, text string) sample.Fetch {
		return sample.Fetch{Doc: doc(name, internal, text), Out: sample.Int, Use: use, Eval: timeout(of, f)}
	}
	var (
		client  pick = func(t *lb.Timeouts) int64 { return t.Client }
		connect pick = func(t *lb.Timeouts) int64 { return t.Connect }
		queue   pick = func(t *lb.Timeouts) int64 { return t.Queue }
		server  pick = func(t *lb.Timeouts) int64 { return t.Server }
		tarpit  pick = func(t *lb.Timeouts) int64 { return t.Tarpit }
		tunnel  pick = func(t *lb.Timeouts) int64 { return t.Tunnel }
	)
	return []sample.Fetch{
		row("be_connect_timeout", be, back, connect, "timeout connect of the backend in ms."),
		row("be_queue_timeout", be, back, queue, "timeout queue of the backend in ms."),
		row("be_server_timeout", be, back, server, "timeout server of the backend in ms."),
		row("be_tarpit_timeout", be, back, tarpit, "timeout tarpit of the backend in ms."),
		row("be_tunnel_timeout", be, back, tunnel, "timeout tunnel of the backend in ms."),
		row("cur_client_timeout", fe, own, client, "timeout client of this stream in ms."),
		row("cur_connect_timeout", be, own, connect, "timeout connect of this stream in ms."),
		row("cur_queue_timeout", be, own, queue, "timeout queue of this stream in ms."),
		row("cur_server_timeout", be, own, server, "timeout server of this stream in ms."),
		row("cur_tarpit_timeout", fe|be, own, tarpit, "timeout tarpit of this stream in ms."),
		row("cur_tunnel_timeout", be, own, tunnel, "timeout tunnel of this stream in ms."),
		row("fe_client_timeout", fe, front, client, "timeout client of the frontend in ms."),
		row("fe_tarpit_timeout", fe, front, tarpit, "timeout tarpit of the frontend in ms."),
	}
}

func timeouts(px *lb.Proxy) *lb.Timeouts {
	if px == nil {
		return nil
	}
	return &px.Timeouts
}

func timeout(of func(*lb.Stream) *lb.Timeouts, f func(*lb.Timeouts) int64) evalFunc {
	return func(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
		t := of(s)
		if t == nil {
			return false
		}
		v.SetInt(f(t) / 1e6)
		return true
	}
}
