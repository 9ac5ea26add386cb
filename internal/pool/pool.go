package pool

import (
	"segue/internal/hash"
	"segue/internal/lb"
	"segue/internal/sched"
)

// New returns an unconnected connection object of the thread.
func New(th *lb.Thread, srv *lb.Server) *lb.ServerConn {
	var sc *lb.ServerConn
	if n := len(th.FreeServerConns); n > 0 {
		sc = th.FreeServerConns[n-1]
		th.FreeServerConns = th.FreeServerConns[:n-1]
	} else {
		sc = new(lb.ServerConn)
	}
	*sc = lb.ServerConn{Server: srv, State: srv.State, Thread: th, Epoch: srv.State.Epoch.Load()}
	return sc
}

// NameHash is the Hash of connections that text distinguishes, never 0.
func NameHash(text []byte) uint64 { return hash.XXH64(text, 0) | 1 }

// Free gives back an object whose connection was never made.
func Free(sc *lb.ServerConn) {
	if sc.Booked {
		sc.Booked = false
		sc.State.Conns.Add(-1)
	}
	sc.Server, sc.State, sc.Owner = nil, nil, nil // a recycled object must not keep a generation in memory
	if th := sc.Thread; len(th.FreeServerConns) < 1024 {
		th.FreeServerConns = append(th.FreeServerConns, sc)
	}
}

// Opened counts a connection that was made.
func Opened(sc *lb.ServerConn) {
	if !sc.Booked {
		sc.State.Conns.Add(1)
	}
	sc.Booked = false // it is Close's to count now
	used(sc.State)
}

// Close closes the connection and recycles its object.
func Close(sc *lb.ServerConn) {
	sc.Conn.Close()
	sc.FreePort()
	sc.State.Conns.Add(-1)
	Free(sc)
}

// Choice says which idle connections a request may take. Manual 4.2
// "http-reuse".
type Choice uint8

const (
	YoungFirst  Choice = iota // any; proven ones are left to those who need them
	ProvenFirst               // any, as the first request of a session: it would rather not fail
	ProvenOnly                // only those that were reused before
)

// Get takes an idle connection of the thread to srv that suits hash, the most
// recently used first.
func Get(th *lb.Thread, srv *lb.Server, hash uint64, c Choice) *lb.ServerConn {
	if srv.State.IdleLen(th.Index) == 0 {
		return nil
	}
	list := srv.State.Idle(th.Index)
	epoch := srv.State.Epoch.Load()
	for {
		i := find(list, hash, c)
		if i < 0 {
			return nil
		}
		sc := list.Conns[i]
		list.Remove(i)
		unidle(sc)
		sc.Conn.StopIdle()
		if sc.Conn.Ended() || sc.Conn.Readable() || !sc.Conn.Settled() || sc.Epoch != epoch {
			Close(sc)
			continue
		}
		sc.Server = srv
		used(srv.State)
		return sc
	}
}

// find returns where in the list the connection is that c would have, -1 if there
// is none. While all are of one kind, the last that suits is it.
func find(list *lb.IdleList, hash uint64, c Choice) int {
	wanted := c == YoungFirst && list.Young > 0 // which kind is better
	second := -1
	for i := len(list.Conns) - 1; i >= 0; i-- {
		sc := list.Conns[i]
		switch {
		case sc.Hash != hash:
		case sc.Young() == wanted:
			return i
		case second < 0 && c != ProvenOnly:
			second = i
		}
	}
	return second
}

// Put keeps the connection for the next request until now+purge, in ns, or
// closes it where the server's limits say so; a purge of 0 keeps none.
func Put(sc *lb.ServerConn, purge int64) {
	srv := sc.Server
	w := srv.Conf.ServerWords
	sc.Uses++
	if purge <= 0 || sc.Conn.Ended() || sc.Conn.Readable() || !sc.Conn.Settled() ||
		w.PoolMaxConn >= 0 && srv.State.IdleConns.Load() >= int64(w.PoolMaxConn) ||
		w.MaxReuse >= 0 && sc.Uses > w.MaxReuse || sc.Epoch != srv.State.Epoch.Load() {
		Close(sc)
		return
	}
	list := srv.State.Idle(sc.Thread.Index)
	if len(list.Conns) > 0 && !needed(srv.State, int64(w.PoolLowConn), sc.Thread.Now(), purge) {
		Close(sc)
		return
	}
	sc.Server = nil
	list.Every = purge
	list.Add(sc)
	srv.State.IdleConns.Add(1)
	if sc.Uses > 1 {
		srv.State.SafeConns.Add(1)
	}
	sc.Conn.Idle((*keeper)(sc), sc.Thread.Now()+purge)
}

var _ sched.Idler = (*keeper)(nil)
