package pool

import (
	"testing"
	"time"

	"segue/internal/lb"
	"segue/internal/sched"
)

// Each round of pool-purge-delay closes what the server does not need.
func TestExpiredConnectionsGoUnlessNeeded(t *testing.T) {
	th := threads(t, 1).Threads[0]
	srv, to, conns := listener(t)
	srv.Conf.PoolPurge = time.Hour // the test expires them itself
	srv.Conf.PoolLowConn = 8
	on(th, func(task *sched.Task) {
		for range 3 {
			Put(open(th, srv, to, task, 1), int64(srv.Conf.PoolPurge))
		}
		list := srv.State.Idle(th.Index)
		round := func(need int64, want int) {
			t.Helper()
			list.NextPurge = 0
			srv.State.NeedConns.Store(need)
			srv.State.NeedAt.Store(th.Now()) // the estimate is fresh
			for i := len(list.Conns) - 1; i >= 0; i-- {
				sc := list.Conns[0] // they expire in the order in which they came
				if len(list.Conns) <= want {
					sc = list.Conns[len(list.Conns)-1]
				}
				sc.Conn.StopIdle()
				(*keeper)(sc).IdleExpired(&sc.Conn)
			}
			if len(list.Conns) != want {
				t.Errorf("after a round %d connections are idle, want %d", len(list.Conns), want)
			}
		}
		round(3, 3)
		round(1, 1)
		round(0, 0)
		srv.Conf.PoolPurge = 0
		Put(open(th, srv, to, task, 1), int64(srv.Conf.PoolPurge))
		if n := srv.State.IdleConns.Load(); n != 0 {
			t.Errorf("without a delay %d connections are kept, want 0", n)
		}
	})
	for range 4 {
		(<-conns).Close()
	}
}

// The need of the last round counts, too: connections outlive the delay in which
// nobody uses them.
func TestSurplusOverlooksOneDelay(t *testing.T) {
	th := threads(t, 1).Threads[0]
	srv, to, conns := listener(t)
	srv.Conf.PoolPurge, srv.Conf.PoolLowConn = time.Hour, 8
	on(th, func(task *sched.Task) {
		Put(open(th, srv, to, task, 1), int64(time.Hour))
		Put(open(th, srv, to, task, 1), int64(time.Hour))
		st := srv.State
		now := int64(time.Hour) * 1000
		st.NeedConns.Store(0)
		st.PeakConns.Store(2)
		for i, want := range []int{0, 0, 1, 2} {
			if i > 0 {
				st.PeakConns.Store(0)
			}
			st.NeedAt.Store(now)
			now += int64(time.Hour) + 1
			if got := surplus(st, 2, now, int64(time.Hour)); got != want {
				t.Errorf("round %d closes %d, want %d", i, got, want)
			}
		}
		Purge(th, st)
	})
	for range 2 {
		(<-conns).Close()
	}
}

// A session's first request takes proven connections, later ones leave them to
// others.
func TestChoiceOfIdleConnections(t *testing.T) {
	th := threads(t, 1).Threads[0]
	srv, to, conns := listener(t)
	srv.Conf.PoolPurge, srv.Conf.PoolLowConn = time.Hour, 8
	on(th, func(task *sched.Task) {
		put := func(sc *lb.ServerConn) { Put(sc, int64(time.Hour)) }
		put(open(th, srv, to, task, 1))
		put(open(th, srv, to, task, 1))
		if Get(th, srv, 1, ProvenOnly) != nil {
			t.Error("a connection that served once is proven")
		}
		put(Get(th, srv, 1, YoungFirst)) // one of them is proven now
		for _, c := range []struct {
			name  string
			c     Choice
			young bool
		}{{"later request", YoungFirst, true}, {"first request", ProvenFirst, false}, {"aggressive", ProvenOnly, false}} {
			sc := Get(th, srv, 1, c.c)
			if sc == nil || sc.Young() != c.young {
				t.Fatalf("%s: %+v, want young %v", c.name, sc, c.young)
			}
			sc.Uses-- // as it was
			put(sc)
		}
		a, b := Get(th, srv, 1, ProvenFirst), Get(th, srv, 1, ProvenFirst)
		if a == nil || b == nil || !b.Young() {
			t.Error("a first request takes no young connection where no other is left")
		}
		Close(a)
		Close(b)
	})
	for range 2 {
		(<-conns).Close()
	}
}
