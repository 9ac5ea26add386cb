package conf

import (
	"net/netip"
	"time"

	"segue/internal/cfg"
)

// Resolvers is a resolvers section. Manual 5.3.2.
type Resolvers struct {
	Name    string
	Line    cfg.Line
	Servers []NameServer
	// Hold is how long a valid answer outweighs a later status; see the Hold
	// constants for the order.
	Hold           [Holds]time.Duration
	Resolve, Retry time.Duration // "timeout resolve", "timeout retry"
	Retries        int           // queries before a name counts as failed
	Payload        int           // accepted_payload_size, bytes
}

// The events of a hold line.
const (
	HoldNX = iota
	HoldRefused
	HoldTimeout
	HoldOther
	HoldValid
	HoldObsolete
	Holds
)

// NameServer is one name server of a section.
type NameServer struct {
	Name    string
	Addr    netip.AddrPort
	TCP     bool
	MaxConn int        // of TCP; 0 = not limited by the configuration
	Source  netip.Addr // of TCP; invalid = any
	Line    cfg.Line
}

// NewResolvers returns a section with the manual's default values.
func NewResolvers(name string) *Resolvers {
	r := &Resolvers{Name: name, Resolve: time.Second, Retry: time.Second, Retries: 3, Payload: 512}
	for i := range r.Hold {
		r.Hold[i] = 30 * time.Second
	}
	r.Hold[HoldValid], r.Hold[HoldObsolete] = 10*time.Second, 0
	return r
}

// ResolversNamed finds a section, nil if there is none.
func (m *Model) ResolversNamed(name string) *Resolvers {
	for _, r := range m.Resolvers {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// SRV reports whether the address is the label of an SRV record rather than a
// host name. Manual 5.3.1.
func (a *Addr) SRV() bool { return a.Kind == AddrHost && a.Host[0] == '_' }
