package conf

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
)

// TestPlacesTakeWhatHAProxyTakes holds addresses whose acceptance was compared with
// HAProxy 3.4 on lines of bind, server, dispatch, source, log and dgram-bind.
func TestPlacesTakeWhatHAProxyTakes(t *testing.T) {
	const (
		logs  = TakesDgram | TakesFD
		binds = NeedsPort | TakesRange | TakesFD | TakesSockpair
		dgram = NoStream | NeedsPort | TakesRange
	)
	for _, tt := range []struct {
		name, addr string
		where      Place
		want       string
	}{
		{"a stream", "127.0.0.1:80", NeedsPort, ""},
		{"no port where one is needed", "127.0.0.1", NeedsPort, "missing port specification in '127.0.0.1'"},
		{"port 0 where one is needed", "127.0.0.1:0", NeedsPort, "invalid port '0'"},
		{"port 0 elsewhere", "127.0.0.1:0", 0, ""},
		{"a port above 65535", "127.0.0.1:65536", 0, "invalid port '65536'"},
		{"a range", "127.0.0.1:1-5", binds, ""},
		{"a range the wrong way round", "127.0.0.1:5-1", binds, "invalid port range '5-1'"},
		{"a range where there is one port", "127.0.0.1:1-5", logs, "port range not permitted here in '127.0.0.1:1-5'"},
		{"an offset", "127.0.0.1:+5", logs, "port offset not permitted here in '127.0.0.1:+5'"},
		{"QUIC to a log", "quic4@127.0.0.1:12", logs, "unsupported stream protocol for datagram family 2 address 'quic4@127.0.0.1:12'; QUIC is not compiled in if this is what you were looking for."},
		{"QUIC over IPv6", "quic6@[::1]:12", logs, "unsupported stream protocol for datagram family 10"},
		{"QUIC over a unix socket", "quic+unix@/x", 0, "unsupported stream protocol for datagram family 1"},
		{"QUIC where datagrams are wanted", "quic4@127.0.0.1:12", dgram, "stream-type address not acceptable in 'quic4@127.0.0.1:12'"},
		{"a family that has one transport wins", "dgram+tcp@127.0.0.1:33", binds, ""},
		{"also over quic+", "quic+udp@127.0.0.1:12", logs, ""},
		{"datagrams where a stream is wanted", "udp@127.0.0.1:33", 0, "dgram-type address not acceptable in 'udp@127.0.0.1:33'"},
		{"uxdg where a stream is wanted", "uxdg@/x", 0, "dgram-type address not acceptable in 'uxdg@/x'"},
		{"a stream where datagrams are wanted", "tcp@127.0.0.1:33", dgram, "stream-type address not acceptable"},
		{"no word in front where datagrams are wanted", "127.0.0.1:33", dgram, ""},
		{"a descriptor that is not there to a log", "fd@99999", logs, ""},
		{"a descriptor to a server", "fd@5", 0, "a file descriptor is not acceptable here in 'fd@5'"},
		{"sockpair of no descriptor", "sockpair@99999", logs, "cannot use file descriptor '99999' : Bad file descriptor."},
		{"reverse HTTP", "rhttp@foo", 0, "Address 'rhttp@foo' is experimental, must be allowed via a global 'expose-experimental-directives'"},
		{"quic@ is no family", "quic@127.0.0.1:12", 0, "invalid address: 'quic@127.0.0.1' in 'quic@127.0.0.1:12'"},
		{"ip4@ is no family", "ip4@127.0.0.1:3", 0, "invalid address: 'ip4@127.0.0.1' in 'ip4@127.0.0.1:3'"},
		{"ip6@ is no family", "ip6@[::1]:3", 0, "invalid address: 'ip6@[::1]' in 'ip6@[::1]:3'"},
		{"ip@ is one", "ip@127.0.0.1:3", 0, ""},
		{"a name that nobody has", "nosuch.invalid:80", NeedsPort, "invalid address: 'nosuch.invalid' in 'nosuch.invalid:80'"},
	} {
		nobody := func(string, string) ([]netip.Addr, error) { return nil, errors.New("no such name") }
		a, err := ParseAddr(tt.addr)
		if err == nil {
			err = a.Misplaced(tt.where, false)
		}
		if err == nil {
			err = a.Find(nobody)
		}
		switch {
		case err == nil && tt.want == "":
		case err == nil || tt.want == "" || !strings.HasPrefix(err.Error(), tt.want):
			t.Errorf("%s: %s = %v, want %q", tt.name, tt.addr, err, tt.want)
		}
	}
}
