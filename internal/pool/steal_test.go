package pool

import (
	"io"
	"net"
	"testing"
	"time"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/sched/epoll"
)

// threads runs n loops until the test ends.
func threads(t *testing.T, n int) *lb.Process {
	t.Helper()
	p := &lb.Process{}
	done := make(chan struct{}, n)
	for i := range n {
		sys, err := epoll.New()
		if err != nil {
			t.Fatal(err)
		}
		th := &lb.Thread{Loop: sched.NewLoop(i, sys), Index: i, Process: p}
		p.Threads = append(p.Threads, th)
		go func() { th.Run(); done <- struct{}{} }()
	}
	t.Cleanup(func() {
		for _, th := range p.Threads {
			th.Stop()
		}
		for range n {
			<-done
		}
	})
	return p
}

// job runs a function as a task.
type job func(t *sched.Task)

func (j job) Run(t *sched.Task) { j(t) }

// on runs f as a task of th and waits for its end.
func on(th *lb.Thread, f func(t *sched.Task)) {
	done := make(chan struct{})
	th.Post(func() { th.Start(job(func(t *sched.Task) { defer close(done); f(t) })) })
	<-done
}

func listener(t *testing.T) (*lb.Server, Target, chan net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	conns := make(chan net.Conn, 16)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			conns <- c
		}
	}()
	srv := &lb.Server{State: new(lb.ServerState), Conf: &conf.Server{ServerWords: &conf.ServerWords{PoolMaxConn: -1, MaxReuse: -1}}}
	return srv, Target{Addr: ln.Addr().(*net.TCPAddr).AddrPort()}, conns
}

func open(th *lb.Thread, srv *lb.Server, to Target, t *sched.Task, hash uint64) *lb.ServerConn {
	sc := New(th, srv)
	sc.Hash = hash
	if Dial(t, th, &sc.Conn, &to, th.Now()+int64(5*time.Second)) != None {
		return nil
	}
	Opened(sc)
	return sc
}

func TestStealTakesAnotherThreadsConnection(t *testing.T) {
	p := threads(t, 2)
	srv, to, conns := listener(t)
	a, b := p.Threads[0], p.Threads[1]
	on(a, func(task *sched.Task) { Put(open(a, srv, to, task, 7), int64(time.Minute)) })
	peer := <-conns
	defer peer.Close()
	on(b, func(task *sched.Task) {
		if sc, ok := Steal(task, b, srv, 8, YoungFirst); sc != nil || !ok {
			t.Errorf("Steal of another hash = %v, %v, want none", sc, ok)
		}
		sc, ok := Steal(task, b, srv, 7, YoungFirst)
		if sc == nil || !ok {
			t.Fatal("Steal = nil, want the connection of the other thread")
		}
		if sc.Thread != b || sc.Uses != 1 || srv.State.Conns.Load() != 1 || srv.State.IdleConns.Load() != 0 {
			t.Errorf("thread %d, uses %d, conns %d, idle %d; want 1, 1, 1, 0", sc.Thread.Index, sc.Uses, srv.State.Conns.Load(), srv.State.IdleConns.Load())
		}
		if _, st := sc.Conn.Write(task, []byte("hello"), int64(time.Second)); st != sched.OK {
			t.Errorf("writing on the stolen connection: status %d, want OK", st)
		}
		Close(sc)
	})
	buf := make([]byte, 8)
	if n, err := peer.Read(buf); string(buf[:n]) != "hello" {
		t.Errorf("the server read %q, %v, want hello", buf[:n], err)
	}
	if n := srv.State.Conns.Load(); n != 0 {
		t.Errorf("%d connections are counted at the end, want 0", n)
	}
}

// A connection that arrives when its task was told to end is closed and counted
// no more.
func TestStealLosesNothingWhenCanceled(t *testing.T) {
	p := threads(t, 2)
	srv, to, conns := listener(t)
	a, b := p.Threads[0], p.Threads[1]
	on(a, func(task *sched.Task) { Put(open(a, srv, to, task, 7), int64(time.Minute)) })
	peer := <-conns
	defer peer.Close()
	on(b, func(task *sched.Task) {
		hold, given := make(chan struct{}), make(chan struct{})
		a.Post(func() { <-hold })
		b.Post(func() {
			b.Post(func() { task.Cancel() }) // in the same turn as the connection arrives, before it
			close(hold)
			a.Post(func() { close(given) })
			<-given
		})
		if sc, ok := Steal(task, b, srv, 7, YoungFirst); sc != nil || ok {
			t.Errorf("Steal = %v, %v, want nothing", sc, ok)
		}
	})
	if _, err := peer.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the server reads %v, want the end", err)
	}
	if n := srv.State.Conns.Load(); n != 0 {
		t.Errorf("%d connections are counted at the end, want 0", n)
	}
}

func TestReserveKeepsForItsSession(t *testing.T) {
	const most = 3
	p := threads(t, 1)
	srv, to, conns := listener(t)
	th := p.Threads[0]
	on(th, func(task *sched.Task) {
		ss := &lb.Session{Thread: th, Front: &lb.Proxy{Conf: &conf.Proxy{MaxSessConns: most}}}
		for range most + 1 {
			Reserve(ss, open(th, srv, to, task, 3))
		}
		if n := len(ss.Servers); n != most {
			t.Errorf("a session keeps %d connections, want %d", n, most)
		}
		if Own(ss, srv, 4) != nil {
			t.Error("Own of another hash gave a connection")
		}
		if sc := Own(ss, srv, 3); sc == nil || len(ss.Servers) != most-1 {
			t.Errorf("Own = %v, %d left, want one, %d left", sc, len(ss.Servers), most-1)
		} else {
			Close(sc)
		}
		Disown(ss)
	})
	for range most + 1 {
		(<-conns).Close()
	}
	if n := srv.State.Conns.Load(); n != 0 {
		t.Errorf("%d connections are counted at the end, want 0", n)
	}
}

func TestNeeded(t *testing.T) {
	for _, c := range []struct {
		name                        string
		conns, idle, need, peak, at int64
		low, now                    int64
		want                        bool
	}{
		{name: "within what was in use", conns: 3, idle: 2, need: 3, want: true},
		{name: "more than ever in use", conns: 2, idle: 1, need: 1},
		{name: "pool-low-conn", conns: 2, idle: 1, need: 1, low: 1, want: true},
		{name: "it ages on while nobody asks", conns: 4, idle: 3, need: 8, peak: 1, at: 1, now: 1001},
		{name: "one delay halves the excess", conns: 4, idle: 3, need: 8, peak: 1, at: 1, now: 15, want: true},
		{name: "the estimate ages", conns: 6, idle: 5, need: 8, peak: 1, now: 100},
	} {
		st := new(lb.ServerState)
		st.Conns.Store(c.conns)
		st.IdleConns.Store(c.idle)
		st.NeedConns.Store(c.need)
		st.NeedAt.Store(c.at)
		st.PeakConns.Store(c.peak)
		if got := needed(st, c.low, c.now, 10); got != c.want {
			t.Errorf("%s: needed = %v, want %v", c.name, got, c.want)
		}
	}
}

// Manual 5.2 "pool-low-conn": below it no thread takes idle connections of others.
func TestLowConnKeepsThreadsFromStealing(t *testing.T) {
	p := threads(t, 2)
	srv, _, _ := listener(t)
	srv.State.Idle(1).Len.Store(2)
	srv.State.IdleConns.Store(2)
	for low, want := range map[int]*lb.Thread{0: p.Threads[1], 2: p.Threads[1], 3: nil} {
		srv.Conf.PoolLowConn = low
		if got := richest(p.Threads[0], srv); got != want {
			t.Errorf("pool-low-conn %d: some thread would be asked: %v, want %v", low, got != nil, want != nil)
		}
	}
}
