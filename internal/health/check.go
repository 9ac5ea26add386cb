package health

import (
	"net/netip"
	"sync/atomic"

	"segue/internal/lb"
	"segue/internal/pool"
	"segue/internal/sched"
)

// settings are what the configuration and the runtime API say about a check;
// a check with equal settings goes on over a reload as if nothing happened.
// Durations in ns.
type settings struct {
	inter, fast, down int64
	rise, fall        int
	connect, timeout  int64 // timeout connect, timeout check of the backend
	addr              string
	port              int
	send              string // agent-send
}

// Check is a server's health check or its agent check, by identity. Guarded by
// Health.mu except where marked.
type Check struct {
	own     *server
	isAgent bool
	set     settings
	plan    *Plan

	configured, enabled, paused bool
	rests                       bool // of a server that was added at runtime; see rest
	running                     bool
	fastNext                    bool // the next interval is fastinter, whatever the health
	health                      int  // 0 .. rise+fall-1; up from rise on
	status                      Status
	result                      Result
	code                        int
	desc                        string
	duration                    int64 // ms; -1 = does not apply
	fails                       int64 // chkfail
	over                        override
	wallDue                     atomic.Int64 // due, in unix ns, for who carries it to another process

	// Owned by the thread.
	timer sched.Timer
	start int64 // loop ns
	due   int64
	ended bool // stop was called
	*run       // nil between runs
}

// run is what a run needs: from when it is due until it has ended. Owner: the
// thread, which keeps a few for the next ones, so that servers whose checks wait
// cost no more than their settings and results.
type run struct {
	task   *sched.Task
	conn   *sched.Conn // direct, or that of shared
	direct sched.Conn
	shared *lb.ServerConn // of the server's pool: check-reuse-pool
	used   bool           // shared was idle before: it may have died
	fresh  bool           // it had: the next one is not to be an idle one
	target pool.Target
	io     exchange
	job    job
}

// override is what the runtime API set; it wins over the configuration until that
// changes. Management guide 9.3 "set server": check-addr, check-port ...
type override struct {
	addr, send       string
	port             int
	hasAddr, hasSend bool
}

// job is the plan of the run under way with the server it is for. Owner: the
// thread.
type job struct {
	plan *Plan
	srv  *lb.Server
	set  settings
	dest netip.AddrPort // behind a SOCKS4 proxy
}

// outcome is how a run ended.
type outcome struct {
	status Status
	code   int
	desc   string
	reply  *agentReply // agents: what was said
}

func (c *Check) up() bool           { return c.health >= c.set.rise }
func (c *Check) isConfigured() bool { return c != nil && c.configured }

// pause keeps the check from running while its server is in maintenance.
func (c *Check) pause() {
	if c != nil {
		c.paused = c.paused || c.enabled
		c.health = 0
	}
}

func (c *Check) full() int { return c.set.rise + c.set.fall - 1 }

// failing reports whether the check, if there is one, keeps its server down.
func (c *Check) failing() bool { return c != nil && c.enabled && !c.up() }

// interval is the time until the next run, ns. Manual 5.2 "inter", "fastinter",
// "downinter".
func (c *Check) interval() int64 {
	s := &c.set
	switch {
	case c.fastNext && s.fast > 0, s.fast > 0 && c.health > 0 && c.health < c.full():
		return s.fast
	case c.health == 0 && s.down > 0 && lb.Oper(c.own.st.Oper.Load()) == lb.Stopped:
		return s.down
	}
	return s.inter
}

// record notes a result and moves the health by one. Manual 5.2 "rise", "fall".
// The caller holds the lock.
func (c *Check) record(o *outcome, ev *events) {
	changed := o.status != c.status
	c.status, c.desc = o.status, cut(o.desc)
	if r := o.status.Result(); r != NoResult {
		c.result = r
	}
	if o.status.HasCode() || o.code != 0 {
		c.code = o.code
	}
	switch c.result {
	case Neutral:
		return
	case Failed:
		// An agent that cannot be reached says nothing of the server.
		if (!c.isAgent || o.status.HasCode()) && c.health > 0 {
			c.fails++
			changed = true
			if c.health--; c.health < c.set.rise {
				c.health = 0
			}
		}
	case Passed, Conditional:
		if c.health < c.full() {
			changed = true
			if c.health++; c.health >= c.set.rise {
				c.health = c.full()
			}
		}
		c.own.errors.Store(0)
	}
	if changed {
		ev.checked(c)
	}
}

// maxDesc is how much of a description last_chk shows, in bytes.
const maxDesc = 127

func cut(s string) string {
	if len(s) > maxDesc {
		return s[:maxDesc]
	}
	return s
}

// conclude applies a result to the server. The caller holds the lock.
func (c *Check) conclude(ev *events) {
	s := c.own
	why := cause{check: c}
	if s.follows != nil || logsChecks(s.srv) {
		why.check = nil // said already
	}
	switch c.result {
	case Failed:
		// An agent takes its server down only by saying so.
		if c.health == 0 && (!c.isAgent || c.status == L7Status) {
			s.stopped(why, ev)
		}
	case Conditional:
		if !c.isAgent && s.mayRise() {
			s.stopping(why, ev)
		}
	case Passed:
		if s.mayRise() && !(c.isAgent && lb.Oper(s.st.Oper.Load()) == lb.Stopping) {
			s.rising(why, ev)
		}
	}
}

// mayRise reports whether nothing but the operational state keeps s down.
func (s *server) mayRise() bool {
	if lb.Admin(s.st.Admin.Load())&lb.MaintMask != 0 {
		return false
	}
	if f := s.follows; f != nil && lb.Oper(f.st.Oper.Load()) == lb.Stopped {
		return false
	}
	return !s.check.failing() && !s.agent.failing()
}

// apply puts the runtime's values in place of the configuration's.
func (o *override) apply(s *settings) {
	if o.hasAddr {
		s.addr = o.addr
	}
	if o.port > 0 {
		s.port = o.port
	}
	if o.hasSend {
		s.send = o.send
	}
}

// forget drops what the runtime set where the configuration has changed.
func (o *override) forget(old, set *settings) {
	if old.addr != set.addr {
		o.hasAddr = false
	}
	if old.port != set.port {
		o.port = 0
	}
	if old.send != set.send {
		o.hasSend = false
	}
}
