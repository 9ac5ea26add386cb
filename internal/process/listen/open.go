package listen

import (
	"net/netip"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Open makes the socket that spec describes and binds it. The error is an
// *Error. Warnings are options that could not be set, in HAProxy's words; the
// socket works without them.
func Open(spec Spec) (s *Socket, warnings []string, err error) {
	s = &Socket{FD: -1, Spec: spec}
	if spec.Family == FD || spec.Family == SockPair {
		if err := s.inherit(); err != nil {
			return nil, nil, err
		}
		return s, nil, nil
	}
	err = inNamespace(spec.Namespace, func() error { return s.create() })
	if err != nil {
		return nil, nil, &Error{Spec: &spec, Step: "cannot create listening socket", Err: err}
	}
	if warnings, err = s.bind(); err != nil {
		s.Discard()
		return nil, nil, err
	}
	return s, warnings, nil
}

// Adopt takes sockets that somebody else made and that Match spec, at least
// one. Nothing about them changes before Tune, so that a configuration that
// fails later has left no trace.
func Adopt(fds []int, spec Spec) *Socket {
	for _, fd := range fds {
		unix.CloseOnExec(fd)
		unix.SetNonblock(fd, true) //nolint:errcheck // cannot fail on a socket
	}
	return &Socket{FD: fds[0], Shards: fds[1:], Spec: spec}
}

// Tune gives an adopted socket the options of its Spec that may change while
// it listens. It returns warnings.
func (s *Socket) Tune() (warnings []string) {
	for _, fd := range s.Descriptors() {
		one := Socket{FD: fd, Spec: s.Spec}
		warnings = one.setTCPOptions()
	}
	return warnings
}

// create makes the unbound socket.
func (s *Socket) create() error {
	domain, typ, proto := unix.AF_INET, unix.SOCK_STREAM, 0
	switch {
	case s.Spec.isUnix():
		domain = unix.AF_UNIX
	case s.Spec.isV6():
		domain = unix.AF_INET6
	}
	if s.Spec.isUDP() {
		typ = unix.SOCK_DGRAM
	}
	if s.Spec.Family == MPTCP4 || s.Spec.Family == MPTCP6 {
		proto = unix.IPPROTO_MPTCP
	}
	fd, err := unix.Socket(domain, typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, proto)
	s.FD = fd
	return err
}

// inherit checks a descriptor that came with the process and makes it ours.
func (s *Socket) inherit() error {
	if _, err := sockname(s.Spec.FD); err != nil {
		return &Error{Spec: &s.Spec, Step: "cannot use file descriptor", Err: err}
	}
	s.FD = s.Spec.FD
	unix.CloseOnExec(s.FD)
	unix.SetNonblock(s.FD, true) //nolint:errcheck // cannot fail on a socket
	return nil
}

func (s *Socket) bind() (warnings []string, err error) {
	switch s.Spec.Family {
	case Unix:
		return nil, s.bindUnix()
	case Abns, AbnsZ:
		return nil, s.bindAbstract()
	}
	return s.bindInet()
}

// bindInet sets what must be set before bind, and binds.
func (s *Socket) bindInet() ([]string, error) {
	unix.SetsockoptInt(s.FD, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1) //nolint:errcheck // known to every kernel
	if !s.Spec.NoReusePort {
		unix.SetsockoptInt(s.FD, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) //nolint:errcheck // since Linux 3.9
	}
	var warnings []string
	if s.Spec.Transparent && !s.setTransparent() {
		warnings = append(warnings, s.warning("Binding", "cannot make receiver transparent", nil))
	}
	if name := s.Spec.Interface; name != "" {
		if err := unix.BindToDevice(s.FD, name); err != nil {
			// HAProxy only warns and then accepts on every interface, which is
			// more than was asked for; a firewall rule may depend on it.
			return nil, &Error{Spec: &s.Spec, Step: "cannot bind receiver to device '" + name + "'", Err: err}
		}
	}
	// Without either word the system's net.ipv6.bindv6only decides.
	if s.Spec.isV6() && (s.Spec.V6Only || s.Spec.V4V6) {
		only := 0
		if s.Spec.V6Only {
			only = 1
		}
		unix.SetsockoptInt(s.FD, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, only) //nolint:errcheck // bind tells
	}
	if err := unix.Bind(s.FD, inetAddress(s.Spec.Addr, s.Spec.Port)); err != nil {
		return nil, &Error{Spec: &s.Spec, Step: "cannot bind socket", Err: err}
	}
	return append(warnings, s.setTCPOptions()...), nil
}

// inetAddress is the kernel's form of an address.
func inetAddress(addr netip.Addr, port uint16) unix.Sockaddr {
	if addr.Is4() {
		return &unix.SockaddrInet4{Port: int(port), Addr: addr.As4()}
	}
	return &unix.SockaddrInet6{Port: int(port), Addr: addr.As16()}
}

// bindUnix binds to a temporary name with the right owner and mode, so that
// the old socket stays reachable under its name until Publish.
func (s *Socket) bindUnix() error {
	fail := func(step string, err error) error { return &Error{Spec: &s.Spec, Step: step, Err: err} }
	if len(s.Spec.Path) > MaxUnix {
		return fail("socket path too long", nil)
	}
	temp := temporary(s.Spec.Path, os.Getpid())
	if err := os.Remove(temp); err != nil && !os.IsNotExist(err) {
		return fail("error when trying to unlink previous UNIX socket", err)
	}
	if err := unix.Bind(s.FD, &unix.SockaddrUnix{Name: temp}); err != nil {
		return fail("cannot bind UNIX socket", err)
	}
	s.temp = temp
	return s.permit(temp)
}

// permit gives a unix socket's file the owner and mode of its Spec.
func (s *Socket) permit(path string) error {
	fail := func(err error) error {
		return &Error{Spec: &s.Spec, Step: "cannot change UNIX socket ownership", Err: err}
	}
	uid, gid := -1, -1
	if s.Spec.HasUID {
		uid = s.Spec.UID
	}
	if s.Spec.HasGID {
		gid = s.Spec.GID
	}
	if uid >= 0 || gid >= 0 {
		if err := os.Lchown(path, uid, gid); err != nil {
			return fail(err)
		}
	}
	if s.Spec.Mode != 0 {
		if err := os.Chmod(path, os.FileMode(s.Spec.Mode)); err != nil {
			return fail(err)
		}
	}
	return nil
}

// bindAbstract binds to a name outside the file system. abns@ fills the whole
// of sun_path with zeros, abnsz@ ends with its name.
func (s *Socket) bindAbstract() error {
	name := s.Spec.Path
	if len(name) > MaxAbstract {
		return &Error{Spec: &s.Spec, Step: "socket path too long"}
	}
	// Raw, because the packages refuse a name that fills sun_path.
	addr := unix.RawSockaddrUnix{Family: unix.AF_UNIX}
	size := unsafe.Offsetof(addr.Path) + 1 + uintptr(len(name))
	for i := range len(name) {
		addr.Path[1+i] = int8(name[i]) // the kernel sees the same eight bits
	}
	if s.Spec.Family == Abns {
		size = unsafe.Sizeof(addr)
	}
	if _, _, no := unix.RawSyscall(unix.SYS_BIND, uintptr(s.FD), uintptr(unsafe.Pointer(&addr)), size); no != 0 {
		return &Error{Spec: &s.Spec, Step: "cannot bind UNIX socket", Err: no}
	}
	return nil
}
