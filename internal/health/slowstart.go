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
func (s *server) warm() {
	whole := int64(s.srv.Conf.SlowStart)
	s.post(func() {
		r := &s.warmup
		r.own, r.since, r.whole = s, s.th.Now(), whole
		s.th.SetTimer(&r.timer, r, r.since+r.step())
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
			s.become(lb.Running)
		} else {
			s.st.Ramp.Store(int32(min(lb.RampFull, 1+lb.RampFull*done/r.whole)))
			s.th.SetTimer(&r.timer, r, now+r.step())
		}
		ev.changed(s)
	}
	s.h.mu.Unlock()
	s.h.do(&ev)
}
