package core

import (
	"errors"
	"math"
	"strconv"
	"time"

	"segue/internal/catalog"
	"segue/internal/conf"
	"segue/internal/sched"
	"segue/internal/unit"
)

// tuneRows lists the tuning words of the global section. Manual 3.2.
func tuneRows() []catalog.Directive {
	type g = conf.Global
	row := func(name, args, text string, parse func(c *conf.Context)) catalog.Directive {
		return catalog.Directive{Doc: doc(name, args, "3.2", text), In: catalog.Global, Listed: name, Parse: parse}
	}
	size := func(name, text string, field func(g *g) *int) catalog.Directive {
		return row(name, "<size>", text, tuneSize(field))
	}
	num := func(name, text string, low, high int, field func(g *g) *int) catalog.Directive {
		return row(name, "<number>", text, tuneNumber(low, high, field))
	}
	rows := []catalog.Directive{
		row("tune.bufsize", "<size>", "Sets the size of buffers.", tuneBufSize),
		num("tune.http.cookielen", "Limits the length of captured cookies.", 0, math.MaxInt32, func(g *g) *int { return &g.Tune.CookieLen }),
		num("tune.http.logurilen", "Limits the length of logged URIs.", 0, math.MaxInt32, func(g *g) *int { return &g.Tune.LogURILen }),
		row("tune.http.maxhdr", "<number>", "Limits the header fields of a message.", tuneMaxHdr),
		row("tune.idletimer", "<timeout>", "Sets when a stream counts as idle.", globalTime(time.Millisecond, func(g *g) *time.Duration { return &g.Tune.IdleTimer })),
		row("tune.idle-pool.shared", "{ full | on | off }", "Says whether threads take each other's idle connections.", tuneIdleShared),
		num("tune.max-checks-per-thread", "Limits the checks that run at a time.", 0, math.MaxInt32, func(g *g) *int { return &g.Tune.MaxChecksPerThread }),
		row("tune.maxaccept", "<number>", "Limits the connections accepted in a row.", tuneMaxAccept),
		num("tune.maxpollevents", "Limits the events taken in a row.", 0, 1000000, func(g *g) *int { return &g.Tune.MaxPollEvents }),
		num("tune.maxrewrite", "Sets the space kept for rewriting heads.", 0, math.MaxInt32, func(g *g) *int { return &g.Tune.MaxRewrite }),
		num("tune.pattern.cache-size", "Sets the size of the patterns' cache.", 0, math.MaxInt32, func(g *g) *int { return &g.Tune.PatternCache }),
		size("tune.notsent-lowat.client", "Limits what waits unsent in the kernel's buffer of clients.", func(g *g) *int { return &g.Tune.UnsentClient }),
		size("tune.notsent-lowat.server", "Limits what waits unsent in the kernel's buffer of servers.", func(g *g) *int { return &g.Tune.UnsentServer }),
		size("tune.pipesize", "Sets the size of kernel pipes.", func(g *g) *int { return &g.Tune.PipeSize }),
		num("tune.pool-high-fd-ratio", "Sets the share of descriptors at which idle connections are closed.", 0, 100, func(g *g) *int { return &g.Tune.PoolHighFDRatio }),
		num("tune.pool-low-fd-ratio", "Sets the share of descriptors above which idle connections are not kept.", 0, 100, func(g *g) *int { return &g.Tune.PoolLowFDRatio }),
		size("tune.rcvbuf.client", "Sets the kernel's receive buffer of clients.", func(g *g) *int { return &g.Tune.RcvBufClient }),
		size("tune.rcvbuf.server", "Sets the kernel's receive buffer of servers.", func(g *g) *int { return &g.Tune.RcvBufServer }),
		num("tune.recv_enough", "Sets how much a read must return to go on.", 0, math.MaxInt32, func(g *g) *int { return &g.Tune.RecvEnough }),
		num("tune.runqueue-depth", "Limits the tasks run in a row.", 0, math.MaxInt32, func(g *g) *int { return &g.Tune.RunQueueDepth }),
		size("tune.sndbuf.client", "Sets the kernel's send buffer of clients.", func(g *g) *int { return &g.Tune.SndBufClient }),
		size("tune.sndbuf.server", "Sets the kernel's send buffer of servers.", func(g *g) *int { return &g.Tune.SndBufServer }),
		row("tune.stick-counters", "<number>", "Sets the number of tracked entries of a stream.", tuneStickCounters),
	}
	for i, scope := range []string{"global", "proc", "sess", "txn", "reqres", "check"} {
		name := "tune.vars." + scope + "-max-size"
		rows = append(rows, row(name, "<size>", "Limits the memory of "+scope+" variables.", tuneVars(i)))
	}
	return rows
}

// tuneIdleShared: "on" and "full" are the same, because there are no groups of
// threads.
func tuneIdleShared(c *conf.Context) {
	switch w := c.Text(0); w {
	case "on", "full", "off":
		c.Model.Global.Tune.OwnIdle = w == "off"
	default:
		c.Alertf(c.Arg, "'%s' expects 'full', 'on' or 'off' but got '%s'.", c.Name(), w)
	}
}

// tuneSize is the parser of a word with a size.
func tuneSize(field func(g *conf.Global) *int) func(c *conf.Context) {
	return func(c *conf.Context) {
		if !atMost(c, 1) {
			return
		}
		if c.Text(0) == "" {
			c.Alertf(c.Arg, "'%s' expects an integer argument", c.Name())
			return
		}
		n, err := unit.ParseSize(c.Text(0))
		var se *unit.SizeError
		if errors.As(err, &se) && !se.Over {
			c.Alertf(c.Arg, "unexpected '%s' after size passed to '%s'", se.Rest(), c.Name())
			return
		}
		if err != nil || n > math.MaxInt32 {
			c.Alertf(c.Arg, "'%s' must be between 0 and %d", c.Name(), math.MaxInt32)
			return
		}
		*field(&c.Model.Global) = int(n)
	}
}

const (
	minBufSize = 1024                     // HAProxy does not start below either
	maxBufSize = sched.ScratchSize - 4096 // what a loop receives into, less room for framing
)

// tuneBufSize reads HAProxy's range and then refuses what a loop cannot hold.
func tuneBufSize(c *conf.Context) {
	var n int
	before := c.Diag.Errors()
	tuneSize(func(*conf.Global) *int { return &n })(c)
	switch {
	case c.Diag.Errors() > before:
	case n == 0:
		c.Alertf(c.Arg, "'tune.bufsize' expects a positive integer argument.")
	case n > math.MaxInt32-16:
		c.Alertf(c.Arg, "'tune.bufsize' expects a size in bytes from 0 to %d.", math.MaxInt32-16)
	case n < minBufSize || n > maxBufSize:
		c.Alertf(c.Arg, "'tune.bufsize' must be between %d and %d in this version.", minBufSize, maxBufSize)
	default:
		c.Model.Global.Tune.BufSize = n
	}
}

// tuneNumber is the parser of a word with a number between low and high.
func tuneNumber(low, high int, field func(g *conf.Global) *int) func(c *conf.Context) {
	return func(c *conf.Context) {
		if !atMost(c, 1) {
			return
		}
		if c.Text(0) == "" {
			c.Alertf(c.Arg, "'%s' expects an integer argument.", c.Name())
			return
		}
		n := number(c, c.Arg)
		if n < low || n > high {
			c.Alertf(c.Arg, "'%s' expects a numeric value between %d and %s", c.Name(), low, strconv.Itoa(high))
			return
		}
		*field(&c.Model.Global) = n
	}
}

// tuneVars is the parser of the variables' limits; i is the scope's place in
// Tune.VarsLimit.
func tuneVars(i int) func(c *conf.Context) {
	return func(c *conf.Context) {
		spare(c, 1)
		n, err := unit.ParseSize(c.Text(0))
		if c.Text(0) != "" && (err != nil || n > math.MaxInt32) {
			c.Alertf(c.Arg, "%s: '%s' is an invalid size", c.Name(), c.Text(0))
			return
		}
		c.Model.Global.Tune.VarsLimit[i] = int(n)
	}
}

// tuneStickCounters: 0 turns tracking off.
func tuneStickCounters(c *conf.Context) {
	spare(c, 1)
	n, ok := leadingInt(c.Text(0))
	if c.Text(0) != "" && (!ok || n < 0 || n > 100) {
		c.Alertf(c.Arg, "%s: '%s' is an invalid number", c.Name(), c.Text(0))
		return
	}
	c.Model.Global.Tune.StickCounters = n
}

// tuneMaxAccept: -1 and everything below is no limit.
func tuneMaxAccept(c *conf.Context) {
	if !atMost(c, 1) {
		return
	}
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'%s' expects an integer argument", c.Name())
		return
	}
	if n, err := strconv.ParseInt(c.Text(0), 10, 64); errors.Is(err, strconv.ErrRange) || n > math.MaxInt32 {
		c.Alertf(c.Arg, "'%s' expects -1 or an integer from 0 to INT_MAX.", c.Name())
		return
	}
	c.Model.Global.Tune.MaxAccept = max(number(c, c.Arg), -1)
}

func tuneMaxHdr(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'%s' expects an integer argument.", c.Name())
		return
	}
	n := number(c, c.Arg)
	if n < 1 || n > 32767 {
		c.Alertf(c.Arg, "'tune.http.maxhdr' expects a numeric value between 1 and 32767")
		return
	}
	if atMost(c, 1) {
		c.Model.Global.Tune.MaxHdr = n
	}
}
