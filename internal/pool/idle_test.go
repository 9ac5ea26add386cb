package pool

import (
	"testing"
	"time"

	"segue/internal/sched"
)

// Each round of pool-purge-delay closes half of what is idle: 3, 1, 0.
func TestExpiredConnectionsGoByHalves(t *testing.T) {
	th := threads(t, 1).Threads[0]
	srv, to, conns := listener(t)
	srv.Conf.PoolPurge = time.Hour // the test expires them itself
	srv.Conf.PoolLowConn = 8
	on(th, func(task *sched.Task) {
		for range 3 {
			Put(open(th, srv, to, task, 1), int64(srv.Conf.PoolPurge))
		}
		list := srv.State.Idle(th.Index)
		round := func(want int) {
			t.Helper()
			list.NextPurge = 0
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
		round(1)
		round(0)
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
