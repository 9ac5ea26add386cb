package stats

import (
	"segue/internal/health"
	"segue/internal/lb"
)

// Kind is what a line of statistics is about, numbered as column "type".
type Kind uint8

// The kinds.
const (
	Frontend Kind = iota
	Backend
	Server
	Listener
)

// sets of kinds
const (
	fe = 1 << Frontend
	be = 1 << Backend
	sv = 1 << Server
	li = 1 << Listener
	px = fe | be
	bs = be | sv
	fl = fe | li
	no = 0
	al = fe | be | sv | li
)

// A line is one object whose columns are read. It lives on the stack of the
// command or service that writes it.
type line struct {
	kind    Kind
	px      *lb.Proxy
	srv     *lb.Server
	bind    *listenerInfo
	c       *lb.Counters
	now     int64 // loop ns, for rates
	wall    int64 // unix s
	started int64 // of the process, unix s
	most    int64 // the process's limit of connections
	legends bool  // addresses and cookies are shown
	summary bool  // servers are left out: the backend's status counts them
	check   health.View
	agent   health.View
	totals  health.Totals
	farm    farm
}

// listenerInfo is what is known of a listener.
type listenerInfo struct {
	name, addr, proto string
	guid              string
	id                int
	maxconn           int64
	state             *lb.BindState
}

// http says whether the object counts requests.
func (l *line) http() bool { return isHTTP(l.px.Mode) }

// column is one row of the table. tag is how "typed" marks it: origin, nature,
// scope and whether the number is the thread group's, process's (P, V).
type column struct {
	name string
	text string
	in   uint8 // kinds that have it
	tag  string
	typ  string // u32, s32, u64, str
	num  func(l *line) int64
	str  func(l *line) string
	when func(l *line) bool // beyond in; nil = always
}

// has reports whether the line has a value in the column.
func (c *column) has(l *line) bool {
	return c.in&(1<<l.kind) != 0 && (c.when == nil || c.when(l))
}

// tagOf is the tag, where a few kinds differ from the others.
func (c *column) tagOf(k Kind) string {
	switch {
	case k == Backend && c.name == "rate_max":
		return "MGPV"
	case k == Backend && (c.name == "act" || c.name == "bck"):
		return "MGPV"
	}
	return c.tag
}

func httpOnly(l *line) bool { return l.http() }
func checked(l *line) bool  { return l.check.Enabled && !l.check.Paused }
func agentOn(l *line) bool  { return l.agent.Enabled && !l.agent.Paused }
func zero(*line) int64      { return 0 }
func when(b bool, n int) int64 {
	if b {
		return int64(n)
	}
	return 0
}
