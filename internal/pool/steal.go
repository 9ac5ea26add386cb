package pool

import (
	"segue/internal/lb"
	"segue/internal/sched"
)

// Stealing: a thread that has no idle connection asks one other thread for one
// of its. Everything that belongs to the owner is touched on the owner's loop,
// so that no lock is needed: the request travels by Post, the descriptor comes
// back by Post. One thread is asked for each attempt, so the wait is two turns
// of a loop. Manual 3.2 "tune.idle-pool.shared".

// theft is one request for a connection. Fields below the line are written by
// the owner's loop before it posts back, then belong to the thief's.
type theft struct {
	task *sched.Task // of the thief
	left bool        // the thief waits no more; its loop's
	done bool        // its loop's

	fd    int32 // -1 = none
	ports *lb.Ports
	port  uint16
	uses  int
	epoch int64
}

// Steal takes an idle connection to srv that suits hash from another thread;
// nil if there is none. ok is false when the task was canceled meanwhile.
func Steal(t *sched.Task, th *lb.Thread, srv *lb.Server, hash uint64, c Choice) (sc *lb.ServerConn, ok bool) {
	owner := richest(th, srv)
	if owner == nil || srv.Proxy != nil && srv.Proxy.Gen.Conf.Global.Tune.OwnIdle {
		return nil, true
	}
	x := &theft{task: t, fd: -1}
	owner.Post(func() { x.give(owner, th, srv, hash, c) })
	for !x.done {
		if t.Park(0) == sched.Canceled {
			if x.done {
				x.drop(srv) // it came, but the task was told to end first
			}
			x.left = true
			return nil, false
		}
	}
	if x.fd < 0 {
		return nil, true
	}
	sc = New(th, srv)
	sc.Ports, sc.Port = x.ports, x.port
	if th.Attach(&sc.Conn, x.fd, false) != 0 {
		closeFD(x.fd)
		sc.FreePort()
		srv.State.Conns.Add(-1)
		Free(sc)
		return nil, true
	}
	sc.Conn.AssumeWritable()
	sc.Hash, sc.Uses, sc.Epoch = hash, x.uses, x.epoch
	used(srv.State)
	return sc, true
}

// richest is the thread that has most idle connections to srv, nil if no other
// has any.
func richest(th *lb.Thread, srv *lb.Server) (best *lb.Thread) {
	if n := srv.State.IdleConns.Load(); n == 0 || n < int64(srv.Conf.PoolLowConn) {
		return nil // manual 5.2 "pool-low-conn": every thread keeps its few
	}
	return most(th, srv.State)
}

// most is the other thread that has most idle connections, nil if none has any.
func most(th *lb.Thread, st *lb.ServerState) (best *lb.Thread) {
	top := int64(0)
	for _, o := range th.Process.Threads {
		if n := st.IdleLen(o.Index); o != th && n > top {
			best, top = o, n
		}
	}
	return best
}

// give runs on the owner's loop.
func (x *theft) give(owner, thief *lb.Thread, srv *lb.Server, hash uint64, c Choice) {
	if sc := Get(owner, srv, hash, c); sc != nil {
		x.uses, x.epoch = sc.Uses, sc.Epoch
		x.ports, x.port, sc.Ports = sc.Ports, sc.Port, nil
		x.fd = sc.Conn.Detach()
		Free(sc)
	}
	thief.Post(func() {
		if !x.left {
			x.done = true
			x.task.Wake()
			return
		}
		x.drop(srv)
	})
}

// drop closes the connection that nobody waits for any more, if there is one.
func (x *theft) drop(srv *lb.Server) {
	if x.fd < 0 {
		return
	}
	closeFD(x.fd)
	if x.ports != nil {
		x.ports.Give(x.port)
	}
	srv.State.Conns.Add(-1)
}
