package core

import (
	"fmt"
	"strconv"
	"strings"

	"segue/internal/catalog"
	"segue/internal/conf"
	"segue/internal/diag"
)

func serverRows() []catalog.Directive {
	return []catalog.Directive{
		{Doc: doc("default-server", "[param*]", "4.2", "Sets words for the servers that follow."), In: catalog.BackSide, Parse: defaultServer, Elsewhere: serverElsewhere},
		{Doc: doc("server", "<name> <address>[:[port]] [param*]", "4.2", "Declares a server."), In: catalog.Listen | catalog.Backend, Parse: server, Elsewhere: serverElsewhere},
		{Doc: doc("server-template", "<prefix> <num | range> <fqdn>[:<port>] [params*]", "4.2", "Declares servers that differ by number."), In: catalog.Listen | catalog.Backend, Parse: serverTemplate, Elsewhere: serverElsewhere},
	}
}

// serverElsewhere refuses server lines where there are no servers.
func serverElsewhere(c *conf.Context, side string) {
	if side == "" {
		serverf(c, 0, "'%s' not allowed in 'defaults' section.", c.Name())
		return
	}
	serverf(c, 0, "parsing [%s:%d] : '%s' not allowed because %s '%s' has no backend capability.",
		c.Line.File, c.Line.Num, c.Name(), c.Proxy.TypeName(), c.Proxy.Name)
}

// serverf reports an error on a server line in the form of its own that
// these lines have.
func serverf(c *conf.Context, i int, format string, args ...any) {
	report(c, diag.Alert, diag.FormBracket, i, format, args...)
}

// wordf reports an error in word i of a server line. HAProxy ends these with
// a full stop of its own, even behind one that is there.
func wordf(c *conf.Context, i int, format string, args ...any) {
	serverf(c, i, "%s%s.", catalog.ServerPrefix(c), fmt.Sprintf(format, args...))
}

// server reads "server <name> <addr> <words>".
func server(c *conf.Context) {
	if c.NArgs() < 2 {
		serverf(c, c.Arg, "'server' expects <name> and <addr>[:<port>] as arguments.")
		return
	}
	s := &conf.Server{Line: c.Line.Bare(), Name: c.Text(0)}
	if !serverName(c, s.Name) || !serverAddr(c, 1, &s.Addr) {
		return
	}
	s.ServerWords = c.ServerWords(2)
	addServer(c, s)
}

// addServer gives the proxy a server and reports a name that is taken.
func addServer(c *conf.Context, s *conf.Server) {
	if old := c.Proxy.AddServer(s); old != nil {
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Bare: true, Pos: c.Line.Pos(c.Arg), Msg: fmt.Sprintf(
			"%s '%s', another server named '%s' was already defined at line %d, please use distinct names.",
			c.Proxy.TypeName(), c.Proxy.Name, s.Name, old.Line.Num)})
	}
}

// serverName refuses characters that names may not have.
func serverName(c *conf.Context, name string) bool {
	for i := 0; i < len(name); i++ {
		ch := name[i]
		if ch >= '0' && ch <= '9' || ch|0x20 >= 'a' && ch|0x20 <= 'z' || strings.IndexByte("-_.:", ch) >= 0 {
			continue
		}
		what := "server name"
		if c.Name() == "server-template" {
			what = "server-template prefix"
		}
		serverf(c, c.Arg, "character '%c' is not permitted in %s '%s'.", ch, what, name)
		return false
	}
	return true
}

// serverAddr reads argument i as a server's address.
func serverAddr(c *conf.Context, i int, a *conf.Addr) bool {
	got, err := parseAddr(c, c.Text(i))
	prefix := catalog.ServerPrefix(c)
	switch {
	case err != nil:
		serverf(c, c.Arg+i, "%s%v", prefix, err)
	case got.Kind == conf.AddrFD:
		serverf(c, c.Arg+i, "%sa file descriptor is not acceptable here in '%s'", prefix, got.Text)
	case got.Kind == conf.AddrRHTTP:
		serverf(c, c.Arg+i, "%sAddress '%s' is not supported yet by this version", prefix, got.Text)
	case got.QUIC:
		serverf(c, c.Arg+i, "%sQUIC protocol selected but support not compiled in (check build options).", prefix)
	case got.PortHigh != got.Port:
		serverf(c, c.Arg+i, "%sport range not permitted here in '%s'", prefix, got.Text)
	case got.Port > 65535:
		serverf(c, c.Arg+i, "%sinvalid port '%d'", prefix, got.Port)
	default:
		*a = got
		return true
	}
	return false
}

func defaultServer(c *conf.Context) {
	w := c.Proxy.DefServer.Clone() // others may share it
	w.FromDefault = true
	c.Grammar.ServerWords(c, w, c.Arg, true)
	c.Proxy.DefServer = w
}

// serverTemplate reads "server-template <prefix> <num | low-high> <addr>".
// The servers are made here, one by one, so that the rest of the program sees
// no difference.
func serverTemplate(c *conf.Context) {
	if c.NArgs() < 3 {
		serverf(c, c.Arg, "'server-template' expects <prefix> <nb | range> <addr>[:<port>] as arguments.")
		return
	}
	low, high, ok := templateRange(c.Text(1))
	if !ok {
		serverf(c, c.Arg+1, "Wrong server-template number or range arg '%s'.", c.Text(1))
		return
	}
	t := &conf.ServerTemplate{Prefix: c.Text(0), From: low, To: high}
	t.Line, t.Name = c.Line.Bare(), c.Text(0)
	if !serverName(c, t.Prefix) || !serverAddr(c, 2, &t.Addr) {
		return
	}
	t.ServerWords = c.ServerWords(3)
	others := t.ServerWords
	if t.ID != 0 { // it is for the first one only
		others = others.Clone()
		others.ID = 0
	}
	c.Proxy.Templates = append(c.Proxy.Templates, t)
	for n := low; n <= high; n++ {
		s := &conf.Server{Line: t.Line, Name: t.Prefix + strconv.Itoa(n), Addr: t.Addr, ServerWords: others}
		if n == low {
			s.ServerWords = t.ServerWords
		}
		addServer(c, s)
	}
}

// maxTemplate bounds the servers of one server-template line.
const maxTemplate = 1 << 20

// templateRange reads "n", which means 1 to n, or "low-high".
func templateRange(s string) (low, high int, ok bool) {
	a, b, isRange := strings.Cut(s, "-")
	low, ok = leadingInt(a)
	if !ok {
		return 0, 0, false
	}
	if !isRange {
		return 1, low, low > 0 && low <= maxTemplate
	}
	high, ok = leadingInt(b)
	return low, high, ok && low >= 0 && low <= high && high-low < maxTemplate
}
