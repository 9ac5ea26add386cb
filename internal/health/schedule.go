package health

import (
	"time"

	"segue/internal/lb"
	"segue/internal/sched"
)

// spreadMin is the shortest interval that counts for spreading the first runs:
// servers that are checked more often than once a second are few, and one of
// them would crowd the first runs of all others into its own interval.
const spreadMin = int64(time.Second)

// Expire is the timer's call: the check is due.
func (c *Check) Expire(now int64) {
	h := c.own.h
	h.mu.Lock()
	run := c.enabled && !c.paused && !c.ended && c.plan != nil && !h.resting
	if run {
		c.running = true
		c.run = h.threads[c.own.th.Index].newRun()
		c.result = NoResult // the status stays until there is a new one
		c.job = job{plan: c.plan, srv: c.own.srv, set: c.set}
		c.over.apply(&c.job.set)
	}
	most := 0
	if h.gen != nil {
		most = h.gen.Conf.Global.Tune.MaxChecksPerThread
	}
	inter := c.set.inter
	h.mu.Unlock()
	if c.ended {
		return
	}
	if !run {
		c.schedule(now, inter)
		return
	}
	th := &h.threads[c.own.th.Index]
	if most > 0 && th.running >= most {
		th.waiting = append(th.waiting, c)
		return
	}
	th.running++
	c.start = now
	c.own.th.Start(c)
}

// Checks that are due in the same few milliseconds run together: their loop
// sleeps and wakes once for all of them. With 10,000 servers at 2 s that leaves
// a quarter of the wake-ups.
const (
	together    = 4 * int64(time.Millisecond)
	togetherMin = 100 * together // shorter intervals are kept to the ms
)

// gathered is the moment around when at which other checks run, too.
func gathered(when, after int64) int64 {
	if after < togetherMin {
		return when
	}
	return (when + together/2) / together * together
}

// schedule sets the timer. It runs on the check's thread.
func (c *Check) schedule(now, after int64) {
	c.due = gathered(now+after, after)
	c.wallDue.Store(c.own.th.WallNow() + after)
	c.own.th.SetTimer(&c.timer, c, c.due)
}

// hurry moves the next run to the current interval from now if that is sooner.
// The caller holds the lock.
func (c *Check) hurry() {
	if !c.configured {
		return
	}
	after := c.interval()
	c.own.post(func() {
		now := c.own.th.Now()
		if c.run == nil && c.timer.Pending() && now+after < c.due {
			c.schedule(now, after)
		}
	})
}

// again sets the timer for the next run, spread by spread-checks percent.
// Manual 3.2 "spread-checks".
func (c *Check) again(now, after int64) {
	if c.ended {
		return
	}
	if g := c.own.h.p.Gen.Load(); g != nil {
		if spread := after * int64(g.Conf.Global.SpreadChecks) / 100; spread > 0 {
			after += spread - int64(random(c.own.th)%uint64(2*spread))
		}
	}
	c.schedule(now, after)
}

// random is the thread's xorshift generator.
func random(th *lb.Thread) uint64 {
	x := th.Rand | 1
	x ^= x << 13
	x ^= x >> 7
	x ^= x << 17
	th.Rand = x
	return x
}

// Run is one run of the check, in a task of its own.
func (c *Check) Run(t *sched.Task) {
	c.task = t
	var o outcome
	c.perform(t, &o)
	c.finish(t.Now(), &o)
}

// Panicked ends a run that failed in our own code.
func (c *Check) Panicked(t *sched.Task, _ any) {
	c.finish(t.Now(), &outcome{status: SockErr, desc: "internal error"})
}

// release lets go of what a run needs.
func (c *Check) release() {
	if c.io.linger && c.shared == nil {
		c.conn.Close()
	}
	c.hangup()
	th := &c.own.h.threads[c.own.th.Index]
	c.io.release(th)
	c.task, c.job, c.used, c.fresh = nil, job{}, false, false
	th.freeRun(c.run)
	c.run = nil
}

// finish applies the outcome, lets go of the run and sets the timer. The
// connection is closed last: who sees its end may ask for the result at once.
func (c *Check) finish(now int64, o *outcome) {
	h := c.own.h
	var ev events
	h.mu.Lock()
	c.running = false
	if c.enabled && !c.paused && !c.ended {
		c.duration = (now - c.start) / int64(time.Millisecond)
		if o.reply != nil {
			c.own.obey(o, &ev)
		}
		c.record(o, &ev)
		c.conclude(&ev)
	}
	after := c.interval()
	c.fastNext = false
	unreachable := o.status == L4Conn || o.status == L4Timeout
	srv := c.own.srv
	h.mu.Unlock()
	h.do(&ev)
	if unreachable && h.Hooks.Unreachable != nil {
		h.Hooks.Unreachable(srv)
	}
	c.release()
	c.again(now, after)
	h.threads[c.own.th.Index].next(now)
}

// next starts a check that waits for a place.
func (th *thread) next(now int64) {
	th.running--
	for len(th.waiting) > 0 {
		c := th.waiting[0]
		n := copy(th.waiting, th.waiting[1:])
		th.waiting[n] = nil
		th.waiting = th.waiting[:n]
		if c.ended {
			c.job = job{}
			th.freeRun(c.run)
			c.run = nil
			continue
		}
		th.running++
		c.start = now
		c.own.th.Start(c)
		return
	}
}
