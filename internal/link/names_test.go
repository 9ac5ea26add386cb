package link

import (
	"net/netip"
	"slices"
	"testing"

	"segue/internal/process"
)

// TestNamesAreAskedOnce: a worker gets what its validator was told, also where
// its own resolver would say something else.
func TestNamesAreAskedOnce(t *testing.T) {
	validator := known(nil)
	want, err := validator.lookup("ip", "localhost")
	if err != nil {
		t.Skipf("localhost has no address: %v", err)
	}
	for range 3 {
		if got, _ := validator.lookup("ip", "localhost"); !slices.Equal(got, want) {
			t.Errorf("another look-up: %v, want %v", got, want)
		}
	}
	if len(validator.list) != 1 {
		t.Errorf("remembered: %+v, want one name", validator.list)
	}
	there := netip.MustParseAddr("192.0.2.7")
	worker := known([]process.Name{{Network: "ip", Host: "localhost", Addrs: []netip.Addr{there}}, {Network: "ip6", Host: "localhost", Err: "gone"}})
	if got, err := worker.lookup("ip", "localhost"); err != nil || !slices.Equal(got, []netip.Addr{there}) {
		t.Errorf("the worker: %v (%v), want what the validator found", got, err)
	}
	if _, err := worker.lookup("ip6", "localhost"); err == nil || err.Error() != "gone" {
		t.Errorf("the worker: %v, want what the validator was told", err)
	}
}
