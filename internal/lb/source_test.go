package lb

import "testing"

func TestPortsGiveTheOneFreeForLongest(t *testing.T) {
	p := NewPorts(10, 12)
	take := func(want uint16) {
		t.Helper()
		if got := p.Take(); got != want {
			t.Errorf("Take = %d, want %d", got, want)
		}
	}
	take(10)
	take(11)
	p.Give(11)
	p.Give(10)
	take(12)
	take(11)
	take(10)
	take(0)
	p.Give(12)
	take(12)
	if p := NewPorts(65535, 65535); p.Take() != 65535 || p.Take() != 0 {
		t.Error("a range of one port does not give it once")
	}
}
