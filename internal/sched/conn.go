package sched

import "syscall"

// Status is the outcome of an operation that may wait.
type Status uint8

const (
	OK       Status = iota
	EOF             // the peer has ended its side
	Broken          // the connection failed; Conn.Errno says how
	TimedOut        // the deadline passed
	Stopped         // the task was canceled
	Again           // only from the Try calls: it would have to wait
)

// Idler is told what happens to a connection that no task attends to.
type Idler interface {
	// IdleReady is called when bytes, an end or an error arrived. It runs
	// outside any task and may start one, or close the connection.
	IdleReady(c *Conn)
	// IdleExpired is called when the idle deadline passed.
	IdleExpired(c *Conn)
}

// Conn is one non-blocking socket of a loop. It is embedded in the object that
// it serves (a session, a pooled server connection); the zero value is ready
// for Loop.Attach. At most one task waits for each direction.
type Conn struct {
	loop  *Loop
	rt    *Task // waits to read
	wt    *Task // waits to write
	idler Idler
	timer Timer // of the idle deadline
	fd    int32
	gen   int32
	Errno syscall.Errno // why Broken
	flags connFlags
}

type connFlags uint16

const (
	open     connFlags = 1 << iota
	readable           // a receive may have something
	writable           // a send may take something
	ended              // the peer has ended its side, or worse
	failed             // an error is pending
	shut               // Shutdown was called
	polled             // the system reports its edges
	boxed              // a write waits in the loop's outbox
	late               // bytes of a boxed write that the socket did not take
	closing            // closed, but for its late bytes
)

// Attach makes c a connection of loop l on descriptor fd. ready says that both
// directions may be tried at once, which is so for accepted connections whose
// first bytes are likely there. The system then hears of such a connection when
// something first waits for it: one that is served and closed at once costs no
// registration (9 % of a request that connects).
func (l *Loop) Attach(c *Conn, fd int32, ready bool) syscall.Errno {
	for int(fd) >= len(l.conns) {
		l.conns = append(l.conns, make([]*Conn, max(256, len(l.conns)))...)
	}
	l.gen = (l.gen + 1) & 0x7fffffff
	*c = Conn{loop: l, fd: fd, gen: l.gen, flags: open}
	if ready {
		c.flags |= readable | writable
	}
	if !ready {
		if e := l.sys.Watch(fd, c.gen); e != 0 {
			c.flags = 0
			return e
		}
		c.flags |= polled
	}
	l.conns[fd] = c
	l.Stats.Conns.Add(1)
	return 0
}

// Loop returns the connection's loop.
func (c *Conn) Loop() *Loop { return c.loop }

// FD returns the descriptor, -1 when closed.
func (c *Conn) FD() int32 {
	if c.flags&open == 0 {
		return -1
	}
	return c.fd
}

// IsOpen reports whether the connection is attached and not closed.
func (c *Conn) IsOpen() bool { return c.flags&open != 0 }

// Ended reports whether the peer's end or an error has been announced. There
// may still be bytes to read before it.
func (c *Conn) Ended() bool { return c.flags&(ended|failed) != 0 }

// Readable reports whether a read is worth trying.
func (c *Conn) Readable() bool { return c.flags&readable != 0 }

func (c *Conn) event(ev uint32) {
	if ev&syscall.EPOLLOUT != 0 {
		c.flags |= writable
		if c.flags&late != 0 {
			c.sendLate()
		}
	}
	if ev&syscall.EPOLLIN != 0 {
		c.flags |= readable
	}
	if ev&(syscall.EPOLLRDHUP|syscall.EPOLLHUP|syscall.EPOLLERR) != 0 {
		c.flags |= ended | readable
		if ev&(syscall.EPOLLHUP|syscall.EPOLLERR) != 0 {
			c.flags |= writable
		}
		if ev&syscall.EPOLLERR != 0 {
			c.flags |= failed
		}
	}
	if c.flags&closing != 0 {
		if c.flags&(open|failed) == open|failed {
			c.dropLate()
			c.Close()
		}
		return
	}
	if t := c.rt; t != nil && c.flags&readable != 0 {
		if t.parked && !t.queued {
			t.arrived(c)
		}
	} else if t := c.wt; t != nil && c.flags&writable != 0 {
		if t.parked && !t.queued {
			t.resume(Ready)
		}
	} else if c.idler != nil && c.flags&readable != 0 {
		c.leaveIdle().IdleReady(c)
	}
}

// ArmRead makes Park of t return when c becomes readable; it returns false
// when c already is. Disarm ends it.
func (c *Conn) ArmRead(t *Task) bool {
	if c.flags&readable != 0 {
		return false
	}
	c.rt = t
	c.poll()
	return true
}

// ArmEnd makes Park of t return when the peer ends c, or sends anything: also
// while c is readable already, for who does not read it now.
func (c *Conn) ArmEnd(t *Task) {
	c.rt = t
	c.poll()
}

// poll makes the system report the connection's edges, the present state first.
func (c *Conn) poll() {
	if c.flags&(polled|open) != open {
		return
	}
	c.flags |= polled
	if e := c.loop.sys.Watch(c.fd, c.gen); e != 0 {
		c.Errno = e
		c.flags |= ended | failed | readable | writable
		if c.rt != nil {
			c.rt.Wake()
		}
	}
}

// ArmWrite is ArmRead for the other direction.
func (c *Conn) ArmWrite(t *Task) bool {
	if c.flags&writable != 0 {
		return false
	}
	c.wt = t
	c.poll()
	return true
}

// Disarm ends ArmRead and ArmWrite.
func (c *Conn) Disarm() { c.rt, c.wt = nil, nil }

// TryRead receives without waiting. A short read means drained, so no receive
// ends in EAGAIN just to learn that; unless the end was announced, after which
// the only way to see it is to read again.
func (c *Conn) TryRead(p []byte) (int, Status) {
	if c.flags&readable == 0 {
		return 0, Again
	}
	n, e := c.loop.sys.Recv(c.fd, p)
	if e == 0 {
		if n < len(p) && c.flags&ended == 0 {
			c.flags &^= readable
		}
		if n == 0 {
			c.flags |= ended
			return 0, EOF
		}
		return n, OK
	}
	if e == syscall.EAGAIN {
		c.flags &^= readable
		return 0, Again
	}
	c.Errno = e
	c.flags |= ended | failed
	return 0, Broken
}

// TryWrite sends what the socket takes. more says that another write follows
// at once (MSG_MORE). A small write may wait in the loop's outbox until the
// iteration ends: should it fail then, the next read or write says so.
func (c *Conn) TryWrite(p []byte, more bool) (int, Status) {
	if c.loop.batch && c.boxable(p) {
		c.put(p)
		return len(p), OK
	}
	if c.flags&boxed != 0 {
		c.unbox(false)
	}
	if c.flags&writable == 0 {
		return 0, Again
	}
	n, e := c.loop.sys.Send(c.fd, p, more)
	if e == 0 {
		c.loop.sent += n
		if n < len(p) {
			c.flags &^= writable
		}
		return n, OK
	}
	if e == syscall.EAGAIN {
		c.flags &^= writable
		return 0, Again
	}
	c.Errno = e
	c.flags |= failed
	return 0, Broken
}

// TryLast is TryWrite for bytes that a Shutdown or a Close follows at once: the
// end of the connection then travels in their segment.
func (c *Conn) TryLast(p []byte) (int, Status) {
	if c.boxable(p) {
		c.put(p)
		return len(p), OK
	}
	return c.TryWrite(p, false)
}

// Read receives at least one byte, waiting until the deadline.
func (c *Conn) Read(t *Task, p []byte, deadline int64) (int, Status) {
	for {
		if n, s := c.TryRead(p); s != Again {
			return n, s
		}
		if s := c.WaitRead(t, deadline); s != OK {
			return 0, s
		}
	}
}

// WaitRead waits until a read is worth trying.
func (c *Conn) WaitRead(t *Task, deadline int64) Status { return c.wait(t, &c.rt, readable, deadline) }

// WaitWrite waits until a write is worth trying.
func (c *Conn) WaitWrite(t *Task, deadline int64) Status {
	return c.wait(t, &c.wt, writable, deadline)
}

// wait parks t, as the waiter of one direction, until that is ready.
func (c *Conn) wait(t *Task, waiter **Task, ready connFlags, deadline int64) Status {
	for c.flags&ready == 0 {
		*waiter = t
		c.poll()
		cause := Ready
		if c.flags&ready == 0 {
			cause = t.Park(deadline)
		}
		*waiter = nil
		if s := cause.status(); s != OK {
			return s
		}
	}
	return OK
}

func (c Cause) status() Status {
	switch c {
	case Timeout:
		return TimedOut
	case Canceled:
		return Stopped
	}
	return OK
}

// Write sends all of p, waiting until the deadline; the deadline is renewed by
// timeout (ns, 0 = none) whenever the peer takes something. p may lie in the
// loop's shared buffers: it is copied before a wait. n is what was sent.
func (c *Conn) Write(t *Task, p []byte, timeout int64) (n int, s Status) {
	copied := false
	for {
		k, s := c.TryWrite(p[n:], false)
		n += k
		if s == Broken {
			return n, s
		}
		if n == len(p) {
			return n, OK
		}
		if !copied && c.loop.sharedBytes(p) {
			p = append([]byte(nil), p[n:]...)
			rest, s := c.Write(t, p, timeout)
			return n + rest, s
		}
		copied = true
		var deadline int64
		if timeout != 0 {
			deadline = c.loop.now + timeout
		}
		if s := c.WaitWrite(t, deadline); s != OK {
			return n, s
		}
	}
}

// WriteLast is Write for bytes that a Shutdown or a Close follows at once, see
// TryLast.
func (c *Conn) WriteLast(t *Task, p []byte, timeout int64) (int, Status) {
	n, s := c.TryLast(p)
	if s == Broken || n == len(p) {
		return n, s
	}
	rest, s := c.Write(t, p[n:], timeout)
	return n + rest, s
}

// Idle leaves the connection to idler until something arrives or the deadline
// passes. The caller's task may end; the connection then holds no task and no
// buffer.
func (c *Conn) Idle(idler Idler, deadline int64) {
	c.idler = idler
	c.poll()
	if deadline != 0 {
		c.loop.wheel.set(&c.timer, c, deadline)
	}
}

// Expire is the idle timer's call.
func (c *Conn) Expire(int64) {
	if c.idler != nil {
		c.leaveIdle().IdleExpired(c)
	}
}

// StopIdle takes the connection back from its Idler.
func (c *Conn) StopIdle() {
	if c.idler != nil {
		c.leaveIdle()
	}
}

func (c *Conn) leaveIdle() Idler {
	i := c.idler
	c.idler = nil
	c.loop.wheel.del(&c.timer)
	return i
}

// Buffered is the number of bytes that wait to be received.
func (c *Conn) Buffered() int { return c.loop.sys.Buffered(c.fd) }

// Acknowledge tells the peer at once that what it sent has come, where that would
// else be told with the answer: a peer that holds the rest of its message back
// until then (RFC 896) goes on.
func (c *Conn) Acknowledge() { c.loop.sys.Acknowledge(c.fd) }

// SockError returns and clears the socket's pending error.
func (c *Conn) SockError() syscall.Errno { return c.loop.sys.SockError(c.fd) }

// Shutdown ends the sending side.
func (c *Conn) Shutdown() {
	if c.flags&(open|shut) == open {
		if c.flags&boxed != 0 {
			c.unbox(true)
		}
		c.flags |= shut
		if c.flags&late == 0 {
			c.loop.sys.Shutdown(c.fd)
		}
	}
}

// Settled reports whether everything that was written is with the system.
func (c *Conn) Settled() bool { return c.flags&(boxed|late) == 0 }

// Detach takes the descriptor away from the loop without closing it. The
// connection must be Settled.
func (c *Conn) Detach() int32 {
	fd := c.fd
	c.loop.sys.Forget(fd)
	c.drop()
	return fd
}

// Close closes the connection. It may be called twice. What was written and
// not yet taken by the peer's side is still sent.
func (c *Conn) Close() {
	if c.flags&open != 0 {
		if c.flags&boxed != 0 {
			// Were it left to the close, unread bytes would make that forget it.
			c.Shutdown()
		}
		if c.flags&late != 0 {
			c.straggle()
			return
		}
		c.drop()
		c.loop.sys.Close(c.fd)
		if c.loop.starved {
			c.loop.freed()
		}
	}
}

// Reset closes the connection so that the peer sees a reset.
func (c *Conn) Reset() {
	if c.flags&open != 0 {
		if !c.Settled() {
			c.unput()
		}
		c.drop()
		c.loop.sys.Reset(c.fd)
		if c.loop.starved {
			c.loop.freed()
		}
	}
}

func (c *Conn) drop() {
	c.flags &^= open | readable | writable | boxed
	c.idler, c.rt, c.wt = nil, nil, nil
	c.loop.wheel.del(&c.timer)
	c.loop.conns[c.fd] = nil
	c.loop.Stats.Conns.Add(-1)
}

// AssumeWritable says that a write may be tried although no event said so: a
// connect that completed at once.
func (c *Conn) AssumeWritable() { c.flags |= writable }

// Failed reports whether an error is pending on the socket.
func (c *Conn) Failed() bool { return c.flags&failed != 0 }

// IsIdle reports whether an Idler attends to the connection.
func (c *Conn) IsIdle() bool { return c.idler != nil }
