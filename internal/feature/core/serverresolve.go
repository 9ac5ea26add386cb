package core

import (
	"net/netip"
	"strings"

	"segue/internal/conf"
)

func serverResolvePrefer(c *conf.Context, s *conf.ServerWords, i int) {
	switch w := c.Line.Text(i + 1); w {
	case "ipv4", "ipv6":
		s.ResolvePrefer = w
	default:
		wordf(c, i+1, "'resolve-prefer' expects either ipv4 or ipv6 as argument.")
	}
}

// maxResolveNets is how many networks resolve-net takes.
const maxResolveNets = 5

func serverResolveNet(c *conf.Context, s *conf.ServerWords, i int) {
	s.ResolveNets = nil
	for w := range strings.SplitSeq(c.Line.Text(i+1), ",") {
		net, err := netip.ParsePrefix(w)
		if ip, e := netip.ParseAddr(w); e == nil {
			net, err = netip.PrefixFrom(ip, ip.BitLen()), nil
		}
		if err != nil {
			wordf(c, i+1, "'resolve-net' invalid network '%s'.", w)
			return
		}
		if len(s.ResolveNets) == maxResolveNets {
			wordf(c, i+1, "'resolve-net' exceed %d networks.", maxResolveNets)
			return
		}
		s.ResolveNets = append(s.ResolveNets, net.Masked())
	}
}

func serverResolveOpts(c *conf.Context, s *conf.ServerWords, i int) {
	for w := range strings.SplitSeq(c.Line.Text(i+1), ",") {
		switch w {
		case "allow-dup-ip":
			s.ResolveDup = true
		case "ignore-weight":
			s.ResolveKeepWeight = true
		case "prevent-dup-ip":
			s.ResolveDup = false
		default:
			wordf(c, i+1, "'resolve-opts' : unknown resolve-opts option '%s', supported methods are 'allow-dup-ip', 'ignore-weight', and 'prevent-dup-ip'.", w)
			return
		}
	}
}
