package front

import (
	"sync/atomic"

	"segue/internal/lb"
	"segue/internal/rate"
	"segue/internal/sched"
)

// allowedRate applies maxconnrate, maxsessrate and "rate-limit sessions": what
// is over them stays in the kernel's queue until the window has moved. The
// process's own do not hold for the runtime API, by which they could be raised.
func allowedRate(ln *Listener, l *sched.Loop, b *lb.Bind) bool {
	now := l.Now() / 1e6
	delay := int64(0) // ms
	if p := ln.Process; !b.Stats {
		delay = max(rateDelay(&p.ConnRate, p.ConnRateLimit.Load(), now), rateDelay(&p.SessRate, p.SessRateLimit.Load(), now))
	}
	delay = max(delay, rateDelay(&b.Proxy.Front.SessRate, int64(b.Proxy.Conf.RateLimit), now))
	if delay == 0 {
		return true
	}
	ln.hold(l)
	l.SetTimer(new(sched.Timer), (*rateHold)(ln), l.Now()+delay*1e6)
	return false
}

// rateDelay is how long c's next event has to wait for limit, in ms; 0 if it
// may happen now or there is no limit.
func rateDelay(c *rate.Counter, limit, now int64) int64 {
	if limit <= 0 || c.Remaining(now, uint32(limit), 0) > 0 {
		return 0
	}
	return max(int64(c.NextDelay(now, uint32(limit), 0)), 1)
}

// countProcess adds an event to a rate of the process. Stats sockets are not
// part of it.
func countProcess(c *rate.Counter, max *atomic.Int64, ss *lb.Session) {
	if !ss.Bind.Stats {
		lb.CountRate(c, max, ss.Thread.Now()/1e6)
	}
}

// rateHold resumes a listener that met its rate limit.
type rateHold Listener

// Expire implements sched.Expirer.
func (h *rateHold) Expire(int64) { (*Listener)(h).Look() }
