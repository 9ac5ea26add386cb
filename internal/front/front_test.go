package front

import (
	"slices"
	"testing"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/sched/virtual"
)

// arrivals is a Hook that notes when sessions come, in ms since the start, and
// keeps their connections for as long as keep says.
type arrivals struct {
	at   []int64
	keep int64 // ns
}

// Session implements lb.Hook.
func (a *arrivals) Session(ss *lb.Session) sched.Job {
	a.at = append(a.at, (ss.Thread.Now()-1e9)/1e6)
	return &visit{a, ss}
}

type visit struct {
	a  *arrivals
	ss *lb.Session
}

// Run implements sched.Job.
func (v *visit) Run(t *sched.Task) {
	if v.a.keep > 0 {
		t.Sleep(v.a.keep)
	}
	End(v.ss)
}

// accept lets n connections arrive at once at a listener that setup prepared
// and returns when each became a session.
func accept(n int, keep int64, setup func(p *lb.Process, b *lb.Bind)) []int64 {
	sys := virtual.New()
	p := &lb.Process{}
	p.MaxConn.Store(1 << 40)
	th := &lb.Thread{Loop: sched.NewLoop(0, sys), Process: p}
	p.Threads = []*lb.Thread{th}
	hook := &arrivals{keep: keep}
	b := &lb.Bind{Conf: &conf.Bind{}, State: new(lb.BindState), Hook: hook,
		Proxy: &lb.Proxy{Conf: &conf.Proxy{}, Front: new(lb.ProxyState), Gen: &lb.Generation{Conf: &conf.Model{}}}}
	setup(p, b)
	ln := &Listener{Process: p}
	ln.FD, ln.Acceptor, ln.MaxAccept = sys.Listen(), ln, 64
	ln.Use(b)
	p.Room = ln.Look
	for range n {
		sys.Dial(ln.FD, 1024)
	}
	th.Post(func() { th.Watch(&ln.Listener) })
	sys.Run(th.Loop)
	return hook.at
}

func TestAcceptKeepsItsLimits(t *testing.T) {
	all := []int64{0, 0, 0, 0, 0, 0}
	for _, c := range []struct {
		name  string
		keep  int64
		setup func(p *lb.Process, b *lb.Bind)
		want  []int64 // ms; a timer takes up to 1 ms more
	}{
		{name: "no limit", setup: func(*lb.Process, *lb.Bind) {}, want: all},
		{name: "maxconn holds until a connection ends", keep: 100e6, setup: func(p *lb.Process, _ *lb.Bind) { p.MaxConn.Store(2) }, want: []int64{0, 0, 101, 101, 201, 201}},
		{name: "a frontend's maxconn", keep: 100e6, setup: func(_ *lb.Process, b *lb.Bind) { b.Proxy.Front.MaxConn.Store(3) }, want: []int64{0, 0, 0, 101, 101, 101}},
		{name: "a stats socket knows no maxconn", keep: 100e6, setup: func(p *lb.Process, b *lb.Bind) { p.MaxConn.Store(2); b.Stats = true }, want: all},
		{name: "a stats socket knows no maxconnrate", setup: func(p *lb.Process, b *lb.Bind) { p.ConnRateLimit.Store(2); b.Stats = true }, want: all},
		{name: "a rate above the number", setup: func(p *lb.Process, _ *lb.Bind) { p.ConnRateLimit.Store(100) }, want: all},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := accept(6, c.keep, c.setup); !slices.Equal(got, c.want) {
				t.Errorf("sessions began at %v ms, want %v", got, c.want)
			}
		})
	}
}

// MaxconnReached counts the connections after which there was no room.
func TestLastConnectionOfMaxconnIsCounted(t *testing.T) {
	for _, c := range []struct {
		name  string
		limit int64
		stats bool
		want  int64
	}{
		{"never full", 7, false, 0},
		{"full with the last", 6, false, 1},
		{"full three times", 2, false, 3},
		{"a stats socket does not count", 2, true, 0},
	} {
		var proc *lb.Process
		accept(6, 100e6, func(p *lb.Process, b *lb.Bind) {
			p.MaxConn.Store(c.limit)
			b.Stats = c.stats
			proc = p
		})
		if got := proc.MaxConnReached.Load(); got != c.want {
			t.Errorf("%s: MaxConnReached = %d, want %d", c.name, got, c.want)
		}
	}
}

func TestAcceptKeepsItsRates(t *testing.T) {
	for _, c := range []struct {
		name  string
		setup func(p *lb.Process, b *lb.Bind)
	}{
		{name: "maxconnrate", setup: func(p *lb.Process, _ *lb.Bind) { p.ConnRateLimit.Store(10) }},
		{name: "maxsessrate", setup: func(p *lb.Process, _ *lb.Bind) { p.SessRateLimit.Store(10) }},
		{name: "rate-limit sessions", setup: func(_ *lb.Process, b *lb.Bind) { b.Proxy.Conf.RateLimit = 10 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := accept(50, 0, c.setup)
			if len(at) != 50 {
				t.Fatalf("%d of 50 connections became sessions", len(at))
			}
			// After the burst no second has more than the limit.

			for i := range at {
				if i+11 < len(at) && at[i+11]-at[i] < 1000 {
					t.Errorf("sessions %d to %d came within %d ms: more than 10 in a second", i, i+11, at[i+11]-at[i])
				}
			}
			if last := at[49]; last < 4500 || last > 5100 {
				t.Errorf("the last of 50 sessions came after %d ms, want about 4.9 s: a burst of 10, a second without, then 10 a second", last)
			}
		})
	}
}
