package core

import (
	"math"
	"strconv"
	"strings"
	"time"

	"segue/internal/catalog"
	"segue/internal/conf"
	"segue/internal/diag"
)

// globalInt is the parser of a global word with one integer.
func globalInt(field func(g *conf.Global) *int) func(c *conf.Context) {
	return func(c *conf.Context) {
		if n, ok := strictInt(c); ok {
			*field(&c.Model.Global) = n
		}
	}
}

// strictInt reads the only argument as an integer, in the manner of the
// global words that refuse anything else.
func strictInt(c *conf.Context) (int, bool) {
	if !atMost(c, 1) {
		return 0, false
	}
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'%s' expects an integer argument.", c.Name())
		return 0, false
	}
	n, ok := leadingInt(c.Text(0))
	if !ok {
		c.Alertf(c.Arg, "cannot parse '%s' value '%s', an integer is expected.", c.Name(), c.Text(0))
	}
	return n, ok
}

// globalOnOff is the parser of a word with "on" or "off".
func globalOnOff(field func(g *conf.Global) *bool) func(c *conf.Context) {
	return func(c *conf.Context) {
		if eitherOnOff.fits(c) {
			*field(&c.Model.Global) = c.Text(0) == "on"
		}
	}
}

// globalLax is globalInt for words that HAProxy reads without complaint.
func globalLax(field func(g *conf.Global) *int) func(c *conf.Context) {
	return func(c *conf.Context) {
		if c.Text(0) == "" {
			c.Alertf(c.Arg, "'%s' expects an integer argument.", c.Name())
			return
		}
		if atMost(c, 1) {
			*field(&c.Model.Global) = number(c, c.Arg)
		}
	}
}

// spare warns about arguments after the first n, which HAProxy drops silently.
func spare(c *conf.Context, n int) {
	if c.NArgs() > n {
		c.Warnf(c.Arg+n, "'%s' takes %d argument(s); '%s' and what follows is ignored.", c.Name(), n, c.Text(n))
	}
}

// globalTime is the parser of a global word with one timer.
func globalTime(unit time.Duration, field func(g *conf.Global) *time.Duration) func(c *conf.Context) {
	return func(c *conf.Context) {
		spare(c, 1)
		if c.Text(0) == "" {
			c.Alertf(c.Arg, "'%s' expects <time> as argument.", c.Name())
			return
		}
		if d, ok := duration(c, c.Arg, c.Name(), unit); ok {
			*field(&c.Model.Global) = d
		}
	}
}

// globalRows lists the words of the global section about limits and
// statistics. Manual 3.1 and 3.2.
func globalRows() []catalog.Directive {
	type g = conf.Global
	row := func(name, args, text string, parse func(c *conf.Context)) catalog.Directive {
		return catalog.Directive{Doc: doc(name, args, "3.1", text), In: catalog.Global, Listed: name, Parse: parse}
	}
	quiet := func(name, args, text string, parse func(c *conf.Context)) catalog.Directive {
		r := row(name, args, text, parse)
		r.Listed = ""
		return r
	}
	return []catalog.Directive{
		quiet("anonkey", "<key>", "Sets the key that names are hidden under in anonymized mode.", globalAnonKey),
		quiet("cluster-secret", "<secret>", "Sets the secret of the cluster.", globalClusterSecret),
		quiet("description", "<text>", "Describes the instance.", globalDescription),
		quiet("external-check", "[preserve-env]", "Allows checks by external commands.", globalExternalCheck),
		row("fd-hard-limit", "<number>", "Limits file descriptors where maxconn does not say how many.", globalLax(func(g *g) *int { return &g.FDHardLimit })),
		row("harden.reject-privileged-ports.tcp", "{ on | off }", "Refuses clients with a source port below 1024.", globalOnOff(func(g *g) *bool { return &g.RejectPrivileged })),
		row("hard-stop-after", "<time>", "Ends a stopping process after a time.", globalTime(time.Millisecond, func(g *g) *time.Duration { return &g.HardStopAfter })),
		quiet("log-send-hostname", "[<string>]", "Sends a host name with log lines.", globalLogSendHostname),
		quiet("maxcompcpuusage", "<number>", "Limits the CPU for compression.", span{0, 100, false, true, "expects an integer argument between 0 and 100."}.parse),
		quiet("maxcomprate", "<number>", "Limits compression.", single("'%n' expects an integer argument in kb/s.")),
		quiet("maxconn", "<number>", "Limits the process's connections.", globalInt(func(g *g) *int { return &g.MaxConn })),
		quiet("maxconnrate", "<number>", "Limits connections per second.", globalLax(func(g *g) *int { return &g.MaxConnRate })),
		quiet("maxpipes", "<number>", "Limits the pipes for splicing.", globalLax(func(g *g) *int { return &g.MaxPipes })),
		quiet("maxsessrate", "<number>", "Limits sessions per second.", globalLax(func(g *g) *int { return &g.MaxSessRate })),
		quiet("maxsslrate", "<number>", "Limits TLS handshakes per second.", single("'%n' expects an integer argument.")),
		quiet("max-spread-checks", "<delay>", "Limits the spread of checks at start.", globalMaxSpread),
		quiet("node", "<name>", "Names the node.", globalNode),
		quiet("nosplice", "", "Disables kernel splicing.", globalFlag(func(g *g) *bool { return &g.NoSplice })),
		row("quiet", "", "Prints no messages, like -q.", globalFlag(func(g *g) *bool { return &g.Quiet })),
		quiet("spread-checks", "<0..50>", "Adds randomness to check intervals, in percent.", globalSpreadChecks),
		row("stats", "{ socket | timeout | maxconn } ...", "Sets up the runtime API.", statsUnknown),
		quiet("stats-file", "<path>", "Names a file with the counters to start with.", globalStatsFile),
		quiet("stats maxconn", "<connections>", "Limits connections to the runtime API.", globalStatsMaxConn),
		quiet("stats socket", "<address> [param*]", "Opens a socket for the runtime API.", globalStatsSocket),
		quiet("stats timeout", "<timeout>", "Limits silence on the runtime API.", globalStatsTimeout),
		row("zero-warning", "", "Does not start if there is a warning, like -dW.", globalFlag(func(g *g) *bool { return &g.ZeroWarning })),
	}
}

// nothing is the parser of a word that says in its row why it does nothing.
func nothing(*conf.Context) {}

func globalLogSendHostname(c *conf.Context) {
	spare(c, 1)
	c.Model.Global.LogSendHost = c.Text(0)
	c.Model.Global.LogSendHostOn = true
}

func globalMaxSpread(c *conf.Context) {
	if atMost(c, 1) {
		globalTime(time.Millisecond, func(g *conf.Global) *time.Duration { return &g.MaxSpreadChecks })(c)
	}
}

func globalSpreadChecks(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'spread-checks' expects an integer argument (0..50).")
		return
	}
	if !atMost(c, 1) {
		return
	}
	n := number(c, c.Arg)
	if n < 0 || n > 50 {
		tightf(c, c.Arg, "'spread-checks' needs a positive value in range 0..50.")
		return
	}
	c.Model.Global.SpreadChecks = n
}

func statsUnknown(c *conf.Context) {
	if c.Text(0) == "bind-process" {
		c.Alertf(c.Arg, "'stats bind-process' is not supported any more.")
		return
	}
	if c.Text(0) == "calculate-max-counters" {
		report(c, diag.Diag, diag.FormParsing, c.Arg, "'stats calculate-max-counters' has no effect: maxima are always kept.")
		return
	}
	c.Alertf(c.Arg, "'stats' only supports 'socket', 'maxconn', 'bind-process', 'calculate-max-counters' and 'timeout' (got '%s')", c.Text(0))
}

func globalStatsMaxConn(c *conf.Context) {
	n, ok := leadingInt(c.Text(0))
	if !ok || n <= 0 {
		c.Alertf(c.Arg, "'stats maxconn' expects a positive value")
		return
	}
	c.Model.Global.StatsMaxConn = n
}

func globalStatsTimeout(c *conf.Context) {
	d, ok := duration(c, c.Arg, c.Name(), time.Millisecond)
	if !ok {
		return
	}
	if d == 0 {
		c.Alertf(c.Arg, "'stats timeout' expects a positive value")
		return
	}
	c.Model.Global.StatsTimeout = d
}

// globalStatsSocket reads "stats socket <address> <words>". The address may be
// a bare path or a name, which is a path too.
func globalStatsSocket(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'stats socket' in global section expects an address or a path to a UNIX socket")
		return
	}
	a, err := parseAddr(c, strings.TrimSuffix(c.Text(0), ","))
	if err != nil {
		c.Alertf(c.Arg, "'stats socket' : %v", err)
		return
	}
	if !checkBindAddr(c, &a) {
		return
	}
	unixPrefix(c, &a)
	b := &conf.Bind{Line: c.Line.Own(), Addr: a, Unix: c.Model.Global.UnixBind, Level: "operator"}
	c.Grammar.BindWords(c, b, c.Arg+1)
	c.Model.Global.StatsSockets = append(c.Model.Global.StatsSockets, b)
}

func globalClusterSecret(c *conf.Context) {
	switch {
	case c.Text(0) == "":
		c.Alertf(c.Arg, "expects an ASCII string argument.")
	case atMost(c, 1):
		c.Model.Global.ClusterSecret = c.Text(0)
	}
}

func globalDescription(c *conf.Context) {
	if c.NArgs() == 0 {
		tightf(c, c.Arg, "'description' expects a string argument.")
		return
	}
	c.Model.Global.Desc = join(c, 0)
}

func globalExternalCheck(c *conf.Context) {
	if !atMost(c, 1) {
		return
	}
	if w := c.Text(0); w != "" && w != "preserve-env" {
		c.Alertf(c.Arg, "'external-check' only supports 'preserve-env' as an argument, found '%s'.", w)
		return
	}
	if c.NArgs() > 0 {
		c.Warnf(c.Arg, "'external-check preserve-env' is accepted and has no effect in this version: commands get PATH and HAPROXY_* only.")
	}
	c.Model.Global.ExternalCheck = true
}

// nodeLetters are what the name of a node consists of.
const nodeLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.-_"

// globalNode reads the name that the statistics show. Manual 3.1 "node".
func globalNode(c *conf.Context) {
	switch name := c.Text(0); {
	case !atMost(c, 1):
	case name == "" || strings.Trim(name, nodeLetters) != "":
		tightf(c, c.Arg, "'node' requires valid node name - non-empty string with digits(0-9), letters(A-Z, a-z), dot(.), hyphen(-) or underscode(_).")
	default:
		c.Model.Global.Node = name
	}
}

// globalAnonKey reads digits and drops what follows, as HAProxy does.
func globalAnonKey(c *conf.Context) {
	if c.Text(0) == "" {
		tightf(c, c.Arg, "a key is expected after '%s'.", c.Name())
		return
	}
	end := 0
	for end < len(c.Text(0)) && (c.Text(0)[end] >= '0' && c.Text(0)[end] <= '9' || end == 0 && c.Text(0)[0] == '-') {
		end++
	}
	n, err := strconv.ParseInt(c.Text(0)[:end], 10, 64)
	if end > 0 && (err != nil || n < 0 || n > math.MaxUint32) {
		tightf(c, c.Arg, "'%s' value must be within range 0-4294967295 (was '%s').", c.Name(), c.Text(0))
		return
	}
	c.Model.Global.AnonKey = uint32(n)
}

func globalStatsFile(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'%s' expect one argument: a file path.", c.Name())
		return
	}
	spare(c, 1)
	c.Model.Global.StatsFile = c.Text(0)
}
