package syslog

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxPath is the size of a unix socket address's path.
const maxPath = len(unix.RawSockaddrUnix{}.Path)

// batch is how many datagrams one system call sends.
const batch = 64

// retryAfter is how long, in ns, a target that is not there is left alone.
const retryAfter = 1e9

// rawAddr is a socket address as the kernel takes it.
type rawAddr struct {
	storage unix.RawSockaddrAny
	len     uint32
	family  int
}

func (a *rawAddr) setUDP(ap netip.AddrPort) error {
	if !ap.IsValid() || ap.Port() == 0 {
		return fmt.Errorf("cannot log to '%s': no address or port", ap)
	}
	var port [2]byte // network byte order, in whatever order the host has
	binary.BigEndian.PutUint16(port[:], ap.Port())
	if ip := ap.Addr(); ip.Is4() {
		sa := (*unix.RawSockaddrInet4)(unsafe.Pointer(&a.storage))
		*sa = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: binary.NativeEndian.Uint16(port[:]), Addr: ip.As4()}
		a.len, a.family = unix.SizeofSockaddrInet4, unix.AF_INET
	} else {
		sa := (*unix.RawSockaddrInet6)(unsafe.Pointer(&a.storage))
		*sa = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: binary.NativeEndian.Uint16(port[:]), Addr: ip.As16()}
		a.len, a.family = unix.SizeofSockaddrInet6, unix.AF_INET6
	}
	return nil
}

func (a *rawAddr) setUnix(path string) error {
	// A path needs its final zero byte within the address; an abstract name,
	// which starts with one, may fill it.
	if path == "" || len(path) > maxPath || len(path) == maxPath && path[0] != 0 {
		return fmt.Errorf("cannot log to unix socket '%s': path must have 1 to %d bytes", path, maxPath-1)
	}
	sa := (*unix.RawSockaddrUnix)(unsafe.Pointer(&a.storage))
	*sa = unix.RawSockaddrUnix{Family: unix.AF_UNIX}
	for i := range len(path) {
		sa.Path[i] = int8(path[i])
	}
	a.len, a.family = uint32(unsafe.Offsetof(sa.Path))+uint32(len(path)), unix.AF_UNIX
	if path[0] != 0 {
		a.len++
	}
	return nil
}

// socket sends datagrams. It stays unconnected on purpose: the path of a unix
// socket is looked up on each call, so a log daemon that was restarted is found
// again without a word, and a UDP socket hears no ICMP error of which the next
// line would be the victim.
type socket struct {
	fd    int   // -1 while there is none
	retry int64 // not before this time, ns; 0 means at once
	// failed is the Sink's.
	failed func(unix.Errno)

	msgs [batch]unix.Mmsghdr
	iovs [batch]unix.Iovec
}

// send sends lines that end at ends in buf and returns how many of them are
// done with, be it sent or dropped and counted. The others may be tried again.
func (s *socket) send(to *rawAddr, buf []byte, ends []int, now int64, dropped *atomic.Uint64) (done int) {
	if s.resting(now) || !s.open(to.family, now) {
		dropped.Add(uint64(len(ends)))
		return len(ends)
	}
	for done < len(ends) {
		n, errno := s.sendSome(to, buf, ends, done)
		done += n
		switch errno {
		case 0, unix.EINTR:
		case unix.EAGAIN, unix.ENOBUFS:
			return done // the receiver or the link is slow; the lines may wait
		case unix.EMSGSIZE:
			s.failed(errno)
			dropped.Add(1) // this line is too long for the path; others may not be
			done++
		default:
			s.failed(errno)
			s.retry = now + retryAfter
			dropped.Add(uint64(len(ends) - done))
			return len(ends)
		}
	}
	return done
}

// resting reports whether the target failed less than a second ago. A clock
// that was set back does not prolong the rest.
func (s *socket) resting(now int64) bool {
	if s.retry == 0 {
		return false
	}
	if now >= s.retry || now < s.retry-retryAfter {
		s.retry = 0
		return false
	}
	return true
}

// open makes the socket if there is none.
func (s *socket) open(family int, now int64) bool {
	if s.fd >= 0 {
		return true
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		if errno, ok := err.(unix.Errno); ok {
			s.failed(errno)
		}
		s.retry = now + retryAfter
		return false
	}
	// Nothing is ever read here; the kernel need not keep anything for us.
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 0)
	s.fd = fd
	return true
}

// sendSome makes one system call for up to batch lines from the first on. The
// call cannot block, so the Go scheduler is not told about it.
func (s *socket) sendSome(to *rawAddr, buf []byte, ends []int, first int) (int, unix.Errno) {
	n := min(batch, len(ends)-first)
	start := 0
	if first > 0 {
		start = ends[first-1]
	}
	for i := range n {
		end := ends[first+i]
		s.iovs[i].Base = &buf[start]
		s.iovs[i].SetLen(end - start)
		hdr := &s.msgs[i].Hdr
		hdr.Name = (*byte)(unsafe.Pointer(&to.storage))
		hdr.Namelen = to.len
		hdr.Iov = &s.iovs[i]
		hdr.SetIovlen(1)
		start = end
	}
	sent, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&s.msgs[0])),
		uintptr(n), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(sent), 0
}

func (s *socket) close() {
	if s.fd >= 0 {
		_ = unix.Close(s.fd)
		s.fd = -1
	}
}
