package pool

import (
	"sync/atomic"
	"testing"
	"time"

	"segue/internal/sched"
)

func TestBookMakesRoom(t *testing.T) {
	p := threads(t, 2)
	srv, to, conns := listener(t)
	srv.MaxConn.Store(2)
	a, b := p.Threads[0], p.Threads[1]
	on(a, func(task *sched.Task) {
		for hash := range uint64(2) {
			sc := New(a, srv)
			if sc.Hash = hash; !Book(task, a, srv, sc) {
				t.Fatal("no room below maxconn")
			}
			if Dial(task, a, &sc.Conn, &to, a.Now()+int64(5*time.Second)) != None {
				t.Fatal("cannot connect")
			}
			Opened(sc)
			Put(sc, int64(time.Minute))
		}
	})
	for range 2 {
		defer (<-conns).Close()
	}
	on(b, func(task *sched.Task) {
		first := New(b, srv)
		if !Book(task, b, srv, first) || srv.State.Conns.Load() != 2 || srv.State.IdleConns.Load() != 1 {
			t.Errorf("another thread's idle connection: %d connections, %d idle, want 2, 1", srv.State.Conns.Load(), srv.State.IdleConns.Load())
		}
		second := New(b, srv)
		if !Book(task, b, srv, second) || srv.State.IdleConns.Load() != 0 {
			t.Errorf("the last idle connection is there still")
		}
		third := New(b, srv)
		if Book(task, b, srv, third) {
			t.Error("room beyond maxconn, where none is idle")
		}
		Free(third)
		Free(second) // its dial failed
		if n := srv.State.Conns.Load(); n != 1 {
			t.Errorf("%d connections are counted after a failure, want 1", n)
		}
		Free(first)
	})
	if n := srv.State.Conns.Load(); n != 0 {
		t.Errorf("%d connections are counted at the end, want 0", n)
	}
}

func TestBookNeverExceedsMaxconn(t *testing.T) {
	p := threads(t, 2)
	srv, _, _ := listener(t)
	srv.MaxConn.Store(3)
	var ended atomic.Int32
	done := make(chan struct{})
	for _, th := range p.Threads {
		for range 4 {
			th.Post(func() {
				th.Start(job(func(task *sched.Task) {
					for range 500 {
						sc := New(th, srv)
						ok := Book(task, th, srv, sc)
						if n := srv.State.Conns.Load(); n > 3 {
							t.Errorf("%d connections", n)
						}
						if ok {
							task.Yield()
						}
						Free(sc)
					}
					if ended.Add(1) == 8 {
						close(done)
					}
				}))
			})
		}
	}
	<-done
	if n := srv.State.Conns.Load(); n != 0 {
		t.Errorf("%d connections are counted at the end, want 0", n)
	}
}

// Manual 5.2 "pool-purge-delay": with 0, no idle connection is kept.
func TestPurgeDelayOfZeroKeepsNone(t *testing.T) {
	th := threads(t, 1).Threads[0]
	srv, to, conns := listener(t)
	for purge, want := range map[int64]int64{0: 0, int64(time.Minute): 1} {
		on(th, func(task *sched.Task) { Put(open(th, srv, to, task, 1), purge) })
		defer (<-conns).Close()
		if n := srv.State.IdleConns.Load(); n != want {
			t.Errorf("pool-purge-delay %d ns: %d idle connections, want %d", purge, n, want)
		}
		on(th, func(*sched.Task) { Purge(th, srv.State) })
	}
}
