package balance

import (
	"fmt"
	"strings"

	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/lb"
)

// Options are what some algorithms need beside their line.
type Options struct {
	// Eval evaluates the expression of "balance hash" or the converters of
	// "log-hash". It may append the key to dst or return bytes of its own, valid
	// until the stream waits. false: there is no key.
	Eval     func(s *lb.Stream, dst []byte) ([]byte, bool)
	Factor   int    // hash-balance-factor in percent, 0 = none
	Preserve string // hash-preserve-affinity: "", always, maxconn, maxqueue
}

// New returns the Balancer of px, whose Servers are complete. "option
// allbackups" is read from px.Options. Algo may hold its argument in
// parentheses; an algorithm without a name is random. Server.LB belongs to the
// Balancer from now on.
func New(px *lb.Proxy, spec conf.Balance, hash conf.HashType, o Options) (lb.Balancer, error) {
	all := px.Options&conf.OptAllBackups != 0
	name, arg, _ := strings.Cut(strings.TrimSuffix(spec.Algo, ")"), "(")
	switch name {
	case "roundrobin":
		return newRoundRobin(px, all), nil
	case "static-rr":
		return newStaticRR(px, all), nil
	case "leastconn":
		return newLeastConn(px, all), nil
	case "first":
		return newFirst(px, all), nil
	case "random", "":
		return newRandom(px, all, arg, o)
	case "sticky", "log-sticky":
		return newSticky(px, all), nil
	}
	key, err := keyOf(name, arg, spec.Args, o)
	if err != nil {
		return nil, err
	}
	h, err := newHasher(hash, key)
	if err != nil {
		return nil, err
	}
	switch hash.Method {
	case "", "map-based":
		m := &mapHash{hasher: h}
		m.init(px, all)
		return m, nil
	case "consistent":
		r := &ringHash{hasher: h}
		return r, r.init(px, all, o)
	}
	return nil, fmt.Errorf("hash-type method %q is not known", hash.Method)
}

// ReadsBody reports whether the key may be in the body of a POST request, which
// must have arrived then. HAProxy 3.4 looks there with "url_param" whether "check_post" is said or
// not. Manual 4.2 "balance url_param".
func ReadsBody(spec conf.Balance) bool { return spec.Algo == "url_param" }

// keyOf returns how an algorithm finds a stream's key; nil = the source address.
func keyOf(name, arg string, args []string, o Options) (func(*lb.Stream) ([]byte, bool), error) {
	switch name {
	case "source":
		return nil, nil
	case "uri":
		u, err := newURIKey(args)
		return u.key, err
	case "url_param":
		if len(args) == 0 {
			return nil, errArg(name, "")
		}
		p := &paramKey{name: []byte(args[0])}
		return p.key, nil
	case "hdr":
		k := &headerKey{name: strings.ToLower(arg), domain: len(args) > 0 && args[0] == "use_domain_only"}
		k.id = htx.Lookup([]byte(k.name))
		return k.key, nil
	case "rdp-cookie":
		if arg == "" {
			arg = "mstshash"
		}
		k := &rdpKey{name: arg}
		return k.key, nil
	case "hash", "log-hash":
		if o.Eval == nil {
			return nil, fmt.Errorf("balance %s has no expression", name)
		}
		return func(s *lb.Stream) ([]byte, bool) {
			if s.Thread == nil || s.Thread.Loop == nil {
				return o.Eval(s, nil)
			}
			return o.Eval(s, s.Thread.Out[:0])
		}, nil
	}
	return nil, fmt.Errorf("balance algorithm %q is not known", name)
}

func errArg(algo, arg string) error {
	return fmt.Errorf("balance %s does not take the argument %q", algo, arg)
}
