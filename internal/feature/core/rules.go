package core

import (
	"time"

	"segue/internal/catalog"
	"segue/internal/conf"
)

// ruleRows lists the words that begin a rule, an ACL or a capture. Rules are
// kept as lines: which actions there are is the action tables' business.
func ruleRows() []catalog.Directive {
	const (
		all   = catalog.Proxies
		named = catalog.Frontend | catalog.Listen | catalog.Backend
		front = catalog.FrontSide
		fe    = catalog.Frontend | catalog.Listen
		back  = catalog.BackSide
		be    = catalog.Listen | catalog.Backend
	)
	return []catalog.Directive{
		{Doc: doc("acl", "<aclname> <criterion> [flags] [operator] [<value>] ...", "4.2", "Declares a condition."), In: all, Parse: acl},
		{Doc: doc("capture cookie", "<name> len <length>", "4.2", "Captures a cookie for the log."), In: fe, Parse: captureCookie, Elsewhere: captureElsewhere},
		{Doc: doc("capture request", "header <name> len <length>", "4.2", "Captures a request header for the log."), In: fe, Parse: captureHeader, Elsewhere: captureElsewhere},
		{Doc: doc("capture response", "header <name> len <length>", "4.2", "Captures a response header for the log."), In: fe, Parse: captureHeader, Elsewhere: captureElsewhere},
		{Doc: doc("capture", "{ cookie | request | response } ...", "4.2", "Captures something for the log."), In: fe, Parse: captureUnknown, Elsewhere: captureElsewhere},
		{Doc: doc("declare", "capture { request | response } len <length>", "4.2", "Declares a slot for the capture action."), In: fe, Listed: "declare", Parse: declareCapture, Elsewhere: declareElsewhere},
		{Doc: doc("force-be-switch", "{ if | unless } <condition>", "4.2", "Lets requests reach a disabled backend."), In: fe, Listed: "force-be-switch", Parse: conditional(conf.ForceBESwitch), Elsewhere: onlyAvailable("frontend or listen section.")},
		{Doc: doc("force-persist", "{ if | unless } <condition>", "4.2", "Keeps to servers that are down."), In: be, Parse: conditional(conf.ForcePersist)},
		{Doc: doc("http-after-response", "<action> [ { if | unless } <condition> ]", "4.2", "A rule for every response."), In: all, Parse: rule(conf.HTTPAfterRes, "an action")},
		{Doc: doc("http-request", "<action> [ { if | unless } <condition> ]", "4.2", "A rule for requests."), In: all, Parse: rule(conf.HTTPReq, "an action")},
		{Doc: doc("http-response", "<action> [ { if | unless } <condition> ]", "4.2", "A rule for responses."), In: all, Parse: rule(conf.HTTPRes, "an action")},
		{Doc: doc("ignore-persist", "{ if | unless } <condition>", "4.2", "Ignores the persistence cookie."), In: be, Parse: conditional(conf.IgnorePersist)},
		{Doc: doc("monitor", "fail { if | unless } <condition>", "4.2", "Makes monitor-uri answer 503."), In: fe, Parse: monitorFail},
		{Doc: doc("quic-initial", "<action> [ { if | unless } <condition> ]", "4.2", "A rule for QUIC's first packet."), In: front | catalog.Backend, Parse: func(*conf.Context) {}},
		{Doc: doc("redirect", "<to> [code <code>] <option> [ { if | unless } <condition> ]", "4.2", "Redirects requests."), In: named, Parse: rule(conf.Redirect, "")},
		{Doc: doc("stick", "{ match | on | store-request | store-response } <pattern> [table <table>] [ { if | unless } <condition> ]", "4.2", "Remembers servers in a table."), In: be, Parse: rule(conf.StickOn, "'on', 'match', 'store-request' or 'store-response'")},
		{Doc: doc("stick-table", "type <type> size <size> ...", "11.1", "Declares a stick table."), In: named, Parse: stickTable},
		{Doc: doc("tcp-request", "connection | content | inspect-delay | session ...", "4.2", "A rule for connections."), In: all, Listed: "tcp-request", Parse: tcpRequest},
		{Doc: doc("tcp-response", "content | inspect-delay ...", "4.2", "A rule for a server's data."), In: back, Listed: "tcp-response", Parse: tcpResponse, Elsewhere: tcpResponseElsewhere},
		{Doc: doc("use-server", "<server> { if | unless } <condition>", "4.2", "Chooses a server by condition."), In: be, Parse: useServer},
		{Doc: doc("use_backend", "<backend> [ { if | unless } <condition> ]", "4.2", "Chooses a backend by condition."), In: fe, Parse: useBackend},
	}
}

// rule is the parser of a word whose rest is a rule of set. what is what the
// rule must begin with, for the message, "" if the rest may be anything.
func rule(set conf.RuleSet, what string) func(c *conf.Context) {
	return func(c *conf.Context) {
		if !rulesAllowed(c) {
			return
		}
		if c.NArgs() == 0 && what != "" {
			tightf(c, c.Arg, "'%s' expects %s, but got '' (missing argument).", c.Name(), what)
			return
		}
		switch set {
		case conf.HTTPReq:
			warnLate(c, "http-request", conf.Redirect, conf.UseBackend, conf.UseServer)
		case conf.Redirect:
			warnLate(c, "redirect", conf.UseBackend, conf.UseServer)
		}
		c.Proxy.AddRule(set, c.Rule(0))
	}
}

// conditional is the parser of a word that is nothing but a condition.
func conditional(set conf.RuleSet) func(c *conf.Context) {
	return func(c *conf.Context) {
		if w := c.Text(0); w != "if" && w != "unless" {
			c.Alertf(c.Arg, "'%s' requires either 'if' or 'unless' followed by a condition.", c.Name())
			return
		}
		c.Proxy.AddRule(set, c.Rule(0))
	}
}

// rulesAllowed refuses rules in a defaults section without a name. Manual 4,
// "defaults".
func rulesAllowed(c *conf.Context) bool {
	if c.Proxy.Caps&conf.DefaultsCap != 0 && c.Proxy.Name == "" {
		c.Alertf(0, "'%s' not allowed in anonymous 'defaults' section.", c.Line.Text(0))
		return false
	}
	return true
}

func acl(c *conf.Context) {
	if !rulesAllowed(c) {
		return
	}
	name := c.Text(0)
	if name == "" {
		c.Alertf(c.Arg, "'acl' expects a name and a criterion.")
		return
	}
	for i := 0; i < len(name); i++ {
		ch := name[i]
		if ch >= '0' && ch <= '9' || ch|0x20 >= 'a' && ch|0x20 <= 'z' || ch == '-' || ch == '_' || ch == '.' || ch == ':' {
			continue
		}
		c.Alertf(c.Arg, "character '%c' is not permitted in acl name '%s'.", ch, name)
		return
	}
	if len(name) == 2 && name[0]|0x20 == 'o' && name[1]|0x20 == 'r' {
		c.Alertf(c.Arg, "acl name '%s' will never match. 'or' is used to express a logical disjunction within a condition.", name)
		return
	}
	if c.NArgs() < 2 {
		c.Alertf(c.Arg+1, "error detected while parsing ACL '%s' : missing fetch method in ACL expression ''.", name)
		return
	}
	c.Proxy.ACLs = append(c.Proxy.ACLs, c.Rule(0))
}

func useBackend(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'use_backend' expects a backend name.")
		return
	}
	warnLate(c, "use_backend", conf.UseServer)
	c.Proxy.AddRule(conf.UseBackend, c.Rule(0))
}

func useServer(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'use-server' expects a server name.")
		return
	}
	if w := c.Text(1); w != "if" && w != "unless" {
		c.Alertf(c.Arg+1, "'use-server' requires either 'if' or 'unless' followed by a condition.")
		return
	}
	c.Proxy.AddRule(conf.UseServer, c.Rule(0))
}

func monitorFail(c *conf.Context) {
	if c.Text(0) != "fail" {
		c.Alertf(c.Arg, "'monitor' only supports 'fail'.")
		return
	}
	if w := c.Text(1); w != "if" && w != "unless" {
		c.Alertf(c.Arg+1, "'monitor fail' requires either 'if' or 'unless' followed by a condition.")
		return
	}
	c.Proxy.AddRule(conf.Monitor, c.Rule(1))
}

// stickTable keeps the line for the tables' feature.
func stickTable(c *conf.Context) {
	l := c.Line.Own()
	c.Proxy.StickTable = &l
}

// tcpRequest sorts the rules by their place. Manual 4.2 "tcp-request".
func tcpRequest(c *conf.Context) {
	if !rulesAllowed(c) && c.Text(0) != "inspect-delay" {
		return
	}
	p := c.Proxy
	set := conf.TCPReqConn
	switch c.Text(0) {
	case "inspect-delay":
		inspectDelay(c, &p.InspectDelay)
		return
	case "connection":
	case "session":
		set = conf.TCPReqSess
	case "content":
		set = conf.TCPReqCont
	case "":
		c.Alertf(c.Arg, "missing argument for '%s' in %s '%s'", c.Name(), p.TypeName(), p.Name)
		return
	default:
		c.Alertf(c.Arg, "'%s' expects 'inspect-delay', 'connection', or 'content' in %s '%s' (got '%s')", c.Name(), p.TypeName(), p.Name, c.Text(0))
		return
	}
	if set != conf.TCPReqCont && p.Caps&conf.FrontCap == 0 {
		c.Alertf(c.Arg, "%s %s is not allowed because %s '%s' is not a frontend", c.Name(), c.Text(0), p.TypeName(), p.Name)
		return
	}
	addRule(c, set)
}

// tcpResponseElsewhere refuses "tcp-response" in a proxy without servers.
func tcpResponseElsewhere(c *conf.Context, _ string) {
	p := c.Proxy
	switch w := c.Text(0); w {
	case "inspect-delay", "content":
		c.Alertf(c.Arg, "tcp-response %s is only allowed in 'backend' sections or 'defaults' section with a name", w)
	case "":
		c.Alertf(c.Arg, "missing argument for '%s' in %s '%s'", c.Name(), p.TypeName(), p.Name)
	default:
		c.Alertf(c.Arg, "'%s' expects 'inspect-delay' or 'content' in %s '%s' (got '%s')", c.Name(), p.TypeName(), p.Name, w)
	}
}

func tcpResponse(c *conf.Context) {
	if !rulesAllowed(c) && c.Text(0) != "inspect-delay" {
		return
	}
	switch c.Text(0) {
	case "inspect-delay":
		inspectDelay(c, &c.Proxy.ResInspectDelay)
	case "content":
		addRule(c, conf.TCPResCont)
	default:
		c.Alertf(c.Arg, "'%s' expects 'inspect-delay' or 'content' in %s '%s' (got '%s')", c.Name(), c.Proxy.TypeName(), c.Proxy.Name, c.Text(0))
	}
}

// addRule stores a rule that starts at the second argument.
func addRule(c *conf.Context, set conf.RuleSet) {
	if c.NArgs() < 2 {
		c.Alertf(c.Arg+1, "'%s %s' expects an action.", c.Name(), c.Text(0))
		return
	}
	switch set {
	case conf.TCPReqConn:
		warnLate(c, "tcp-request connection", conf.TCPReqSess, conf.TCPReqCont, conf.HTTPReq, conf.Redirect, conf.UseBackend, conf.UseServer)
	case conf.TCPReqSess:
		warnLate(c, "tcp-request session", conf.TCPReqCont, conf.HTTPReq, conf.Redirect, conf.UseBackend, conf.UseServer)
	case conf.TCPReqCont:
		warnLate(c, "tcp-request content", conf.HTTPReq, conf.Redirect, conf.UseBackend, conf.UseServer)
	}
	c.Proxy.AddRule(set, c.Rule(1))
}

func inspectDelay(c *conf.Context, field *time.Duration) {
	if c.Text(1) == "" {
		c.Alertf(c.Arg+1, "'%s %s' expects a positive delay in milliseconds, in %s '%s'", c.Name(), c.Text(0), c.Proxy.TypeName(), c.Proxy.Name)
		return
	}
	if d, ok := duration(c, c.Arg+1, c.Name()+" "+c.Text(0), time.Millisecond); ok {
		*field = d
	}
}
