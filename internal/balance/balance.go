package balance

import (
	"fmt"

	"segue/internal/conf"
	"segue/internal/lb"
)

// Options are what some algorithms need beside their line.
type Options struct {
	// Eval evaluates the expression of "balance hash" or the converters of
	// "log-hash"; it appends the key to dst. false: there is none.
	Eval     func(s *lb.Stream, dst []byte) ([]byte, bool)
	Factor   int    // hash-balance-factor in percent, 0 = none
	Preserve string // hash-preserve-affinity: "", always, maxconn, maxqueue
}

// New returns the Balancer of px, whose Servers are complete. The word
// "option allbackups" is read from px.Options. An algorithm without a name is
// random.
func New(px *lb.Proxy, spec conf.Balance, hash conf.HashType, o Options) (lb.Balancer, error) {
	all := px.Options&conf.OptAllBackups != 0
	switch spec.Algo {
	case "roundrobin", "":
		return newRoundRobin(px, all), nil
	case "static-rr":
		return newStaticRR(px, all), nil
	case "leastconn":
		return newLeastConn(px, all), nil
	case "first":
		return newFirst(px, all), nil
	}
	return nil, fmt.Errorf("balance algorithm %q is not known", spec.Algo)
}
