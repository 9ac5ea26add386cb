package core

import (
	"net/netip"
	"strings"

	"segue/internal/catalog"
	"segue/internal/conf"
	"segue/internal/diag"
)

// A toggle is an option that is a mere switch.
type toggle struct {
	name string
	bit  conf.Options
	in   catalog.In
	caps string // as -dKcfg shows them
	text string
}

// switches lists the options that are switches. Manual 4.2 "option ...".
func switches() []toggle {
	const (
		all   = catalog.Proxies
		front = catalog.FrontSide
		back  = catalog.BackSide
	)
	return []toggle{
		{"abortonclose", conf.OptAbortOnClose, all, "[ FE BE ]", "Gives up a queued or running request when its client closes."},
		{"accept-unsafe-violations-in-http-request", conf.OptUnsafeRequest, front, "[ FE HTTP ]", "Relaxes the checks of request syntax."},
		{"accept-unsafe-violations-in-http-response", conf.OptUnsafeResponse, back, "[ BE HTTP ]", "Relaxes the checks of response syntax."},
		{"allbackups", conf.OptAllBackups, back, "[ BE ]", "Uses all backup servers at a time when the normal ones are down."},
		{"checkcache", conf.OptCheckCache, back, "[ BE HTTP ]", "Blocks responses that have a cookie and may be cached."},
		{"clitcpka", conf.OptClientKA, front, "[ FE ]", "Sends TCP keep-alive packets to clients."},
		{"contstats", conf.OptContStats, front, "[ FE ]", "Updates the byte counters while a transfer runs."},
		{"disable-h2-upgrade", conf.OptDisableH2Upgrade, front, "[ FE HTTP ]", "Does not turn a connection into HTTP/2 by its preface."},
		{"dontlog-normal", conf.OptDontLogNormal, front, "[ FE ]", "Logs only what went wrong."},
		{"dontlognull", conf.OptDontLogNull, front, "[ FE ]", "Does not log connections without data."},
		{"h1-case-adjust-bogus-client", conf.OptCaseAdjustClient, front, "[ FE ]", "Applies h1-case-adjust to responses."},
		{"h1-case-adjust-bogus-server", conf.OptCaseAdjustServer, back, "[ BE ]", "Applies h1-case-adjust to requests."},
		{"http-buffer-request", conf.OptHTTPBufferRequest, all, "[ FE BE HTTP ]", "Waits for the body before the request goes on."},
		{"http-drop-request-trailers", conf.OptHTTPDropReqTrailers, back, "[ BE HTTP ]", "Drops the trailers of requests."},
		{"http-drop-response-trailers", conf.OptHTTPDropResTrailers, front, "[ FE HTTP ]", "Drops the trailers of responses."},
		{"http-ignore-probes", conf.OptIgnoreProbes, front, "[ FE HTTP ]", "Closes connections without a request silently."},
		{"http-no-delay", conf.OptNoDelay, all, "[ FE BE HTTP ]", "Never waits for more data before sending."},
		{"http-pretend-keepalive", conf.OptPretendKeepalive, back, "[ BE HTTP ]", "Tells the server keep-alive even if the connection will be closed."},
		{"http-use-proxy-header", conf.OptUseProxyHeader, front, "[ FE HTTP ]", "Uses Proxy-Connection instead of Connection."},
		{"idle-close-on-response", conf.OptIdleCloseOnResponse, front, "[ FE HTTP ]", "Keeps idle connections open until the next response while stopping."},
		{"independent-streams", conf.OptIndependentStreams, all, "[ FE BE ]", "Does not let one direction's data feed the other's timeout."},
		{"log-health-checks", conf.OptLogHealthChecks, back, "[ BE ]", "Logs every change of a check's result."},
		{"log-separate-errors", conf.OptLogSepErrors, front, "[ FE ]", "Raises the level of lines about errors to err."},
		{"logasap", conf.OptLogASAP, front, "[ FE ]", "Logs before the data is transferred."},
		{"nolinger", conf.OptNoLinger, all, "[ FE BE ]", "Resets connections instead of closing them."},
		{"persist", conf.OptPersist, back, "[ BE ]", "Keeps to the cookie's server even if it is down."},
		{"prefer-last-server", conf.OptPreferLastServer, back, "[ BE HTTP ]", "Reuses the last server's connection where balancing allows."},
		{"socket-stats", conf.OptSocketStats, front, "[ FE ]", "Counts for each listener."},
		{"splice-auto", conf.OptSpliceAuto, all, "[ FE BE ]", "Splices both directions when that pays."},
		{"splice-request", conf.OptSpliceRequest, all, "[ FE BE ]", "Splices requests in the kernel."},
		{"splice-response", conf.OptSpliceResponse, all, "[ FE BE ]", "Splices responses in the kernel."},
		{"srvtcpka", conf.OptServerKA, back, "[ BE ]", "Sends TCP keep-alive packets to servers."},
		{"tcp-smart-accept", conf.OptSmartAccept, front, "[ FE ]", "Spares the acknowledgement of the first packet."},
		{"tcp-smart-connect", conf.OptSmartConnect, back, "[ BE ]", "Spares the acknowledgement that ends connecting."},
		{"transparent", conf.OptTransparent, back, "[ BE ]", "Connects to the address that the client asked for."},
	}
}

func optionRows() []catalog.Directive {
	rows := []catalog.Directive{
		{Doc: doc("option", "<name>", "4.2", "Sets an option."), In: catalog.Proxies, NoOK: true, Parse: unknownOption},
		{Doc: doc("option accept-invalid-http-request", "", "4.2", "Old name of option accept-unsafe-violations-in-http-request."), In: catalog.FrontSide, Parse: oldUnsafe(conf.OptUnsafeRequest), Elsewhere: bareElsewhere, Unread: true},
		{Doc: doc("option accept-invalid-http-response", "", "4.2", "Old name of option accept-unsafe-violations-in-http-response."), In: catalog.BackSide, Parse: oldUnsafe(conf.OptUnsafeResponse), Elsewhere: bareElsewhere, Unread: true},
		{Doc: doc("option forwarded", "[proto] [host | host-expr <expr>] [by ...] [by_port ...] [for ...] [for_port ...]", "4.2", "Adds the Forwarded header of RFC 7239."), In: catalog.BackSide, NoOK: true, Parse: optionForwarded, Elsewhere: forwardedElsewhere, Unread: true},
		{Doc: doc("option forwardfor", "[except <network>] [header <name>] [if-none]", "4.2", "Adds X-Forwarded-For to requests."), In: catalog.Proxies, Parse: optionForwardFor},
		{Doc: doc("option http-keep-alive", "", "4.2", "Keeps connections alive on both sides."), In: catalog.Proxies, NoOK: true, Parse: connMode(conf.KeepAlive)},
		{Doc: doc("option http-restrict-req-hdr-names", "{ preserve | delete | reject }", "4.2", "Decides about header names with unusual characters."), In: catalog.Proxies, Parse: optionRestrictNames},
		{Doc: doc("option http-server-close", "", "4.2", "Closes the server's side after each response."), In: catalog.Proxies, NoOK: true, Parse: connMode(conf.ServerClose)},
		{Doc: doc("option httpclose", "", "4.2", "Closes both sides after each response."), In: catalog.Proxies, NoOK: true, Parse: connMode(conf.HTTPClose)},
		{Doc: doc("option originalto", "[except <network>] [header <name>]", "4.2", "Adds X-Original-To to requests."), In: catalog.Proxies, Parse: optionOriginalTo},
		{Doc: doc("option redispatch", "[<interval>]", "4.2", "Lets a retry go to another server."), In: catalog.BackSide, NoOK: true, Parse: optionRedispatch},
		{Doc: doc("option use-small-buffers", "[ queue | l7-retries | check ]*", "4.2", "Queues requests in small buffers."), In: catalog.BackSide, NoOK: true, Parse: optionSmallBuffers, Elsewhere: sideOnly, Unread: true},
		{Doc: doc("option tcpka", "", "4.2", "Sends TCP keep-alive packets on both sides."), In: catalog.Proxies, Parse: optionTCPKA},
	}
	for _, o := range switches() {
		row := catalog.Directive{Doc: doc("option "+o.name, "", "4.2", o.text), In: o.in, NoOK: true, Parse: o.parse, Elsewhere: o.elsewhere, Unread: true}
		if o.caps != "" {
			row.Listed = "option " + o.name + " " + o.caps
		}
		rows = append(rows, row)
	}
	return rows
}

// needsHTTP says whether the switch means nothing without mode http.
func (o toggle) needsHTTP() bool { return strings.Contains(o.caps, " HTTP ") }

// has says whether p has a side that the switch is for.
func (o toggle) has(p *conf.Proxy) bool {
	return o.in&catalog.Frontend != 0 && p.Caps&conf.FrontCap != 0 || o.in&catalog.Backend != 0 && p.Caps&conf.BackCap != 0
}

// parse sets, clears or forgets the switch.
func (o toggle) parse(c *conf.Context) {
	if !atMost(c, 0) {
		return
	}
	if o.bit == conf.OptTransparent {
		warnTransparent(c, "option 'transparent'")
	}
	p := c.Proxy
	p.Options &^= o.bit
	p.NoOptions &^= o.bit
	switch {
	case c.Neg:
		p.NoOptions |= o.bit
	case !c.Reset:
		p.Options |= o.bit
	}
}

// elsewhere says that the switch belongs to a side that the proxy lacks. HAProxy
// ignores it with a warning and then does not know it.
func (o toggle) elsewhere(c *conf.Context, side string) {
	if !bareOption(c, side) {
		return
	}
	if c.Neg || c.Reset {
		tightf(c, c.Arg-1, "negation/default is not supported for option '%s'.", o.name)
		return
	}
	c.Alertf(c.Arg-1, "unknown option '%s'; did you mean '%s' maybe ?", o.name, o.name)
}

// optionSmallBuffers checks for what small buffers are to be used; there is one
// kind of buffers.
func optionSmallBuffers(c *conf.Context) {
	for i := range c.NArgs() {
		switch c.Text(i) {
		case "queue", "l7-retries", "check":
		default:
			c.Alertf(c.Arg+i, "invalid parameter '%s'. option 'use-small-buffers' expects 'queue', 'l7-retries' or 'check' value.", c.Text(i))
			return
		}
	}
}

// sideOnly says that the proxy lacks the option's side, whatever its arguments.
func sideOnly(c *conf.Context, side string) {
	c.Warnf(c.Arg-1, "'%s' ignored because %s '%s' has no %s capability.", strings.TrimPrefix(c.Name(), "option "), c.Proxy.TypeName(), c.Proxy.Name, side)
}

// bareElsewhere is what an option without arguments says in a proxy that lacks
// its side.
func bareElsewhere(c *conf.Context, side string) { bareOption(c, side) }

func bareOption(c *conf.Context, side string) bool {
	if !atMost(c, 0) {
		return false
	}
	sideOnly(c, side)
	return true
}

// oldUnsafe is the parser of "option accept-invalid-http-*", which 3.4 still
// takes for the switch bit of its new name. Unlike that, it cannot be negated.
func oldUnsafe(bit conf.Options) func(c *conf.Context) {
	return func(c *conf.Context) {
		if !atMost(c, 0) {
			return
		}
		old := strings.TrimPrefix(c.Name(), "option ")
		report(c, diag.Warning, diag.FormTight, c.Arg-1, "option '%s' is deprecated. please use 'option %s' if absolutely needed.",
			old, strings.Replace(old, "accept-invalid-", "accept-unsafe-violations-in-", 1))
		c.Proxy.Options |= bit
		c.Proxy.NoOptions &^= bit
	}
}

// transparent is the old form of option transparent.
func transparent(c *conf.Context) {
	if atMost(c, 0) {
		warnTransparent(c, "'transparent'")
		c.Proxy.Options |= conf.OptTransparent
	}
}

// warnTransparent says that the word, which what shows, is deprecated.
func warnTransparent(c *conf.Context, what string) {
	if !c.Model.Global.ExposeDeprecated {
		report(c, diag.Warning, diag.FormTight, c.Arg-1, "%s is deprecated in 3.3 and will be removed in 3.5. "+
			"The modern way to do the same is to create a server with address 0.0.0.0. It is still possible to silence this warning by setting "+
			"'expose-deprecated-directives' in the 'global' section, but do not wait to fix your configuration!", what)
	}
}

func unknownOption(c *conf.Context) {
	name := c.Text(0)
	if name == "" {
		tightf(c, c.Arg, "'option' expects an option name.")
		return
	}
	if gone := goneOption(name); gone != "" {
		tightf(c, c.Arg, "option '%s' is not supported any more since HAProxy %s", name, gone)
		return
	}
	if c.Neg || c.Reset {
		tightf(c, c.Arg, "negation/default is not supported for option '%s'.", name)
		return
	}
	c.Alertf(c.Arg, "unknown option '%s'%s", name, hintOr(diag.DidYouMean(name, c.Grammar.Second(c, "option")), "."))
}

// goneOption is since when an option is gone and what to do without it.
func goneOption(name string) string {
	switch name {
	case "forceclose":
		return "2.0, please just remove it, or use 'option httpclose' if absolutely needed."
	case "http-tunnel":
		return "2.1, please just remove it, it shouldn't be needed."
	case "http_proxy":
		return "2.5. A server with address 0.0.0.0 behind 'http-request do-resolve', 'set-dst' and 'set-dst-port' does the same."
	}
	return ""
}

func hintOr(hint, other string) string {
	if hint == "" {
		return other
	}
	return hint
}

// connMode is the parser of the options that choose what becomes of a
// connection after a response. The last one wins; "no" only undoes its own.
func connMode(mode conf.ConnMode) func(c *conf.Context) {
	return func(c *conf.Context) {
		if !atMost(c, 0) {
			return
		}
		p := c.Proxy
		switch {
		case !c.Neg && !c.Reset:
			p.ConnMode, p.ConnModeSet = mode, true
		case p.ConnMode == mode:
			p.ConnMode, p.ConnModeSet = conf.KeepAlive, false
		}
	}
}

// optionRedispatch: n > 0 is every n-th retry, n < 0 the n-th before the last.
func optionRedispatch(c *conf.Context) {
	switch {
	case c.Neg, c.Reset:
		c.Proxy.Redispatch = 0
	case c.NArgs() == 0:
		c.Proxy.Redispatch = -1
	default:
		c.Proxy.Redispatch = number(c, c.Arg)
	}
}

func optionTCPKA(c *conf.Context) {
	if atMost(c, 0) {
		c.Proxy.Options |= conf.OptClientKA | conf.OptServerKA
	}
}

func optionRestrictNames(c *conf.Context) {
	switch w := c.Text(0); w {
	case "preserve", "delete", "reject":
		if atMost(c, 1) {
			c.Proxy.RestrictNames = w
		}
	default:
		c.Alertf(c.Arg, "option 'http-restrict-req-hdr-names' expects either 'preserve', 'delete' or 'reject'.")
	}
}

func optionForwardFor(c *conf.Context) {
	h := &conf.AddrHeader{Name: "X-Forwarded-For"}
	if addrHeader(c, h, "'except', 'header' and 'if-none'") {
		c.Proxy.ForwardFor = h
	}
}

func optionOriginalTo(c *conf.Context) {
	h := &conf.AddrHeader{Name: "X-Original-To"}
	if addrHeader(c, h, "'except' and 'header'") {
		c.Proxy.OriginalTo = h
	}
}

// addrHeader reads the words of option forwardfor and originalto.
func addrHeader(c *conf.Context, h *conf.AddrHeader, known string) bool {
	name := c.Name()
	for i := 0; i < c.NArgs(); i++ {
		switch w := c.Text(i); {
		case w == "except":
			i++
			p, ok := network(c, c.Text(i))
			if !ok {
				c.Alertf(c.Arg+i, "'%s except' expects <address>[/mask] as argument.", name)
				return false
			}
			h.Except = p
		case w == "header":
			i++
			if c.Text(i) == "" {
				c.Alertf(c.Arg+i, "'%s header' expects <header_name> as argument.", name)
				return false
			}
			h.Name, h.Lower, h.Custom = c.Text(i), strings.ToLower(c.Text(i)), true
		case w == "if-none" && strings.Contains(known, w):
			h.IfNone = true
		default:
			c.Alertf(c.Arg+i, "'%s' only supports optional values: %s.", name, known)
			return false
		}
	}
	return true
}

// network reads "address[/length]" or, for IPv4, "address/mask".
func network(c *conf.Context, s string) (netip.Prefix, bool) {
	addr, mask, hasMask := strings.Cut(s, "/")
	ip, err := conf.ParseIP(addr)
	if err != nil || ip.Is4() && strings.ContainsAny(addr, "xX") { // a name, as HAProxy sees it
		host := conf.Addr{Kind: conf.AddrHost, Host: addr}
		if strings.Trim(addr, "*") == "" || host.Find(c.Lookup) != nil {
			return netip.Prefix{}, false
		}
		ip = host.IP
	}
	if !hasMask {
		return netip.PrefixFrom(ip, ip.BitLen()), true
	}
	if m, err := netip.ParseAddr(mask); err == nil && m.Is4() && ip.Is4() {
		bits, ok := maskLen(m.As4())
		return netip.PrefixFrom(ip, bits), ok
	}
	bits, ok := leadingInt(mask)
	if !ok || bits < 0 || bits > ip.BitLen() {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(ip, bits), true
}

// maskLen returns the number of leading ones of a contiguous mask.
func maskLen(m [4]byte) (int, bool) {
	n, ended := 0, false
	for _, b := range m {
		for bit := 7; bit >= 0; bit-- {
			one := b>>bit&1 == 1
			if one && ended {
				return 0, false
			}
			if one {
				n++
			} else {
				ended = true
			}
		}
	}
	return n, true
}
