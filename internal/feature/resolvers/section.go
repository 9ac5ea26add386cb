package resolvers

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/keyword"
	"segue/internal/rule"
	"segue/internal/unit"

	"segue/internal/command"
)

// Feature returns the words of this package.
func Feature() *catalog.Feature {
	word := func(name, args, text string) keyword.Doc {
		return keyword.Doc{Name: name, Args: args, Section: "5.3.2", Text: text}
	}
	return &catalog.Feature{
		Name: "resolvers",
		Directives: []catalog.Directive{{
			Doc: keyword.Doc{Name: "dns-accept-family", Args: "<family>[,...]", Section: "3.1", Text: "Limits the families of addresses that name servers are asked for."},
			In:  catalog.Global, Listed: "dns-accept-family", Parse: acceptFamily,
		}},
		Sections: []catalog.Section{{
			Doc: word("resolvers", "<name>", "Declares name servers."),
			Words: []keyword.Doc{
				word("accepted_payload_size", "<nb>", "Sets the largest answer, in bytes."),
				word("hold", "<status> <period>", "Sets how long a valid answer outweighs a later status."),
				word("nameserver", "<name> <address>[:port] [param*]", "Declares a name server."),
				word("parse-resolv-conf", "", "Adds the system's name servers."),
				word("resolve_retries", "<nb>", "Sets the number of queries before a name counts as failed."),
				word("timeout", "<event> <time>", "Sets the times between queries."),
			},
			Parse: section,
		}},
		Actions:  []rule.Action{doResolveRow()},
		Commands: []command.Command{showRow()},
		Check:    check,
	}
}

// acceptFamily reads "dns-accept-family". Manual 3.1.
func acceptFamily(c *conf.Context) {
	v4, v6, auto := false, false, false
	for w := range strings.SplitSeq(c.Text(0), ",") {
		switch w {
		case "ipv4":
			v4 = true
		case "ipv6":
			v6 = true
		case "auto":
			auto = true
		default:
			c.Alertf(c.Arg, "'%s' expects a comma-delimited list of 'ipv4' and 'ipv6' but got '%s'.", c.Name(), w)
			return
		}
	}
	g := &c.Model.Global
	switch {
	case auto:
		g.DNSFamilies = "auto"
	case v4 && v6:
		g.DNSFamilies = "both"
	case v4:
		g.DNSFamilies = "ipv4"
	default:
		g.DNSFamilies = "ipv6"
	}
}

// section reads one resolvers section.
func section(c *conf.Context, s *cfg.Section) {
	name := s.Head.Text(1)
	if name == "" {
		c.Diag.Alertf(s.Head.Pos(1), "missing name for resolvers section.")
		return
	}
	for _, r := range name {
		if !strings.ContainsRune("-_.:", r) && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z') {
			c.Diag.Alertf(s.Head.Pos(1), "character '%c' is not permitted in '%s' name '%s'.", r, s.Kind, name)
			return
		}
	}
	if old := c.Model.ResolversNamed(name); old != nil {
		hidden(c, diag.Alert, &s.Head, "Parsing ["+place(&s.Head)+"]: resolvers '"+name+"' has same name as another resolvers (declared at "+place(&old.Line)+").")
		return
	}
	r := conf.NewResolvers(name)
	r.Line = s.Head
	c.Model.Resolvers = append(c.Model.Resolvers, r)
	for i := range s.Lines {
		l := &s.Lines[i]
		c.Line, c.Arg = l, 1
		switch l.Text(0) {
		case "accepted_payload_size":
			payload(c, r)
		case "hold":
			hold(c, r)
		case "nameserver":
			nameServer(c, r)
		case "parse-resolv-conf":
			if err := systemServers(c, r); err != nil {
				c.Alertf(0, "failed to open /etc/resolv.conf.")
			}
		case "resolve_retries":
			retries(c, r)
		case "timeout":
			timeout(c, r)
		default:
			c.Alertf(0, "unknown keyword '%s' in '%s' section%s", l.Text(0), s.Kind,
				diag.DidYouMean(l.Text(0), []string{"accepted_payload_size", "hold", "nameserver", "parse-resolv-conf", "resolve_retries", "timeout"}))
		}
	}
}

func place(l *cfg.Line) string { return l.File + ":" + strconv.Itoa(l.Num) }

// hidden adds a message that names its place by itself.
func hidden(c *conf.Context, sev diag.Severity, l *cfg.Line, msg string) {
	c.Diag.Add(diag.Entry{Sev: sev, Form: diag.FormHidden, Pos: l.Pos(1), Msg: msg})
}

// nameServer reads "nameserver <name> <address> [param*]".
func nameServer(c *conf.Context, r *conf.Resolvers) {
	name := c.Text(0)
	if c.NArgs() < 2 {
		c.Alertf(0, "'nameserver' expects <name> and <addr>[:<port>] as arguments.")
		return
	}
	for i := range r.Servers {
		if old := &r.Servers[i]; old.Name == name {
			hidden(c, diag.Alert, c.Line, "Parsing ["+place(c.Line)+"]: nameserver '"+name+"' has same name as another nameserver (declared at "+place(&old.Line)+").")
			return
		}
	}
	a, err := conf.ParseAddr(c.Expand(c.Text(1)))
	fail := func(format string, args ...any) { c.Alertf(2, "'nameserver "+name+"' : "+format, args...) }
	if err == nil && !a.QUIC {
		err = a.Find(c.Lookup)
	}
	switch {
	case err != nil:
		fail("%v", err)
	case a.QUIC:
		host := a.Text[:max(strings.LastIndexByte(a.Text, ':'), 0)]
		fail("invalid address: '%s' in '%s'", host, a.Text)
	case a.Kind != conf.AddrIP:
		fail("'%s' is not an address of a name server", a.Text)
	case a.Port < 0 || a.PortSign != 0:
		fail("missing port specification in '%s'", a.Text)
	case a.PortHigh > a.Port:
		fail("port range not permitted here in '%s'", a.Text)
	case a.Port == 0 || a.Port > 65535:
		fail("invalid port '%d'", a.Port)
	default:
		ip := a.IP
		if !ip.IsValid() {
			ip = netip.MustParseAddr("127.0.0.1")
		}
		ns := conf.NameServer{Name: name, Addr: netip.AddrPortFrom(ip, uint16(a.Port)), TCP: a.Stream, Line: *c.Line}
		params(c, &ns)
		r.Servers = append(r.Servers, ns)
	}
}

// params reads the words behind a name server's address: with TCP those of a
// server line.
func params(c *conf.Context, ns *conf.NameServer) {
	if c.NArgs() <= 2 {
		return
	}
	if !ns.TCP {
		c.Warnf(3, "'nameserver %s' : '%s' has no effect on a name server that is asked by UDP.", ns.Name, c.Text(2))
		return
	}
	var w conf.ServerWords
	c.Grammar.ServerWords(c, &w, 3, false)
	ns.MaxConn = w.MaxConn
	if w.Source != nil {
		ns.Source = w.Source.Addr.IP
	}
	for i := 3; i < c.Line.Len(); i++ {
		switch c.Line.Text(i) {
		case "maxconn", "source":
			i++
		default:
			c.Warnf(i, "'nameserver %s' : '%s' has no effect here: only 'maxconn' and 'source' have.", ns.Name, c.Line.Text(i))
			return
		}
	}
}

// resolvConf is where the system keeps its name servers: resolv.conf(5).
const resolvConf = "/etc/resolv.conf"

// systemServers adds the system's name servers, named by their addresses.
func systemServers(c *conf.Context, r *conf.Resolvers) error {
	text, err := c.ReadFile(resolvConf)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "nameserver" {
			continue
		}
		ip, err := netip.ParseAddr(words[1])
		if err != nil {
			continue
		}
		ns := conf.NameServer{Name: words[1], Addr: netip.AddrPortFrom(ip, 53)}
		if c.Line != nil {
			ns.Line = *c.Line
		}
		r.Servers = append(r.Servers, ns)
	}
	return nil
}

var holds = map[string]int{
	"nx": conf.HoldNX, "refused": conf.HoldRefused, "timeout": conf.HoldTimeout, "other": conf.HoldOther,
	"valid": conf.HoldValid, "obsolete": conf.HoldObsolete,
}

func hold(c *conf.Context, r *conf.Resolvers) {
	if c.NArgs() < 2 {
		c.Alertf(0, "'hold' expects an <event> and a <time> as arguments.")
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormHidden, Pos: c.Line.Pos(0), Msg: "<event> can be either 'valid', 'nx', 'refused', 'timeout', or 'other'"})
		return
	}
	// As HAProxy, the time is looked at first; its message names the event.
	d, ok := period(c, "hold", c.Text(0), 1)
	which, known := holds[c.Text(0)]
	switch {
	case !ok:
	case !known:
		c.Alertf(1, "'hold' unknown <event>: '%s', expects either 'nx', 'timeout', 'valid', 'obsolete' or 'other'.", c.Text(0))
	default:
		r.Hold[which] = d
	}
}

// period reads argument i as a time. word is what messages call the line, shown
// what an overflow quotes.
func period(c *conf.Context, word, shown string, i int) (time.Duration, bool) {
	d, err := unit.ParseTime(c.Text(i), time.Millisecond)
	var te *unit.TimeError
	if !errors.As(err, &te) {
		return d, true
	}
	e := diag.Entry{Sev: diag.Alert, Form: diag.FormTight, Pos: c.Line.Pos(c.Arg + i)}
	switch te.Reason {
	case unit.ErrOverflow:
		e.Msg = "timer overflow in argument <" + shown + "> to <" + word + ">, maximum value is 2147483647 ms (~24.8 days)."
	case unit.ErrUnderflow:
		e.Msg = "timer underflow in argument <" + shown + "> to <" + word + ">, minimum non-null value is 1 ms."
	default:
		bad := ""
		if te.Pos < len(te.Arg) {
			bad = te.Arg[te.Pos : te.Pos+1]
		}
		e.Msg = "unexpected character '" + bad + "' in argument to <" + word + ">."
	}
	c.Diag.Add(e)
	return 0, false
}

func timeout(c *conf.Context, r *conf.Resolvers) {
	event := c.Text(0)
	at := map[string]*time.Duration{"resolve": &r.Resolve, "retry": &r.Retry}[event]
	switch {
	case event == "":
		c.Alertf(0, "'timeout' expects 'retry' or 'resolve' and <time> as arguments.")
	case at == nil:
		c.Alertf(1, "'timeout' expects 'retry' or 'resolve' and <time> as arguments got '%s'.", event)
	case c.NArgs() < 2:
		c.Alertf(1, "'timeout %s' expects <time> as argument.", event)
	default:
		if d, ok := period(c, "timeout "+event, c.Text(1), 1); ok {
			*at = max(d, time.Millisecond) // 0 would ask without end
		}
	}
}

func retries(c *conf.Context, r *conf.Resolvers) {
	if c.NArgs() < 1 {
		c.Alertf(0, "'resolve_retries' expects <nb> as argument.")
		return
	}
	n, err := strconv.Atoi(c.Text(0))
	if err != nil {
		c.Warnf(1, "'resolve_retries' : '%s' is not a number, 1 is used.", c.Text(0))
	}
	r.Retries = max(n, 1)
}

// Limits of accepted_payload_size.
const (
	leastPayload = 12 // a message's header
	mostPayload  = 65535
)

func payload(c *conf.Context, r *conf.Resolvers) {
	if c.NArgs() < 1 {
		c.Alertf(0, "'accepted_payload_size' expects <nb> as argument.")
		return
	}
	n, err := strconv.Atoi(c.Text(0))
	if err != nil || n < leastPayload || n > mostPayload {
		c.Alertf(1, "'accepted_payload_size' must be between %d and %d inclusive (was %s).", leastPayload, mostPayload, c.Text(0))
		return
	}
	r.Payload = n
}

// check adds the implicit section and looks for the sections that servers name.
func check(c *conf.Context) {
	for _, r := range c.Model.Resolvers {
		if len(r.Servers) == 0 && c.Diag.Errors() == 0 {
			c.Diag.Add(diag.Entry{Sev: diag.Warning, Bare: true, Form: diag.FormHidden, Pos: r.Line.Pos(1),
				Msg: "resolvers '" + r.Name + "' [" + place(&r.Line) + "] has no nameservers configured!"})
		}
	}
	if c.Model.ResolversNamed("default") == nil {
		r := conf.NewResolvers("default")
		if systemServers(c, r) == nil && len(r.Servers) > 0 {
			c.Model.Resolvers = append(c.Model.Resolvers, r)
		}
	}
	if c.Diag.Errors() > 0 {
		return
	}
	for _, px := range c.Model.Proxies {
		for _, s := range px.Servers {
			if s.Resolvers != "" && c.Model.ResolversNamed(s.Resolvers) == nil {
				c.Diag.Add(diag.Entry{Sev: diag.Alert, Bare: true, Form: diag.FormHidden, Pos: s.Line.Pos(1),
					Msg: px.TypeName() + " '" + px.Name + "', server '" + s.Name + "': unable to find required resolvers '" + s.Resolvers + "'"})
			}
		}
	}
}
