package conf

import (
	"errors"
	"fmt"
	"syscall"
)

// A Place is what one word of the language takes of an address, beyond a stream
// address of any family with or without a port. Manual 11.
type Place uint8

const (
	// TakesDgram: datagrams, too.
	TakesDgram Place = 1 << iota
	// NoStream: nothing but datagrams.
	NoStream
	// TakesFD: a descriptor that the process inherits.
	TakesFD
	// TakesSockpair: a socket that the process inherits; it is looked at later.
	TakesSockpair
	// NeedsPort: an Internet address has a port, which is not 0.
	NeedsPort
	// TakesRange: several ports.
	TakesRange
	// TakesOffset: a port relative to the client's.
	TakesOffset
)

// Misplaced says why the address does not belong in a place, nil if it does.
// experimental allows reverse HTTP. Host names are not looked up.
func (a *Addr) Misplaced(where Place, experimental bool) error {
	dgram := a.Dgram && !a.QUIC
	switch {
	case a.Kind == AddrRHTTP && !experimental:
		return fmt.Errorf("Address '%s' is experimental, must be allowed via a global 'expose-experimental-directives'", a.Text) //nolint:staticcheck // HAProxy's words
	case a.Kind == AddrRHTTP:
		return fmt.Errorf("Address '%s' is not supported yet by this version", a.Text) //nolint:staticcheck // the same form
	case a.Kind == AddrFD && where&TakesFD == 0:
		return fmt.Errorf("a file descriptor is not acceptable here in '%s'", a.Text)
	case a.Kind == AddrSockpair && where&TakesSockpair == 0:
		return a.notSocket()
	case where&NoStream != 0 && (a.QUIC || a.Stream):
		return fmt.Errorf("stream-type address not acceptable in '%s'", a.Text)
	case a.QUIC:
		return fmt.Errorf("unsupported stream protocol for datagram family %d address '%s'; QUIC is not compiled in if this is what you were looking for.", a.family(), a.Text) //nolint:staticcheck // HAProxy's words
	case dgram && where&(TakesDgram|NoStream) == 0:
		return fmt.Errorf("dgram-type address not acceptable in '%s'", a.Text)
	case a.Kind != AddrIP && a.Kind != AddrHost:
		return nil
	}
	return a.wrongPort(where)
}

// wrongPort is the part of Misplaced about ports.
func (a *Addr) wrongPort(where Place) error {
	switch {
	case a.PortSign != 0 && where&TakesOffset == 0:
		return fmt.Errorf("port offset not permitted here in '%s'", a.Text)
	case a.Port < 0 && where&NeedsPort != 0:
		return fmt.Errorf("missing port specification in '%s'", a.Text)
	case a.PortHigh != a.Port && where&TakesRange == 0:
		return fmt.Errorf("port range not permitted here in '%s'", a.Text)
	case a.Port > 65535 || a.Port == 0 && where&NeedsPort != 0:
		return fmt.Errorf("invalid port '%d'", a.Port)
	case a.PortHigh > 65535:
		return fmt.Errorf("invalid port '%d'", a.PortHigh)
	case a.PortHigh < a.Port:
		return fmt.Errorf("invalid port range '%d-%d'", a.Port, a.PortHigh)
	}
	return nil
}

// notSocket says why the descriptor of sockpair@ is none of a socket.
func (a *Addr) notSocket() error {
	_, err := syscall.GetsockoptInt(a.FD, syscall.SOL_SOCKET, syscall.SO_TYPE)
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return nil
	}
	why := "Bad file descriptor"
	if errno == syscall.ENOTSOCK {
		why = "Socket operation on non-socket"
	}
	return fmt.Errorf("cannot use file descriptor '%d' : %s.", a.FD, why) //nolint:staticcheck // HAProxy's words
}

// family is the number of the address's family, for messages.
func (a *Addr) family() int {
	switch {
	case a.Kind != AddrIP && a.Kind != AddrHost:
		return syscall.AF_UNIX
	case a.V6:
		return syscall.AF_INET6
	}
	return syscall.AF_INET
}

// Find looks a host name up, once; an address stays as it is.
func (a *Addr) Find(ask Lookup) error {
	if a.Kind != AddrHost {
		return nil
	}
	network := "ip"
	if a.V6 {
		network = "ip6"
	}
	ips, err := ask(network, a.Host)
	if err != nil {
		return fmt.Errorf("invalid address: '%s' in '%s'", a.Host, a.Text)
	}
	a.Kind, a.IP = AddrIP, ips[0]
	return nil
}
