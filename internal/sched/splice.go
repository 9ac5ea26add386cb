package sched

import (
	"syscall"
	"unsafe"
)

// pipe is a kernel pipe that bytes are spliced through.
type pipe struct{ r, w int32 }

// Splicer moves bytes from one socket to another without copying them to user
// space (option splice-*). It belongs to the task that uses it.
type Splicer struct {
	p    pipe
	held int // bytes in the pipe
	has  bool
}

// Held is the number of bytes that were taken and not yet sent.
func (s *Splicer) Held() int { return s.held }

// Fill takes up to max bytes from c into the pipe.
func (s *Splicer) Fill(c *Conn, max int) (int, Status) {
	l := c.loop
	if !s.has {
		if n := len(l.pipes); n > 0 {
			s.p = l.pipes[n-1]
			l.pipes = l.pipes[:n-1]
		} else {
			r, w, e := l.sys.Pipe()
			if e != 0 {
				return 0, Broken
			}
			s.p = pipe{r, w}
		}
		s.has = true
	}
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
		return 0, Broken
	case n == 0:
		c.flags |= ended
		return 0, EOF
	}
	s.held += n
	return n, OK
}

// Drain sends what the pipe holds to c.
func (s *Splicer) Drain(c *Conn, more bool) (int, Status) {
	if c.flags&boxed != 0 {
		c.unbox()
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
		return 0, Broken
	}
	s.held -= n
	return n, OK
}

// Release gives the pipe back; one that still holds bytes is closed.
func (s *Splicer) Release(l *Loop) {
	if !s.has {
		return
	}
	if s.held == 0 && len(l.pipes) < 64 {
		l.pipes = append(l.pipes, s.p)
	} else {
		l.sys.Close(s.p.r)
		l.sys.Close(s.p.w)
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
