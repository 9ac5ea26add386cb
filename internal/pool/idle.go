package pool

import (
	"segue/internal/lb"
	"segue/internal/sched"
)

// keeper is a lb.ServerConn while it is idle.
type keeper lb.ServerConn

// IdleReady closes a connection that its server ended, or on which it sent
// bytes that nobody asked for.
func (k *keeper) IdleReady(*sched.Conn) { (*keeper).drop(k) }

// IdleExpired closes a connection that was not used for too long, or keeps it
// for one more round: each of them closes what the server does not need. Manual
// 5.2 "pool-purge-delay".
func (k *keeper) IdleExpired(c *sched.Conn) {
	sc := (*lb.ServerConn)(k)
	list := sc.State.Idle(sc.Thread.Index)
	if now := sc.Thread.Now(); now >= list.NextPurge {
		list.NextPurge = now + list.Every
		list.PurgeLeft = surplus(sc.State, len(list.Conns), now, list.Every)
	}
	if list.PurgeLeft == 0 {
		c.Idle(k, list.NextPurge)
		return
	}
	list.PurgeLeft--
	k.drop()
}

func (k *keeper) drop() {
	sc := (*lb.ServerConn)(k)
	list := sc.State.Idle(sc.Thread.Index)
	for i, x := range list.Conns {
		if x == sc {
			list.Remove(i)
			break
		}
	}
	unidle(sc)
	Close(sc)
}

// unidle counts the connection as idle no more.
func unidle(sc *lb.ServerConn) {
	sc.State.IdleConns.Add(-1)
	if sc.Uses > 1 {
		sc.State.SafeConns.Add(-1)
	}
}

// Purge closes the thread's idle connections to a server.
func Purge(th *lb.Thread, st *lb.ServerState) {
	if st.IdleLen(th.Index) == 0 {
		return
	}
	list := st.Idle(th.Index)
	for len(list.Conns) > 0 {
		sc := list.Conns[len(list.Conns)-1]
		sc.Conn.StopIdle()
		(*keeper)(sc).drop()
	}
}
