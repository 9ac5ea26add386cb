package stream

import (
	"testing"

	"segue/internal/conf"
	"segue/internal/lb"
)

func TestRedispatchLeavesTheServer(t *testing.T) {
	srv := &lb.Server{}
	for _, c := range []struct {
		name     string
		interval int
		algo     string
		pinned   bool
		servers  int
		want     string // for retries 1 to 3
	}{
		{name: "without the option never", interval: 0, algo: "roundrobin", servers: 2, want: "..."},
		{name: "a turn is left at once", interval: -1, algo: "roundrobin", servers: 2, want: "xxx"},
		{name: "whatever the interval", interval: 3, algo: "leastconn", servers: 2, want: "xxx"},
		{name: "a cookie's server by the last retry", interval: -1, algo: "roundrobin", pinned: true, servers: 2, want: "..x"},
		{name: "the retry before it", interval: -2, algo: "roundrobin", pinned: true, servers: 2, want: ".x."},
		{name: "every retry", interval: 1, algo: "roundrobin", pinned: true, servers: 2, want: "xxx"},
		{name: "every second retry", interval: 2, algo: "roundrobin", pinned: true, servers: 2, want: ".x."},
		{name: "a hash's server by the last retry", interval: -1, algo: "source", servers: 2, want: "..x"},
		{name: "nowhere to go", interval: 1, algo: "roundrobin", servers: 1, want: "..."},
	} {
		t.Run(c.name, func(t *testing.T) {
			px := &lb.Proxy{Conf: &conf.Proxy{}, Servers: make([]*lb.Server, c.servers)}
			px.Conf.Redispatch, px.Conf.Balance.Algo = c.interval, c.algo
			s := &lb.Stream{Back: px}
			if c.pinned {
				s.Pinned = srv
			}
			got := ""
			for s.Retries = 1; s.Retries <= 3; s.Retries++ {
				if redispatch(s, 3) {
					got += "x"
				} else {
					got += "."
				}
			}
			if got != c.want {
				t.Errorf("redispatch for retries 1 to 3 = %s, want %s", got, c.want)
			}
		})
	}
}

func TestRetryOnNamesTheFailure(t *testing.T) {
	for _, c := range []struct {
		name    string
		words   []string
		failure string
		want    bool
	}{
		{name: "a failed connect by default", failure: "conn-failure", want: true},
		{name: "nothing else by default", failure: "empty-response", want: false},
		{name: "none", words: []string{"none"}, failure: "conn-failure", want: false},
		{name: "what is not named", words: []string{"503"}, failure: "conn-failure", want: false},
		{name: "a status", words: []string{"503"}, failure: "503", want: true},
		{name: "all has 504", words: []string{"all-retryable-errors"}, failure: "504", want: true},
		{name: "all has not 404", words: []string{"all-retryable-errors"}, failure: "404", want: false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &lb.Stream{Back: &lb.Proxy{Conf: &conf.Proxy{RetryOn: c.words}}}
			if got := retriesOn(s, c.failure); got != c.want {
				t.Errorf("retriesOn(%s) = %v, want %v", c.failure, got, c.want)
			}
		})
	}
}
