package httpfetch

import (
	"bytes"
	"net/netip"

	"segue/internal/sample"
)

// headerAddr reads an address as header fields write it: IPv4 with or without a
// port, IPv6 bare or in brackets with or without a port.
func headerAddr(b []byte) (netip.Addr, bool) {
	if len(b) > 0 && b[0] == '[' {
		end := bytes.IndexByte(b, ']')
		if end < 0 || end+1 < len(b) && !isPort(b[end+1:]) {
			return netip.Addr{}, false
		}
		a, ok := sample.ParseAddr(b[1:end])
		return a, ok && a.Is6()
	}
	if a, ok := sample.ParseAddr(b); ok {
		return a, true
	}
	at := bytes.IndexByte(b, ':')
	if at < 0 || !isPort(b[at:]) {
		return netip.Addr{}, false
	}
	a, ok := sample.ParseAddr(b[:at])
	return a, ok && a.Is4()
}

// isPort reports whether b is a colon and a port.
func isPort(b []byte) bool {
	if b[0] != ':' {
		return false
	}
	n, used := sample.ParseInt(b[1:])
	return used == len(b)-1 && n >= 0 && n <= 65535
}
