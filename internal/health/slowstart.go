package health

import (
	"time"

	"segue/internal/lb"
	"segue/internal/sched"
)

// ramp raises a server's share after a return. Manual 5.2 "slowstart": weight
// and maxconn grow from 1/16 to all of it. It belongs to the server's thread.
type ramp struct {
	own   *server
	timer sched.Timer
	since int64 // loop ns
	whole int64 // ns
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
	s.st.Ramp.Store(max(1, s.st.Ramp.Load()))
	s.warmSince(max(0, now()-s.st.LastChange.Load()) * int64(time.Second))
}

// warmSince sets the timer of a ramp that began ago ns before.
func (s *server) warmSince(ago int64) {
	whole := int64(s.srv.Conf.SlowStart)
	s.post(func() {
		r := &s.warmup
		r.own, r.since, r.whole = s, s.th.Now()-ago, whole
		after := r.step()
		if ago > 0 {
			after = 1 // the share of now is due at once
		}
		s.th.SetTimer(&r.timer, r, s.th.Now()+after)
	})
}

// step is the time between two raises: a twentieth of the whole, at least 1 s.
func (r *ramp) step() int64 { return max(int64(time.Second), r.whole/20) }

// Expire is the timer's call.
func (r *ramp) Expire(now int64) {
	s := r.own
	var ev events
	s.h.mu.Lock()
	if s.oper() == lb.Starting {
		if done := now - r.since; done >= r.whole {
			e := ev.add(s, "is UP", cause{})
			s.become(lb.Running)
			s.commit(lb.Starting, e, &ev)
		} else {
			s.st.Ramp.Store(int32(min(lb.RampFull, 1+lb.RampFull*done/r.whole)))
			s.th.SetTimer(&r.timer, r, now+r.step())
		}
		ev.changed(s)
	}
	s.h.mu.Unlock()
	s.h.do(&ev)
}
