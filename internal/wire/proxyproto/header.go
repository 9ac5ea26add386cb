package proxyproto

import (
	"errors"
	"net/netip"
)

// Limits of the wire format, in bytes, section 2.
const (
	// MaxV1 is the longest version 1 line with its CRLF.
	MaxV1 = 107
	// MaxV2 is the longest version 2 header: the fixed part and a 16-bit
	// length of what follows.
	MaxV2 = fixedV2 + maxBlock

	fixedV2  = 16
	maxBlock = 65535

	addrsInet  = 12
	addrsInet6 = 36
	unixPath   = 108
	addrsUnix  = 2 * unixPath
)

// signature opens every version 2 header. It holds a zero byte and no
// complete line of any text protocol, so that others refuse it at once.
const signature = "\r\n\r\n\x00\r\nQUIT\n"

// Errors of Parse. They are values without context, one for each of the
// receiver's reasons that operators see in logs; what a truncated header means
// only the owner of the connection can tell.
var (
	// ErrNotHeader: the bytes are something else than a PROXY header.
	ErrNotHeader = errors.New("not a PROXY protocol header")
	// ErrBadHeader: it began as a header, and breaks the format.
	ErrBadHeader = errors.New("invalid PROXY protocol header")
	// ErrBadProtocol: a version 1 line of another protocol than TCP4, TCP6
	// and UNKNOWN, or a version 2 family or transport that is unassigned.
	ErrBadProtocol = errors.New("unhandled protocol in PROXY protocol header")
	// ErrBadChecksum: the header carries a CRC32c that is not its own.
	ErrBadChecksum = errors.New("wrong checksum in PROXY protocol header")
)

// Command is the low half of a version 2 header's 13th byte.
type Command uint8

// Commands of version 2.
const (
	// CmdLocal: the proxy talks for itself, e.g. a health check.
	CmdLocal Command = 0
	// CmdProxy: the connection is relayed for the client in the header.
	CmdProxy Command = 1
)

// Transport is the low half of a version 2 header's 14th byte.
type Transport uint8

// Transports of version 2. Version 1 knows only Stream.
const (
	Unspec Transport = 0 // unknown: addresses are not to be used
	Stream Transport = 1 // TCP or a unix stream socket
	Dgram  Transport = 2 // UDP or a unix datagram socket
)

// family is the high half of a version 2 header's 14th byte.
type family uint8

const (
	famUnspec family = 0
	famInet   family = 1
	famInet6  family = 2
	famUnix   family = 3
)

// addrLen is how many bytes the addresses of f take; 0 for unspecified.
func (f family) addrLen() int {
	switch f {
	case famInet:
		return addrsInet
	case famInet6:
		return addrsInet6
	case famUnix:
		return addrsUnix
	}
	return 0
}

// Header is one decoded header. Its slices point into the parsed bytes.
type Header struct {
	Version uint8 // 1 or 2
	// Local says to use the connection's own endpoints: LOCAL, UNKNOWN, or a
	// family or transport that is unspecified. Addresses are zero then.
	Local     bool
	Transport Transport
	// Src and Dst are the client's end and ours, for IP families. An IPv4
	// address written in IPv6 form stays so (::ffff:192.0.2.1).
	Src, Dst netip.AddrPort
	// SrcPath and DstPath are unix socket paths without their zero padding;
	// abstract names keep their leading zero byte. Nil for other families.
	SrcPath, DstPath []byte
	// TLVs is the chain of version 2's extra fields, checked to be well
	// formed.
	TLVs TLVs
}

// Unix reports whether the header carries unix socket paths.
func (h *Header) Unix() bool { return h.SrcPath != nil }

// Parse decodes the header at the start of b; n is how many bytes it takes.
// With n == 0 and no error, b is a correct beginning and more is needed: bytes
// that cannot become a header are refused as soon as they show, so a caller
// may read byte by byte. No bytes at all also need more. Parse never reads
// past the header and does not allocate.
func Parse(b []byte) (h Header, n int, err error) {
	if len(b) == 0 {
		return h, 0, nil
	}
	if b[0] == signature[0] {
		return parseV2(b)
	}
	return parseV1(b)
}

// hasPrefix reports whether b begins with want, and whether it could once more
// bytes are there.
func hasPrefix(b []byte, want string) (yes, could bool) {
	if len(b) >= len(want) {
		yes = string(b[:len(want)]) == want
		return yes, yes
	}
	return false, string(b) == want[:len(b)]
}
