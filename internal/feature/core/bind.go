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

// placedAddr is parseAddr for a word that takes what where says. A host name is
// looked up, once.
func placedAddr(c *conf.Context, text string, where conf.Place) (conf.Addr, error) {
	a, err := parseAddr(c, text)
	if err == nil {
		err = a.Misplaced(where, c.Model.Global.ExposeExperimental)
	}
	if err == nil {
		err = a.Find(c.Lookup)
	}
	return a, err
}

// checkBindAddr refuses what a listener cannot be bound to. A host name is
// looked up, once: without an address it would listen on all of them.
func checkBindAddr(c *conf.Context, a *conf.Addr) bool {
	err := a.Misplaced(conf.NeedsPort|conf.TakesRange|conf.TakesFD|conf.TakesSockpair, c.Model.Global.ExposeExperimental)
	if err == nil {
		err = a.Find(c.Lookup)
	}
	if err != nil {
		c.Alertf(c.Arg, "'%s' : %v", c.Name(), err)
	}
	return err == nil
}

// unixPrefix puts "unix-bind prefix" before the path of a socket. Manual 3.1.
func unixPrefix(c *conf.Context, a *conf.Addr) {
	if a.Kind == conf.AddrUnix {
		a.Host = c.Model.Global.UnixBindPrefix + a.Host
	}
}
