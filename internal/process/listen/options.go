package listen

import (
	"errors"
	"net/netip"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// deferSeconds is how long the kernel may hold back a connection without data
// under "defer-accept"; HAProxy's value.
const deferSeconds = 60

// setTCPOptions sets what may also change on a socket that listens already.
// Every option is written, so that one that the new configuration dropped is
// reset. It returns warnings.
func (s *Socket) setTCPOptions() []string {
	if s.Spec.isTCP() || s.Spec.Family == FD {
		s.Spec.Tuning.Replace(s.FD)
	}
	if !s.Spec.isTCP() {
		return nil
	}
	var warnings []string
	set := func(opt, value int, what string) {
		if err := unix.SetsockoptInt(s.FD, unix.IPPROTO_TCP, opt, value); err != nil && value != 0 {
			warnings = append(warnings, s.warning("Starting", what, err))
		}
	}
	// Accepted sockets inherit it, which saves a call for each.
	set(unix.TCP_NODELAY, 1, "cannot disable Nagle's algorithm")
	if s.Spec.MSS != 0 {
		set(unix.TCP_MAXSEG, max(s.Spec.MSS, -s.Spec.MSS), "cannot set MSS to "+strconv.Itoa(s.Spec.MSS))
	}
	set(unix.TCP_USER_TIMEOUT, int(s.Spec.UserTimeout/time.Millisecond), "cannot set TCP User Timeout")
	deferred := 0
	if s.Spec.DeferAccept {
		deferred = deferSeconds
	}
	set(unix.TCP_DEFER_ACCEPT, deferred, "cannot enable DEFER_ACCEPT")
	set(unix.TCP_FASTOPEN, s.Spec.TFO, "cannot enable TCP_FASTOPEN")
	set(unix.TCP_SAVE_SYN, s.Spec.SaveSYN, "cannot enable SAVE_SYN")
	if err := s.sign(); err != nil && s.Spec.Password != "" {
		warnings = append(warnings, s.warning("Starting", "cannot set MD5 signature", err))
	}
	if cc := s.Spec.Congestion; cc != "" {
		if err := unix.SetsockoptString(s.FD, unix.IPPROTO_TCP, unix.TCP_CONGESTION, cc); err != nil {
			warnings = append(warnings, s.warning("Starting", "cannot set congestion control algorithm '"+cc+"'", err))
		}
	}
	return warnings
}

// sign makes the kernel sign and check the segments of all connections; without
// a password it ends that. Manual 5.1 "tcp-md5sig".
func (s *Socket) sign() error {
	sig := unix.TCPMD5Sig{Flags: unix.TCP_MD5SIG_FLAG_PREFIX} // of length 0: everybody
	sig.Keylen = uint16(copy(sig.Key[:], s.Spec.Password))
	add := func() error {
		const size = int(unsafe.Sizeof(sig))
		return unix.SetsockoptString(s.FD, unix.IPPROTO_TCP, unix.TCP_MD5SIG_EXT, string(unsafe.Slice((*byte)(unsafe.Pointer(&sig)), size)))
	}
	if !s.Spec.isV6() {
		sig.Addr.Family = unix.AF_INET
		return add()
	}
	sig.Addr.Family = unix.AF_INET6
	if err := add(); err != nil || s.Spec.V6Only {
		return err
	}
	mapped := netip.AddrFrom4([4]byte{}).As16()
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&sig.Addr)), 24)[8:], mapped[:]) // sin6_addr
	return add()
}

// setTransparent allows foreign addresses, by whichever option the process has
// the right to set.
func (s *Socket) setTransparent() bool {
	level, opt := unix.SOL_IP, unix.IP_TRANSPARENT
	if s.Spec.isV6() {
		level, opt = unix.SOL_IPV6, unix.IPV6_TRANSPARENT
	}
	if unix.SetsockoptInt(s.FD, level, opt, 1) == nil {
		return true
	}
	return unix.SetsockoptInt(s.FD, unix.SOL_IP, unix.IP_FREEBIND, 1) == nil
}

// warning words an option that could not be set.
func (s *Socket) warning(phase, step string, err error) string {
	e := Error{Spec: &s.Spec, Step: step, Err: err}
	text := e.Error()
	if phase != "Binding" {
		text = phase + text[len("Binding"):]
	}
	return text
}

// OpenAll makes all sockets or none. reuse is asked first for each Spec and may
// return descriptors that are this socket already (nil: none are); sockets made
// here say so by true at their index in fresh. Specs of one Identity share a
// Socket.
func OpenAll(specs []Spec, reuse func(*Spec) []int) (socks []*Socket, fresh []bool, warnings []string, err error) {
	socks = make([]*Socket, len(specs))
	fresh = make([]bool, len(specs))
	seen := make(map[Identity]int, len(specs))
	var errs []error
	for i := range specs {
		id := specs[i].Identity()
		if j, ok := seen[id]; ok {
			socks[i] = socks[j]
			continue
		}
		seen[id] = i
		var warn []string
		if fds := ask(reuse, &specs[i]); len(fds) > 0 {
			socks[i] = Adopt(fds, specs[i])
		} else if socks[i], warn, err = Open(specs[i]); err != nil {
			socks[i] = nil
			errs = append(errs, err)
			continue
		} else {
			fresh[i] = true
		}
		warnings = append(warnings, warn...)
	}
	if len(errs) == 0 {
		return socks, fresh, warnings, nil
	}
	for i, s := range socks {
		if fresh[i] {
			s.Discard()
		}
	}
	return nil, nil, warnings, errors.Join(errs...)
}

func ask(reuse func(*Spec) []int, s *Spec) []int {
	if reuse == nil {
		return nil
	}
	return reuse(s)
}
