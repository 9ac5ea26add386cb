package sched

import (
	"sync/atomic"
	"syscall"
	"unsafe"
)

// pipe is a kernel pipe that bytes are spliced through.
type pipe struct{ r, w int32 }

// Pipes bounds the pipes of a process's loops. Any thread may set it; a pipe
// that is there stays as it was made.
type Pipes struct {
	Max  atomic.Int64 // at a time, used or kept ("maxpipes"); 0 = none
	Size atomic.Int64 // bytes ("tune.pipesize"); 0 = as large as allowed, up to 1 MB
	Off  atomic.Bool  // nothing is spliced ("nosplice")
	open atomic.Int64
}

// take counts one pipe more, unless there are enough.
func (p *Pipes) take() bool {
	if p == nil {
		return true
	}
	if p.open.Add(1) > p.Max.Load() {
		p.open.Add(-1)
		return false
	}
	return true
}

func (p *Pipes) give() {
	if p != nil {
		p.open.Add(-1)
	}
}

// scarce says that somebody may be waiting for a pipe.
func (p *Pipes) scarce() bool { return p != nil && p.open.Load() >= p.Max.Load() }

// maxFree is how many pipes a loop keeps for the next transfers.
const maxFree = 64

// Splicer moves bytes from one socket to another without copying them to user
// space (option splice-*). It belongs to the task that uses it.
type Splicer struct {
	p    pipe
	held int // bytes in the pipe
	has  bool
}

// Held is the number of bytes that were taken and not yet sent.
func (s *Splicer) Held() int { return s.held }

// Open gets a pipe, if there is none yet. It returns false when there is none
// to be had: the caller copies.
func (s *Splicer) Open(l *Loop) bool {
	if s.has {
		return true
	}
	if l.Pipes != nil && l.Pipes.Off.Load() {
		return false
	}
	if n := len(l.pipes); n > 0 {
		s.p = l.pipes[n-1]
		l.pipes = l.pipes[:n-1]
		l.Stats.PipesFree.Add(-1)
	} else {
		size := int64(0)
		if l.Pipes != nil {
			size = l.Pipes.Size.Load()
		}
		if !l.Pipes.take() {
			return false
		}
		r, w, e := l.sys.Pipe(int(size))
		if e != 0 {
			l.Pipes.give()
			return false
		}
		s.p = pipe{r, w}
	}
	s.has = true
	l.Stats.PipesUsed.Add(1)
	return true
}

// Fill takes up to max bytes from c into the pipe, which Open has got. When all
// of them came, c is readable only if there really is more: max is the end of a
// message, and a connection with bytes behind that could not be kept.
func (s *Splicer) Fill(c *Conn, max int) (int, Status) {
	l := c.loop
	if c.flags&readable == 0 {
		return 0, Again
	}
	n, e := l.sys.Splice(c.fd, s.p.w, max, false)
	switch {
	case e == syscall.EAGAIN:
		if s.held == 0 {
			c.flags &^= readable
		}
		return 0, Again
	case e != 0:
		c.Errno = e
		c.flags |= ended | failed
		return 0, Broken
	case n == 0:
		c.flags |= ended
		return 0, EOF
	}
	if n == max && c.flags&ended == 0 && l.sys.Buffered(c.fd) == 0 {
		c.flags &^= readable
	}
	s.held += n
	return n, OK
}

// Drain sends what the pipe holds to c.
func (s *Splicer) Drain(c *Conn, more bool) (int, Status) {
	if c.flags&boxed != 0 {
		c.unbox(false)
	}
	if c.flags&writable == 0 {
		return 0, Again
	}
	n, e := c.loop.sys.Splice(s.p.r, c.fd, s.held, more)
	if e == syscall.EAGAIN {
		c.flags &^= writable
		return 0, Again
	}
	if e != 0 {
		c.Errno = e
		c.flags |= failed
		return 0, Broken
	}
	c.loop.Stats.Spliced.Add(int64(n))
	c.loop.sent += n
	s.held -= n
	return n, OK
}

// Release gives the pipe back; one that still holds bytes is closed.
func (s *Splicer) Release(l *Loop) {
	if !s.has {
		return
	}
	l.Stats.PipesUsed.Add(-1)
	if s.held == 0 && len(l.pipes) < maxFree && !l.Pipes.scarce() {
		l.pipes = append(l.pipes, s.p)
		l.Stats.PipesFree.Add(1)
	} else {
		l.sys.Close(s.p.r)
		l.sys.Close(s.p.w)
		l.Pipes.give()
	}
	*s = Splicer{}
}

// sharedBytes reports whether p lies in one of the loop's shared buffers.
func (l *Loop) sharedBytes(p []byte) bool {
	return within(p, l.Scratch) || within(p, l.Out[:cap(l.Out)])
}

func within(p, buf []byte) bool {
	if len(p) == 0 || len(buf) == 0 {
		return false
	}
	return uintptr(unsafe.Pointer(&p[0]))-uintptr(unsafe.Pointer(&buf[0])) < uintptr(len(buf))
}
