package core

import (
	"fmt"
	"net/netip"
	"strings"

	"segue/internal/conf"
)

// serverSource reads the word source with what belongs to it.
func serverSource(c *conf.Context, s *conf.ServerWords, i int) {
	c.Took = c.Line.Len() - i - 1
	if c.Line.Text(i+1) == "" {
		wordf(c, i, "'source' expects <addr>[:<port>[-<port>]], and optionally 'usesrc' <addr>, and 'interface' <name> as argument.")
		return
	}
	src, took, err := readSource(c, i+1, true)
	if err != nil {
		wordf(c, i+1+took, "%v", err)
		return
	}
	s.Source, c.Took = src, took
}

// source reads the line source of a proxy.
func source(c *conf.Context) {
	if c.NArgs() == 0 {
		c.Alertf(c.Arg, "'source' expects <addr>[:<port>], and optionally 'usesrc' <addr>, and 'interface' <name>.")
		return
	}
	src, took, err := readSource(c, c.Arg, false)
	switch {
	case err != nil:
		c.Alertf(c.Arg+took, "%v", err)
	case took < c.NArgs():
		c.Alertf(c.Arg+took, "'source' only supports optional keywords 'interface' and 'usesrc'.")
	default:
		c.Proxy.Source = src
	}
}

// readSource reads "<addr> [usesrc <what>] [interface <name>]" from word i on
// and returns the number of words taken, or of those before the wrong one.
// Words that are not its own end it. Only servers may have a range of ports.
func readSource(c *conf.Context, i int, server bool) (src *conf.Source, took int, err error) {
	start := i
	a, err := sourceAddr(c, c.Line.Text(i), server)
	if err != nil {
		return nil, 0, fmt.Errorf("'source %s' : %w", c.Line.Text(i), err)
	}
	src = &conf.Source{Addr: a}
	i++
	for i < c.Line.Len() {
		word, arg := c.Line.Text(i), c.Line.Text(i+1)
		switch {
		case word != "usesrc" && word != "interface":
			return src, i - start, nil
		case word == "interface" && i+1 >= c.Line.Len():
			return nil, i - start, fmt.Errorf("'%s' : missing interface name", c.Line.Text(0))
		case word == "interface":
			src.Interface = arg
		case i+1 >= c.Line.Len() && server:
			return nil, i - start, fmt.Errorf("'usesrc' expects <addr>[:<port>], 'client', 'clientip', or 'hdr_ip(name,#)' as argument")
		case i+1 >= c.Line.Len():
			return nil, i - start, fmt.Errorf("%s", useSrcNeeds)
		default:
			if err := useSrc(c, src, arg); err != nil {
				return nil, i + 1 - start, fmt.Errorf("'usesrc %s' : %w", arg, err)
			}
		}
		i += 2
	}
	return src, i - start, nil
}

const useSrcNeeds = "'usesrc' expects <addr>[:<port>], 'client', or 'clientip' as argument."

// useSrc reads the argument of usesrc.
func useSrc(c *conf.Context, src *conf.Source, arg string) (err error) {
	switch inner, isHdr := strings.CutPrefix(arg, "hdr_ip("); {
	case arg == "client":
		src.UseSrc = conf.UseSrcClient
	case arg == "clientip":
		src.UseSrc = conf.UseSrcClientIP
	case isHdr:
		inner, _, _ = strings.Cut(inner, ")")
		name, occur, given := strings.Cut(inner, ",")
		src.UseSrc, src.Header, src.Occur = conf.UseSrcHdr, strings.TrimSpace(name), -1
		if src.Header == "" {
			return fmt.Errorf("missing header name")
		}
		if !given {
			return nil
		}
		n, ok := leadingInt(strings.TrimPrefix(strings.TrimSpace(occur), "-"))
		if strings.HasPrefix(strings.TrimSpace(occur), "-") {
			n = -n
		}
		if !ok || n < -maxOccur {
			return fmt.Errorf("'%s' is no occurrence of a header, at least -%d", occur, maxOccur)
		}
		if src.Occur = n; n == 0 {
			src.UseSrc = conf.UseSrcNone // "disables the feature"
		}
	default:
		src.UseSrc = conf.UseSrcAddr
		src.Foreign, err = sourceAddr(c, arg, false)
	}
	return err
}

// maxOccur is how far from the end hdr_ip looks. Manual 4.2 "source".
const maxOccur = 10

// sourceAddr reads an address to connect from. A range of ports is for servers.
func sourceAddr(c *conf.Context, text string, ranges bool) (conf.Addr, error) {
	where := conf.Place(0)
	if ranges {
		where = conf.TakesRange
	}
	a, err := placedAddr(c, text, where)
	switch {
	case err != nil:
		return a, err
	case a.Kind != conf.AddrIP:
		return a, fmt.Errorf("'%s' is no Internet address", text)
	}
	if !a.IP.IsValid() {
		a.IP = netip.IPv4Unspecified()
		if a.V6 {
			a.IP = netip.IPv6Unspecified()
		}
	}
	return a, nil
}

// serverSocks reads the address of a SOCKS4 proxy.
func serverSocks(c *conf.Context, s *conf.ServerWords, i int) {
	text := c.Line.Text(i + 1)
	a, err := placedAddr(c, text, conf.NeedsPort)
	if err == nil && a.Kind != conf.AddrIP {
		err = fmt.Errorf("'%s' is no Internet address", text)
	}
	if err != nil {
		wordf(c, i+1, "'socks4 %s' : %v", text, err)
		return
	}
	if !a.IP.IsValid() { // this machine
		a.IP = netip.IPv4Unspecified()
		if a.V6 {
			a.IP = netip.IPv6Unspecified()
		}
	}
	s.Socks4 = netip.AddrPortFrom(a.IP, uint16(a.Port)).String()
}
