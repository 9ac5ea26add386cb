package resolve

import (
	"net/netip"
	"testing"
	"time"

	"segue/internal/lb"
)

// set is the command "set server b/<n> addr".
func (w *world) set(n int, to string) {
	srv := w.gen.Proxies[0].Servers[n]
	w.p.Mu.Lock()
	srv.Move(netip.MustParseAddrPort(to))
	w.p.Mu.Unlock()
}

// round lets a second pass and answers from zone.
func (w *world) round(zone map[string][]string) {
	w.pass(1100 * time.Millisecond)
	w.all(zone)
	w.pass(50 * time.Millisecond)
	w.all(zone)
}

func TestAddressSetByHandLasts(t *testing.T) {
	for _, c := range []struct {
		name  string
		after []string // addresses of the answers after it was set; nil: NXDOMAIN
		want  string
	}{
		{"while the answer is the same", []string{"10.0.0.1"}, "s1=10.9.9.9:80"},
		{"while what it had is among others", []string{"10.0.0.2", "10.0.0.1"}, "s1=10.9.9.9:80"},
		{"until what it had is gone", []string{"10.0.0.2"}, "s1=10.0.0.2:80"},
		{"until the name is gone", nil, "s1=-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, 1, server("s1", "a.test"))
			clear(w.section().conf.Hold[:])
			zone := map[string][]string{"a.test A": found("10.0.0.1").records}
			w.all(zone)
			w.set(0, "10.9.9.9:80")
			zone["a.test A"] = found(c.after...).records
			for range 4 {
				w.round(zone)
			}
			w.want("then", c.want)
			zone["a.test A"] = found("10.0.0.1").records
			if c.after == nil {
				w.round(zone)
				w.want("once it is back, it counts", "s1=10.0.0.1:80")
			}
		})
	}
}

func TestAddressSetByHandLeavesNothingToOthers(t *testing.T) {
	w := newWorld(t, 1, server("s1", "a.test"), server("s2", "a.test"))
	zone := map[string][]string{"a.test A": found("10.0.0.1").records}
	w.all(zone)
	w.want("one address for two", "s1=10.0.0.1:80 s2=-")
	w.set(0, "10.9.9.9:80")
	w.round(zone)
	w.want("it is still taken", "s1=10.9.9.9:80 s2=-")
}

func TestAddressSetByHandOutlivesAReload(t *testing.T) {
	w := newWorld(t, 1, server("s1", "a.test"))
	zone := map[string][]string{"a.test A": found("10.0.0.1").records}
	w.all(zone)
	w.set(0, "10.9.9.9:80")
	Start(w.gen, w.p)
	w.round(zone)
	w.want("after a reload", "s1=10.9.9.9:80")
}

// A slot keeps its SRV record, whose port it gets back.
func TestAddressSetByHandKeepsItsRecord(t *testing.T) {
	w := newWorld(t, 1, server("s1", "_h._tcp.t"), server("s2", "_h._tcp.t"))
	zone := map[string][]string{"_h._tcp.t SRV": {"_h._tcp.t SRV 1 8001 n1.t"}, "n1.t A": {"n1.t A 10.0.0.1"}}
	w.all(zone)
	w.round(zone)
	w.want("records", "s1=10.0.0.1:8001 s2=-")
	w.set(0, "10.9.9.9:5")
	w.log = nil
	w.round(zone)
	w.round(zone)
	w.want("set by hand", "s1=10.9.9.9:8001 s2=-")
	if srv := w.gen.Proxies[0].Servers[0]; lb.Admin(srv.State.Admin.Load())&lb.ResolveMaint != 0 || len(w.log) != 0 {
		t.Errorf("log %q", w.log)
	}
	zone["_h._tcp.t SRV"] = []string{"_h._tcp.t SRV 1 8002 n2.t"}
	zone["n2.t A"] = []string{"n2.t A 10.0.0.2"}
	clear(w.section().conf.Hold[:])
	w.round(zone)
	w.round(zone)
	w.want("its record is gone", "s1=- s2=10.0.0.2:8002")
}
