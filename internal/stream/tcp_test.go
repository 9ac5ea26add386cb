package stream

import (
	"testing"

	"segue/internal/lb"
)

func TestRelayTimeoutIsThatOfTheSideWaitedFor(t *testing.T) {
	all := lb.Timeouts{Client: 1, Server: 2, Tunnel: 3, ClientFin: 4, ServerFin: 5}
	for _, c := range []struct {
		name             string
		timeouts         lb.Timeouts
		upDone, downDone bool
		want             int64
		letter           byte
	}{
		{name: "both directions open", timeouts: lb.Timeouts{Client: 1, Server: 2}, want: 1, letter: 'c'},
		{name: "the shorter one counts", timeouts: lb.Timeouts{Client: 2, Server: 1}, want: 1, letter: 's'},
		{name: "no client timeout", timeouts: lb.Timeouts{Server: 2}, want: 2, letter: 's'},
		{name: "tunnel", timeouts: all, want: 3, letter: 'c'},
		{name: "the client has ended", timeouts: all, upDone: true, want: 5, letter: 's'},
		{name: "the server has ended", timeouts: all, downDone: true, want: 4, letter: 'c'},
		{name: "the client has ended, no fin", timeouts: lb.Timeouts{Client: 1, Server: 2, Tunnel: 3}, upDone: true, want: 3, letter: 's'},
		{name: "the server has ended, no fin", timeouts: lb.Timeouts{Client: 1, Server: 2}, downDone: true, want: 1, letter: 'c'},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, letter := relayTimeout(&lb.Stream{Timeouts: c.timeouts}, c.upDone, c.downDone)
			if got != c.want || letter != c.letter {
				t.Errorf("relayTimeout(%v, %v) = %d %c, want %d %c", c.upDone, c.downDone, got, letter, c.want, c.letter)
			}
		})
	}
}
