package core

import (
	"strings"

	"segue/internal/catalog"
	"segue/internal/conf"
)

// proxyRows lists the words of a proxy that have no group of their own.
func proxyRows() []catalog.Directive {
	const (
		all   = catalog.Proxies
		named = catalog.Frontend | catalog.Listen | catalog.Backend
		front = catalog.FrontSide
		back  = catalog.BackSide
	)
	return []catalog.Directive{
		{Doc: doc("backlog", "<conns>", "4.2", "Sets the length of the kernel's accept queue."), In: front, Parse: integer(func(p *conf.Proxy) *int { return &p.Backlog })},
		{Doc: doc("default_backend", "<backend>", "4.2", "Names the backend used when no rule chooses one."), In: front, Parse: defaultBackend},
		{Doc: doc("description", "<text>", "4.2", "Describes the proxy."), In: named, Parse: proxyDescription, Elsewhere: tightElsewhere},
		{Doc: doc("disabled", "", "4.2", "Takes the proxy out of service."), In: all, Parse: func(c *conf.Context) {
			if atMost(c, 0) {
				c.Proxy.Disabled = true
			}
		}},
		{Doc: doc("enabled", "", "4.2", "Undoes disabled."), In: all, Parse: func(c *conf.Context) {
			if atMost(c, 0) {
				c.Proxy.Disabled = false
			}
		}},
		{Doc: doc("fullconn", "<conns>", "4.2", "Sets the load at which servers get their full maxconn."), In: back, Parse: integer(func(p *conf.Proxy) *int { return &p.FullConn }), Elsewhere: fullconnElsewhere},
		{Doc: doc("guid", "<string>", "4.2", "Sets a globally unique identifier."), In: named, Listed: "guid", Parse: proxyGUID},
		{Doc: doc("http-reuse", "{ never | safe | aggressive | always }", "4.2", "Says how freely idle server connections are shared."), In: back, Parse: httpReuse},
		{Doc: doc("id", "<value>", "4.2", "Sets the proxy's number."), In: named, Parse: proxyID, Elsewhere: tightElsewhere},
		{Doc: doc("max-keep-alive-queue", "<value>", "4.2", "Sets the queue length above which a kept server is given up."), In: back, Listed: "max-keep-alive-queue", Parse: maxKAQueue, Elsewhere: willBeIgnored("max-keep-alive-queue"), ErrorsFirst: true},
		{Doc: doc("maxconn", "<conns>", "4.2", "Limits the frontend's connections."), In: front, Parse: integer(func(p *conf.Proxy) *int { return &p.MaxConn }), Elsewhere: maxconnElsewhere},
		{Doc: doc("mode", "{ tcp | http | log | spop | haterm }", "4", "Sets the proxy's protocol."), In: all, Parse: mode},
		{Doc: doc("monitor-net", "<source>", "4.2", "Gone since 2.3, refused."), In: all, Parse: func(c *conf.Context) {
			c.Alertf(0, "'monitor-net' doesn't exist anymore. Please use 'http-request return status 200 if { src %s }' instead.", c.Text(0))
		}},
		{Doc: doc("monitor-uri", "<uri>", "4.2", "Answers requests for this URI itself."), In: front, Parse: monitorURI},
		{Doc: doc("rate-limit", "sessions <rate>", "4.2", "Limits new sessions per second."), In: front, Listed: "rate-limit", Parse: rateLimit, Elsewhere: willBeIgnored("rate-limit sessions"), ErrorsFirst: true},
		{Doc: doc("retries", "<value>", "4.2", "Sets how often a connection is tried again."), In: back, Parse: retries},
	}
}

// integer is the parser of a word with one number, which it stores as HAProxy
// does: without limits.
func integer(field func(p *conf.Proxy) *int) func(c *conf.Context) {
	return func(c *conf.Context) {
		if !atMost(c, 1) {
			return
		}
		if c.Text(0) == "" {
			c.Alertf(c.Arg, "'%s' expects an integer argument.", c.Name())
			return
		}
		*field(c.Proxy) = number(c, c.Arg)
	}
}

// maxKAQueue reads the length of the queue above which a kept server is given
// up; -1 is no limit.
func maxKAQueue(c *conf.Context) {
	n, ok := leadingInt(c.Text(0))
	switch {
	case c.Text(0) == "":
		c.Alertf(c.Arg, "'%s' expects expects an integer value (or -1 to disable)", c.Name())
	case !ok:
		c.Alertf(c.Arg, "'%s' : unexpected character '%s' in integer value '%s'", c.Name(), badTail(c.Text(0)), c.Text(0))
	default:
		spare(c, 1)
		c.Proxy.MaxKAQueue = n
	}
}

// mode reads the protocol. "health" is gone since 2.3.
func mode(c *conf.Context) {
	if !atMost(c, 1) {
		return
	}
	p := c.Proxy
	p.ModeSet = true
	switch m := c.Text(0); m {
	case "tcp":
		p.Mode = conf.TCP
	case "http":
		p.Mode = conf.HTTP
	case "haterm":
		if p.Caps&conf.FrontCap == 0 {
			c.Alertf(c.Arg, "mode haterm is only applicable on proxies with frontend capability.")
			return
		}
		p.Mode = conf.Haterm
	case "log", "spop":
		if p.Caps&conf.BackCap == 0 {
			name := m
			if m == "log" {
				name = "syslog"
			}
			c.Alertf(c.Arg, "mode %s is only applicable on proxies with backend capability.", name)
			return
		}
		p.Mode = conf.Log
		if m == "spop" {
			p.Mode = conf.SPOP
			c.Warnf(c.Arg, "'mode %s' is accepted and has no effect in this version: nothing sends to such a backend yet.", m)
		}
	case "health":
		c.Alertf(c.Arg, "'mode health' doesn't exist anymore. Please use 'http-request return status 200' instead.")
	default:
		c.Unknownf(c.Arg, []string{"haterm", "http", "log", "spop", "tcp"}, "unknown proxy mode '%s'.", m)
	}
}

func defaultBackend(c *conf.Context) {
	if !atMost(c, 1) {
		return
	}
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'%s' expects a backend name.", c.Name())
		return
	}
	c.Proxy.DefaultBackend = c.Text(0)
	own := c.Line.Own()
	c.Proxy.DefaultBackendLine = &own
}

func proxyDescription(c *conf.Context) {
	if c.NArgs() == 0 {
		tightf(c, c.Arg, "'description' expects a string argument.")
		return
	}
	c.Proxy.Desc = join(c, 0)
}

func proxyID(c *conf.Context) {
	if !atMost(c, 1) {
		return
	}
	if c.Text(0) == "" {
		tightf(c, c.Arg, "'id' expects an integer argument.")
		return
	}
	n := number(c, c.Arg)
	if n <= 0 {
		tightf(c, c.Arg, "custom id has to be > 0.")
		return
	}
	for _, other := range c.Model.Proxies {
		if other != c.Proxy && other.ID == n {
			tightf(c, c.Arg, "%s %s reuses same custom id as %s %s (declared at %s:%d).",
				c.Proxy.TypeName(), c.Proxy.Name, other.TypeName(), other.Name, other.Line.File, other.Line.Num)
			return
		}
	}
	c.Proxy.ID = n
}

func httpReuse(c *conf.Context) {
	if c.NArgs() > 1 {
		c.Alertf(c.Arg+1, "'http-reuse %s' cannot handle unexpected argument '%s'.", c.Text(0), c.Text(1))
		return
	}
	switch w := c.Text(0); w {
	case "never", "safe", "aggressive", "always":
		c.Proxy.HTTPReuse = w
	default:
		c.Alertf(c.Arg, "'http-reuse' only supports 'never', 'safe', 'aggressive', 'always'.")
	}
}

func monitorURI(c *conf.Context) {
	if !atMost(c, 1) {
		return
	}
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'monitor-uri' expects an URI.")
		return
	}
	c.Proxy.MonitorURI = c.Text(0)
}

func rateLimit(c *conf.Context) {
	if c.Text(0) != "sessions" {
		c.Alertf(c.Arg, "'rate-limit' only supports 'sessions' (got '%s')", c.Text(0))
		return
	}
	n, ok := leadingInt(c.Text(1))
	if c.Text(1) == "" {
		c.Alertf(c.Arg+1, "'rate-limit sessions' expects expects an integer value (in sessions/second)")
		return
	}
	if !ok {
		c.Alertf(c.Arg+1, "'rate-limit sessions' : unexpected character '%s' in integer value '%s'", badTail(c.Text(1)), c.Text(1))
		return
	}
	if n < 0 {
		c.Alertf(c.Arg+1, "'rate-limit sessions' expects a limit of 0 or more, but got '%s'.", c.Text(1))
		return
	}
	c.Proxy.RateLimit = n
}

func retries(c *conf.Context) {
	if !atMost(c, 1) {
		return
	}
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'retries' expects an integer argument (dispatch counts for one).")
		return
	}
	c.Proxy.Retries = number(c, c.Arg)
}

func maxconnElsewhere(c *conf.Context, _ string) {
	c.Warnf(0, "'maxconn' ignored because %s '%s' has no frontend capability. Maybe you want 'fullconn' instead ?", c.Proxy.TypeName(), c.Proxy.Name)
}

func fullconnElsewhere(c *conf.Context, _ string) {
	c.Warnf(0, "'fullconn' ignored because %s '%s' has no backend capability. Maybe you want 'maxconn' instead ?", c.Proxy.TypeName(), c.Proxy.Name)
}

func proxyGUID(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'guid' : expects an argument")
		return
	}
	if r := badGUID(c.Text(0)); r != "" {
		c.Alertf(c.Arg, "'guid': invalid character '%s'", r)
		return
	}
	c.Proxy.GUID = c.Text(0)
}

// tightElsewhere is the message of words that no defaults section may have,
// in the older form.
func tightElsewhere(c *conf.Context, _ string) {
	tightf(c, 0, "'%s' not allowed in 'defaults' section.", c.Name())
}

// badGUID is the first character that a globally unique identifier may not have,
// "" if there is none. Manual 4.2 "guid".
func badGUID(s string) string {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_:.", c) >= 0) {
			return s[i : i+1]
		}
	}
	return ""
}
