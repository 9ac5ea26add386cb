package health

import (
	"time"

	"segue/internal/lb"
	"segue/internal/sched"
)

// ramp raises a server's share after a return. Manual 5.2 "slowstart": weight
// and maxconn grow with every whole second, the one in sixteenths, the other in
// percent. It belongs to the server's thread.
type ramp struct {
	own   *server
	timer sched.Timer
	since int64 // loop ns
	whole int64 // ns, whole seconds
}

// warm starts the ramp. The caller holds the lock.
func (s *server) warm() { s.warmSince(0) }

// rewarm goes on with the ramp that another process began: at LastChange, to
// the second.
func (s *server) rewarm() {
	if s.srv.Conf.SlowStart <= 0 {
		s.become(lb.Running)
		return
	}
	s.st.Ramp.Store(max(s.st.Ramp.Load(), s.share(0, 1)))
	s.warmSince(max(0, now()-s.st.LastChange.Load()) * int64(time.Second))
}

// warmSince sets the timer of a ramp that began ago ns before.
func (s *server) warmSince(ago int64) {
	whole := int64(s.srv.Conf.SlowStart)
	s.post(func() {
		r := &s.warmup
		r.own, r.since, r.whole = s, s.th.Now()-ago, whole
		after := int64(time.Second)
		if ago > 0 {
			after = 1 // the share of now is due at once
		}
		s.th.SetTimer(&r.timer, r, s.th.Now()+after)
	})
}

// share is the part of the weight, in sixteenths, that the server has after done
// of whole. Algorithms that cannot change weights have all of it at once.
func (s *server) share(done, whole int64) int32 {
	if s.srv.Proxy.StaticWeights() {
		return lb.RampFull
	}
	return int32(min(lb.RampFull, 1+lb.RampFull*done/whole))
}

// Expire is the timer's call.
func (r *ramp) Expire(now int64) {
	s := r.own
	var ev events
	s.h.mu.Lock()
	if s.oper() == lb.Starting {
		done := (now - r.since) / int64(time.Second) * int64(time.Second)
		if done >= r.whole {
			e := ev.add(s, "is UP", cause{})
			s.become(lb.Running)
			s.commit(lb.Starting, e, &ev)
		} else {
			s.st.Ramp.Store(s.share(done, r.whole))
			s.st.Warmth.Store(int32(100 * done / r.whole))
			s.th.SetTimer(&r.timer, r, r.since+done+int64(time.Second))
		}
		ev.changed(s)
	}
	s.h.mu.Unlock()
	s.h.do(&ev)
}
