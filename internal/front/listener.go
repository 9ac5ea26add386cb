package front

import (
	"net/netip"
	"sync/atomic"
	"syscall"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/pool"
	"segue/internal/sched"
)

// Listener is one listening descriptor over the generations that bind it. The
// generation's Bind is swapped; the descriptor and its queue stay.
type Listener struct {
	sched.Listener
	Process *lb.Process
	Key     string // identity: the address as configured, with its interface
	bind    atomic.Pointer[lb.Bind]
	full    atomic.Bool // a limit was met: paused until a connection ends
}

// Use makes the listener serve b from the next connection, and from the next
// request of its idle ones.
func (ln *Listener) Use(b *lb.Bind) { ln.bind.Store(b) }

// Bind is what the listener serves now.
func (ln *Listener) Bind() *lb.Bind { return ln.bind.Load() }

// More implements sched.Acceptor.
func (ln *Listener) More(l *sched.Loop) bool {
	b := ln.bind.Load()
	if ln.limited(b) {
		ln.hold(l)
		if ln.limited(b) {
			return false
		}
		// The last connection of the limit ended just before we said that we
		// wait for it: nobody would have told us.
		ln.Look()
		return false
	}
	return allowedRate(ln, l, b)
}

// limited reports whether a limit on connections is met. The process's own does
// not hold for the runtime API, by which it could be raised.
func (ln *Listener) limited(b *lb.Bind) bool {
	p := ln.Process
	if b.Proxy.Front.Paused.Load() {
		return true
	}
	return !b.Stats && p.Conns.Load()-p.CLIConns.Load() >= p.MaxConn.Load() || b.Proxy.Front.Cur.Load() >= frontLimit(b.Proxy) ||
		b.Conf.MaxConn > 0 && b.State.Cur.Load() >= int64(b.Conf.MaxConn)
}

func frontLimit(px *lb.Proxy) int64 {
	if n := px.Front.MaxConn.Load(); n > 0 {
		return n
	}
	if px.MaxConn > 0 {
		return px.MaxConn
	}
	return 1 << 40
}

// hold leaves the rest in the kernel's queue until a connection ends.
func (ln *Listener) hold(l *sched.Loop) {
	if !ln.full.Swap(true) {
		ln.Process.Held.Add(1)
	}
	l.Pause(&ln.Listener)
}

// Look ends hold on every loop: they see for themselves whether there is room
// now. Any thread may call it.
func (ln *Listener) Look() {
	if !ln.full.Swap(false) {
		return
	}
	ln.Process.Held.Add(-1)
	for _, th := range ln.Process.Threads {
		th.Post(func() { th.Resume(&ln.Listener) })
	}
}

// Accepted implements sched.Acceptor.
func (ln *Listener) Accepted(l *sched.Loop, fd int32, from netip.AddrPort) {
	b := ln.bind.Load()
	p := ln.Process
	if b.Proxy.Front.Stopped.Load() || from.IsValid() && from.Port() < 1024 && from.Port() > 0 && b.Proxy.Gen.Conf.Global.RejectPrivileged {
		syscall.Close(int(fd))
		return
	}
	th := p.Threads[l.ID]
	ss := newSession(th)
	if th.Attach(&ss.Conn, fd, true) != 0 {
		syscall.Close(int(fd))
		th.FreeSessions = append(th.FreeSessions, ss)
		return
	}
	ss.Thread, ss.Bind, ss.Front = th, b, b.Proxy
	ss.Src, ss.Peer = from, from
	if !from.IsValid() {
		ss.Flags |= lb.UnixSocket
	}
	ss.Accepted = th.Now()
	ss.AcceptWall = th.WallNow()
	ss.IdleSince = ss.Accepted
	ss.ID = p.NextID.Add(1)
	ss.Listener = ln
	countIn(ss)
	if !connectionRules(ss) {
		end(ss)
		return
	}
	if needsTask(ss) {
		th.Start((*greeter)(ss))
		return
	}
	admit(ss)
}

// needsTask says whether something has to happen before the first stream.
func needsTask(ss *lb.Session) bool {
	return expectsCIP(ss) || expectsProxy(ss) || len(ss.Front.Rules.Of(conf.TCPReqSess)) > 0
}

// admit counts the session and serves it.
func admit(ss *lb.Session) {
	ss.Flags |= lb.Counted
	f := &ss.Front.Front.Counters
	f.CumSess.Add(1)
	ss.Bind.State.CumSess.Add(1)
	lb.CountRate(&f.SessRate, &f.SessRateMax, ss.Thread.Now()/1e6)
	p := ss.Thread.Process
	countProcess(&p.SessRate, &p.SessRateMax, ss)
	if ss.Bind.Hook != nil {
		p.CumReqs.Add(1) // a stream, too: that of the runtime API
		ss.Thread.Start(ss.Bind.Hook.Session(ss))
		return
	}
	if ss.Front.Mode == conf.TCP {
		ss.Thread.StartSoon((*tcpJob)(ss))
		return
	}
	ss.Thread.StartSoon((*httpJob)(ss))
}

// countIn counts an accepted connection.
func countIn(ss *lb.Session) {
	p := ss.Thread.Process
	n := p.Conns.Add(1)
	if ss.Bind.Stats {
		p.CLIConns.Add(1)
	} else if n-p.CLIConns.Load() == p.MaxConn.Load() {
		p.MaxConnReached.Add(1)
	}
	p.CumConns.Add(1)
	countProcess(&p.ConnRate, &p.ConnRateMax, ss)
	f := &ss.Front.Front.Counters
	f.Enter()
	f.CumConn.Add(1)
	lb.CountRate(&f.ConnRate, &f.ConnRateMax, ss.Thread.Now()/1e6)
	ss.Bind.State.Enter()
	ss.Bind.State.CumConn.Add(1)
	ss.Thread.Sessions++
	ss.Link()
}

// end closes the connection and recycles the session.
func end(ss *lb.Session) {
	th := ss.Thread
	if ss.Front.Options&conf.OptNoLinger != 0 {
		ss.Conn.Shutdown() // the client sees its answer's end before the reset
	}
	ss.Conn.Close()
	pool.Disown(ss)
	ss.Front.Front.Cur.Add(-1)
	ss.Bind.State.Cur.Add(-1)
	if ss.Bind.Stats { // before Conns: a drain waits until the two are equal
		th.Process.CLIConns.Add(-1)
	}
	th.Process.Conns.Add(-1)
	th.Sessions--
	ss.Unlink()
	if p := th.Process; p.Held.Load() > 0 && p.Room != nil {
		p.Room() // whichever listener it is that waits: the limit may be shared
	}
	if p := th.Process; p.Stopping.Load() {
		select {
		case p.Left <- struct{}{}:
		default: // it has not looked since the last one
		}
	}
	vars := lb.ResetVars(ss.Vars)
	*ss = lb.Session{Vars: vars}
	if len(th.FreeSessions) < 4096 {
		th.FreeSessions = append(th.FreeSessions, ss)
	}
}

func newSession(th *lb.Thread) *lb.Session {
	if n := len(th.FreeSessions); n > 0 {
		ss := th.FreeSessions[n-1]
		th.FreeSessions = th.FreeSessions[:n-1]
		return ss
	}
	return new(lb.Session)
}
