package health

import (
	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/pool"
	"segue/internal/sched"
)

// This file lets checks use the connections that a server's pool keeps, and
// leave theirs to it. Manual 5.2 "check-reuse-pool".

// ownWords are the words of a server line that give checks connections of
// another kind than the traffic's: with one of them nothing is shared.
var ownWords = [...]string{"check-proto", "check-send-proxy", "check-ssl", "check-via-socks4"}

// shares reports whether the connection of a connect step is one of the pool's:
// what the check would dial is what the traffic dials, and HTTP is spoken.
func (c *Check) shares(cn *connect) bool {
	srv, set := c.job.srv, &c.job.set
	w := srv.Conf.ServerWords
	if _, on := w.CheckWords["check-reuse-pool"]; !on || c.job.plan.kind != httpCheck || srv.Proxy.Mode != conf.HTTP {
		return false
	}
	if cn.special || set.addr != "" || set.port > 0 || w.SendProxy != 0 || w.Socks4 != "" {
		return false
	}
	for _, name := range ownWords {
		if _, on := w.CheckWords[name]; on {
			return false
		}
	}
	return true
}

// poolName tells connections apart that may not serve each other's requests.
// Manual 5.2 "check-pool-conn-name", "check-sni".
func (c *Check) poolName() uint64 {
	words := c.job.srv.Conf.CheckWords
	name := or(words["check-pool-conn-name"], words["check-sni"])
	if name == "" {
		return 0
	}
	return pool.NameHash(append([]byte(name), 0))
}

// borrow takes an idle connection, as a client's first request would: with
// "http-reuse always" any, with "aggressive" one that served several requests.
// ok is false when the task was canceled. Manual 4.2 "http-reuse".
func (c *Check) borrow(t *sched.Task, hash uint64) (sc *lb.ServerConn, ok bool) {
	srv, th := c.job.srv, c.own.th
	mode := srv.Proxy.Reuse
	if mode != lb.ReuseAlways && mode != lb.ReuseAggressive {
		return nil, true
	}
	choice := pool.ProvenOnly
	if mode == lb.ReuseAlways {
		choice = pool.ProvenFirst
	}
	if sc = pool.Get(th, srv, hash, choice); sc != nil {
		return sc, true
	}
	return pool.Steal(t, th, srv, hash, choice)
}

// openShared takes a connection from the pool or adds one to it. done is false
// where "strict-maxconn" leaves no room: then the check dials for itself.
func (c *Check) openShared(t *sched.Task, deadline int64) (f pool.Failure, done bool) {
	srv, th, hash := c.job.srv, c.own.th, c.poolName()
	c.used = false
	if !c.fresh {
		sc, ok := c.borrow(t, hash)
		if !ok {
			return pool.Stopped, true
		}
		if sc != nil {
			c.shared, c.conn, c.used = sc, &sc.Conn, true
			return pool.None, true
		}
	}
	c.fresh = false
	sc := pool.New(th, srv)
	sc.Hash = hash
	if srv.Conf.StrictMaxConn && !pool.Book(t, th, srv, sc) {
		pool.Free(sc)
		return 0, false
	}
	f = pool.Dial(t, th, &sc.Conn, &c.target, deadline)
	if f != pool.None {
		c.direct.Errno = sc.Conn.Errno
		pool.Free(sc)
		return f, true
	}
	if c.target.Port != 0 {
		sc.Ports, sc.Port, c.target.Port = c.target.Ports, c.target.Port, 0
	}
	pool.Opened(sc)
	c.shared, c.conn = sc, &sc.Conn
	return pool.None, true
}

// giveBack leaves the connection to the pool if another request can follow.
func (c *Check) giveBack() {
	sc := c.shared
	c.shared, c.conn = nil, &c.direct
	h := &c.io.head
	if !c.io.keep || !c.io.whole || h.Minor == 0 || h.Flags&htx.ConnClose != 0 || c.job.srv.Proxy.Reuse == lb.ReuseNever {
		pool.Close(sc)
		return
	}
	pool.Put(sc, int64(c.job.srv.Conf.PoolPurge))
}

// died notes and reports whether a run failed only because the connection that it took
// from the pool had ended already: it has the right to one of its own.
func (c *Check) died(o *outcome) bool {
	c.fresh = c.used && c.shared != nil && o.status == SockErr && len(c.io.in) == 0
	return c.fresh
}
