package link

import (
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"segue/internal/conf"
	"segue/internal/front"
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/syslog"
)

// logForward receives log lines and passes them on. It is the Hook of its
// listeners. Manual 12.6.
type logForward struct {
	conf    *conf.LogForward
	targets []*target
	most    int // bytes of a message with its frame: tune.bufsize
	idle    int64
}

// logForwards makes what log-forward sections listen on. Like HAProxy's they are
// in no list of proxies.
func (l *linker) logForwards() {
	for _, c := range l.m.LogForwards {
		p := c.Proxy
		px := &lb.Proxy{Conf: p, Gen: l.gen, Name: p.Name, Mode: conf.Log, Front: l.proxyState("f", p.Name), MaxConn: int64(p.MaxConn)}
		f := &logForward{conf: c, most: l.m.Global.Tune.BufSize, idle: int64(p.Timeouts.Client)}
		targets, _ := l.targets(px)
		for _, t := range targets {
			f.targets = append(f.targets, t.(*target))
		}
		for i := range p.Logs {
			if p.Logs[i].Profile != "" {
				l.d.Warnf(p.Logs[i].Pos.Pos(0), "'profile' has no effect in a log-forward section in this version: messages keep their text.")
			}
		}
		for i, b := range p.Binds {
			name := b.Name
			if name == "" {
				name = b.Addr.Text
			}
			if b.Addr.Dgram {
				name = "udp@" + name
			}
			l.binds = append(l.binds, &lb.Bind{Conf: b, Proxy: px, Name: name, ID: i + 1, Hook: f, State: l.bindState(px.Name, name)})
		}
	}
}

// relay passes a message on. from is invalid where the sender has no address.
func (f *logForward) relay(th *lb.Thread, msg []byte, from netip.Addr) {
	if len(msg) == 0 {
		return
	}
	m := syslog.Message{Pri: -1, Text: msg}
	if !f.conf.DontParse {
		m = syslog.Parse(msg)
	}
	host := m.Host
	if from.IsValid() && !f.conf.DontParse {
		var room [128]byte
		switch {
		case f.conf.Host == "replace", f.conf.Host != "keep" && len(host) == 0:
			host = from.Unmap().AppendTo(room[:0])
		case f.conf.Host == "append":
			host = append(append(th.LogBuf[:0], host...), ',')
			host = from.Unmap().AppendTo(host)
			th.LogBuf = host
		}
	}
	now := th.WallNow()
	for _, t := range f.targets {
		t.writers[th.Index].Relay(now, &m, host)
	}
}

// Session implements lb.Hook.
func (f *logForward) Session(ss *lb.Session) sched.Job { return &logSession{ss: ss} }

// logSession is a connection that brings log lines.
type logSession struct {
	ss  *lb.Session
	buf []byte // received and not yet complete
}

// lookNS is how often a silent connection looks whether its section is still
// there.
const lookNS = int64(time.Second)

// Run implements sched.Job.
func (j *logSession) Run(t *sched.Task) {
	defer front.End(j.ss)
	last := t.Now()
	for {
		f := j.current()
		if f == nil {
			return
		}
		room := j.ss.Thread.Scratch
		n, st := j.ss.Conn.Read(t, room, t.Now()+lookNS)
		switch {
		case n > 0:
			last = t.Now()
			if f = j.current(); f == nil || !j.take(f, room[:n]) || j.leaving() {
				return
			}
		case st == sched.TimedOut:
			if f.idle > 0 && t.Now()-last >= f.idle || j.leaving() {
				return
			}
		default:
			return
		}
	}
}

// Panicked implements sched.Panicker.
func (j *logSession) Panicked(*sched.Task, any) {}

// leaving reports whether the connection should end: the process stops or the
// section is gone, and no message is under way.
func (j *logSession) leaving() bool {
	return (j.ss.Thread.Process.Stopping.Load() || j.ss.Bind.Leaving.Load()) && len(j.buf) == 0 && !j.ss.Conn.Readable()
}

// current is the section as it is now: after a reload the connection goes on
// with the new one's targets. nil: it is gone.
func (j *logSession) current() *logForward {
	if ln, ok := j.ss.Listener.(*front.Listener); ok {
		if b := ln.Bind(); b != j.ss.Bind {
			j.ss.Bind, j.ss.Front = b, b.Proxy
		}
	}
	f, _ := j.ss.Bind.Hook.(*logForward)
	return f
}

// take passes on what is complete, and keeps the rest. It returns false when
// nothing that follows can be understood.
func (j *logSession) take(f *logForward, got []byte) bool {
	data := got
	if len(j.buf) > 0 {
		j.buf = append(j.buf, got...)
		data = j.buf
	}
	ss := j.ss
	ss.Front.Front.BytesIn.Add(int64(len(got)))
	for {
		msg, used, ok := syslog.Next(data, f.conf.AssumeNTF, f.most)
		if !ok {
			return false
		}
		if used == 0 {
			break
		}
		f.relay(ss.Thread, msg, ss.Src.Addr())
		data = data[used:]
	}
	if len(data) == 0 {
		j.buf = nil // a silent connection holds no memory
		return true
	}
	j.buf = append(j.buf[:0], data...)
	return true
}

// datagrams is how many are read before others get their turn.
const datagrams = 64

// receive reads what has come for a listener of datagrams.
func receive(p *lb.Process, ln *front.Listener) func(l *sched.Loop, fd int32) {
	return func(l *sched.Loop, fd int32) {
		th := p.Threads[l.ID]
		for range datagrams {
			f, _ := ln.Bind().Hook.(*logForward)
			if f == nil {
				return
			}
			n, from, err := unix.Recvfrom(int(fd), l.Scratch[:f.limit(len(l.Scratch))], unix.MSG_DONTWAIT)
			if err == unix.EINTR {
				continue
			}
			if err != nil {
				return
			}
			ln.Bind().Proxy.Front.BytesIn.Add(int64(n))
			f.relay(th, l.Scratch[:n], senderOf(from))
		}
	}
}

// limit is how much of a datagram is read; the rest is cut off.
func (f *logForward) limit(room int) int { return min(f.most, room) }

func senderOf(sa unix.Sockaddr) netip.Addr {
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrFrom4(a.Addr)
	case *unix.SockaddrInet6:
		return netip.AddrFrom16(a.Addr)
	}
	return netip.Addr{}
}
