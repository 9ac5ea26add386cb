package queue

import (
	"testing"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
)

// play runs one step function per iteration of a loop, then lets everybody
// finish.
func play(t *testing.T, px *lb.Proxy, steps ...func(l *sched.Loop)) {
	t.Helper()
	i := 0
	run(func(l *sched.Loop) bool {
		if i == len(steps) {
			return false
		}
		steps[i](l)
		i++
		return true
	})
}

func TestWaitEndsAsItShould(t *testing.T) {
	for _, c := range []struct {
		name string
		prep func(px *lb.Proxy)
		must bool
		end  func(px *lb.Proxy, holder, c *client)
		want Result
	}{
		{name: "the holder finishes", end: func(_ *lb.Proxy, h, _ *client) { h.finish = true; h.Task.Wake() }, want: Granted},
		{name: "the holder finishes, server queue", must: true, end: func(_ *lb.Proxy, h, _ *client) { h.finish = true; h.Task.Wake() }, want: Granted},
		{name: "maxconn is raised", end: func(px *lb.Proxy, _, _ *client) { px.Servers[0].MaxConn.Store(2); Changed(px.Servers[0]) }, want: Granted},
		{name: "maxconn is lifted", must: true, end: func(px *lb.Proxy, _, _ *client) { px.Servers[0].MaxConn.Store(0); Changed(px.Servers[0]) }, want: Granted},
		{name: "the client leaves", end: func(_ *lb.Proxy, _, c *client) { c.left = true; c.Task.Wake() }, want: Aborted},
		{name: "the task is canceled", end: func(_ *lb.Proxy, _, c *client) { c.Task.Cancel() }, want: Aborted},
		{name: "the last server is disabled", end: func(px *lb.Proxy, _, _ *client) { disable(px.Servers[0], lb.ForcedMaint) }, want: NoServer},
		{name: "the last server drains", end: func(px *lb.Proxy, _, _ *client) { disable(px.Servers[0], lb.ForcedDrain) }, want: NoServer},
		{name: "its server is disabled", must: true, end: func(px *lb.Proxy, _, _ *client) { disable(px.Servers[0], lb.ForcedMaint) }, want: Gone},
		{name: "its server drains", must: true, end: func(px *lb.Proxy, _, _ *client) { disable(px.Servers[0], lb.ForcedDrain) }, want: waiting},
		{name: "its server is deleted", must: true, end: func(px *lb.Proxy, _, _ *client) { Detach(px.Servers[0]) }, want: Gone},
		{name: "its server's check fails", must: true, end: func(px *lb.Proxy, _, _ *client) {
			px.Servers[0].State.Oper.Store(int32(lb.Stopped))
			Changed(px.Servers[0])
		}, want: Gone},
		{name: "its server is down from the start", must: true, prep: func(px *lb.Proxy) { disable(px.Servers[0], lb.ForcedMaint) }, want: Gone},
		{name: "no server from the start", prep: func(px *lb.Proxy) { disable(px.Servers[0], lb.ForcedMaint) }, want: NoServer},
		{name: "a spurious wake", end: func(_ *lb.Proxy, _, c *client) { c.Task.Wake() }, want: waiting},
	} {
		t.Run(c.name, func(t *testing.T) {
			px := farmOf(t, "roundrobin", 1)
			holder, second := &client{}, &client{}
			if c.must {
				second.must = px.Servers[0]
			}
			play(t, px,
				func(l *sched.Loop) { holder.start(l, px) },
				func(l *sched.Loop) {
					if c.prep != nil {
						c.prep(px)
					}
					second.start(l, px)
				},
				func(l *sched.Loop) {
					if c.end != nil {
						if !second.waits() {
							t.Errorf("does not wait: %d", second.result)
						}
						c.end(px, holder, second)
					}
				},
				func(*sched.Loop) {}, func(*sched.Loop) {})
			if second.result != c.want {
				t.Errorf("result %d, want %d", second.result, c.want)
			}
			if held := second.Flags&lb.SlotHeld != 0; held != (c.want == Granted) {
				t.Errorf("holds a slot: %v", held)
			}
		})
	}
}

func disable(srv *lb.Server, why lb.Admin) {
	srv.State.Admin.Store(uint32(why))
	Changed(srv)
}

func TestWaitTimesOut(t *testing.T) {
	px := farmOf(t, "roundrobin", 1)
	holder, second := &client{}, &client{}
	sys := &stepSystem{}
	l := sched.NewLoop(0, sys)
	step := 0
	sys.step = func() {
		switch step {
		case 0:
			holder.start(l, px)
		case 1:
			second.deadline = sys.now + 50e6
			second.start(l, px)
		default:
			sys.now += 10e6
			if second.ended || step > 100 {
				l.Stop()
			}
		}
		step++
	}
	l.Run()
	if second.result != TimedOut || px.Queued.Load() != 0 || second.Flags&lb.SlotHeld != 0 {
		t.Errorf("result %d, queued %d, want TimedOut, 0", second.result, px.Queued.Load())
	}
}

func TestEverybodyIsAnsweredWhenTheLastServerGoes(t *testing.T) {
	px := farmOf(t, "roundrobin", 1)
	cs := make([]*client, 6)
	for i := range cs {
		cs[i] = &client{}
		if i%2 == 1 {
			cs[i].must = px.Servers[0]
		}
	}
	play(t, px,
		func(l *sched.Loop) {
			for _, c := range cs {
				c.start(l, px)
			}
		},
		func(*sched.Loop) {
			if got := px.Queued.Load() + px.Servers[0].State.Waiting.Load(); got != 5 {
				t.Errorf("%d wait, want 5", got)
			}
			disable(px.Servers[0], lb.ForcedMaint)
		},
		func(*sched.Loop) {}, func(*sched.Loop) {})
	for i, c := range cs[1:] {
		if !c.ended || c.result != Gone && c.result != NoServer {
			t.Errorf("stream %d: ended %v, result %d", i+1, c.ended, c.result)
		}
	}
	if got := px.Back.QueuedMax.Load() + px.Servers[0].State.QueuedMax.Load(); got != 5 {
		t.Errorf("qmax adds up to %d, want 5", got)
	}
}

// A weight of 0 is no reason to send away who came before: the weight may come
// back. Who comes later finds no server.
func TestWeightZeroKeepsWhoWaits(t *testing.T) {
	for _, c := range []struct {
		name  string
		then  func(px *lb.Proxy)
		want  Result // of the one that waited; waiting = still
		extra Result // of one that came while no server was usable
	}{
		{"the weight comes back", func(px *lb.Proxy) { reweigh(px.Servers[0], 1) }, Granted, NoServer},
		{"the other server's does", func(px *lb.Proxy) { reweigh(px.Servers[1], 1) }, Granted, NoServer},
		{"the server goes into maintenance", func(px *lb.Proxy) { disable(px.Servers[0], lb.ForcedMaint) }, NoServer, NoServer},
		{"the server drains", func(px *lb.Proxy) { disable(px.Servers[1], lb.ForcedDrain) }, NoServer, NoServer},
		{"the limit grows", func(px *lb.Proxy) { px.Servers[0].MaxConn.Store(9); Changed(px.Servers[0]) }, waiting, NoServer},
	} {
		t.Run(c.name, func(t *testing.T) {
			px := farmOf(t, "roundrobin", 1, 1)
			cs := []*client{{}, {}, {}, {}}
			var got Result
			play(t, px,
				func(l *sched.Loop) {
					for _, c := range cs[:3] {
						c.start(l, px)
					}
				},
				func(l *sched.Loop) {
					reweigh(px.Servers[0], 0)
					reweigh(px.Servers[1], 0)
					cs[3].start(l, px)
					cs[0].finish, cs[1].finish = true, true
					cs[0].Task.Wake()
					cs[1].Task.Wake()
				},
				func(*sched.Loop) {}, func(*sched.Loop) {
					if cs[2].result != waiting {
						t.Errorf("with weight 0 the wait ended with %d", cs[2].result)
					}
					c.then(px)
				},
				func(*sched.Loop) {}, func(*sched.Loop) { got = cs[2].result },
				func(*sched.Loop) {
					for _, srv := range px.Servers {
						disable(srv, lb.ForcedMaint)
					}
					cs[2].finish = true
					cs[2].Task.Wake()
				}, func(*sched.Loop) {}, func(*sched.Loop) {})
			if got != c.want || cs[3].result != c.extra {
				t.Errorf("results %d, %d, want %d, %d", got, cs[3].result, c.want, c.extra)
			}
		})
	}
}

func reweigh(srv *lb.Server, to int32) {
	srv.State.Weight.Store(to)
	Changed(srv)
}

func TestOrderIsClassThenAdjustedTimeThenArrival(t *testing.T) {
	px := farmOf(t, "roundrobin", 1)
	srv := px.Servers[0]
	type arrival struct {
		name          string
		class, offset int64
		must          bool
	}
	in := []arrival{{"holder", 0, 0, false}, {"late", 1, 0, false}, {"a", 0, 0, false}, {"b", 0, 0, true}, {"c", 0, 0, false},
		{"delayed", 0, 500, true}, {"hurried", 0, -500, false}, {"first", -3, 10, true}}
	want := []string{"holder", "first", "hurried", "a", "b", "c", "delayed", "late"}
	var got []string
	cs := map[string]*client{}
	steps := []func(*sched.Loop){func(l *sched.Loop) {
		for _, a := range in {
			c := &client{log: func(*client) { got = append(got, a.name) }}
			c.SetPriorityClass(a.class)
			c.SetPriorityOffset(a.offset)
			if a.must {
				c.must = srv
			}
			cs[a.name] = c
			c.start(l, px)
		}
	}}
	for range in {
		steps = append(steps, func(*sched.Loop) {
			last := cs[got[len(got)-1]]
			last.finish = true
			last.Task.Wake()
		}, func(*sched.Loop) {})
	}
	play(t, px, steps...)
	if len(got) != len(want) {
		t.Fatalf("served %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("served %v, want %v", got, want)
		}
	}
	// Before "late", hurried, a and c were served from the backend's queue;
	// before "delayed", first and b from the server's.
	if p := cs["late"].BackQueuePos; p != 4 {
		t.Errorf("late: backend queue position %d, want 4", p)
	}
	if p := cs["delayed"].SrvQueuePos; p != 3 {
		t.Errorf("delayed: server queue position %d, want 3", p)
	}
}

func TestMaxqueueRefuses(t *testing.T) {
	px := farmOf(t, "roundrobin", 1)
	px.Servers[0].Conf.MaxQueue = 1
	cs := []*client{{}, {}, {}}
	play(t, px, func(l *sched.Loop) {
		for _, c := range cs {
			c.must = px.Servers[0]
			c.start(l, px)
		}
	}, func(*sched.Loop) {})
	if cs[1].result != waiting || cs[2].result != Refused {
		t.Errorf("results %d, %d, want waiting, Refused", cs[1].result, cs[2].result)
	}
}

func TestOldGenerationFreesSlotsForTheNewOne(t *testing.T) {
	state := lb.NewState()
	old := farmOf(t, "roundrobin", 1)
	next := farmOf(t, "roundrobin", 1)
	next.Servers[0].State = old.Servers[0].State
	rebalance(t, next, "roundrobin")
	Attach(old, state)
	holder, second := &client{}, &client{}
	play(t, old,
		func(l *sched.Loop) { holder.start(l, old) },
		func(l *sched.Loop) {
			Attach(next, state)
			second.start(l, next)
		},
		func(*sched.Loop) {
			if second.result != waiting {
				t.Errorf("result %d before the slot is free", second.result)
			}
			holder.finish = true
			holder.Task.Wake()
		},
		func(*sched.Loop) {}, func(*sched.Loop) {})
	if second.result != Granted || second.Server != next.Servers[0] {
		t.Errorf("result %d, server %v of the new generation", second.result, second.Server == next.Servers[0])
	}
}

func TestKeepsAlive(t *testing.T) {
	for _, c := range []struct {
		name            string
		most            int
		served, waiting int64
		want            bool
	}{
		{"no limit", -1, 1, 50, true},
		{"free", 0, 0, 0, true},
		{"full, none may queue", 0, 1, 0, false},
		{"below the threshold", 2, 1, 1, true},
		{"at the threshold", 2, 1, 2, false},
	} {
		px := farmOf(t, "roundrobin", 1)
		px.Conf.MaxKAQueue = c.most
		px.Servers[0].State.Served.Store(c.served)
		px.Servers[0].State.Waiting.Store(c.waiting)
		if got := KeepsAlive(px, px.Servers[0]); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestTakeAndReleaseDoNotAllocate(t *testing.T) {
	px := farmOf(t, "roundrobin", 0, 5)
	s := &lb.Stream{Back: px, Task: new(sched.Task)}
	if n := testing.AllocsPerRun(100, func() {
		for _, srv := range px.Servers {
			if !Take(s, srv) {
				t.Fatal("no slot")
			}
			Release(s)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestRedispatches(t *testing.T) {
	if px := (&lb.Proxy{Conf: &conf.Proxy{}}); Redispatches(px) {
		t.Error("without option redispatch: got true")
	}
	if px := (&lb.Proxy{Conf: &conf.Proxy{Redispatch: -1}}); !Redispatches(px) {
		t.Error("with option redispatch: got false")
	}
}
