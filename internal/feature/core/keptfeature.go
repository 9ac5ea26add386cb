package core

import (
	"slices"
	"strings"
	"time"

	"segue/internal/conf"
	"segue/internal/unit"
)

// The words of features that are not built yet whose arguments have a shape of
// their own: a file that HAProxy refuses is refused with the same words.

// single takes one argument, which must be there; say is the whole message.
func single(say string) func(c *conf.Context) {
	return func(c *conf.Context) {
		if c.Text(0) == "" {
			c.Alertf(c.Arg, "%s", strings.ReplaceAll(say, "%n", c.Name()))
			return
		}
		atMost(c, 1)
	}
}

// among takes one of a few words; say is what is expected.
func among(words, say string) func(c *conf.Context) {
	return func(c *conf.Context) {
		if atMost(c, 1) && !slices.Contains(strings.Fields(words), c.Text(0)) {
			c.Alertf(c.Arg, "'%s' %s", c.Name(), strings.ReplaceAll(say, "%s", c.Text(0)))
		}
	}
}

// positive takes an integer that is not negative.
func positive(c *conf.Context) {
	if !shape(integer1).fits(c) {
		return
	}
	if n, _ := leadingInt(c.Text(0)); n < 0 {
		c.Alertf(c.Arg, "'%s' expects a positive numeric value.", c.Name())
	}
}

// someSize is a size that is not 0.
func someSize(c *conf.Context) {
	if !shape(size).fits(c) {
		return
	}
	if n, _ := leadingInt(c.Text(0)); n <= 0 {
		c.Alertf(c.Arg, "'%s' expects a positive integer argument.", c.Name())
	}
}

// tlsOptions reads the words of ssl-default-bind-options and its like. Manual
// 3.1.
func tlsOptions(own string) func(c *conf.Context) {
	known := strings.Fields("force-sslv3 force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13 no-sslv3 no-tls-tickets no-tlsv10 no-tlsv11 no-tlsv12 no-tlsv13 " + own)
	versions := []string{"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}
	return func(c *conf.Context) {
		if c.Text(0) == "" {
			c.Alertf(c.Arg, "global statement '%s' expects an option as an argument.", c.Name())
		}
		for i := 0; i < c.NArgs(); i++ {
			switch word := c.Text(i); {
			case word == "ssl-min-ver" || word == "ssl-max-ver":
				i++
				if v := c.Text(i); v == "" {
					c.Alertf(c.Arg+i-1, "'%s' : missing the ssl/tls version on global statement '%s'.", word, c.Name())
					return
				} else if !slices.Contains(versions, v) {
					c.Alertf(c.Arg+i, "'%s' : unknown ssl/tls version on global statement '%s'.", v, c.Name())
					return
				}
			case !slices.Contains(known, word):
				c.Alertf(c.Arg+i, "unknown option '%s' on global statement '%s'.", word, c.Name())
				return
			}
		}
	}
}

func extraFiles(c *conf.Context) {
	known := strings.Fields("none all bundle sctl ocsp issuer key")
	for i := range max(1, c.NArgs()) {
		if !slices.Contains(known, c.Text(i)) {
			c.Alertf(c.Arg+i, "'%s' expects one or multiple arguments (none, all, bundle, sctl, ocsp, issuer).", c.Name())
			return
		}
	}
}

func securityLevel(c *conf.Context) {
	n, ok := leadingInt(c.Text(0))
	switch {
	case c.Text(0) == "":
		c.Alertf(c.Arg, "'%s' : missing value", c.Name())
	case !ok:
		c.Alertf(c.Arg, "'%s' : expects an integer argument, found '%s'", c.Name(), c.Text(0))
	case n < 0 || n > 5:
		c.Alertf(c.Arg, "'%s' : expects a value between 0 and 5", c.Name())
	}
}

// timeWord takes a time, which must be there; missing is the message for none.
func timeWord(missing string, unitOf time.Duration) func(c *conf.Context) {
	return func(c *conf.Context) {
		if c.Text(0) == "" {
			c.Alertf(c.Arg, "'%s' %s", c.Name(), missing)
		} else if atMost(c, 1) {
			duration(c, c.Arg, c.Name(), unitOf)
		}
	}
}

func luaTimeout(c *conf.Context) {
	if d, err := unit.ParseTime(c.Text(0), time.Millisecond); c.Text(0) == "" || err != nil && d == 0 {
		c.Alertf(c.Arg, "%s: invalid timeout", c.Name())
	}
}

func luaNumber(c *conf.Context) {
	if _, ok := leadingInt(c.Text(0)); !ok && c.Text(0) != "" {
		c.Alertf(c.Arg, "%s: invalid number", c.Name())
	}
}

func luaMemory(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'%s' expects an integer argument (Lua memory size in MB).", c.Name())
		return
	}
	luaNumber(c)
}

func luaLibraries(c *conf.Context) {
	const known = "table,io,os,string,math,utf8,package,debug"
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'%s' expects 'all', 'none', or a comma-separated list of libraries: %s", c.Name(), known)
		return
	}
	for w := range strings.SplitSeq(c.Text(0), ",") {
		if !slices.Contains(strings.Split("all,none,"+known, ","), w) {
			c.Alertf(c.Arg, "'%s': unknown library '%s', expected one of: all,none,%s", c.Name(), w, known)
			return
		}
	}
}

// streamLimit is "<number> [rq-load <load>] [min <number>]".
func streamLimit(c *conf.Context) {
	if n, _ := leadingInt(c.Text(0)); n < 0 {
		c.Alertf(c.Arg, "'%s' expects a positive numeric value.", c.Name())
		return
	}
	for i := 1; i < c.NArgs(); i += 2 {
		if w := c.Text(i); w != "rq-load" && w != "min" {
			c.Alertf(c.Arg+i, "'%s' only supports 'rq-load' or 'min' after the numeric value, but found '%s'.", c.Name(), w)
			return
		}
	}
}

// atLeastOne is a number of threads or groups in a range.
func atLeastOne(high int, say string) func(c *conf.Context) {
	return func(c *conf.Context) {
		errors := c.Diag.Errors()
		if integerWord(c); c.Diag.Errors() > errors {
			return
		}
		if n, _ := leadingInt(c.Text(0)); n < 1 || n > high {
			c.Alertf(c.Arg, "'%s' value must be %s (was %s)", c.Name(), say, c.Text(0))
		}
	}
}

// featureWords are those words with their parsers.
func featureWords() map[string]func(c *conf.Context) {
	const whole = 1<<31 - 1
	const suite, curves = "global statement '%n' expects a cipher suite as an argument.", "global statement '%n' expects a curves suite as an arguments."
	const sigalgs = "global statement '%n' expects signature algorithms as an arguments."
	window := span{0, whole, false, false, "expects a positive numeric value."}.parse
	return map[string]func(c *conf.Context){
		"acme.scheduler":                        among("auto off", "requires either 'auto' or 'off' argument"),
		"cpu-map":                               cpuMap,
		"crt-base":                              baseOf(func(g *conf.Global) *string { return &g.CrtBase }),
		"h2-workaround-bogus-websocket-clients": shape(flag).check,
		"harden.reject-privileged-ports.quic":   firstOf("on off", "expects either 'on' or 'off'."),
		"httpclient.resolvers.id":               shape(one).check,
		"httpclient.resolvers.prefer":           among("ipv4 ipv6", "expects 'ipv4' or 'ipv6' as argument."),
		"httpclient.ssl.ca-file":                shape(one).check,
		"httpclient.ssl.verify":                 among("none required", "expects 'none' or 'required' as argument."),
		"httpclient.timeout.connect":            timeWord("expects an integer argument.", time.Millisecond),
		"issuers-chain-path":                    directory,
		"lua-prepend-path":                      luaPath,
		"maxsslconn":                            positive,
		"ocsp-update.maxdelay":                  positiveFirst,
		"ocsp-update.mindelay":                  positiveFirst,
		"ssl-default-bind-ciphers":              single(suite),
		"ssl-default-bind-ciphersuites":         single(suite),
		"ssl-default-bind-client-sigalgs":       single(sigalgs),
		"ssl-default-bind-curves":               single(curves),
		"ssl-default-bind-options":              tlsOptions("no-strict-sni prefer-client-ciphers strict-sni tls-tickets"),
		"ssl-default-bind-sigalgs":              single(curves),
		"ssl-default-server-ciphers":            single(suite),
		"ssl-default-server-ciphersuites":       single(suite),
		"ssl-default-server-client-sigalgs":     single(sigalgs),
		"ssl-default-server-curves":             single(curves),
		"ssl-default-server-options":            tlsOptions("no-renegotiate renegotiate"),
		"ssl-default-server-sigalgs":            single(curves),
		"ssl-load-extra-files":                  extraFiles,
		"ssl-security-level":                    securityLevel,
		"ssl-server-verify":                     among("none required", "expects 'none' or 'required' as argument."),
		"thread-groups":                         atLeastOne(32, "between 1 and 32"),
		"thread-hard-limit":                     atLeastOne(whole, "at least 1"),
		"tune.bufsize.large":                    otherBuf(largeBuf),
		"tune.bufsize.small":                    otherBuf(smallBuf),
		"tune.h2.be.glitches-threshold":         window,
		"tune.h2.be.initial-window-size":        window,
		"tune.h2.be.max-concurrent-streams":     window,
		"tune.h2.be.rxbuf":                      plainSize,
		"tune.h2.fe.glitches-threshold":         window,
		"tune.h2.fe.initial-window-size":        window,
		"tune.h2.fe.max-concurrent-streams":     streamLimit,
		"tune.h2.fe.max-total-streams":          window,
		"tune.h2.fe.rxbuf":                      plainSize,
		"tune.h2.header-table-size":             span{4096, 65536, false, true, "expects a numeric value between 4096 and 65536."}.parse,
		"tune.h2.initial-window-size":           window,
		"tune.h2.log-errors":                    among("none connection stream", "expects 'none', 'connection', or 'stream'"),
		"tune.h2.max-concurrent-streams":        window,
		"tune.h2.max-frame-size":                span{16384, 16777215, false, true, "expects a numeric value between 16384 and 16777215."}.parse,
		"tune.lua.bool-sample-conversion":       among("normal pre-3.1-bug", "expects either 'normal' or 'pre-3.1-bug' but got '%s'."),
		"tune.lua.burst-timeout":                luaTimeout,
		"tune.lua.forced-yield":                 luaNumber,
		"tune.lua.log.stderr":                   among("on auto off", "expects either 'on', 'auto', or 'off' but got '%s'."),
		"tune.lua.maxmem":                       luaMemory,
		"tune.lua.openlibs":                     luaLibraries,
		"tune.lua.service-timeout":              luaTimeout,
		"tune.lua.session-timeout":              luaTimeout,
		"tune.lua.task-timeout":                 luaTimeout,
		"tune.peers.max-updates-at-once":        span{1, whole, false, true, "expects an integer argument greater than 0."}.parse,
		"tune.ssl.cachesize":                    positive,
		"tune.ssl.capture-buffer-size":          positive,
		"tune.ssl.default-dh-param":             span{1024, whole, false, true, "expects a value >= 1024."}.parse,
		"tune.ssl.hard-maxrecord":               positive,
		"tune.ssl.lifetime":                     timeWord("expects ssl sessions <lifetime> in seconds as argument.", time.Second),
		"tune.ssl.maxrecord":                    positive,
		"tune.ssl.ocsp-update.maxdelay":         positiveFirst,
		"tune.ssl.ocsp-update.mindelay":         positiveFirst,
		"tune.ssl.ssl-ctx-cache-size":           positive,
	}
}

// plainSize is a size that must be there.
func plainSize(c *conf.Context) {
	if !atMost(c, 1) {
		return
	}
	if _, err := unit.ParseSize(c.Text(0)); err != nil || c.Text(0) == "" {
		c.Alertf(c.Arg, "'%s': unexpected character in size argument '%s'.", c.Name(), c.Text(0))
	}
}

// luaPath is "<path> [{ path | cpath }]".
func luaPath(c *conf.Context) {
	switch {
	case c.Text(0) == "":
		c.Alertf(c.Arg, "'%s' expects to receive a <path> as argument", c.Name())
	case c.NArgs() > 1 && c.Text(1) != "path" && c.Text(1) != "cpath":
		c.Alertf(c.Arg+1, "'%s' expects <type> to either be 'path' or 'cpath'", c.Name())
	}
}

// cpuMap is "[auto:]<group>[/<threads>] <CPUs>...". Manual 3.1.
func cpuMap(c *conf.Context) {
	group, threads, _ := strings.Cut(strings.TrimPrefix(c.Text(0), "auto:"), "/")
	if c.NArgs() < 2 {
		c.Alertf(c.Arg, "cpu-map expects a thread group number ('all', 'odd', 'even', a number from 1 to 64 or a range), followed by a list of CPU ranges.")
		return
	}
	for _, w := range []string{group, threads} {
		if !slices.Contains([]string{"", "all", "odd", "even"}, w) && !isRange(w) {
			c.Alertf(c.Arg, "cpu-map : '%s' is not a valid number/range.", w)
			return
		}
	}
	for i := 1; i < c.NArgs(); i++ {
		for w := range strings.SplitSeq(c.Text(i), ",") {
			if !isRange(w) {
				c.Alertf(c.Arg+i, "cpu-map : '%s' is not a CPU range.", w)
				return
			}
		}
	}
}

// isRange reports "<n>" and "<n>-[<m>]".
func isRange(w string) bool {
	low, high, _ := strings.Cut(w, "-")
	_, ok := leadingInt(low)
	_, ok2 := leadingInt(high)
	return ok && (ok2 || high == "")
}

// positiveFirst is positive where further words are not looked at.
func positiveFirst(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'%s' expects an integer argument.", c.Name())
	} else if n, _ := leadingInt(c.Text(0)); n < 0 {
		c.Alertf(c.Arg, "'%s' expects a positive numeric value.", c.Name())
	}
}
