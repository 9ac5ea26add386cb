package core

import (
	"slices"
	"strings"
	"time"

	"segue/internal/catalog"
	"segue/internal/conf"
	"segue/internal/unit"
)

// checkRows lists the words about health checks, persistence, addresses and
// what belongs to features to come.
func checkRows() []catalog.Directive {
	const (
		all   = catalog.Proxies
		named = catalog.Frontend | catalog.Listen | catalog.Backend
		back  = catalog.BackSide
		front = catalog.FrontSide
		be    = catalog.Listen | catalog.Backend
	)
	rows := []catalog.Directive{
		{Doc: doc("appsession", "<cookie> ...", "4.2", "Gone since HAProxy 1.6."), In: all, Parse: appsession},
		{Doc: doc("cookie", "<name> [ rewrite | insert | prefix ] [ indirect ] ...", "4.2", "Keeps clients on servers by a cookie."), In: back, Parse: cookie},
		{Doc: doc("dispatch", "<address>:<port>", "4.2", "Sends everything to one address."), In: be, Parse: dispatch},
		{Doc: doc("dynamic-cookie-key", "<string>", "4.2", "Sets the secret of dynamic cookies."), In: back, Parse: dynamicCookieKey},
		{Doc: doc("external-check", "{ command | path } <value>", "4.2", "Sets the command of option external-check."), In: back, Listed: "external-check", Parse: externalCheck, ErrorsFirst: true},
		{Doc: doc("http-check", "<action> ...", "4.2", "A step of HTTP health checks."), In: back, Listed: "http-check", Parse: rule2(conf.HTTPCheck)},
		{Doc: doc("http-send-name-header", "[<header>]", "4.2", "Sends the server's name in a header."), In: back, Parse: sendNameHeader},
		{Doc: doc("load-server-state-from-file", "{ global | local | none }", "4.2", "Says which state file is read."), In: back, Parse: loadState},
		{Doc: doc("max-session-srv-conns", "<nb>", "4.2", "Limits the idle server connections kept for a session alone."), In: front, Parse: maxSessConns},
		{Doc: doc("persist", "rdp-cookie[(<name>)]", "4.2", "Keeps clients on servers by the RDP cookie."), In: back, Parse: persist, ErrorsFirst: true},
		{Doc: doc("retry-on", "<keyword> ...", "4.2", "Says what is tried again."), In: back, Listed: "retry-on", Parse: retryOn, Elsewhere: onlyAvailable("backend or listen section"), ErrorsFirst: true},
		{Doc: doc("server-state-file-name", "[ { use-backend-name | <file> } ]", "4.2", "Names the backend's state file."), In: back, Parse: stateFile},
		{Doc: doc("source", "<addr>[:<port>] [usesrc ...] [interface <name>]", "4.2", "Sets the source address to servers."), In: back, Parse: source},
		{Doc: doc("tcp-check", "<action> ...", "4.2", "A step of TCP health checks."), In: back, Listed: "tcp-check", Parse: rule2(conf.TCPCheck)},
		{Doc: doc("transparent", "", "4.2", "Connects to the address that the client asked for."), In: back, Parse: transparent, ErrorsFirst: true},
	}
	for _, k := range [...]struct {
		prefix, side string
		in           catalog.In
		i            int
	}{{"clitcpka", "clients", front, 0}, {"srvtcpka", "servers", back, 1}} {
		rows = append(rows,
			catalog.Directive{Doc: doc(k.prefix+"-cnt", "<count>", "4.2", "Sets the unanswered keep-alive packets that end connections to "+k.side+"."), In: k.in, Listed: k.prefix + "-cnt", Parse: keepaliveCount(k.i), ErrorsFirst: true},
			catalog.Directive{Doc: doc(k.prefix+"-idle", "<timeout>", "4.2", "Sets the silence before keep-alive packets to "+k.side+"."), In: k.in, Listed: k.prefix + "-idle", Parse: keepaliveTime(func(p *conf.Proxy) *time.Duration { return &p.Keepalive[k.i].Idle }), ErrorsFirst: true},
			catalog.Directive{Doc: doc(k.prefix+"-intvl", "<timeout>", "4.2", "Sets the time between keep-alive packets to "+k.side+"."), In: k.in, Listed: k.prefix + "-intvl", Parse: keepaliveTime(func(p *conf.Proxy) *time.Duration { return &p.Keepalive[k.i].Intvl }), ErrorsFirst: true},
		)
	}
	for _, name := range []string{"external-check", "httpchk", "ldap-check", "mysql-check", "pgsql-check", "redis-check", "smtpchk", "spop-check", "ssl-hello-chk", "tcp-check"} {
		rows = append(rows, catalog.Directive{Doc: doc("option "+name, "[...]", "4.2", "Chooses the kind of health check."), In: back, Parse: optionCheck(name)})
	}
	// The words of features to come: idleDirectives says of each what it means
	// that the feature is not there.
	for _, k := range [...]struct {
		name, args string
		in         catalog.In
	}{
		{"compression", "<word> ...", all}, {"crt", "<file>", front}, {"email-alert", "<word> ...", all},
		{"filter-sequence", "{ request | response } <list>", named}, {"ssl-f-use", "<crt> ...", front}, {"use-fcgi-app", "<name>", be},
	} {
		listed := k.name
		if k.name == "crt" || k.name == "email-alert" {
			listed = ""
		}
		row := catalog.Directive{Doc: doc(k.name, k.args, "4.2", "Belongs to a feature that this version does not have yet."), In: k.in, Listed: listed, Parse: laterWord}
		if k.name == "use-fcgi-app" {
			row.Elsewhere = onlyAvailable("backend or listen section")
		}
		rows = append(rows, row)
	}
	rows = append(rows, catalog.Directive{Doc: doc("filter", "<name> ...", "4.2", "Lets a filter see the traffic; none is built yet."), In: named, Listed: "filter", Parse: filter})
	return rows
}

// rule2 is the parser of check steps, which are allowed in any defaults
// section.
func rule2(set conf.RuleSet) func(c *conf.Context) {
	return func(c *conf.Context) {
		if c.NArgs() == 0 {
			known := "'comment', 'connect', 'send', 'send-binary', 'expect'"
			if set == conf.HTTPCheck {
				known = "'disable-on-404', 'send-state', 'comment', 'connect', 'send', 'expect'"
			}
			c.Alertf(c.Arg, "'%s' only supports %s, 'set-var-fmt(*)', 'set-var(*)', 'unset-var(*)'. but got ''", c.Name(), known)
			return
		}
		c.Proxy.AddRule(set, c.Rule(0))
	}
}

func maxSessConns(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'%s' expects a number. Got no argument", c.Name())
		return
	}
	c.Proxy.MaxSessConns = number(c, c.Arg)
}

// kept stores the line under the word for the feature that will read it.
func kept(c *conf.Context) {
	if c.Proxy.Extra == nil {
		c.Proxy.Extra = make(map[string]any)
	}
	lines, _ := c.Proxy.Extra[c.Line.Text(0)].([]conf.RuleLine)
	c.Proxy.Extra[c.Line.Text(0)] = append(lines[:len(lines):len(lines)], c.Rule(0))
}

// filter refuses a filter that decides about traffic or changes it, and says
// of the others that they do nothing. Manual 9.
func filter(c *conf.Context) {
	switch name := c.Text(0); name {
	case "":
		c.Alertf(c.Arg, "parsing [%s:%d] : missing argument for 'filter' in %s '%s'.", c.Line.File, c.Line.Num, c.Proxy.TypeName(), c.Proxy.Name)
	case "cache", "comp-req", "comp-res", "compression", "opentelemetry", "opentracing", "trace":
		c.Warnf(c.Arg, "'filter %s' is accepted and has no effect in this version: it has no filters.", name)
	case "bwlim-in", "bwlim-out", "fcgi-app", "lua", "spoe":
		c.Alertf(c.Arg, "'filter %s' is not built yet in this version: traffic would pass without it.", name)
	default:
		c.Unknownf(c.Arg, []string{"bwlim-in", "bwlim-out", "cache", "comp-req", "comp-res", "compression", "fcgi-app", "opentelemetry", "opentracing", "spoe", "trace"},
			"'filter' : unknown keyword '%s'. Registered keywords :", name)
	}
}

// optionCheck is the parser of the options that choose a kind of check; the
// last one wins. The arguments are for the checks' feature.
func optionCheck(name string) func(c *conf.Context) {
	most := map[string]int{"httpchk": 4, "pgsql-check": 2, "smtpchk": 2}[name]
	return func(c *conf.Context) {
		if name != "mysql-check" && !atMost(c, most) { // which names the word itself
			return
		}
		r := c.Rule(0)
		c.Proxy.CheckType, c.Proxy.CheckLine = name, &r
	}
}

func keepaliveCount(i int) func(c *conf.Context) {
	return func(c *conf.Context) {
		if c.Text(0) == "" {
			c.Alertf(c.Arg, "'%s' expects an integer value", c.Name())
			return
		}
		n, ok := leadingInt(c.Text(0))
		if !ok {
			c.Alertf(c.Arg, "'%s' : unexpected character '%s' in integer value '%s'", c.Name(), badTail(c.Text(0)), c.Text(0))
			return
		}
		c.Proxy.Keepalive[i].Count = max(n, 0) // a negative one is none, as in HAProxy
	}
}

// keepaliveTime reads a timer in seconds.
func keepaliveTime(field func(p *conf.Proxy) *time.Duration) func(c *conf.Context) {
	return func(c *conf.Context) {
		if c.Text(0) == "" {
			c.Alertf(c.Arg, "'%s' expects an integer value", c.Name())
			return
		}
		d, err := unit.ParseTime(c.Text(0), time.Second)
		if err != nil {
			c.Alertf(c.Arg, "unexpected character '%s' in argument to <%s>.", badTail(c.Text(0)), c.Name())
			return
		}
		*field(c.Proxy) = d
	}
}

// retryWords are the conditions of retry-on.
var retryWords = [...]string{"none", "conn-failure", "empty-response", "junk-response", "response-timeout", "0rtt-rejected", "all-retryable-errors",
	"401", "403", "404", "408", "421", "425", "429", "500", "501", "502", "503", "504"}

// retryOn: conditions add up within a line; a new line starts over.
func retryOn(c *conf.Context) {
	c.Proxy.RetryOn = nil
	for i := 0; i < c.NArgs(); i++ {
		w := c.Text(i)
		if !slices.Contains(retryWords[:], w) {
			c.Unknownf(c.Arg+i, retryWords[:], "'retry-on': unknown keyword '%s'.", w)
			return
		}
		c.Proxy.RetryOn = append(c.Proxy.RetryOn, w)
	}
	if i := slices.Index(c.Proxy.RetryOn, "none"); i >= 0 && len(c.Proxy.RetryOn) > 1 {
		c.Alertf(c.Arg+i, "'retry-on' 'none' keyword only usable alone")
	}
	if len(c.Proxy.RetryOn) == 0 {
		c.Alertf(c.Arg, "'retry-on' needs at least one keyword to specify when to retry")
	}
}

func loadState(c *conf.Context) {
	switch w := c.Text(0); w {
	case "global", "local", "none":
		c.Proxy.LoadState = w
	default:
		c.Alertf(c.Arg, "'load-server-state-from-file' expects 'global', 'local' or 'none'. Got '%s'", w)
	}
}

func stateFile(c *conf.Context) {
	if !atMost(c, 1) {
		return
	}
	c.Proxy.StateFile = c.Text(0)
	if c.Text(0) == "" || c.Text(0) == "use-backend-name" {
		c.Proxy.StateFile = c.Proxy.Name
	}
}

// sendNameHeader refuses the fields that frame the message.
func sendNameHeader(c *conf.Context) {
	switch name := c.Text(0); strings.ToLower(name) {
	case "":
		c.Alertf(c.Arg, "'%s' requires a header string.", c.Name())
	case "connection", "content-length", "host", "transfer-encoding":
		c.Alertf(c.Arg, "'%s' cannot be used as header name for '%s' directive.", name, c.Name())
	default:
		c.Proxy.SendNameHeader = name
	}
}

// dispatch is deprecated since 3.3.
func dispatch(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'dispatch' : '' resolves to an empty address (environment variable missing?)")
		return
	}
	if _, err := placedAddr(c, c.Text(0), conf.NeedsPort); err != nil {
		c.Alertf(c.Arg, "'dispatch' : %v", err)
		return
	}
	if !atMost(c, 1) {
		return
	}
	if !c.Model.Global.ExposeDeprecated {
		deprecatedDispatch(c)
	}
	c.Proxy.Dispatch = c.Text(0)
}

func dynamicCookieKey(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'dynamic-cookie-key' expects <secret_key> as argument.")
		return
	}
	c.Proxy.DynamicCookieKey = c.Text(0)
}

// externalCheck keeps "external-check { command | path } <value>".
func externalCheck(c *conf.Context) {
	what := c.Text(0)
	switch {
	case what == "":
		c.Alertf(c.Arg, "missing argument after 'external-check'.")
	case what != "command" && what != "path":
		c.Alertf(c.Arg, "'external-check' only supports 'command' and 'path'. but got '%s'.", what)
	case c.Text(1) == "":
		c.Alertf(c.Arg+1, "missing argument after '%s'.", what)
	case c.NArgs() > 2:
		c.Alertf(c.Arg+2, "'external-check' cannot handle unexpected argument '%s'.", c.Text(2))
	default:
		kept(c)
	}
}

// laterWord checks the first argument of a word whose feature is still to come.
func laterWord(c *conf.Context) {
	word := c.Text(0)
	switch name := c.Line.Text(c.Arg - 1); name {
	case "compression":
		if !slices.Contains([]string{"algo", "algo-req", "algo-res", "type", "type-req", "type-res", "direction", "offload", "minsize-req", "minsize-res"}, word) {
			c.Alertf(c.Arg, "'compression' expects 'algo', 'type', 'direction', 'offload', 'minsize-req' or 'minsize-res'")
		}
	case "email-alert":
		known := []string{"from", "level", "mailers", "myhostname", "to"}
		switch {
		case word == "":
			c.Alertf(c.Arg, "missing argument after 'email-alert'.")
		case !slices.Contains(known, word):
			c.Unknownf(c.Arg, known, "email-alert: unknown argument '%s'.", word)
		}
	}
}
