package epoll

import (
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"segue/internal/sched"
)

const (
	edge       = 1 << 31 // EPOLLET
	exclusive  = 1 << 28 // EPOLLEXCLUSIVE
	wakeGen    = 0       // of the eventfd; connections count from 1
	msgNoSigMo = syscall.MSG_NOSIGNAL | 0x8000
	spliceMove = 1 | 2 // SPLICE_F_MOVE | SPLICE_F_NONBLOCK
	spliceMore = 4
	setPipeSz  = 1031 // F_SETPIPE_SZ
	fionread   = 0x541b
)

// base is the zero of Now for every loop of the process.
var base = time.Now()

// System is one epoll instance. Wake may be called from any thread, the rest
// from its loop's.
type System struct {
	ep    int
	wake  int
	asked atomic.Bool // a wake-up is on its way
	sa    syscall.RawSockaddrAny
}

var _ sched.System = (*System)(nil)

// New returns a System, or the error of the call that failed.
func New() (*System, error) {
	ep, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	r, _, e := syscall.RawSyscall(syscall.SYS_EVENTFD2, 0, syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if e != 0 {
		syscall.Close(ep)
		return nil, e
	}
	s := &System{ep: ep, wake: int(r)}
	if e := s.ctl(syscall.EPOLL_CTL_ADD, int32(r), syscall.EPOLLIN|edge, wakeGen); e != 0 {
		return nil, e
	}
	return s, nil
}

func (s *System) ctl(op int, fd int32, events uint32, gen int32) syscall.Errno {
	ev := syscall.EpollEvent{Events: events, Fd: fd, Pad: gen}
	_, _, e := syscall.RawSyscall6(syscall.SYS_EPOLL_CTL, uintptr(s.ep), uintptr(op), uintptr(fd), uintptr(unsafe.Pointer(&ev)), 0, 0)
	return e
}

// Now is the time since the process started.
func (s *System) Now() int64 { return int64(time.Since(base)) }

// Poll implements sched.System.
//
// A sleep of up to briefly is a raw call: under load something arrives within
// it, and the runtime neither takes the thread's processor away nor has to be
// asked for it again, which would keep its monitor thread busy as well. Should
// the collector need the thread meanwhile, its signal interrupts the call. Only
// a longer sleep is a system call that the runtime knows of.
func (s *System) Poll(events []syscall.EpollEvent, timeout int64) int {
	ms := millis(timeout)
	first := ms
	if ms < 0 || ms > briefly {
		first = briefly
	}
	n, e := s.wait(events, first)
	if n == 0 && e == 0 && first != ms {
		if ms > 0 {
			ms -= first
		}
		n, _, e = syscall.Syscall6(syscall.SYS_EPOLL_WAIT, uintptr(s.ep), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), uintptr(ms), 0, 0)
	}
	if e != 0 {
		return 0
	}
	for i := 0; i < int(n); i++ {
		if events[i].Fd == int32(s.wake) {
			var b [8]byte
			syscall.RawSyscall(syscall.SYS_READ, uintptr(s.wake), uintptr(unsafe.Pointer(&b)), 8)
			s.asked.Store(false)
			n--
			events[i] = events[n]
			break
		}
	}
	return int(n)
}

// briefly is how long, in ms, a sleep is hidden from the runtime: less than the
// 10 ms after which its monitor would interrupt it. With 1 ms, 10,000 checks at
// 2 s cost 22 % of a core instead of 19.
const briefly = 8

// millis rounds a timeout up to the ms of epoll_wait; -1 = for ever.
func millis(timeout int64) int {
	if timeout < 0 {
		return -1
	}
	return int(min((timeout+999_999)/1_000_000, 60_000))
}

// wait is epoll_wait as a raw call.
func (s *System) wait(events []syscall.EpollEvent, ms int) (uintptr, syscall.Errno) {
	n, _, e := syscall.RawSyscall6(syscall.SYS_EPOLL_WAIT, uintptr(s.ep), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), uintptr(ms), 0, 0)
	return n, e
}

// Wake implements sched.System.
func (s *System) Wake() {
	if s.asked.Swap(true) {
		return
	}
	one := uint64(1)
	syscall.RawSyscall(syscall.SYS_WRITE, uintptr(s.wake), uintptr(unsafe.Pointer(&one)), 8)
}

// Watch implements sched.System.
func (s *System) Watch(fd, gen int32) syscall.Errno {
	return s.ctl(syscall.EPOLL_CTL_ADD, fd, syscall.EPOLLIN|syscall.EPOLLOUT|syscall.EPOLLRDHUP|edge, gen)
}

// WatchListener implements sched.System.
func (s *System) WatchListener(fd, gen int32) syscall.Errno {
	return s.ctl(syscall.EPOLL_CTL_ADD, fd, syscall.EPOLLIN|exclusive, gen)
}

// Forget implements sched.System.
func (s *System) Forget(fd int32) { s.ctl(syscall.EPOLL_CTL_DEL, fd, 0, 0) }

// Recv implements sched.System.
func (s *System) Recv(fd int32, p []byte) (int, syscall.Errno) {
	n, _, e := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), 0, 0, 0)
	if e != 0 {
		return 0, e
	}
	return int(n), 0
}

// Send implements sched.System.
func (s *System) Send(fd int32, p []byte, more bool) (int, syscall.Errno) {
	flags := uintptr(syscall.MSG_NOSIGNAL)
	if more {
		flags = msgNoSigMo
	}
	n, _, e := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), flags, 0, 0)
	if e != 0 {
		return 0, e
	}
	return int(n), 0
}

// Accept implements sched.System. A descriptor that does not listen is one end of
// a pair over which connections are passed: sockpair@, manual 11.
func (s *System) Accept(fd int32) (int32, netip.AddrPort, syscall.Errno) {
	n := uint32(unsafe.Sizeof(s.sa))
	r, _, e := syscall.RawSyscall6(syscall.SYS_ACCEPT4, uintptr(fd), uintptr(unsafe.Pointer(&s.sa)), uintptr(unsafe.Pointer(&n)), syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0, 0)
	if e == syscall.EINVAL {
		return receive(fd)
	}
	if e != 0 {
		return -1, netip.AddrPort{}, e
	}
	return int32(r), addrOf(&s.sa), 0
}

// receive takes a connection that was passed over a pair of sockets, with a byte
// that means nothing. ESHUTDOWN says that the other end is closed.
func receive(fd int32) (int32, netip.AddrPort, syscall.Errno) {
	var b [1]byte
	oob := make([]byte, 64) // room for some descriptors; the first one counts
	n, size, _, _, err := syscall.Recvmsg(int(fd), b[:], oob, syscall.MSG_DONTWAIT|syscall.MSG_CMSG_CLOEXEC)
	if err != nil {
		e, ok := err.(syscall.Errno)
		if !ok {
			e = syscall.EIO
		}
		return -1, netip.AddrPort{}, e
	}
	got := int32(-1)
	msgs, _ := syscall.ParseSocketControlMessage(oob[:size])
	for i := range msgs {
		fds, _ := syscall.ParseUnixRights(&msgs[i])
		for _, f := range fds {
			if got >= 0 {
				syscall.Close(f) //nolint:errcheck // nothing is left to do
				continue
			}
			got = int32(f)
		}
	}
	switch {
	case got >= 0:
		syscall.SetNonblock(int(got), true) //nolint:errcheck // cannot fail on a socket
		return got, netip.AddrPort{}, 0
	case n == 0:
		return -1, netip.AddrPort{}, syscall.ESHUTDOWN
	}
	return -1, netip.AddrPort{}, syscall.ECONNABORTED
}

// addrOf reads an address of either family; mapped IPv4 stays as it came.
func addrOf(sa *syscall.RawSockaddrAny) netip.AddrPort {
	switch sa.Addr.Family {
	case syscall.AF_INET:
		p := (*syscall.RawSockaddrInet4)(unsafe.Pointer(sa))
		return netip.AddrPortFrom(netip.AddrFrom4(p.Addr), swap(p.Port))
	case syscall.AF_INET6:
		p := (*syscall.RawSockaddrInet6)(unsafe.Pointer(sa))
		return netip.AddrPortFrom(netip.AddrFrom16(p.Addr), swap(p.Port))
	}
	return netip.AddrPort{}
}

func swap(p uint16) uint16 { return p<<8 | p>>8 }

// Splice implements sched.System.
func (s *System) Splice(from, to int32, n int, more bool) (int, syscall.Errno) {
	flags := uintptr(spliceMove)
	if more {
		flags |= spliceMore
	}
	r, _, e := syscall.RawSyscall6(syscall.SYS_SPLICE, uintptr(from), 0, uintptr(to), 0, uintptr(n), flags)
	if e != 0 {
		return 0, e
	}
	return int(r), 0
}

// Pipe implements sched.System.
func (s *System) Pipe(want int) (int32, int32, syscall.Errno) {
	var p [2]int32
	_, _, e := syscall.RawSyscall(syscall.SYS_PIPE2, uintptr(unsafe.Pointer(&p)), syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if e != 0 {
		return -1, -1, e
	}
	if want > 0 {
		syscall.RawSyscall(syscall.SYS_FCNTL, uintptr(p[1]), setPipeSz, uintptr(want))
		return p[0], p[1], 0
	}
	for size := uintptr(1 << 20); size > 65536; size >>= 1 {
		if _, _, e := syscall.RawSyscall(syscall.SYS_FCNTL, uintptr(p[1]), setPipeSz, size); e == 0 {
			break
		}
	}
	return p[0], p[1], 0
}

// Reset implements sched.System.
func (s *System) Reset(fd int32) {
	l := syscall.Linger{Onoff: 1}
	syscall.RawSyscall6(syscall.SYS_SETSOCKOPT, uintptr(fd), syscall.SOL_SOCKET, syscall.SO_LINGER, uintptr(unsafe.Pointer(&l)), unsafe.Sizeof(l), 0)
	s.Close(fd)
}

// Shutdown implements sched.System.
func (s *System) Shutdown(fd int32) {
	syscall.RawSyscall(syscall.SYS_SHUTDOWN, uintptr(fd), syscall.SHUT_WR, 0)
}

// Acknowledge implements sched.System.
func (s *System) Acknowledge(fd int32) {
	on := int32(1)
	syscall.RawSyscall6(syscall.SYS_SETSOCKOPT, uintptr(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, uintptr(unsafe.Pointer(&on)), unsafe.Sizeof(on), 0)
}

// SockError implements sched.System.
func (s *System) SockError(fd int32) syscall.Errno {
	var v int32
	n := uint32(4)
	syscall.RawSyscall6(syscall.SYS_GETSOCKOPT, uintptr(fd), syscall.SOL_SOCKET, syscall.SO_ERROR, uintptr(unsafe.Pointer(&v)), uintptr(unsafe.Pointer(&n)), 0)
	return syscall.Errno(v)
}

// Buffered implements sched.System.
func (s *System) Buffered(fd int32) int {
	var v int32
	syscall.RawSyscall(syscall.SYS_IOCTL, uintptr(fd), fionread, uintptr(unsafe.Pointer(&v)))
	return int(v)
}

// Close implements sched.System.
func (s *System) Close(fd int32) { syscall.RawSyscall(syscall.SYS_CLOSE, uintptr(fd), 0, 0) }
