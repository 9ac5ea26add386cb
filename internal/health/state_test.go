package health

import (
	"net"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"segue/internal/conf"
	"segue/internal/lb"
)

// idle is a server whose first check is an hour away.
func idle(name string, mods ...func(s *conf.Server)) *conf.Server {
	return server1(name, "127.0.0.1:1", append([]func(*conf.Server){func(s *conf.Server) { s.Inter = time.Hour }}, mods...)...)
}

// settle waits until the loop has done what was posted to it.
func (b *bench) settle() {
	done := make(chan struct{})
	b.p.Threads[0].Post(func() { close(done) })
	<-done
}

// TestAdminLines compares with what HAProxy 3.4 writes for the same commands.
func TestAdminLines(t *testing.T) {
	b := newBench(t)
	g := b.generation(farm("b", idle("s1"), idle("s2", func(s *conf.Server) { s.Backup = true }), idle("t", func(s *conf.Server) { s.Track = "s1"; s.Check = false })))
	b.use(g)
	s1, s2, tr := g.Proxies[0].Servers[0], g.Proxies[0].Servers[1], g.Proxies[0].Servers[2]
	for _, c := range []struct {
		name string
		do   func()
		want []string
	}{
		{"disable", func() { Disable(s1, "") }, []string{
			"Server b/s1 is going DOWN for maintenance. 1 active and 1 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
			"Server b/t is going DOWN for maintenance via b/s1. 0 active and 1 backup servers left. Running on backup. 0 sessions active, 0 requeued, 0 remaining in queue.",
		}},
		{"enable", func() { Enable(s1) }, []string{
			"Server b/s1 is UP/READY (leaving forced maintenance).",
			"Server b/t is UP/READY (leaving maintenance).",
		}},
		{"drain", func() { SetAdmin(s1, Drain) }, []string{
			"Server b/s1 enters drain state. 1 active and 1 backup servers online. 0 sessions requeued, 0 total in queue.",
			"Server b/t enters drain state via b/s1. 0 active and 1 backup servers online. Running on backup. 0 sessions requeued, 0 total in queue.",
		}},
		{"maint from drain", func() { SetAdmin(s1, Maint) }, []string{
			"Server b/s1 is going DOWN for maintenance. 0 active and 1 backup servers left. Running on backup. 0 sessions active, 0 requeued, 0 remaining in queue.",
			"Server b/t is going DOWN for maintenance via b/s1. 0 active and 1 backup servers left. Running on backup. 0 sessions active, 0 requeued, 0 remaining in queue.",
		}},
		{"ready", func() { SetAdmin(s1, Ready) }, []string{
			"Server b/s1 is UP/READY (leaving forced maintenance).",
			"Server b/t is UP/READY (leaving maintenance).",
		}},
		{"health down", func() { SetHealth(s1, Down, "") }, []string{
			"Server b/s1 is DOWN, changed from CLI. 1 active and 1 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
			"Server b/t is DOWN via b/s1. 0 active and 1 backup servers left. Running on backup. 0 sessions active, 0 requeued, 0 remaining in queue.",
		}},
		{"backup down", func() { SetHealth(s2, Down, "") }, []string{
			"Backup Server b/s2 is DOWN, changed from CLI. 0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
			"backend b has no server available!",
		}},
		{"down enters maintenance", func() { Disable(s2, "") }, []string{"Backup Server b/s2 was DOWN and now enters maintenance."}},
		{"health up", func() { SetHealth(s1, Up, "") }, []string{
			"Server b/s1 is UP, changed from CLI. 1 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.",
			"Server b/t is UP via b/s1. 2 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.",
		}},
		{"health stopping", func() { SetHealth(s1, Stopping, "") }, []string{
			"Server b/s1 is stopping, changed from CLI. 1 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.",
			"Server b/t is stopping via b/s1. 0 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.",
			"backend b has no server available!",
		}},
	} {
		c.do()
		for _, want := range c.want {
			got := b.line()
			if got == "backend b has no server available!" && want != got {
				got = b.line()
			}
			if got != want {
				t.Errorf("%s:\n got %q\nwant %q", c.name, got, want)
			}
		}
	}
	if tr.Usable() || s1.Usable() {
		t.Error("a stopping server is usable")
	}
}

func TestHealthIsSetWithoutChecks(t *testing.T) {
	b := newBench(t)
	g := b.generation(farm("b", idle("s", func(s *conf.Server) { s.Check = false }), idle("t", func(s *conf.Server) { s.Check = true }), idle("u", func(s *conf.Server) { s.Track = "t"; s.Check = false })))
	b.use(g)
	px := g.Proxies[0]
	if !SetHealth(px.Servers[0], Down, "") || px.Servers[0].Up() {
		t.Error("a server without checks did not go down")
	}
	if !SetHealth(px.Servers[0], Up, "") || !px.Servers[0].Up() {
		t.Error("it did not come up")
	}
	if SetHealth(px.Servers[2], Down, "") {
		t.Error("a tracking server took a health of its own")
	}
}

func TestEnablingChecksKeepsTheHealth(t *testing.T) {
	b := newBench(t)
	g := b.generation(farm("b", idle("s")))
	b.use(g)
	srv := g.Proxies[0].Servers[0]
	SetHealth(srv, Up, "")
	EnableCheck(srv, false, false)
	EnableCheck(srv, false, true)
	if check, _, _ := Look(srv); check.Health != check.Rise+check.Fall-1 {
		t.Errorf("health %d, want all of it", check.Health)
	}
}

func TestInitState(t *testing.T) {
	for _, c := range []struct {
		state  string
		up     bool
		health int
	}{{"", true, 2}, {"fully-up", true, 4}, {"up", true, 2}, {"down", false, 2}, {"fully-down", false, 0}} {
		t.Run("init-state "+c.state, func(t *testing.T) {
			b := newBench(t)
			g := b.generation(farm("b", idle("s", func(s *conf.Server) { s.InitState = c.state })))
			b.use(g)
			srv := g.Proxies[0].Servers[0]
			check, _, _ := Look(srv)
			if srv.Up() != c.up || check.Health != c.health || check.Status != Initial {
				t.Errorf("up %v, check %+v; want up %v, health %d", srv.Up(), check, c.up, c.health)
			}
		})
	}
}

// A server that nothing checks has no state to begin from but up.
func TestInitStateWithoutChecks(t *testing.T) {
	for _, state := range []string{"up", "fully-up", "none"} {
		b := newBench(t)
		g := b.generation(farm("b", idle("s", func(s *conf.Server) { s.Check, s.InitState, s.SlowStart = false, state, time.Hour })))
		b.use(g)
		srv := g.Proxies[0].Servers[0]
		SetAdmin(srv, Maint)
		SetAdmin(srv, Ready)
		if !srv.Up() {
			t.Errorf("init-state %s: down after maintenance, want up", state)
		}
		if slow := lb.Oper(srv.State.Oper.Load()) == lb.Starting; slow != (state == "none") {
			t.Errorf("init-state %s: slow start %v", state, slow)
		}
	}
}

func TestReloadGoesOn(t *testing.T) {
	b := newBench(t)
	// The second server's first check is half an hour away.
	g := b.generation(farm("b", idle("gone"), idle("s")))
	b.use(g)
	b.settle()
	srv := g.Proxies[0].Servers[1]
	SetHealth(srv, Down, "")
	c := of(srv).check
	due := c.due
	gone := of(g.Proxies[0].Servers[0])
	g2 := b.generation(farm("b", idle("s", func(s *conf.Server) { s.Fall = 5 }), idle("new", func(s *conf.Server) { s.InitState = "fully-up" })))
	b.use(g2)
	b.settle()
	if c.due != due || !c.timer.Pending() {
		t.Error("the check that stays was moved")
	}
	if srv2 := g2.Proxies[0].Servers[0]; srv2.Up() || of(srv2) != of(srv) || of(srv2).srv != srv2 {
		t.Error("the state did not survive")
	}
	if gone.check.timer.Pending() || gone.check.configured {
		t.Error("the check of a server that is gone still runs")
	}
	if a, _ := Usable(b.p, g2.Proxies[0]); a != 1 {
		t.Errorf("%d active servers, want 1 (new)", a)
	}
	g3 := b.generation(farm("b", idle("s", func(s *conf.Server) { s.Check = false })))
	b.use(g3)
	if !g3.Proxies[0].Servers[0].Up() {
		t.Error("a server without checks stays down")
	}
}

func TestObserve(t *testing.T) {
	for _, c := range []struct {
		onError string
		times   int
		down    bool
		health  int
	}{
		{"fastinter", 1, false, 4},
		{"fail-check", 1, false, 3},
		{"fail-check", 3, true, 0},
		{"sudden-death", 2, true, 0},
		{"mark-down", 1, true, 0},
	} {
		t.Run(c.onError, func(t *testing.T) {
			b := newBench(t)
			g := b.generation(farm("b", idle("s", func(s *conf.Server) {
				s.Observe, s.OnError, s.ErrorLimit, s.InitState = "layer7", c.onError, 3, "fully-up"
			})))
			b.use(g)
			srv := g.Proxies[0].Servers[0]
			Observe(srv, BadStatus)
			Observe(srv, BadStatus)
			Observe(srv, GoodResponse)
			if n := of(srv).errors.Load(); n != 0 {
				t.Errorf("%d errors after a good response", n)
			}
			for range c.times * 3 {
				Observe(srv, ReadTimeout)
			}
			check, _, totals := Look(srv)
			if srv.Up() == c.down || check.Health != c.health || totals.FailedHana != int64(c.times) {
				t.Errorf("up %v, health %d, hana %d; want down %v, health %d, hana %d", srv.Up(), check.Health, totals.FailedHana, c.down, c.health, c.times)
			}
			if c.down {
				b.expect(`Server b/s is DOWN, reason: Health analyze, info: "Detected 3 consecutive errors, last one was: Read timeout (http)". 0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.`)
			}
		})
	}
}

// TestSlowstart: the stairs that HAProxy 3.4 climbs, one a second.
func TestSlowstart(t *testing.T) {
	b := newBench(t)
	slow := func(whole time.Duration) *conf.Server {
		return idle(whole.String(), func(s *conf.Server) { s.SlowStart = whole })
	}
	static := farm("static", slow(20*time.Second))
	static.Balance.Algo = "static-rr"
	g := b.generation(farm("b", slow(16*time.Second), slow(20*time.Second), slow(7*time.Second)), static)
	b.use(g)
	for _, c := range []struct {
		be, srv string
		at      time.Duration
		share   int32 // sixteenths of the weight
		percent int32 // of maxconn
		oper    lb.Oper
	}{
		{"b", "16s", 0, 1, 0, lb.Starting},
		{"b", "16s", 4 * time.Second, 5, 25, lb.Starting},
		{"b", "16s", 4999 * time.Millisecond, 5, 25, lb.Starting},
		{"b", "16s", 15 * time.Second, 16, 93, lb.Starting},
		{"b", "16s", 16 * time.Second, 0, 93, lb.Running},
		{"b", "20s", time.Second, 1, 5, lb.Starting},
		{"b", "20s", 3 * time.Second, 3, 15, lb.Starting},
		{"b", "20s", 19 * time.Second, 16, 95, lb.Starting},
		{"b", "7s", 3 * time.Second, 7, 42, lb.Starting},
		{"static", "20s", 0, 16, 0, lb.Starting},
		{"static", "20s", 3 * time.Second, 16, 15, lb.Starting},
		{"static", "20s", 20 * time.Second, 0, 15, lb.Running},
	} {
		srv := g.Backs[c.be].ByName[c.srv]
		SetHealth(srv, Down, "")
		SetHealth(srv, Up, "")
		b.settle()
		r := &of(srv).warmup
		done := make(chan struct{})
		b.p.Threads[0].Post(func() { r.Expire(r.since + int64(c.at)); close(done) })
		<-done
		st := srv.State
		if share, percent, oper := st.Ramp.Load(), st.Warmth.Load(), lb.Oper(st.Oper.Load()); share != c.share || oper == lb.Starting && percent != c.percent || oper != c.oper {
			t.Errorf("%s/%s after %s: %d/16 of the weight, %d %% of maxconn, oper %d; want %d, %d, %d", c.be, c.srv, c.at, share, percent, oper, c.share, c.percent, c.oper)
		}
	}
}

func TestEndOfSlowstartIsLogged(t *testing.T) {
	b := newBench(t)
	g := b.generation(farm("b", idle("s", func(s *conf.Server) { s.SlowStart = 16 * time.Second })))
	b.use(g)
	srv := g.Proxies[0].Servers[0]
	SetHealth(srv, Down, "")
	SetHealth(srv, Up, "")
	b.settle()
	r := &of(srv).warmup
	b.p.Threads[0].Post(func() { r.Expire(r.since + int64(16*time.Second)) })
	for range 3 { // down, nobody left, up from the command line
		b.line()
	}
	b.expect("Server b/s is UP. 1 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.")
}

func TestShutdownSessions(t *testing.T) {
	b := newBench(t)
	g := b.generation(farm("b",
		idle("s", func(s *conf.Server) { s.OnMarkedDown, s.OnMarkedUp = "shutdown-sessions", "shutdown-backup-sessions" }),
		idle("spare", func(s *conf.Server) { s.Backup = true })))
	b.use(g)
	srv := g.Proxies[0].Servers[0]
	SetHealth(srv, Down, "")
	SetHealth(srv, Up, "")
	Disable(srv, "")
	for _, want := range []string{"b/s", "b/spare", "b/s"} {
		if got := <-b.kills; got != want {
			t.Errorf("sessions of %s ended, want %s", got, want)
		}
	}
	if got := <-b.purge; got != "b/s" {
		t.Errorf("idle connections of %s closed", got)
	}
}

func TestTrackRefusals(t *testing.T) {
	b := newBench(t)
	track := func(to string) func(*conf.Server) {
		return func(s *conf.Server) { s.Track, s.Check = to, false }
	}
	for _, c := range []struct {
		name    string
		servers []*conf.Server
		want    string
	}{
		{"no proxy", []*conf.Server{idle("s", track("x/y"))}, "unable to find required proxy 'x' for tracking."},
		{"no server", []*conf.Server{idle("s", track("y"))}, "unable to find required server 'y' for tracking."},
		{"no check", []*conf.Server{idle("s", track("y")), idle("y", func(s *conf.Server) { s.Check = false })}, "unable to use b/y for tracking as it does not have any check nor agent enabled."},
		{"loop", []*conf.Server{idle("s", track("y")), idle("y", track("s"))}, "unable to track b/y as it belongs to a tracking chain looping back to b/s."},
	} {
		t.Run(c.name, func(t *testing.T) {
			px := farm("b", c.servers...)
			g := &lb.Generation{Backs: map[string]*lb.Proxy{}}
			p := &lb.Proxy{Conf: px, Name: "b", ByName: map[string]*lb.Server{}}
			for _, sc := range px.Servers {
				st, _ := b.p.State.Server("b", sc.Name)
				srv := &lb.Server{Conf: sc, Proxy: p, State: st, Name: sc.Name}
				p.Servers = append(p.Servers, srv)
				p.ByName[sc.Name] = srv
			}
			g.Proxies, g.Backs["b"] = []*lb.Proxy{p}, p
			var got string
			Link(g, func(_ *lb.Server, msg string) { got = msg })
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestErrorTexts(t *testing.T) {
	for e, want := range map[syscall.Errno]string{
		syscall.ECONNREFUSED: "ECONNREFUSED returned by OS (Connection refused)",
		syscall.ENETUNREACH:  "General socket error (Network is unreachable)",
		0:                    "General socket error",
	} {
		if got := errorText(e); got != want {
			t.Errorf("errorText(%d) = %q, want %q", e, got, want)
		}
	}
	if got := resourceText(syscall.EADDRNOTAVAIL); got != "Out of local source ports on the system (Cannot assign requested address)" {
		t.Errorf("got %q", got)
	}
}

// TestLayer4Allocates nothing for each run of a check that changes nothing.
func TestLayer4AllocatesNothing(t *testing.T) {
	b := newBench(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	g := b.generation(farm("b", server1("s", l.Addr().String(), func(s *conf.Server) { s.Inter = time.Hour; s.InitState = "fully-up" })))
	b.use(g)
	b.settle()
	c := of(g.Proxies[0].Servers[0]).check
	ran := make(chan struct{}, 1)
	run := func() {
		c.Expire(c.own.th.Now())
		ran <- struct{}{}
	}
	once := func() {
		c.own.th.Post(run)
		<-ran
		for c.run != nil { // only the loop writes it; the test may look late
			runtime.Gosched()
		}
	}
	if raceEnabled {
		t.Skip("the wait for the run's end is no synchronisation")
	}
	for range 20 {
		once()
	}
	if n := testing.AllocsPerRun(200, once); n > 0 {
		t.Errorf("%v allocations for each check", n)
	}
	if check, _, _ := Look(g.Proxies[0].Servers[0]); check.Status != L4OK {
		t.Errorf("status %s", check.Status)
	}
}

// A command that deletes a server finds its checks while a reload takes them
// away or gives new ones; under -race, the two may not meet.
func TestRemoveMeetsReload(t *testing.T) {
	b := newBench(t)
	with, without := farm("b", idle("s1"), idle("s2")), farm("b", idle("s1"))
	g := b.generation(with)
	b.use(g)
	srv := g.Proxies[0].Servers[1]
	done := make(chan struct{})
	var removing sync.WaitGroup
	removing.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				srv.CheckInfo(false)
				Remove(srv)
			}
		}
	})
	for range 200 {
		b.use(b.generation(without))
		b.use(b.generation(with))
	}
	close(done)
	removing.Wait()
	Remove(srv)
	if of(srv) != nil {
		t.Error("the checks of a server that was removed are still there")
	}
	if n := len(b.h.servers); n != 1 {
		t.Errorf("%d servers have health, want 1", n)
	}
}

// A server that a command adds while a reload takes its generation away has
// checks exactly once, or not at all where the new generation does not have it.
func TestAddMeetsReload(t *testing.T) {
	for _, keeps := range []bool{false, true} {
		b := newBench(t)
		for range 100 {
			g := b.generation(farm("b", idle("s1")))
			b.use(g)
			px := g.Proxies[0]
			st, _ := b.p.State.Server("b", "added")
			st.Oper.Store(int32(lb.Running))
			srv := &lb.Server{Conf: idle("added"), Proxy: px, State: st, Name: "added"}
			next := farm("b", idle("s1"))
			if keeps {
				next = farm("b", idle("s1"), idle("added"))
			}
			g2 := b.generation(next)
			var both sync.WaitGroup
			both.Go(func() { Add(b.p, srv) })
			b.use(g2)
			both.Wait()
			for _, s := range b.h.servers {
				if s.srv.Proxy.Gen != g2 {
					t.Fatalf("the checks of %s belong to a generation that has gone", s.srv.Name)
				}
			}
			if got, want := len(b.h.servers), len(g2.Proxies[0].Servers); got != want {
				t.Fatalf("%d servers have health, want %d", got, want)
			}
		}
	}
}

// Those that follow a server hear of it from the last to the first, as in
// HAProxy 3.4.
func TestTrackersAreToldLastFirst(t *testing.T) {
	b := newBench(t)
	follow := func(s *conf.Server) { s.Track, s.Check = "s", false }
	g := b.generation(farm("b", idle("s"), idle("t1", follow), idle("t2", follow)))
	b.use(g)
	SetHealth(g.Proxies[0].Servers[0], Down, "")
	for _, want := range []string{"b/s is DOWN", "b/t2 is DOWN via b/s", "b/t1 is DOWN via b/s"} {
		if got := b.line(); !strings.Contains(got, want) {
			t.Errorf("line %q, want %q", got, want)
		}
	}
}

// TestReloadEndsAndBeginsMaintenance: what a new configuration says of servers is
// what they are, at once, as at a start.
func TestReloadEndsAndBeginsMaintenance(t *testing.T) {
	disabled := func(s *conf.Server) { s.Disabled = true }
	unchecked := func(s *conf.Server) { s.Check = false }
	follows := func(name string) func(*conf.Server) {
		return func(s *conf.Server) { s.Check, s.Track = false, name }
	}
	for _, c := range []struct {
		name    string
		before  []*conf.Server
		command func(srv *lb.Server) // on the first server of before
		after   []*conf.Server
		oper    []lb.Oper // of those of after
		paused  []bool
	}{
		{"enabled", []*conf.Server{idle("s", disabled)}, nil, []*conf.Server{idle("s")}, []lb.Oper{lb.Running}, []bool{false}},
		{"enabled, without a check", []*conf.Server{idle("s", disabled, unchecked)}, nil, []*conf.Server{idle("s", unchecked)}, []lb.Oper{lb.Running}, []bool{false}},
		{"enabled, to begin down", []*conf.Server{idle("s", disabled)}, nil, []*conf.Server{idle("s", func(s *conf.Server) { s.InitState = "down" })}, []lb.Oper{lb.Stopped}, []bool{false}},
		{"disabled", []*conf.Server{idle("s")}, nil, []*conf.Server{idle("s", disabled)}, []lb.Oper{lb.Stopped}, []bool{true}},
		{"an operator's maintenance stays", []*conf.Server{idle("s")}, func(srv *lb.Server) { SetAdmin(srv, Maint) }, []*conf.Server{idle("s")}, []lb.Oper{lb.Stopped}, []bool{true}},
		{"down stays down", []*conf.Server{idle("s")}, func(srv *lb.Server) { SetHealth(srv, Down, "") }, []*conf.Server{idle("s")}, []lb.Oper{lb.Stopped}, []bool{false}},
		{"down without check any more", []*conf.Server{idle("s")}, func(srv *lb.Server) { SetHealth(srv, Down, "") }, []*conf.Server{idle("s", unchecked)}, []lb.Oper{lb.Running}, []bool{false}},
		{"followers come along", []*conf.Server{idle("s", disabled), idle("f", follows("s"))}, nil, []*conf.Server{idle("s"), idle("f", follows("s"))}, []lb.Oper{lb.Running, lb.Running}, []bool{false, false}},
		{"followers go along", []*conf.Server{idle("s"), idle("f", follows("s"))}, nil, []*conf.Server{idle("s", disabled), idle("f", follows("s"))}, []lb.Oper{lb.Stopped, lb.Stopped}, []bool{true, false}},
		{"a follower becomes its own master", []*conf.Server{idle("s", disabled), idle("f", follows("s"))}, nil, []*conf.Server{idle("s", disabled), idle("f", unchecked)}, []lb.Oper{lb.Stopped, lb.Running}, []bool{true, false}},
		{"a follower gets a check of its own", []*conf.Server{idle("s", disabled), idle("f", follows("s"))}, nil, []*conf.Server{idle("s", disabled), idle("f")}, []lb.Oper{lb.Stopped, lb.Running}, []bool{true, false}},
		{"a check for one in maintenance", []*conf.Server{idle("s", unchecked)}, func(srv *lb.Server) { SetAdmin(srv, Maint) }, []*conf.Server{idle("s")}, []lb.Oper{lb.Stopped}, []bool{true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			g := b.generation(farm("b", c.before...))
			b.use(g)
			if c.command != nil {
				c.command(g.Proxies[0].Servers[0])
			}
			g = b.generation(farm("b", c.after...))
			for i, sc := range c.after {
				st := g.Proxies[0].Servers[i].State
				st.Admin.And(^uint32(lb.ConfMaint))
				if sc.Disabled {
					st.Admin.Or(uint32(lb.ConfMaint))
				}
			}
			b.use(g)
			for i, srv := range g.Proxies[0].Servers {
				check, _, _ := Look(srv)
				if oper := lb.Oper(srv.State.Oper.Load()); oper != c.oper[i] || check.Paused != c.paused[i] {
					t.Errorf("%s: oper %d, check paused %v; want %d, %v", srv.Name, oper, check.Paused, c.oper[i], c.paused[i])
				}
			}
		})
	}
}

// TestReloadTurnsBackend: a backend that a new configuration leaves without a
// server is down from then on.
func TestReloadTurnsBackend(t *testing.T) {
	b := newBench(t)
	g := b.generation(farm("b", idle("up"), idle("down")))
	b.use(g)
	SetHealth(g.Proxies[0].ByName["down"], Down, "")
	b.line()
	back := g.Proxies[0].Back
	back.LastChange.Store(1000)
	g = b.generation(farm("b", idle("down")))
	b.use(g)
	since := now() - back.LastChange.Load()
	if since < 0 || since > 100 || back.DownTrans.Load() != 1 {
		t.Errorf("down since %d s, %d times; want 0, 1", since, back.DownTrans.Load())
	}
	back.LastChange.Store(now() - 50)
	g = b.generation(farm("b", idle("down"), idle("new")))
	b.use(g)
	if got := back.Down.Load(); got < 50 || got > 100 {
		t.Errorf("%d s of downtime, want 50", got)
	}
}
