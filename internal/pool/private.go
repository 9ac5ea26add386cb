package pool

import (
	"slices"

	"segue/internal/lb"
	"segue/internal/sched"
)

// Reserve leaves a connection idle that only its session may use again: with
// "http-reuse never", after NTLM, or because a PROXY header names the client.
// A session keeps max-session-srv-conns of them, over all servers. Manual 4.2.
func Reserve(ss *lb.Session, sc *lb.ServerConn) {
	if len(ss.Servers) >= ss.Front.Conf.MaxSessConns || sc.Conn.Ended() || sc.Conn.Readable() {
		Close(sc)
		return
	}
	sc.Private = true
	sc.Server = nil
	sc.Uses++
	sc.Owner = ss
	ss.Servers = append(ss.Servers, sc)
	sc.Conn.Idle((*private)(sc), 0)
}

// Own takes the session's own connection to srv that suits hash, nil if there
// is none.
func Own(ss *lb.Session, srv *lb.Server, hash uint64) *lb.ServerConn {
	epoch := srv.State.Epoch.Load()
	for i := len(ss.Servers) - 1; i >= 0; i-- {
		sc := ss.Servers[i]
		if sc.State != srv.State || sc.Hash != hash {
			continue
		}
		ss.Servers = slices.Delete(ss.Servers, i, i+1)
		sc.Conn.StopIdle()
		if sc.Conn.Ended() || sc.Conn.Readable() || sc.Epoch != epoch {
			Close(sc)
			continue
		}
		sc.Server = srv
		return sc
	}
	return nil
}

// Disown closes the session's own connections.
func Disown(ss *lb.Session) {
	for _, sc := range ss.Servers {
		Close(sc)
	}
	ss.Servers = nil
}

// private is a lb.ServerConn while it waits for its session.
type private lb.ServerConn

// IdleReady drops the connection: the server has ended it.
func (p *private) IdleReady(*sched.Conn) {
	sc := (*lb.ServerConn)(p)
	if i := slices.Index(sc.Owner.Servers, sc); i >= 0 {
		sc.Owner.Servers = slices.Delete(sc.Owner.Servers, i, i+1)
	}
	Close(sc)
}

// IdleExpired does not happen: the session's own end closes the connection.
func (p *private) IdleExpired(c *sched.Conn) { p.IdleReady(c) }
