package listen

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Identity tells which socket a Spec means. Two are the same socket when they
// compare equal.
type Identity struct {
	Kind      string // "tcp4", "tcp6", "udp4", "udp6", "mptcp4", "mptcp6", "unix", "abns", "abnsz", "fd", "sockpair"
	Addr      netip.AddrPort
	Path      string
	FD        int
	Interface string
	Namespace string
	V6Only    bool // of an IPv6 wildcard address; cannot be changed after bind
}

// Identity returns which socket s means.
func (s *Spec) Identity() Identity {
	id := Identity{Kind: s.kind(), Interface: s.Interface, Namespace: s.Namespace}
	switch {
	case s.isInet():
		id.Addr = netip.AddrPortFrom(s.Addr, s.Port)
		id.V6Only = s.V6Only && s.Addr.IsUnspecified()
	case s.isUnix():
		id.Path = s.Path
		id.Namespace = "" // unix names of the file system know no network namespace
	default:
		id.FD = s.FD
	}
	return id
}

func (s *Spec) kind() string {
	switch s.Family {
	case IPv4:
		return "tcp4"
	case IPv6:
		return "tcp6"
	}
	return string(s.Family)
}

// String is for logs and "show" commands.
func (id Identity) String() string {
	s := id.Kind + "@"
	switch {
	case id.Addr.IsValid():
		s += id.Addr.String()
	case id.Path != "":
		s += id.Path
	default:
		s += strconv.Itoa(id.FD)
	}
	if id.Interface != "" {
		s += " interface " + id.Interface
	}
	if id.Namespace != "" {
		s += " namespace " + id.Namespace
	}
	return s
}

// Matches reports whether the socket got, as Of found it, is the one that want
// means. A unix socket may still carry the temporary name under which it was
// bound; V6Only counts for wildcards only.
func Matches(want, got Identity) bool {
	if want == got {
		return true
	}
	if want.Kind == "unix" && got.Kind == "unix" {
		return trimTemporary(got.Path) == want.Path
	}
	return false
}

// Of asks the kernel what fd is. The namespace's name cannot be asked for: the
// caller passes what it knows, likewise iface where the peer named it ("" asks
// the kernel).
func Of(fd int, namespace, iface string) (Identity, error) {
	typ, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return Identity{}, err
	}
	proto, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL)
	if err != nil {
		return Identity{}, err
	}
	raw, err := sockname(fd)
	if err != nil {
		return Identity{}, err
	}
	if iface == "" {
		iface, _ = unix.GetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE) // not all families have it
		iface = strings.TrimRight(iface, "\x00")
	}
	id := Identity{Namespace: namespace, Interface: iface}
	name := "tcp"
	if typ == unix.SOCK_DGRAM {
		name = "udp"
	} else if proto == unix.IPPROTO_MPTCP {
		name = "mptcp"
	}
	switch family := binary.NativeEndian.Uint16(raw); family {
	case unix.AF_INET:
		id.Kind = name + "4"
		id.Addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte(raw[4:8])), binary.BigEndian.Uint16(raw[2:]))
	case unix.AF_INET6:
		id.Kind = name + "6"
		addr := netip.AddrFrom16([16]byte(raw[8:24]))
		id.Addr = netip.AddrPortFrom(addr, binary.BigEndian.Uint16(raw[2:]))
		only, _ := unix.GetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY)
		id.V6Only = only != 0 && addr.IsUnspecified()
	case unix.AF_UNIX:
		id.Namespace = ""
		id.Kind, id.Path = unixName(raw[2:])
	default:
		return Identity{}, unix.EAFNOSUPPORT
	}
	return id, nil
}

// unixName reads sun_path. Only a padded abstract name fills all of it.
func unixName(path []byte) (kind, name string) {
	switch {
	case len(path) == 0:
		return "unix", ""
	case path[0] != 0:
		return "unix", strings.TrimRight(string(path), "\x00")
	case len(path) == len(syscall.RawSockaddrUnix{}.Path):
		return "abns", strings.TrimRight(string(path[1:]), "\x00")
	}
	return "abnsz", string(path[1:])
}

// sockname is getsockname without the interpretation that loses the length of
// an abstract name.
func sockname(fd int) ([]byte, error) {
	var raw unix.RawSockaddrAny
	size := uint32(unsafe.Sizeof(raw))
	_, _, no := unix.RawSyscall(unix.SYS_GETSOCKNAME, uintptr(fd), uintptr(unsafe.Pointer(&raw)), uintptr(unsafe.Pointer(&size)))
	if no != 0 {
		return nil, no
	}
	if size < 2 {
		return nil, unix.EINVAL
	}
	b := make([]byte, size)
	copy(b, unsafe.Slice((*byte)(unsafe.Pointer(&raw)), int(min(uintptr(size), unsafe.Sizeof(raw)))))
	return b, nil
}

// temporary is the name under which a unix socket is bound before it gets its
// own: a reader of getsockname sees it forever. HAProxy's form, so that both
// recognise each other's sockets.
func temporary(path string, pid int) string { return path + "." + strconv.Itoa(pid) + ".tmp" }

// trimTemporary undoes temporary.
func trimTemporary(path string) string {
	rest, ok := strings.CutSuffix(path, ".tmp")
	if !ok {
		return path
	}
	dot := strings.LastIndexByte(rest, '.')
	if dot <= 0 || dot == len(rest)-1 {
		return path
	}
	for _, c := range rest[dot+1:] {
		if c < '0' || c > '9' {
			return path
		}
	}
	return rest[:dot]
}
