package health

import "segue/internal/lb"

// checksFront stands in for the frontend in expressions of checks; HAProxy's
// has the same name.
var checksFront = &lb.Proxy{Name: "CHECKS-FE", Front: new(lb.ProxyState), Extra: map[string]any{}}

// stream is what the expressions of this run look at, made on first use. Its
// Input is what has come: the bytes of a tcp-check, the body of an http-check.
func (c *Check) stream() *lb.Stream {
	x := &c.io
	if x.stream == nil {
		th, srv := c.own.th, c.job.srv
		x.stream = &lb.Stream{
			Session: &lb.Session{Thread: th, Front: checksFront, Flags: lb.IsCheck}, Thread: th, Task: c.task,
			Gen: srv.Proxy.Gen, Front: checksFront, Back: srv.Proxy, Server: srv,
			Final: true, Start: c.start, StartWall: th.WallNow(), HeadDone: -1, Queued: -1, Connected: -1, ResHeadDone: -1, End: -1, Level: -1,
		}
		x.stream.Term = [4]byte{'-', '-', '-', '-'}
	}
	if c.job.plan.kind == httpCheck {
		x.stream.Input = x.body
	} else {
		x.stream.Flags |= lb.IsTCP
		x.stream.Input = x.in
	}
	return x.stream
}
