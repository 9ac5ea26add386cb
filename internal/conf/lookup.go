package conf

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
)

// Lookup resolves host names. See Context.
type Lookup func(network, host string) ([]netip.Addr, error)

// SystemLookup asks the system's resolver. It blocks.
func SystemLookup(network, host string) ([]netip.Addr, error) {
	if strings.ContainsAny(host, "%[]") { // an address with a zone would be taken for one
		return nil, errors.New("no address for " + host)
	}
	addrs, err := net.DefaultResolver.LookupNetIP(context.Background(), network, host)
	if err == nil && len(addrs) == 0 {
		err = errors.New("no address for " + host)
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	return addrs, err
}
