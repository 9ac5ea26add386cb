package link

import "testing"

// The acknowledgement of a first request is spared by default, that of other
// first bytes on demand. Manual 4.2 "option tcp-smart-accept".
func TestSmartAccept(t *testing.T) {
	r := newRig(t)
	b := r.plan(`
defaults
  timeout client 5s
frontend http
  mode http
  bind 127.0.0.1:1
frontend loud
  mode http
  no option tcp-smart-accept
  bind 127.0.0.1:2
frontend tcp
  mode tcp
  bind 127.0.0.1:3
frontend smart
  mode tcp
  option tcp-smart-accept
  bind 127.0.0.1:4
defaults none
  timeout client 5s
  mode http
  no option tcp-smart-accept
frontend inherits from none
  bind 127.0.0.1:5
`)
	got := map[uint16]bool{}
	for i := range b.Listeners {
		s := &b.Listeners[i]
		got[s.Port] = s.LazyAck
	}
	for port, want := range map[uint16]bool{1: true, 2: false, 3: false, 4: true, 5: false} {
		if lazy, ok := got[port]; !ok || lazy != want {
			t.Errorf("port %d: %v (listens: %v), want %v", port, lazy, ok, want)
		}
	}
}
