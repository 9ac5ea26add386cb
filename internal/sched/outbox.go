package sched

import "syscall"

// The outbox holds small writes until the end of the loop's iteration. A send
// that follows its receive at once finds its peer asleep and has to wake it,
// every time; sends that leave together wake each peer once and let it find
// more to do. What a connection wrote is in the outbox at most until the
// iteration ends, or until anything else happens to its sending side.
const (
	smallWrite  = 4 << 10  // larger writes go out directly
	outboxBytes = 64 << 10 // the outbox leaves when it would grow beyond
	outboxMax   = 32       // or when it holds so many: the first must not wait long
)

// parcel is one write in the outbox.
type parcel struct {
	c        *Conn // nil: already sent
	from, to int32 // in Loop.outbox
}

// notice is a connection whose parcel failed.
type notice struct {
	c   *Conn
	gen int32 // c may have been closed and attached anew since
}

// boxable reports whether p may wait for the end of the iteration. It gains
// nothing from it where an iteration has a lone event; a connection that is
// about to fail must tell its writer now.
func (c *Conn) boxable(p []byte) bool {
	return len(p) <= smallWrite && c.flags&(writable|ended|failed|boxed|shut) == writable
}

// put copies p into the outbox.
func (c *Conn) put(p []byte) {
	l := c.loop
	if len(l.outbox)+len(p) > outboxBytes || len(l.parcels) == outboxMax {
		l.sendParcels()
	}
	from := int32(len(l.outbox))
	l.outbox = append(l.outbox, p...)
	l.parcels = append(l.parcels, parcel{c: c, from: from, to: int32(len(l.outbox))})
	c.flags |= boxed
}

// sendParcels empties the outbox.
func (l *Loop) sendParcels() {
	for i := range l.parcels {
		if p := &l.parcels[i]; p.c != nil {
			l.deliver(p, false)
		}
	}
	l.parcels = l.parcels[:0]
	l.outbox = l.outbox[:0]
}

// unbox sends what c has in the outbox now, before something that must come
// after it; more says that this does come at once and may share its segment.
func (c *Conn) unbox(more bool) {
	for i := range c.loop.parcels {
		if p := &c.loop.parcels[i]; p.c == c {
			c.loop.deliver(p, more)
			return
		}
	}
}

// deliver sends one parcel. Its writer has gone on: what the socket does not
// take stays with the connection as late bytes, and a failure is announced like
// one that the system reports.
func (l *Loop) deliver(p *parcel, more bool) {
	c := p.c
	p.c = nil
	c.flags &^= boxed
	b := l.outbox[p.from:p.to]
	n, e := l.sys.Send(c.fd, b, more)
	switch {
	case e == syscall.EAGAIN:
		n = 0
	case e != 0:
		c.Errno = e
		c.flags |= failed | ended | readable | writable
		l.failing = append(l.failing, notice{c, c.gen})
		return
	}
	l.sent += n
	if n < len(b) {
		c.flags &^= writable
		l.keepLate(c, b[n:])
	}
}

// announce wakes whoever attends to a connection whose parcel failed. It runs
// outside any task.
func (l *Loop) announce() {
	for i, n := range l.failing {
		l.failing[i].c = nil
		if n.c.flags&open != 0 && n.c.gen == n.gen {
			n.c.event(0)
		}
	}
	l.failing = l.failing[:0]
}

// keepLate makes rest leave before anything else that c sends.
func (l *Loop) keepLate(c *Conn, rest []byte) {
	if l.late == nil {
		l.late = make(map[*Conn][]byte)
	}
	l.late[c] = append([]byte(nil), rest...)
	c.flags |= late
	c.poll()
}

// sendLate sends late bytes; c stays unwritable while some are left. A shutdown
// or a close that came meanwhile is made good after the last one.
func (c *Conn) sendLate() {
	l := c.loop
	b := l.late[c]
	n, e := l.sys.Send(c.fd, b, false)
	switch {
	case e == syscall.EAGAIN:
		c.flags &^= writable
	case e != 0:
		c.Errno = e
		c.flags |= failed | ended | readable | writable
		c.dropLate()
	case n < len(b):
		l.sent += n
		l.late[c] = b[n:]
		c.flags &^= writable
	default:
		l.sent += n
		c.dropLate()
		if c.flags&shut != 0 {
			l.sys.Shutdown(c.fd)
		}
	}
	if c.flags&late == 0 && c.flags&closing != 0 {
		c.Close()
	}
}

// dropLate gives late bytes up.
func (c *Conn) dropLate() {
	c.flags &^= late
	delete(c.loop.late, c)
}

// unput forgets what c has in the outbox.
func (c *Conn) unput() {
	for i := range c.loop.parcels {
		if p := &c.loop.parcels[i]; p.c == c {
			p.c = nil
		}
	}
	c.flags &^= boxed
	c.dropLate()
}

// A straggler is a connection that was closed before its peer took the last
// bytes. Nothing is read from it, and it is given up after stragglerTime.
type straggler struct{ Conn }

const stragglerTime = 10e9 // ns

// straggle takes the descriptor and the late bytes of c, which is being closed.
func (c *Conn) straggle() {
	l, fd, rest, kept := c.loop, c.fd, c.loop.late[c], c.flags&shut
	c.dropLate()
	l.sys.Forget(fd)
	c.drop()
	s := &straggler{}
	if l.Attach(&s.Conn, fd, false) != 0 {
		l.sys.Close(fd)
		return
	}
	l.late[&s.Conn] = rest
	s.flags |= late | closing | kept
	l.wheel.set(&s.timer, s, l.now+stragglerTime)
}

// Expire gives the rest up.
func (s *straggler) Expire(int64) {
	s.dropLate()
	s.Conn.Close()
}
