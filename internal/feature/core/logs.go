package core

import (
	"slices"
	"strings"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/syslog"
)

func logRows() []catalog.Directive {
	const (
		all   = catalog.Proxies
		front = catalog.FrontSide
	)
	return []catalog.Directive{
		{Doc: doc("error-log-format", "<fmt>", "4.2", "Sets the format of lines about failed connections."), In: front, Parse: formatLine(func(p *conf.Proxy) **cfg.Line { return &p.ErrorLogFormat }), Elsewhere: ignoredInBackends, ErrorsFirst: true},
		{Doc: doc("log", "{ global | <target> [len <length>] [format <format>] [sample <ranges>:<size>] [profile <prof>] <facility> [<level> [<minlevel>]] }", "4.2", "Adds a target for log lines."), In: all | catalog.Global, NoOK: true, Parse: logTarget},
		{Doc: doc("log-format", "<fmt>", "4.2", "Sets the format of log lines."), In: front, Parse: customLogFormat, Elsewhere: ignoredInBackends, ErrorsFirst: true},
		{Doc: doc("log-format-sd", "<fmt>", "4.2", "Sets the structured data of RFC 5424 lines."), In: front, Parse: formatLine(func(p *conf.Proxy) **cfg.Line { return &p.LogFormatSD }), Elsewhere: ignoredInBackends, ErrorsFirst: true},
		{Doc: doc("log-steps", "<steps>", "4.2", "Says at which steps lines are written."), In: front, Listed: "log-steps", Parse: logSteps, Elsewhere: stepsIgnored},
		{Doc: doc("log-tag", "<string>", "4.2", "Sets the program name in log lines."), In: all | catalog.Global, Parse: logTag},
		{Doc: doc("option httplog", "[clf]", "4.2", "Logs requests in the HTTP format."), In: front, Parse: builtinLog("httplog"), Elsewhere: optionIgnoredInBackends, ErrorsFirst: true},
		{Doc: doc("option httpslog", "", "4.2", "Logs requests in the HTTPS format."), In: front, Parse: builtinLog("httpslog"), Elsewhere: optionIgnoredInBackends, ErrorsFirst: true},
		{Doc: doc("option tcplog", "[clf]", "4.2", "Logs connections in the TCP format."), In: front, Parse: builtinLog("tcplog"), Elsewhere: optionIgnoredInBackends, ErrorsFirst: true},
		{Doc: doc("unique-id-format", "<fmt>", "4.2", "Sets the format of unique identifiers."), In: all, Parse: formatLine(func(p *conf.Proxy) **cfg.Line { return &p.UniqueIDFormat })},
		{Doc: doc("unique-id-header", "<name>", "4.2", "Sends the unique identifier in a header."), In: all, Parse: uniqueIDHeader},
	}
}

func ignoredInBackends(c *conf.Context, _ string) {
	c.Warnf(0, "backend '%s' : '%s' directive is ignored in backends.", c.Proxy.Name, c.Name())
}

func stepsIgnored(c *conf.Context, _ string) {
	c.Warnf(0, "log-steps will be ignored because backend '%s' has no frontend capability", c.Proxy.Name)
}

func optionIgnoredInBackends(c *conf.Context, side string) { ignoredInBackends(c, side) }

// formatLine is the parser of a word with one format string.
func formatLine(field func(p *conf.Proxy) **cfg.Line) func(c *conf.Context) {
	return func(c *conf.Context) {
		if c.Text(0) == "" {
			c.Alertf(c.Arg, "%s expects an argument.", c.Name())
			return
		}
		if c.NArgs() > 1 {
			c.Alertf(c.Arg+1, "%s expects only one argument, don't forget to escape spaces!", c.Name())
			return
		}
		*field(c.Proxy) = wordLine(c, c.Arg)
	}
}

func customLogFormat(c *conf.Context) {
	formatLine(func(p *conf.Proxy) **cfg.Line { p.LogFormatName = ""; return &p.LogFormat })(c)
}

// builtinLog is the parser of the options that choose a ready-made format.
// The last of these and of log-format wins.
func builtinLog(name string) func(c *conf.Context) {
	return func(c *conf.Context) {
		format := name
		if c.Text(0) != "" && name != "httpslog" {
			if c.Text(0) != "clf" {
				c.Alertf(c.Arg, "keyword '%s' only supports option 'clf'.", name)
				return
			}
			format += " clf"
			if !atMost(c, 1) {
				return
			}
		} else if name != "httpslog" && !atMost(c, 0) {
			return
		}
		l := c.Line.Own()
		c.Proxy.LogFormatName, c.Proxy.LogFormat, c.Proxy.LogFormatLine = format, nil, &l
	}
}

func uniqueIDHeader(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'%s' expects an argument.", c.Name())
		return
	}
	c.Proxy.UniqueIDHeader = c.Text(0)
}

func logTag(c *conf.Context) {
	if c.Proxy == nil && !atMost(c, 1) {
		return
	}
	if c.NArgs() > 1 {
		c.Warnf(c.Arg+1, "'log-tag' takes one argument; the rest is ignored.")
	}
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'log-tag' expects a tag for use in syslog.")
		return
	}
	if c.Proxy != nil {
		c.Proxy.LogTag = c.Text(0)
		return
	}
	c.Model.Global.LogTag = c.Text(0)
}

var (
	facilities = [...]string{"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "auth2", "ftp",
		"ntp", "audit", "alert", "cron2", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}
	levels     = [...]string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}
	logFormats = [...]string{"local", "rfc3164", "rfc5424", "priority", "short", "timed", "iso", "raw"}
)

// logTarget reads a "log" line. "no log" forgets those before it, also the
// inherited ones.
func logTarget(c *conf.Context) {
	logs := &c.Model.Global.Logs
	if c.Proxy != nil {
		logs = &c.Proxy.Logs
	}
	if c.Neg || c.Reset {
		if c.NArgs() > 0 {
			c.Alertf(c.Arg, "'no log' does not expect arguments.")
			return
		}
		*logs = nil
		if c.Proxy != nil {
			c.Proxy.NoLog = true
		}
		return
	}
	if c.Proxy != nil && c.Text(0) == "global" {
		if c.NArgs() > 1 {
			c.Alertf(c.Arg+1, "log : unexpected argument '%s' after 'global'.", c.Text(1))
			return
		}
		*logs = append(*logs, conf.LogTarget{Pos: *c.Line, Global: true})
		return
	}
	t, ok := readLogTarget(c)
	if ok {
		*logs = append(*logs, t)
	}
}

func readLogTarget(c *conf.Context) (conf.LogTarget, bool) {
	t := conf.LogTarget{Pos: *c.Line, Addr: c.Expand(c.Text(0)), Len: 1024}
	if err := logAddr(c, c.Text(0)); err != nil {
		c.Alertf(c.Arg, "log : %v", err)
		return t, false
	}
	i := 1
	for ; i+1 < c.NArgs(); i += 2 {
		if !logParameter(c, &t, i) {
			if c.Diag.Errors() > 0 && t.Len < 0 {
				return t, false
			}
			break
		}
	}
	if c.NArgs() <= i || c.Text(0) == "" {
		tail := " or global as arguments"
		if c.Proxy == nil {
			tail = " as arguments"
		}
		c.Alertf(c.Arg, "log : expects <address> and <facility>%s", tail)
		return t, false
	}
	t.Facility = c.Text(i)
	if !slices.Contains(facilities[:], t.Facility) {
		c.Unknownf(c.Arg+i, facilities[:], "log : unknown log facility '%s'", t.Facility)
		return t, false
	}
	t.Level, t.MinLevel = c.Text(i+1), c.Text(i+2)
	switch {
	case t.Level != "" && !slices.Contains(levels[:], t.Level):
		c.Unknownf(c.Arg+i+1, levels[:], "log : unknown optional log level '%s'", t.Level)
	case t.MinLevel != "" && !slices.Contains(levels[:], t.MinLevel):
		c.Unknownf(c.Arg+i+2, levels[:], "log : unknown optional minimum log level '%s'", t.MinLevel)
	case c.NArgs() > i+3:
		c.Alertf(c.Arg+i+3, "log : cannot handle unexpected argument '%s'.", c.Text(i+3))
	default:
		return t, true
	}
	return t, false
}

// logAddr says what is wrong with the address of a log line. Which rings, backends
// and descriptors there are is seen when the target is opened.
func logAddr(c *conf.Context, text string) error {
	switch text {
	case "", "stdout", "stderr":
		return nil
	}
	if strings.HasPrefix(text, "ring@") || strings.HasPrefix(text, "backend@") {
		return nil
	}
	_, err := placedAddr(c, text, conf.TakesDgram|conf.TakesFD)
	return err
}

// logParameter reads "len", "format", "sample" or "profile" at argument i. It
// returns false when there is none, or, with Len -1, after an error.
func logParameter(c *conf.Context, t *conf.LogTarget, i int) bool {
	value := c.Text(i + 1)
	switch c.Text(i) {
	case "len":
		n, ok := leadingInt(value)
		if !ok || n < 80 || n > 65535 {
			c.Alertf(c.Arg+i+1, "log : invalid log length '%s', must be between 80 and 65535", value)
			t.Len = -1
			return false
		}
		t.Len = n
	case "format":
		if !slices.Contains(logFormats[:], value) {
			c.Alertf(c.Arg+i+1, "log : unknown log format '%s'", value)
			t.Len = -1
			return false
		}
		t.Format = value
	case "sample":
		part, err := syslog.ParseSampling(value)
		if err != nil {
			c.Alertf(c.Arg+i+1, "log : %v", err)
			t.Len = -1
			return false
		}
		t.SampleRange, _, _ = strings.Cut(value, ":")
		t.SampleSize = int(part.Size)
	case "profile":
		t.Profile = value
	default:
		return false
	}
	return true
}
