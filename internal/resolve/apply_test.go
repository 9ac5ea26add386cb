package resolve

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"segue/internal/conf"
	"segue/internal/lb"
)

// heldByOther is what holders.other says, server by server.
func heldByOther(srv *lb.Server, ip netip.Addr) bool {
	for _, o := range srv.Proxy.Servers {
		ap := o.State.Addr.Load()
		if o != srv && ap != nil && ap.Addr() == ip && o.Hostname() == srv.Hostname() && (!srv.FollowsSRV() || ap.Port() == srv.Port()) {
			return true
		}
	}
	return false
}

func TestHoldersKnowWhoHasAnAddress(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		px, used := &lb.Proxy{Name: "b"}, holders{}
		address := func() *netip.AddrPort {
			n := rapid.IntRange(0, 4).Draw(t, "host")
			if n == 0 {
				return nil
			}
			ap := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(n)}), uint16(rapid.IntRange(1, 2).Draw(t, "port")))
			return &ap
		}
		for range rapid.IntRange(1, 8).Draw(t, "servers") {
			srv := &lb.Server{Proxy: px, Conf: &conf.Server{}, State: &lb.ServerState{}}
			srv.Conf.Addr = conf.Addr{Kind: conf.AddrHost, Host: rapid.SampledFrom([]string{"a", "b", "_http._tcp.a"}).Draw(t, "name")}
			if srv.FollowsSRV() {
				name := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "target")
				srv.State.FQDN.Store(&name)
			}
			srv.State.Addr.Store(address())
			px.Servers = append(px.Servers, srv)
		}
		for range rapid.IntRange(1, 20).Draw(t, "moves") {
			used.of(px)
			for _, srv := range px.Servers {
				for n := range 5 {
					ip := netip.AddrFrom4([4]byte{10, 0, 0, byte(n)})
					if got, want := used.other(srv, ip), heldByOther(srv, ip); got != want {
						t.Fatalf("other(%v) = %v, want %v", ip, got, want)
					}
				}
			}
			srv := rapid.SampledFrom(px.Servers).Draw(t, "moved")
			used.add(srv, -1)
			srv.State.Addr.Store(address())
			used.add(srv, 1)
		}
	})
}
