package core

import (
	"net/netip"
	"slices"
	"strings"

	"segue/internal/conf"
)

// sendProxy is the parser of send-proxy, send-proxy-v2 and their opposites,
// which only undo their own version.
func sendProxy(version, own uint8) serverParse {
	return func(_ *conf.Context, s *conf.ServerWords, _ int) {
		if version != 0 || s.SendProxy == own {
			s.SendProxy = version
		}
	}
}

// proxyV2Words are the fields that proxy-v2-options can name.
var proxyV2Words = [...]string{"ssl", "cert-cn", "cert-key", "cert-sig", "ssl-cipher", "authority", "crc32c", "unique-id"}

func serverProxyV2Options(c *conf.Context, s *conf.ServerWords, i int) {
	for _, w := range strings.Split(strings.TrimSuffix(c.Line.Text(i+1), ","), ",") {
		known := false
		for _, k := range proxyV2Words {
			known = known || k == w
		}
		if !known {
			wordf(c, i+1, "'%s' : proxy v2 option not implemented", w)
			return
		}
		s.ProxyV2 = append(s.ProxyV2, w)
	}
}

// serverTLV keeps "set-proxy-v2-tlv-fmt(id) format": the format is compiled
// at link.
func serverTLV(c *conf.Context, s *conf.ServerWords, i int) {
	word := c.Line.Text(i)
	if strings.Contains(word, "(") && !strings.HasSuffix(word, ")") {
		wordf(c, i, "'%s' : missing argument: expects '(<id>)'", word)
		return
	}
	l := *c.Line
	l.Words = slices.Clone(l.Words[i : i+2])
	s.ProxyTLVs = append(s.ProxyTLVs, l)
}

// serverInitAddr keeps the methods in their order.
func serverInitAddr(c *conf.Context, s *conf.ServerWords, i int) {
	s.InitAddr = nil
	for _, w := range strings.Split(strings.TrimSuffix(c.Line.Text(i+1), ","), ",") {
		switch w {
		case "libc", "last", "none":
		default:
			if _, err := netip.ParseAddr(w); err != nil {
				wordf(c, i+1, "'init-addr' : unknown init-addr method '%s', supported methods are 'libc', 'last', 'none'.", w)
				return
			}
		}
		s.InitAddr = append(s.InitAddr, w)
	}
}
