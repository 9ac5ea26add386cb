package pool

import (
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"segue/internal/lb"
)

// socket makes a socket of the family in a network namespace. The loop's thread
// is the loop's alone, so it may step into the namespace and back.
func socket(family int, ns *lb.Namespace) (fd uintptr, e syscall.Errno) {
	if ns != nil {
		if e := setns(ns.FD); e != 0 {
			return 0, e
		}
		defer func() {
			if e := setns(ns.Home); e != 0 {
				panic("cannot return to the process's network namespace: " + e.Error())
			}
		}()
	}
	fd, _, e = syscall.RawSyscall(syscall.SYS_SOCKET, uintptr(family), syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	return fd, e
}

func setns(fd int) syscall.Errno {
	_, _, e := syscall.RawSyscall(unix.SYS_SETNS, uintptr(fd), unix.CLONE_NEWNET, 0)
	return e
}

// prepare applies what must be set before connect. What only tunes the
// connection may fail; a signature or a source may not.
func prepare(fd uintptr, t *Target, family int) (Failure, syscall.Errno) {
	if !t.Mute {
		setInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	}
	if t.LazyAck {
		setInt(fd, syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 0)
	}
	t.Tuning.Apply(int(fd))
	if t.MSS > 0 {
		setInt(fd, syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, t.MSS)
	}
	if t.UserTime > 0 {
		setInt(fd, syscall.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, t.UserTime)
	}
	if t.FastOpen {
		setInt(fd, syscall.IPPROTO_TCP, unix.TCP_FASTOPEN_CONNECT, 1)
	}
	if t.Congest != "" {
		setBytes(fd, syscall.IPPROTO_TCP, unix.TCP_CONGESTION, unsafe.StringData(t.Congest), len(t.Congest))
	}
	if t.MD5 != "" {
		if e := sign(fd, t.Addr, t.MD5); e != 0 {
			return Resources, e
		}
	}
	if t.Device != "" {
		setBytes(fd, syscall.SOL_SOCKET, syscall.SO_BINDTODEVICE, unsafe.StringData(t.Device), len(t.Device))
	}
	if !t.Source.IsValid() {
		return None, 0
	}
	return bindSource(fd, t, family)
}

// bindTries is how many ports of a range are tried: others may hold some.
const bindTries = 10

// bindSource gives the socket its own address. Manual 5.2 "source".
func bindSource(fd uintptr, t *Target, family int) (Failure, syscall.Errno) {
	ip := t.Source.Addr()
	if ip.Unmap().Is4() != (family == syscall.AF_INET) {
		return None, 0 // of the other family: the kernel chooses, as in HAProxy
	}
	if t.Foreign {
		level, opt := syscall.SOL_IP, unix.IP_TRANSPARENT
		if family == syscall.AF_INET6 {
			level, opt = syscall.SOL_IPV6, unix.IPV6_TRANSPARENT
		}
		if setInt(fd, level, opt, 1) != 0 {
			setInt(fd, syscall.SOL_IP, unix.IP_FREEBIND, 1)
		}
	}
	if t.Ports == nil {
		if t.Source.Port() == 0 {
			// The kernel chooses the port at connect, where it knows the other end.
			setInt(fd, syscall.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
		} else {
			setInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
		}
		if e := bind(fd, t.Source); e != 0 {
			return NoSource, e
		}
		return None, 0
	}
	setInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	e := syscall.EADDRINUSE
	for range bindTries {
		port := t.Ports.Take()
		if port == 0 {
			break
		}
		if e = bind(fd, netip.AddrPortFrom(ip, port)); e == 0 {
			t.Port = port
			return None, 0
		}
		t.Ports.Give(port)
	}
	return NoSource, e
}

func bind(fd uintptr, to netip.AddrPort) syscall.Errno {
	var sa sockaddr
	family := 0
	size := sa.set(&Target{Addr: to}, &family)
	_, _, e := syscall.RawSyscall(syscall.SYS_BIND, fd, uintptr(unsafe.Pointer(&sa)), size)
	return e
}

// sign makes the kernel sign the segments to the server. Manual 5.2 "tcp-md5sig".
func sign(fd uintptr, to netip.AddrPort, password string) syscall.Errno {
	var sig unix.TCPMD5Sig
	var sa sockaddr
	family := 0
	size := sa.set(&Target{Addr: to}, &family)
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&sig.Addr)), size), unsafe.Slice((*byte)(unsafe.Pointer(&sa)), size))
	sig.Keylen = uint16(copy(sig.Key[:], password))
	return setBytes(fd, syscall.IPPROTO_TCP, unix.TCP_MD5SIG, (*byte)(unsafe.Pointer(&sig)), int(unsafe.Sizeof(sig)))
}

func setInt(fd uintptr, level, opt, value int) syscall.Errno {
	v := int32(value)
	_, _, e := syscall.RawSyscall6(syscall.SYS_SETSOCKOPT, fd, uintptr(level), uintptr(opt), uintptr(unsafe.Pointer(&v)), 4, 0)
	return e
}

func setBytes(fd uintptr, level, opt int, p *byte, n int) syscall.Errno {
	_, _, e := syscall.RawSyscall6(syscall.SYS_SETSOCKOPT, fd, uintptr(level), uintptr(opt), uintptr(unsafe.Pointer(p)), uintptr(n), 0)
	return e
}
