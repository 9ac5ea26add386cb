package pool

import (
	"net/netip"
	"syscall"
	"unsafe"

	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/sockopt"
)

// Target says where and how to connect.
type Target struct {
	Addr      netip.AddrPort
	Unix      string         // path; "@name" for abns, a zero byte and the name for abnsz
	Source    netip.AddrPort // bind before connecting, if valid; port 0 = any
	Ports     *lb.Ports      // source ports to choose from, else nil
	Foreign   bool           // Source need not be an address of this system
	Device    string         // SO_BINDTODEVICE
	Namespace *lb.Namespace  // network namespace to connect in, else nil
	Congest   string         // TCP congestion control algorithm
	MD5       string         // password of RFC 2385 signatures
	MSS       int
	UserTime  int  // TCP_USER_TIMEOUT, ms
	FastOpen  bool // there is something to send: it may ride on the SYN
	LazyAck   bool // the handshake is not acknowledged before there is data
	Tuning    sockopt.Tuning
	Mute      bool // nothing will be sent: TCP_NODELAY is not set

	Port     uint16          // of Ports: set by Dial, owned by the caller after None
	Client   *sched.Conn     // if not nil: once it has ended, nobody wants the connection any more
	HalfOpen bool            // Client may end its side: only its failure counts
	Unless   bool            // with HalfOpen: unless it has sent nothing
	Local    *netip.AddrPort // if not nil: gets our end's address, also of an attempt that fails
}

// Failure says why a connection could not be made.
type Failure uint8

const (
	None    Failure = iota
	Refused         // by the peer or the network
	TimedOut
	Resources // no descriptor or port here
	Stopped   // the task was canceled
	NoSource  // no source address or port could be had
	Left      // Target.Client has ended
)

// Dial opens a connection of thread th to target in c, waiting in t until
// deadline. After Refused, Resources and NoSource, c.Errno says why.
func Dial(t *sched.Task, th *lb.Thread, c *sched.Conn, target *Target, deadline int64) Failure {
	f := dial(t, th, c, target, deadline)
	if f != None && target.Port != 0 {
		target.Ports.Give(target.Port)
		target.Port = 0
	}
	return f
}

func dial(t *sched.Task, th *lb.Thread, c *sched.Conn, target *Target, deadline int64) Failure {
	family := syscall.AF_INET
	var sa sockaddr
	size := sa.set(target, &family)
	fd, e := socket(family, target.Namespace)
	if e != 0 {
		c.Errno = e
		return Resources
	}
	if family != syscall.AF_UNIX {
		if f, e := prepare(fd, target, family); f != None {
			c.Errno = e
			syscall.RawSyscall(syscall.SYS_CLOSE, fd, 0, 0)
			return f
		}
	}
	_, _, e = syscall.RawSyscall(syscall.SYS_CONNECT, fd, uintptr(unsafe.Pointer(&sa)), size)
	if target.Local != nil {
		*target.Local = lb.SocketAddr(int(fd))
	}
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
	if f := established(t, c, target, deadline); f != None {
		c.Close()
		return f
	}
	return None
}

// watchAfter is how long (ns) a connect may take before the client is watched:
// most succeed before it pays to register it with the system.
const watchAfter = 20e6

// established waits for the outcome of a connect in progress.
func established(t *sched.Task, c *sched.Conn, target *Target, deadline int64) Failure {
	until := deadline
	early := t.Now() + watchAfter
	watched := target.Client == nil
	if !watched && (deadline == 0 || early < deadline) {
		until = early
	}
	for c.ArmWrite(t) {
		if watched && target.left(t) {
			c.Disarm()
			return Left
		}
		cause := t.Park(until)
		c.Disarm()
		if target.Client != nil {
			target.Client.Disarm()
		}
		switch {
		case cause == sched.Canceled:
			return Stopped
		case cause == sched.Timeout && until == deadline:
			return TimedOut
		}
		watched, until = true, deadline
	}
	if c.Failed() {
		c.Errno = c.SockError()
		return Refused
	}
	return None
}

// left reports whether the client has; if not, the task is told of its end.
func (t *Target) left(task *sched.Task) bool {
	c := t.Client
	if c == nil {
		return false
	}
	if c.Failed() || c.Ended() && (!t.HalfOpen || t.Unless && c.Buffered() == 0) {
		return true
	}
	c.ArmEnd(task)
	return false
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
