package core

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"segue/internal/cfg"
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
	if msg := badTLV(word); msg != "" {
		wordf(c, i, "'%s' : %s", word, msg)
		return
	}
	l := *c.Line
	l.Words = slices.Clone(l.Words[i : i+2])
	s.ProxyTLVs = append(s.ProxyTLVs, l)
}

// badTLV says what is wrong with the number of "set-proxy-v2-tlv-fmt(<id>)", ""
// if nothing is.
func badTLV(word string) string {
	_, id, given := strings.Cut(strings.TrimSuffix(word, ")"), "(")
	if !given {
		return ""
	}
	n, err := strconv.ParseUint(id, 0, 32)
	hex := strings.TrimPrefix(strings.ToLower(id), "0x")
	switch {
	case err == nil && n > 255:
		return "the maximum allowed TLV ID is 255"
	case err == nil:
		return ""
	case id == "" || len(hex) == len(id) && (id[0] < '0' || id[0] > '9'):
		return "could not convert TLV ID"
	}
	return "expects set-proxy-v2-tlv(<TLV ID>)"
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

// serverNamespace keeps the name, and of a default-server the line: whether there
// is such a namespace is seen where it is opened.
func serverNamespace(c *conf.Context, s *conf.ServerWords, i int) {
	s.Namespace = c.Line.Text(i + 1)
	if c.Line.Text(0) == "default-server" && c.Proxy != nil {
		if c.Proxy.FirstLine == nil {
			c.Proxy.FirstLine = map[string]cfg.Line{}
		}
		c.Proxy.FirstLine["default-server namespace"] = c.Line.Own()
	}
}
