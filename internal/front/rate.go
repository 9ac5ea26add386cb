package front

import (
	"segue/internal/lb"
	"segue/internal/sched"
)

// allowedRate applies "rate-limit sessions": what is over it stays in the
// kernel's queue until the window has moved.
func allowedRate(ln *Listener, l *sched.Loop, px *lb.Proxy) bool {
	limit := px.Conf.RateLimit
	if limit <= 0 {
		return true
	}
	now := l.Now() / 1e6
	if px.Front.SessRate.Remaining(now, uint32(limit), 0) > 0 {
		return true
	}
	ln.hold(l)
	delay := int64(max(px.Front.SessRate.NextDelay(now, uint32(limit), 0), 1)) * 1e6
	l.SetTimer(new(sched.Timer), (*rateHold)(ln), l.Now()+delay)
	return false
}

// rateHold resumes a listener that met its rate limit.
type rateHold Listener

// Expire implements sched.Expirer.
func (h *rateHold) Expire(int64) { (*Listener)(h).Look() }
