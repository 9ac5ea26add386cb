package link

import (
	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
)

// dial is a setting of the whole process that a command may change. What was set
// stays until the configuration says something else than it did before.
type dial struct {
	name string // by which it travels to another process
	of   func(g *conf.Global) int64
	get  func(p *lb.Process) int64
	set  func(p *lb.Process, v int64)
}

// dialed is how a dial stands in the process before: what its configuration said
// and what holds there.
type dialed struct{ Configured, Now int64 }

// inheritance is what of the process before is for the first generation.
type inheritance struct {
	dials       map[string]dialed
	maxConn     dialed
	autoMaxConn bool // it was computed
}

// none is for what no word of the configuration sets here.
func none(*conf.Global) int64 { return 0 }

// dials are the commands' settings, alphabetical. "set maxconn global" is in
// capMaxConn, since its default may be computed.
var dials = []dial{
	{name: "anonkey", of: func(g *conf.Global) int64 { return int64(g.AnonKey) },
		get: func(p *lb.Process) int64 { return int64(p.AnonKey.Load()) }, set: func(p *lb.Process, v int64) { p.AnonKey.Store(uint32(v)) }},
	{name: "maxcomprate", of: none,
		get: func(p *lb.Process) int64 { return p.CompressionLimit.Load() }, set: func(p *lb.Process, v int64) { p.CompressionLimit.Store(v) }},
	{name: "maxconnrate", of: func(g *conf.Global) int64 { return int64(g.MaxConnRate) },
		get: func(p *lb.Process) int64 { return p.ConnRateLimit.Load() }, set: func(p *lb.Process, v int64) { p.ConnRateLimit.Store(v) }},
	{name: "maxsessrate", of: func(g *conf.Global) int64 { return int64(g.MaxSessRate) },
		get: func(p *lb.Process) int64 { return p.SessRateLimit.Load() }, set: func(p *lb.Process, v int64) { p.SessRateLimit.Store(v) }},
	{name: "maxsslrate", of: none,
		get: func(p *lb.Process) int64 { return p.SSLRateLimit.Load() }, set: func(p *lb.Process, v int64) { p.SSLRateLimit.Store(v) }},
	{name: "profiling.tasks", of: func(*conf.Global) int64 { return int64(sched.TimeSome) },
		get: func(p *lb.Process) int64 { return int64(p.Threads[0].Timing()) },
		set: func(p *lb.Process, v int64) {
			for _, th := range p.Threads {
				th.SetTiming(sched.Timing(v))
			}
		}},
}

// dialedOf are the dials that were turned at run time.
func dialedOf(p *lb.Process, g *conf.Global) map[string]dialed {
	m := map[string]dialed{}
	for _, d := range dials {
		if v := (dialed{d.of(g), d.get(p)}); v.Configured != v.Now {
			m[d.name] = v
		}
	}
	return m
}

// limits sets what the global section limits, unless it was changed at runtime
// and the configuration says what it said before.
func (e *Engine) limits(r *Result, old *lb.Generation) {
	g, p := &r.Model.Global, e.Process
	p.MaxSockets.Store(int64(r.need.Sockets()))
	p.MaxFiles.Store(int64(r.need.Granted()))
	pipes := &p.Pipes
	pipes.Max.Store(int64(max(r.need.Pipes, g.MaxPipes)))
	pipes.Size.Store(int64(g.Tune.PipeSize))
	pipes.Off.Store(g.NoSplice)
	for _, d := range dials {
		was, came := e.came.dials[d.name]
		switch now := d.of(g); {
		case old != nil && d.of(&old.Conf.Global) == now:
		case old == nil && came && was.Configured == now:
			d.set(p, was.Now)
		default:
			d.set(p, now)
		}
	}
	e.capMaxConn(g, old)
	e.came = inheritance{}
}

// capMaxConn is limits for "maxconn", 0 = none. One that is computed need not
// come to the same as before.
func (e *Engine) capMaxConn(g *conf.Global, old *lb.Generation) {
	if g.MaxConn <= 0 {
		return
	}
	p, now := e.Process, int64(g.MaxConn)
	p.HardMaxConn.Store(now)
	was, auto := e.came.maxConn, e.came.autoMaxConn
	if old != nil {
		was, auto = dialed{int64(old.Conf.Global.MaxConn), p.MaxConn.Load()}, old.Conf.Global.AutoMaxConn
	}
	if was.Now != was.Configured && (was.Configured == now || auto && g.AutoMaxConn) {
		p.MaxConn.Store(min(was.Now, now))
		return
	}
	p.MaxConn.Store(now)
}
