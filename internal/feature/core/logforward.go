package core

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/keyword"
	"segue/internal/unit"
)

// logForwardRow is the section that receives log lines. Manual 12.6.
func logForwardRow() catalog.Section {
	word := func(name, args, text string) keyword.Doc {
		return keyword.Doc{Name: name, Args: args, Section: "12.6", Text: text}
	}
	return catalog.Section{
		Doc: word("log-forward", "<name>", "Receives log lines and passes them on."),
		Words: []keyword.Doc{
			word("backlog", "<conns>", "Sets how many connections may wait to be accepted."),
			word("bind", "<addr> [param*]", "Receives over TCP or unix stream sockets."),
			word("dgram-bind", "<addr> [param*]", "Receives UDP datagrams."),
			word("log", "{ global | <target> [params] }", "Adds a target for what is received."),
			word("maxconn", "<conns>", "Limits connections, 10 by default."),
			word("option assume-rfc6587-ntf", "", "Takes every line of a stream for a message."),
			word("option dont-parse-log", "", "Passes messages on as they are."),
			word("option host", "{ replace | fill | keep | append }", "Says what becomes of a message's host."),
			word("timeout client", "<timeout>", "Sets how long a connection may be silent."),
		},
		Parse: logForwardSection,
	}
}

func logForwardSection(c *conf.Context, s *cfg.Section) {
	name, ok := soleName(c, s, func(name string) *cfg.Line {
		for _, f := range c.Model.LogForwards {
			if f.Proxy.Name == name {
				return &f.Proxy.Line
			}
		}
		return nil
	})
	if !ok {
		return
	}
	px := &conf.Proxy{}
	px.SetDefaults()
	px.Name, px.Kind, px.Caps, px.Mode, px.Line, px.MaxConn = name, "frontend", conf.FrontCap, conf.Log, s.Head, 10
	f := &conf.LogForward{Proxy: px, Host: "fill"}
	c.Model.LogForwards = append(c.Model.LogForwards, f)
	outer := c.Proxy
	defer func() { c.Proxy = outer }()
	for i := range s.Lines {
		c.Line, c.Arg, c.Proxy = &s.Lines[i], 1, px
		c.Neg = false
		if c.Line.Text(0) == "no" {
			c.Neg, c.Arg = true, 2
		}
		logForwardLine(c, f)
		c.Neg = false
	}
}

// checkLogForwards looks at the sections beside the others.
func checkLogForwards(c *conf.Context) {
	for _, f := range c.Model.LogForwards {
		name, at := f.Proxy.Name, &f.Proxy.Line
		if len(f.Proxy.Binds) == 0 {
			bare(c, diag.Warning, f.Proxy, "frontend '%s' has no 'bind' directive. Please declare it as a backend if this was intended.", name)
		}
		for _, p := range c.Model.Proxies {
			if p.Name != name {
				continue
			}
			c.Diag.Add(diag.Entry{Sev: diag.Alert, Pos: p.Line.Pos(1), Form: diag.FormFormat, Msg: p.TypeName() + " '" + name +
				"' has the same name as log forward section '" + name + "' declared at " + at.File + ":" + strconv.Itoa(at.Num) + "."})
		}
	}
}

func logForwardLine(c *conf.Context, f *conf.LogForward) {
	word := c.Line.Text(c.Arg - 1)
	if c.Neg && word != "log" && word != "option" {
		c.Alertf(c.Arg-1, "negation or default currently supported only for options and log.")
		return
	}
	switch word {
	case "bind":
		if c.Text(0) != "" {
			bind(c)
		}
	case "dgram-bind":
		dgramBind(c, f.Proxy)
	case "log":
		logTarget(c)
	case "maxconn", "backlog":
		if c.Text(0) == "" {
			c.Alertf(c.Arg-1, "'%s' expects an integer argument.", word)
			return
		}
		if c.NArgs() > 1 {
			c.Alertf(c.Arg+1, "'%s' cannot handle unexpected argument '%s'.", word, c.Text(1))
			return
		}
		if n := number(c, c.Arg); word == "maxconn" {
			f.Proxy.MaxConn = n
		} else {
			f.Proxy.Backlog = n
		}
	case "timeout":
		logForwardTimeout(c, f)
	case "option":
		logForwardOption(c, f)
	default:
		unknownWord(c, "log-forward", firstWords(logForwardRow().Words))
	}
}

func logForwardTimeout(c *conf.Context, f *conf.LogForward) {
	if c.Text(0) != "client" {
		c.Alertf(c.Arg, "unknown keyword 'timeout %s' in log-forward section.", c.Text(0))
		return
	}
	if c.Text(1) == "" {
		c.Alertf(c.Arg, "missing timeout client value.")
		return
	}
	d, err := unit.ParseTime(c.Text(1), time.Millisecond)
	if err != nil {
		c.Alertf(c.Arg+1, "timeout : %v in 'timeout client'", err)
		return
	}
	f.Proxy.Timeouts.Client = d
}

func logForwardOption(c *conf.Context, f *conf.LogForward) {
	name := c.Text(0)
	var flag *bool
	switch name {
	case "":
		c.Diag.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormTight, Pos: c.Line.Pos(c.Arg - 1), Msg: "'option' expects an option name."})
		return
	case "assume-rfc6587-ntf":
		flag = &f.AssumeNTF
	case "dont-parse-log":
		flag = &f.DontParse
	case "host":
		if !slices.Contains([]string{"replace", "fill", "keep", "append"}, c.Text(1)) {
			c.Alertf(c.Arg+1, "option 'host' expects {replace|fill|keep|append}.")
			return
		}
		f.Host = c.Text(1)
		return
	default:
		c.Unknownf(c.Arg, []string{"assume-rfc6587-ntf", "dont-parse-log", "host"}, "unknown option '%s' in log-forward section.", name)
		return
	}
	if c.NArgs() > 1 {
		c.Alertf(c.Arg+1, "'option %s' cannot handle unexpected argument '%s'.", name, c.Text(1))
		return
	}
	*flag = !c.Neg
}

// dgramBind reads "dgram-bind <addresses> <words>": a Bind for each port.
func dgramBind(c *conf.Context, px *conf.Proxy) {
	if c.Text(0) == "" {
		return
	}
	proto := conf.Bind{Line: c.Line.Own()}
	c.Grammar.BindWords(c, &proto, c.Arg+1)
	for _, s := range conf.SplitAddrs(strings.TrimSuffix(c.Text(0), ",")) { // a comma at the end is accepted
		a, err := placedAddr(c, s, conf.NoStream|conf.NeedsPort|conf.TakesRange)
		switch {
		case err != nil:
			c.Alertf(c.Arg, "'dgram-bind %s' : %v", c.Text(0), err)
			return
		case a.Kind != conf.AddrIP:
			c.Alertf(c.Arg, "'dgram-bind %s' : only addresses of IPv4 and IPv6 are built in this version, not '%s'", c.Text(0), a.Text)
			return
		}
		a.Dgram = true
		for port := a.Port; port <= min(max(a.PortHigh, a.Port), 65535); port++ {
			b := proto
			b.Addr = a
			b.Addr.Port, b.Addr.PortHigh = port, port
			b.Addr.Text = a.Text[:strings.LastIndexByte(a.Text, ':')+1] + strconv.Itoa(port)
			px.Binds = append(px.Binds, &b)
		}
	}
}
