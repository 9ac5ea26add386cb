package health

import (
	"strings"

	"segue/internal/lb"
)

// View is a copy of a check for "show stat" and "show servers state".
type View struct {
	Configured, Enabled, Paused, Running bool
	Agent                                bool
	Status                               Status
	Result                               Result
	Code                                 int
	Desc                                 string // last_chk
	Duration                             int64  // ms; -1 = does not apply
	Health, Rise, Fall                   int
	Fails                                int64 // chkfail
	Port                                 int
	Addr                                 string
}

// Column is check_status: "* " in front while a check is running.
func (v *View) Column() string {
	if v.Running {
		return "* " + v.Status.String()
	}
	return v.Status.String()
}

// Flags is srv_check_state and srv_agent_state of "show servers state": 1
// running, 2 configured, 4 enabled, 8 paused, 16 agent.
func (v *View) Flags() (bits int) {
	for i, on := range [...]bool{v.Running, v.Configured, v.Enabled, v.Paused, v.Agent && v.Configured} {
		if on {
			bits |= 1 << i
		}
	}
	return bits
}

// Totals are what a server's health has counted.
type Totals struct {
	Downs      int64      // chkdown
	FailedHana int64      // hanafail
	Tracked    *lb.Server // nil unless it tracks one
}

// Look copies what is known of srv's checks.
func Look(srv *lb.Server) (check, agent View, t Totals) {
	s := of(srv)
	if s == nil {
		return check, agent, t
	}
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	t = Totals{Downs: s.downs, FailedHana: s.failedHana.Load()}
	if s.follows != nil {
		t.Tracked = s.follows.srv
	}
	return s.check.view(), s.agent.view(), t
}

func (c *Check) view() View {
	if c == nil {
		return View{}
	}
	v := View{
		Configured: c.configured, Enabled: c.enabled, Paused: c.paused, Running: c.running, Agent: c.isAgent,
		Status: c.status, Result: c.result, Code: c.code, Desc: lineOf(c.desc), Duration: c.duration,
		Health: c.health, Rise: c.set.rise, Fall: c.set.fall, Fails: c.fails, Port: c.set.port, Addr: c.set.addr,
	}
	if c.over.port > 0 {
		v.Port = c.over.port
	}
	if c.over.hasAddr {
		v.Addr = c.over.addr
	}
	return v
}

// lineOf is what "show stat" shows of a description that a server wrote: up to the
// first line end.
func lineOf(s string) string {
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		return s[:i]
	}
	return s
}

var _ lb.Checks = (*server)(nil)

// CheckInfo implements lb.Checks.
func (s *server) CheckInfo(agent bool) lb.CheckInfo {
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	v := s.pick(agent).view()
	if !v.Configured {
		return lb.CheckInfo{Downs: s.downs}
	}
	return lb.CheckInfo{
		Enabled: v.Enabled, Paused: v.Paused, Running: v.Running, Done: v.Status >= Checked,
		Status: v.Status.String(), Desc: v.Status.Text(), Last: v.Desc, HasCode: v.Status.HasCode(), Code: v.Code,
		Duration: v.Duration, Rise: v.Rise, Fall: v.Fall, Health: v.Health, Fails: v.Fails, Downs: s.downs,
		StatusNum: int(v.Status), Result: int(v.Result), State: v.Flags(),
	}
}
