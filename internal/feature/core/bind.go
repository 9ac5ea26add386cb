package core

import (
	"fmt"
	"strconv"
	"strings"

	"segue/internal/catalog"
	"segue/internal/conf"
)

func bindRows() []catalog.Directive {
	return []catalog.Directive{
		{Doc: doc("bind", "[<address>]:<port_range> [, ...] [param*]", "4.2", "Listens on addresses."), In: catalog.Frontend | catalog.Listen, Parse: bind},
	}
}

// bind reads "bind <addresses> <words>". Each port of each address becomes a
// Bind; all share the words.
func bind(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'bind' expects {<path>|[addr1]:port1[-end1]}{,[addr]:port[-end]}... as arguments.")
		return
	}
	addrs, ok := bindAddrs(c, c.Text(0))
	if !ok {
		return
	}
	proto := conf.Bind{Line: c.Line.Own(), Unix: c.Model.Global.UnixBind}
	c.Grammar.BindWords(c, &proto, c.Arg+1)
	if proto.ID != 0 && (len(addrs) > 1 || addrs[0].PortHigh > addrs[0].Port) {
		c.Alertf(c.Arg, "'bind %s' in section '%s' : 'id' can only be used with a single socket", c.Text(0), c.Proxy.Kind)
		return
	}
	for _, a := range addrs {
		first, last := a.Port, a.PortHigh
		for port := first; ; port++ {
			b := proto
			b.Addr = a
			if first < last {
				b.Addr.Port, b.Addr.PortHigh = port, port
				b.Addr.Text = a.Text[:strings.LastIndexByte(a.Text, ':')+1] + strconv.Itoa(port)
			}
			c.Proxy.Binds = append(c.Proxy.Binds, &b)
			if port >= last {
				break
			}
		}
	}
}

// bindAddrs reads the comma-separated addresses of a bind line.
func bindAddrs(c *conf.Context, list string) ([]conf.Addr, bool) {
	var addrs []conf.Addr
	parts := conf.SplitAddrs(list)
	for n, s := range parts {
		if s == "" {
			if n > 0 && n == len(parts)-1 {
				break // a comma at the end is accepted
			}
			c.Alertf(c.Arg, "'%s' : '' resolves to an empty address (environment variable missing?)", c.Name())
			return nil, false
		}
		a, err := parseAddr(c, s)
		switch {
		case err != nil:
			c.Alertf(c.Arg, "'%s' : %v", c.Name(), err)
			return nil, false
		case !checkBindAddr(c, &a):
			return nil, false
		}
		unixPrefix(c, &a)
		addrs = append(addrs, a)
	}
	return addrs, true
}

// parseAddr is conf.ParseAddr with the variables of the configuration, also those
// that it has set.
func parseAddr(c *conf.Context, text string) (conf.Addr, error) {
	own := c.Expand(text)
	if own == "" && text != "" {
		return conf.Addr{}, fmt.Errorf("'%s' resolves to an empty address (environment variable missing?)", text)
	}
	return conf.ParseAddr(own)
}

// checkBindAddr refuses what a listener cannot be bound to.
func checkBindAddr(c *conf.Context, a *conf.Addr) bool {
	switch {
	case a.QUIC:
		c.Alertf(c.Arg, "'%s' : unsupported stream protocol for datagram family 2 address '%s'; QUIC is not compiled in if this is what you were looking for.", c.Name(), a.Text)
		return false
	case a.Dgram:
		c.Alertf(c.Arg, "'%s' : dgram-type address not acceptable in '%s'", c.Name(), a.Text)
		return false
	case a.Kind == conf.AddrRHTTP:
		c.Alertf(c.Arg, "'%s' : Address '%s' is not supported yet by this version", c.Name(), a.Text)
		return false
	case a.Kind != conf.AddrIP && a.Kind != conf.AddrHost:
		return true
	}
	switch {
	case a.PortSign != 0:
		c.Alertf(c.Arg, "'%s' : port offset not permitted here in '%s'", c.Name(), a.Text)
	case a.Port < 0:
		c.Alertf(c.Arg, "'%s' : missing port specification in '%s'", c.Name(), a.Text)
	case a.Port < 1 || a.Port > 65535:
		c.Alertf(c.Arg, "'%s' : invalid port '%d'", c.Name(), a.Port)
	case a.PortHigh > 65535:
		c.Alertf(c.Arg, "'%s' : invalid port '%d'", c.Name(), a.PortHigh)
	case a.PortHigh < a.Port:
		c.Alertf(c.Arg, "'%s' : invalid port range '%d-%d'", c.Name(), a.Port, a.PortHigh)
	case a.Kind == conf.AddrHost && !resolveBind(c, a):
		c.Alertf(c.Arg, "'%s' : invalid address: '%s' in '%s'", c.Name(), a.Host, a.Text)
	default:
		return true
	}
	return false
}

// resolveBind looks up the name that a listener is bound to, once: without an
// address it would listen on all of them.
func resolveBind(c *conf.Context, a *conf.Addr) bool {
	network := "ip"
	if a.V6 {
		network = "ip6"
	}
	ips, err := c.Lookup(network, a.Host)
	if err != nil {
		return false
	}
	a.Kind, a.IP = conf.AddrIP, ips[0]
	return true
}

// unixPrefix puts "unix-bind prefix" before the path of a socket. Manual 3.1.
func unixPrefix(c *conf.Context, a *conf.Addr) {
	if a.Kind == conf.AddrUnix {
		a.Host = c.Model.Global.UnixBindPrefix + a.Host
	}
}
