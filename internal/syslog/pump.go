package syslog

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// pumpBuffer is how many bytes may wait for a file descriptor's reader, beside
// as many that are being written.
const pumpBuffer = 1 << 20

// pipeBuf is how many bytes a pipe takes at once without mixing them with
// another program's: PIPE_BUF of pipe(7).
const pipeBuf = 4096

// pump writes to a file descriptor from a goroutine of its own. Two buffers go
// back and forth: loops fill one while the other is written.
type pump struct {
	fd      int
	unit    int // most bytes in one write; 1 means one line each
	dropped *atomic.Uint64
	failed  func(unix.Errno) // see Sink.failed
	wake    chan struct{}    // of capacity 1; closed by close
	done    chan struct{}    // closed when the goroutine ended

	mu     sync.Mutex // held for one copy, never across a write
	closed bool
	buf    []byte // lines that wait
	ends   []int  // where each ends in buf
}

func newPump(fd int, dropped *atomic.Uint64, failed func(unix.Errno)) (*pump, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, fmt.Errorf("cannot log to file descriptor %d: %w", fd, err)
	}
	p := &pump{fd: fd, unit: pipeBuf, dropped: dropped, failed: failed, wake: make(chan struct{}, 1), done: make(chan struct{})}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		p.unit = 64 << 10
	case unix.S_IFSOCK:
		// On a datagram socket each write is one message.
		if typ, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE); err != nil || typ != unix.SOCK_STREAM {
			p.unit = 1
		}
	}
	go p.run()
	return p, nil
}

// put copies lines into the waiting buffer and counts those that do not fit.
func (p *pump) put(buf []byte, ends []int) {
	p.mu.Lock()
	n := len(ends)
	if p.closed {
		n = 0
	}
	base := len(p.buf)
	for n > 0 && base+ends[n-1] > pumpBuffer {
		n--
	}
	if n > 0 {
		p.buf = append(p.buf, buf[:ends[n-1]]...)
		for _, end := range ends[:n] {
			p.ends = append(p.ends, base+end)
		}
		select {
		case p.wake <- struct{}{}:
		default: // it will look anyway
		}
	}
	p.mu.Unlock()
	p.dropped.Add(uint64(len(ends) - n))
}

// run swaps the buffers and writes until close, then writes what is left.
func (p *pump) run() {
	defer close(p.done)
	var buf []byte
	var ends []int
	for open := true; open; {
		_, open = <-p.wake
		p.mu.Lock()
		buf, p.buf = p.buf, buf[:0]
		ends, p.ends = p.ends, ends[:0]
		p.mu.Unlock()
		p.writeAll(buf, ends)
	}
}

// writeAll writes whole lines, several at a time where that is safe.
func (p *pump) writeAll(buf []byte, ends []int) {
	start := 0
	for i := 0; i < len(ends); {
		next := i + 1
		for next < len(ends) && ends[next]-start <= p.unit {
			next++
		}
		if !p.write(buf[start:ends[next-1]]) {
			p.dropped.Add(uint64(next - i))
		}
		start, i = ends[next-1], next
	}
}

// write writes b, however long it takes. A descriptor that somebody made
// non-blocking is waited for with poll. It fails if nothing more can be
// written there.
func (p *pump) write(b []byte) bool {
	for len(b) > 0 {
		n, err := unix.Write(p.fd, b)
		switch err {
		case nil:
			b = b[n:]
		case unix.EINTR:
		case unix.EAGAIN:
			fds := [1]unix.PollFd{{Fd: int32(p.fd), Events: unix.POLLOUT}}
			if _, err := unix.Poll(fds[:], -1); err != nil && err != unix.EINTR {
				return false
			}
		default:
			if errno, ok := err.(unix.Errno); ok {
				p.failed(errno)
			}
			return false
		}
	}
	return true
}

// close lets the goroutine write what it has and waits for it, up to a limit.
// A goroutine that hangs in a write is left behind; the lines that wait for it
// count as dropped.
func (p *pump) close(patience time.Duration) {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.wake)
	}
	p.mu.Unlock()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-p.done:
	case <-limit.C:
		p.mu.Lock()
		p.dropped.Add(uint64(len(p.ends)))
		p.buf, p.ends = nil, nil
		p.mu.Unlock()
	}
}
