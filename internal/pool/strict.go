package pool

import (
	"segue/internal/lb"
	"segue/internal/sched"
)

// "strict-maxconn": all connections to a server, the idle ones included, are at
// most maxconn. A connection is counted before it is dialed, so that two loops
// cannot both take the last place. Manual 5.2.

// Book counts a connection that is about to be made, closing an idle one of any
// thread where the server has its maxconn already. false: there is no room, or
// the task was canceled. What is booked is given back by Free or Close.
func Book(t *sched.Task, th *lb.Thread, srv *lb.Server, sc *lb.ServerConn) bool {
	st := srv.State
	for {
		n, most := st.Conns.Load(), srv.MaxConn.Load()
		if most <= 0 || n < most {
			if st.Conns.CompareAndSwap(n, n+1) {
				sc.Booked = true
				return true
			}
			continue
		}
		if !evict(t, th, st) {
			return false
		}
	}
}

// evict closes an idle connection: the thread's own that was idle for longest,
// or one of the thread that has most.
func evict(t *sched.Task, th *lb.Thread, st *lb.ServerState) bool {
	if closeOldest(th, st) {
		return true
	}
	owner := most(th, st)
	if owner == nil {
		return false
	}
	var closed, done, left bool
	owner.Post(func() {
		was := closeOldest(owner, st)
		th.Post(func() {
			if !left {
				closed, done = was, true
				t.Wake()
			}
		})
	})
	for !done {
		if t.Park(0) == sched.Canceled {
			left = true
			return false
		}
	}
	return closed
}

// closeOldest runs on the thread's loop.
func closeOldest(th *lb.Thread, st *lb.ServerState) bool {
	if st.IdleLen(th.Index) == 0 {
		return false
	}
	sc := st.Idle(th.Index).Conns[0]
	sc.Conn.StopIdle()
	(*keeper)(sc).drop()
	return true
}
