package core

import (
	"time"

	"segue/internal/catalog"
	"segue/internal/conf"
	"segue/internal/diag"
)

// A timeout is a row of the timeouts' table.
type timeout struct {
	name  string
	in    catalog.In
	field func(t *conf.Timeouts) *time.Duration
	text  string
}

// timeouts lists the timeouts. Manual 4.2 "timeout ...".
func timeouts() []timeout {
	const (
		all   = catalog.Proxies
		front = catalog.FrontSide
		back  = catalog.BackSide
	)
	return []timeout{
		{"check", back, func(t *conf.Timeouts) *time.Duration { return &t.Check }, "Limits a health check once it is connected."},
		{"client", front, func(t *conf.Timeouts) *time.Duration { return &t.Client }, "Limits a client's silence."},
		{"client-fin", front, func(t *conf.Timeouts) *time.Duration { return &t.ClientFin }, "Limits a client's silence on a half-closed connection."},
		{"client-hs", front, func(t *conf.Timeouts) *time.Duration { return &t.ClientHS }, "Limits the client's TLS handshake."},
		{"connect", back, func(t *conf.Timeouts) *time.Duration { return &t.Connect }, "Limits connecting to a server."},
		{"http-keep-alive", all, func(t *conf.Timeouts) *time.Duration { return &t.HTTPKeepAlive }, "Limits the wait for the next request."},
		{"http-request", all, func(t *conf.Timeouts) *time.Duration { return &t.HTTPRequest }, "Limits the arrival of a whole request head."},
		{"queue", back, func(t *conf.Timeouts) *time.Duration { return &t.Queue }, "Limits the wait for a server's free slot."},
		{"server", back, func(t *conf.Timeouts) *time.Duration { return &t.Server }, "Limits a server's silence."},
		{"server-fin", back, func(t *conf.Timeouts) *time.Duration { return &t.ServerFin }, "Limits a server's silence on a half-closed connection."},
		{"tarpit", all, func(t *conf.Timeouts) *time.Duration { return &t.Tarpit }, "Sets how long a tarpit holds a client."},
		{"tunnel", back, func(t *conf.Timeouts) *time.Duration { return &t.Tunnel }, "Limits silence on a tunnel."},
	}
}

func timeoutRows() []catalog.Directive {
	rows := []catalog.Directive{
		{Doc: doc("timeout", "<name> <time>", "4.2", "Sets a timeout."), In: catalog.Proxies, Listed: "timeout", Parse: unknownTimeout},
		{Doc: doc("clitimeout", "<time>", "4.2", "The old name of timeout client, refused."), In: catalog.Proxies, Listed: "clitimeout", Parse: oldTimeout("timeout client")},
		{Doc: doc("contimeout", "<time>", "4.2", "The old name of timeout connect, refused."), In: catalog.Proxies, Listed: "contimeout", Parse: oldTimeout("timeout connect")},
		{Doc: doc("srvtimeout", "<time>", "4.2", "The old name of timeout server, refused."), In: catalog.Proxies, Listed: "srvtimeout", Parse: oldTimeout("timeout server")},
	}
	for _, t := range timeouts() {
		rows = append(rows, catalog.Directive{Doc: doc("timeout "+t.name, "<time>", "4.2", t.text), In: t.in, Parse: t.parse, Elsewhere: t.elsewhere, ErrorsFirst: true})
	}
	return rows
}

// elsewhere warns of a timeout whose side the proxy lacks. A frontend's tarpits
// last for its timeout connect all the same, as in HAProxy.
func (t timeout) elsewhere(c *conf.Context, side string) {
	willBeIgnored("'timeout "+t.name+"'")(c, side)
	if t.name == "connect" {
		c.Proxy.Timeouts.Connect = c.Proxy.Aside().Timeouts.Connect
	}
}

// parse reads the timeout; a bare number is in milliseconds.
func (t timeout) parse(c *conf.Context) {
	name := c.Name()
	d, ok := duration(c, c.Arg, name, time.Millisecond)
	if !ok {
		return
	}
	if c.NArgs() > 1 {
		c.Alertf(c.Arg+1, "'%s' : unexpected extra argument '%s' after value '%s'.", name, c.Text(1), c.Text(0))
		return
	}
	if last := c.Text(0)[len(c.Text(0))-1]; d > 0 && d < 100*time.Millisecond && last >= '0' && last <= '9' && t.counts(c.Proxy) {
		c.Warnf(c.Arg, "'%s %s' in %s '%s' is suspiciously small for a value in milliseconds. Please use an explicit unit ('%sms') if that was the intent.",
			name, c.Text(0), c.Proxy.TypeName(), c.Proxy.Name, c.Text(0))
	}
	*t.field(&c.Proxy.Timeouts) = d
}

// counts says whether p has the side that the timeout is for.
func (t timeout) counts(p *conf.Proxy) bool {
	return t.in&catalog.Frontend != 0 && p.Caps&conf.FrontCap != 0 || t.in&catalog.Backend != 0 && p.Caps&conf.BackCap != 0
}

func unknownTimeout(c *conf.Context) {
	e := diag.Entry{Sev: diag.Alert, Pos: c.Line.Pos(c.Arg),
		Msg: "'timeout' supports 'client', 'server', 'connect', 'check', 'queue', 'handshake', 'http-keep-alive', " +
			"'http-request', 'tunnel', 'tarpit', 'client-fin' and 'server-fin' (got '" + c.Text(0) + "')"}
	if near := diag.Suggest(c.Text(0), c.Grammar.Second(c, "timeout")); near != "" {
		e.Hint = "did you mean '" + near + "' maybe ?"
	}
	c.Diag.Add(e)
}

// oldTimeout refuses a word that is gone since 2.1.
func oldTimeout(now string) func(c *conf.Context) {
	return func(c *conf.Context) {
		c.Alertf(0, "the '%s' directive is not supported anymore since HAProxy 2.1. Use '%s'.", c.Name(), now)
	}
}

// willBeIgnored is the warning of a word whose side the proxy lacks, in the
// wording of the words that HAProxy registers rather than hard-codes.
func willBeIgnored(name string) func(c *conf.Context, side string) {
	return func(c *conf.Context, side string) {
		c.Warnf(0, "%s will be ignored because %s '%s' has no %s capability", name, c.Proxy.TypeName(), c.Proxy.Name, side)
	}
}

// onlyAvailable refuses a word in a proxy that lacks its side.
func onlyAvailable(where string) func(c *conf.Context, side string) {
	return func(c *conf.Context, _ string) {
		c.Alertf(0, "'%s' only available in %s", c.Name(), where)
	}
}
