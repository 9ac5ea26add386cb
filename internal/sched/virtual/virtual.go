package virtual

import (
	"net/netip"
	"sync/atomic"
	"syscall"

	"segue/internal/sched"
)

// System implements sched.System in memory.
type System struct {
	now   int64
	files []*file // by descriptor
	ready []int32 // descriptors with unseen edges, in the order they came
	quiet func()  // called when nothing will ever happen again
	woken atomic.Bool

	// Sends and Acks count the calls of Send and Acknowledge, MaxFiles bounds
	// the descriptors that Accept and Pipe may open (0 = no bound).
	Sends    int
	Acks     int
	MaxFiles int
	open     int
}

// file is a socket, a listener or one end of a pipe.
type file struct {
	peer    *file  // the other end; a pipe's write end has the read end here
	fd      int32  // of this end
	in      []byte // received and not yet read
	room    int    // that in may hold
	backlog []*file
	err     syscall.Errno // delivered once, by the next Recv or Send
	gen     int32
	edges   uint32
	watched bool
	accepts bool // a listener: reported as long as its backlog holds something
	eof     bool // the peer will send no more
	starved bool // the peer's sender was refused for want of room
	closed  bool
	listed  bool // in System.ready
}

var _ sched.System = (*System)(nil)

// New returns an empty System at time 1 s.
func New() *System { return &System{now: 1e9, files: make([]*file, 3)} }

// Run runs l until nothing is ready, no timer is set and nobody has woken it.
func (s *System) Run(l *sched.Loop) {
	s.quiet = l.Stop
	l.Run()
}

func (s *System) add(f *file) int32 {
	f.fd = int32(len(s.files))
	s.files = append(s.files, f)
	s.open++
	return f.fd
}

// Pair returns two connected ends; each holds room unread bytes.
func (s *System) Pair(room int) (a, b int32) {
	x, y := &file{room: room}, &file{room: room}
	x.peer, y.peer = y, x
	return s.add(x), s.add(y)
}

// Listen returns a listening descriptor.
func (s *System) Listen() int32 { return s.add(&file{accepts: true}) }

// Dial queues a connection at a listener and returns its client end.
func (s *System) Dial(listener int32, room int) int32 {
	x, y := &file{room: room}, &file{room: room}
	x.peer, y.peer = y, x
	ln := s.files[listener]
	ln.backlog = append(ln.backlog, y)
	s.edge(ln, syscall.EPOLLIN)
	return s.add(x)
}

// Open is how many descriptors are open.
func (s *System) Open() int { return s.open }

// Now implements sched.System.
func (s *System) Now() int64 { return s.now }

// Wake implements sched.System.
func (s *System) Wake() { s.woken.Store(true) }

// edge announces ev on f.
func (s *System) edge(f *file, ev uint32) {
	f.edges |= ev
	if f.watched && !f.listed && f.edges != 0 {
		f.listed = true
		s.ready = append(s.ready, f.fd)
	}
}

// Poll implements sched.System. When nothing is ready, time jumps to the end of
// the timeout.
func (s *System) Poll(events []syscall.EpollEvent, timeout int64) int {
	n := 0
	for len(s.ready) > 0 && n < len(events) {
		f := s.files[s.ready[0]]
		s.ready = s.ready[1:]
		f.listed = false
		if !f.watched || f.edges == 0 || f.accepts && len(f.backlog) == 0 {
			continue
		}
		events[n] = syscall.EpollEvent{Events: f.edges, Fd: f.fd, Pad: f.gen}
		n++
		f.edges = 0
	}
	s.relist(events[:n])
	switch {
	case n > 0 || s.woken.Swap(false) || timeout == 0:
	case timeout > 0:
		s.now += timeout
	default:
		s.quiet()
	}
	return n
}

// relist keeps listeners with a backlog ready: they are level-triggered.
func (s *System) relist(events []syscall.EpollEvent) {
	for i := range events {
		if f := s.files[events[i].Fd]; f.accepts && len(f.backlog) > 0 {
			s.edge(f, syscall.EPOLLIN)
		}
	}
}

// Watch implements sched.System: the present state is reported as an edge.
func (s *System) Watch(fd, gen int32) syscall.Errno {
	f := s.files[fd]
	f.watched, f.gen = true, gen
	var ev uint32
	if len(f.in) > 0 || f.eof || f.err != 0 {
		ev = syscall.EPOLLIN
	}
	if f.eof {
		ev |= syscall.EPOLLRDHUP
	}
	if f.err != 0 {
		ev |= syscall.EPOLLERR
	}
	if p := f.peer; p != nil && len(p.in) < p.room {
		ev |= syscall.EPOLLOUT
	}
	s.edge(f, ev)
	return 0
}

// WatchListener implements sched.System.
func (s *System) WatchListener(fd, gen int32) syscall.Errno {
	f := s.files[fd]
	f.watched, f.gen = true, gen
	if len(f.backlog) > 0 {
		s.edge(f, syscall.EPOLLIN)
	}
	return 0
}

// Forget implements sched.System.
func (s *System) Forget(fd int32) { s.files[fd].watched = false }

// Recv implements sched.System.
func (s *System) Recv(fd int32, p []byte) (int, syscall.Errno) {
	f := s.files[fd]
	switch {
	case f.err != 0:
		e := f.err
		f.err = 0
		return 0, e
	case len(f.in) == 0 && f.eof:
		return 0, 0
	case len(f.in) == 0:
		return 0, syscall.EAGAIN
	}
	n := copy(p, f.in)
	s.taken(f, n)
	return n, 0
}

// taken removes n received bytes of f and lets a starved sender go on.
func (s *System) taken(f *file, n int) {
	f.in = f.in[n:]
	if f.starved && f.peer != nil {
		f.starved = false
		s.edge(f.peer, syscall.EPOLLOUT)
	}
}

// Send implements sched.System.
func (s *System) Send(fd int32, p []byte, _ bool) (int, syscall.Errno) {
	s.Sends++
	f := s.files[fd]
	to := f.peer
	if f.err != 0 || to == nil || to.closed {
		f.err = 0
		return 0, syscall.EPIPE
	}
	n := min(len(p), to.room-len(to.in))
	if n < len(p) {
		to.starved = true
	}
	if n == 0 {
		return 0, syscall.EAGAIN
	}
	to.in = append(to.in, p[:n]...)
	s.edge(to, syscall.EPOLLIN)
	return n, 0
}

// Accept implements sched.System.
func (s *System) Accept(fd int32) (int32, netip.AddrPort, syscall.Errno) {
	f := s.files[fd]
	if len(f.backlog) == 0 {
		return -1, netip.AddrPort{}, syscall.EAGAIN
	}
	if s.MaxFiles > 0 && s.open >= s.MaxFiles {
		return -1, netip.AddrPort{}, syscall.EMFILE
	}
	c := f.backlog[0]
	f.backlog = f.backlog[1:]
	return s.add(c), netip.MustParseAddrPort("192.0.2.1:40000"), 0
}

// Pipe implements sched.System.
func (s *System) Pipe(size int) (int32, int32, syscall.Errno) {
	if s.MaxFiles > 0 && s.open+2 > s.MaxFiles {
		return -1, -1, syscall.EMFILE
	}
	if size == 0 {
		size = 1 << 20
	}
	r := &file{room: size}
	w := &file{peer: r}
	return s.add(r), s.add(w), 0
}

// Splice implements sched.System.
func (s *System) Splice(from, to int32, n int, _ bool) (int, syscall.Errno) {
	src, dst := s.files[from], s.files[to].peer
	switch {
	case dst == nil || dst.closed:
		return 0, syscall.EPIPE
	case len(src.in) == 0 && src.eof:
		return 0, 0
	case len(src.in) == 0:
		return 0, syscall.EAGAIN
	}
	k := min(n, len(src.in), dst.room-len(dst.in))
	if k == 0 {
		dst.starved = true
		return 0, syscall.EAGAIN
	}
	dst.in = append(dst.in, src.in[:k]...)
	s.edge(dst, syscall.EPOLLIN)
	s.taken(src, k)
	return k, 0
}

// Shutdown implements sched.System.
func (s *System) Shutdown(fd int32) { s.end(s.files[fd]) }

// end tells f's peer that no more will come.
func (s *System) end(f *file) {
	if p := f.peer; p != nil && !p.eof {
		p.eof = true
		s.edge(p, syscall.EPOLLIN|syscall.EPOLLRDHUP)
	}
}

// Close implements sched.System. Unread bytes make it a reset, as in TCP.
func (s *System) Close(fd int32) {
	if len(s.files[fd].in) > 0 {
		s.Reset(fd)
		return
	}
	s.end(s.files[fd])
	s.drop(fd)
}

// Reset implements sched.System.
func (s *System) Reset(fd int32) {
	if p := s.files[fd].peer; p != nil {
		p.err, p.eof = syscall.ECONNRESET, true
		s.edge(p, syscall.EPOLLIN|syscall.EPOLLERR|syscall.EPOLLHUP|syscall.EPOLLRDHUP)
	}
	s.drop(fd)
}

func (s *System) drop(fd int32) {
	f := s.files[fd]
	if !f.closed {
		f.closed, f.watched, f.in = true, false, nil
		s.open--
	}
}

// Acknowledge implements sched.System.
func (s *System) Acknowledge(int32) { s.Acks++ }

// SockError implements sched.System.
func (s *System) SockError(fd int32) syscall.Errno { return s.files[fd].err }

// Buffered implements sched.System.
func (s *System) Buffered(fd int32) int { return len(s.files[fd].in) }
