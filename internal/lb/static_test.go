package lb

import (
	"testing"

	"segue/internal/conf"
)

// TestStaticWeights: which algorithms take a weight at runtime, as HAProxy 3.4 does.
func TestStaticWeights(t *testing.T) {
	for _, c := range []struct {
		algo, method string
		want         bool
	}{
		{"roundrobin", "", false}, {"leastconn", "", false}, {"random", "", false}, {"first", "", false}, {"sticky", "", false},
		{"static-rr", "", true}, {"hdr(host)", "", true}, {"source", "map-based", true}, {"rdp-cookie", "", true}, {"hash", "consistent", false},
	} {
		px := &Proxy{Conf: &conf.Proxy{Balance: conf.Balance{Algo: c.algo}, HashType: conf.HashType{Method: c.method}}}
		if got := px.StaticWeights(); got != c.want {
			t.Errorf("%s %s: %v, want %v", c.algo, c.method, got, c.want)
		}
	}
}
