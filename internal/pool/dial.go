package pool

import (
	"net/netip"
	"syscall"
	"unsafe"

	"segue/internal/lb"
	"segue/internal/sched"
)

// Target says where and how to connect.
type Target struct {
	Addr      netip.AddrPort
	Unix      string     // path; "@name" for abns, a zero byte and the name for abnsz
	Source    netip.Addr // bind before connecting, if valid
	Device    string     // SO_BINDTODEVICE
	MSS       int
	KeepAlive bool
	Probe     bool // a health check: the handshake is not acknowledged before there is data
	Mute      bool // nothing will be sent: TCP_NODELAY is not set
}

// Failure says why a connection could not be made.
type Failure uint8

const (
	None    Failure = iota
	Refused         // by the peer or the network
	TimedOut
	Resources // no descriptor or port here
	Stopped   // the task was canceled
)

// Dial opens a connection of thread th to target in c, waiting in t until
// deadline. After Refused and Resources, c.Errno says why.
func Dial(t *sched.Task, th *lb.Thread, c *sched.Conn, target *Target, deadline int64) Failure {
	family := syscall.AF_INET
	var sa sockaddr
	size := sa.set(target, &family)
	fd, _, e := syscall.RawSyscall(syscall.SYS_SOCKET, uintptr(family), syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if e != 0 {
		c.Errno = e
		return Resources
	}
	if family != syscall.AF_UNIX {
		if !target.Mute {
			setInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
		}
		if !prepare(fd, target) {
			syscall.RawSyscall(syscall.SYS_CLOSE, fd, 0, 0)
			return Resources
		}
	}
	_, _, e = syscall.RawSyscall(syscall.SYS_CONNECT, fd, uintptr(unsafe.Pointer(&sa)), size)
	if e != 0 && e != syscall.EINPROGRESS {
		c.Errno = e
		syscall.RawSyscall(syscall.SYS_CLOSE, fd, 0, 0)
		if e == syscall.EAGAIN || e == syscall.EADDRNOTAVAIL || e == syscall.EADDRINUSE {
			return Resources
		}
		return Refused
	}
	if e2 := th.Attach(c, int32(fd), false); e2 != 0 {
		syscall.RawSyscall(syscall.SYS_CLOSE, fd, 0, 0)
		return Resources
	}
	if e == 0 {
		c.AssumeWritable()
		return None
	}
	return established(t, c, deadline)
}

// established waits for the outcome of a connect in progress.
func established(t *sched.Task, c *sched.Conn, deadline int64) Failure {
	switch c.WaitWrite(t, deadline) {
	case sched.TimedOut:
		c.Close()
		return TimedOut
	case sched.Stopped:
		c.Close()
		return Stopped
	}
	if c.Failed() {
		c.Errno = c.SockError()
		c.Close()
		return Refused
	}
	return None
}

// prepare applies what must be set before connect.
func prepare(fd uintptr, t *Target) bool {
	if t.Probe {
		// A check that closes at once then never wakes the server's accept.
		setInt(fd, syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 0)
	}
	if t.KeepAlive {
		setInt(fd, syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1)
	}
	if t.MSS > 0 {
		setInt(fd, syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, t.MSS)
	}
	if t.Device != "" {
		if syscall.BindToDevice(int(fd), t.Device) != nil {
			return false
		}
	}
	if !t.Source.IsValid() {
		return true
	}
	const ipBindAddressNoPort = 24
	setInt(fd, syscall.IPPROTO_IP, ipBindAddressNoPort, 1)
	var sa sockaddr
	family := 0
	size := sa.set(&Target{Addr: netip.AddrPortFrom(t.Source, 0)}, &family)
	_, _, e := syscall.RawSyscall(syscall.SYS_BIND, fd, uintptr(unsafe.Pointer(&sa)), size)
	return e == 0
}

func setInt(fd uintptr, level, opt, value int) {
	v := int32(value)
	syscall.RawSyscall6(syscall.SYS_SETSOCKOPT, fd, uintptr(level), uintptr(opt), uintptr(unsafe.Pointer(&v)), 4, 0)
}

// sockaddr is the kernel's form of an address of any family.
type sockaddr struct {
	family uint16
	data   [126]byte
}

// set fills the address and returns its size.
func (sa *sockaddr) set(t *Target, family *int) uintptr {
	if t.Unix != "" {
		*family = syscall.AF_UNIX
		sa.family = syscall.AF_UNIX
		n := copy(sa.data[:108], t.Unix)
		switch t.Unix[0] {
		case '@':
			// Abstract names fill the address, as those that HAProxy binds.
			sa.data[0] = 0
			return 2 + 108
		case 0: // abnsz: they end with the name
			return uintptr(2 + n)
		}
		return uintptr(2 + n + 1)
	}
	port := t.Addr.Port()
	sa.data[0], sa.data[1] = byte(port>>8), byte(port)
	if ip := t.Addr.Addr(); ip.Is4() || ip.Is4In6() {
		a := ip.As4()
		*family = syscall.AF_INET
		sa.family = syscall.AF_INET
		copy(sa.data[2:], a[:])
		return 16
	}
	a := t.Addr.Addr().As16()
	*family = syscall.AF_INET6
	sa.family = syscall.AF_INET6
	copy(sa.data[6:], a[:])
	return 28
}

func closeFD(fd int32) { syscall.RawSyscall(syscall.SYS_CLOSE, uintptr(fd), 0, 0) }
