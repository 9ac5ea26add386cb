package core

import (
	"errors"
	"slices"
	"strings"
	"time"

	"segue/internal/conf"
	"segue/internal/unit"
)

// The words of the poller and the memory of HAProxy whose arguments have a
// shape of their own. They do nothing here, but a file that HAProxy refuses is
// refused with the same words, so that it can go back. Manual 3.

// gone is the parser of a word that HAProxy does not know any more.
func gone(now string) func(c *conf.Context) {
	return func(c *conf.Context) {
		c.Alertf(c.Arg, "option '%s' is not supported any more%s.", c.Name(), now)
	}
}

// experimental lets a word pass that HAProxy wants to be allowed before.
func experimental(parse func(c *conf.Context)) func(c *conf.Context) {
	return func(c *conf.Context) {
		if !c.Model.Global.ExposeExperimental {
			c.Alertf(c.Arg, "'%s' directive is experimental, must be allowed via a global 'expose-experimental-directives'", c.Name())
			return
		}
		parse(c)
	}
}

// A span is the range of a number. HAProxy drops what follows the digits, and
// takes a missing number for 0, unless the word says otherwise.
type span struct {
	low, high   int
	whole, need bool   // nothing may follow the digits; there must be an argument
	say         string // %s stands for the argument
}

func (s span) parse(c *conf.Context) {
	if !atMost(c, 1) {
		return
	}
	w := c.Text(0)
	n, ok := leadingInt(w)
	if w == "" && !s.need && s.low <= 0 {
		return
	}
	if w == "" && s.need || s.whole && !ok || n < s.low || n > s.high {
		c.Alertf(c.Arg, "'%s' %s", c.Name(), strings.ReplaceAll(s.say, "%s", w))
	}
}

// cpuPolicies are the values of "cpu-policy".
const cpuPolicies = "none performance group-by-ccx group-by-2-ccx group-by-3-ccx group-by-4-ccx group-by-cluster group-by-2-clusters " +
	"group-by-3-clusters group-by-4-clusters efficiency first-usable-node resource"

// firstOf is the parser of a word whose first argument is one of a few.
func firstOf(known, say string) func(c *conf.Context) {
	return func(c *conf.Context) {
		if !slices.Contains(strings.Fields(known), c.Text(0)) {
			c.Alertf(c.Arg, "'%s' %s", c.Name(), strings.ReplaceAll(say, "%s", c.Text(0)))
		}
	}
}

// needs is the parser of a word that cannot be without an argument.
func needs(say string) func(c *conf.Context) {
	return func(c *conf.Context) {
		if c.Text(0) == "" {
			c.Alertf(c.Arg, "'%s' %s", c.Name(), say)
		}
	}
}

func directory(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "global statement '%s' expects a directory path as an argument.", c.Name())
		return
	}
	atMost(c, 1)
}

// baseOf is directory for a word whose value others need.
func baseOf(field func(g *conf.Global) *string) func(c *conf.Context) {
	return func(c *conf.Context) {
		errors := c.Diag.Errors()
		if directory(c); c.Diag.Errors() == errors {
			*field(&c.Model.Global) = c.Text(0)
		}
	}
}

func cpuSet(c *conf.Context) {
	const known = "reset only-cpu drop-cpu only-node drop-node only-cluster drop-cluster only-core drop-core only-thread drop-thread"
	list := "(only '" + strings.ReplaceAll(known, " ", "', '") + "' supported)."
	switch word := c.Text(0); {
	case word == "":
		c.Alertf(c.Arg, "'cpu-set' requires a directive and an optional value %s", list)
	case !slices.Contains(strings.Fields(known), word):
		c.Alertf(c.Arg, "'cpu-set' passed an unknown directive '%s' %s", word, list)
	}
}

// integerWord takes one integer of any size.
func integerWord(c *conf.Context) {
	if c.Name() != "thread-group" && !atMost(c, 1) {
		return
	}
	if _, ok := leadingInt(c.Text(0)); !ok {
		c.Alertf(c.Arg, "'%s' passed a missing or unparsable integer value in '%s'", c.Name(), c.Text(0))
	}
}

// codeRanges checks status codes: "[+-]{low[-{high}]}[,...]". Manual 3.1
// "http-err-codes".
func codeRanges(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "Missing status codes range for '%s'.", c.Name())
		return
	}
	for i := range c.NArgs() {
		word := c.Text(i)
		switch at, ok := codeRange(word); {
		case at >= 0:
			c.Alertf(c.Arg+i, "Invalid status codes range '%s' in '%s' at position %d. Ranges must be in the form [+-]{low[-{high}]}[,...].", word, c.Name(), at)
			return
		case !ok:
			c.Alertf(c.Arg+i, "Invalid status codes range '%s' in '%s'.", word, c.Name())
			return
		}
	}
}

// codeRange reads the ranges of one word. at is where a character does not fit,
// -1 if they all do; ok is false when a number is no status code.
func codeRange(word string) (at int, ok bool) {
	pos := 0
	if word[0] == '+' || word[0] == '-' {
		pos = 1
	}
	digits := func() (n int, found bool) {
		from := pos
		for pos < len(word) && word[pos] >= '0' && word[pos] <= '9' {
			n = min(n*10+int(word[pos]-'0'), 9999)
			pos++
		}
		return n, pos > from
	}
	for {
		low, found := digits()
		if !found {
			return pos, false
		}
		high := low
		if pos < len(word) && word[pos] == '-' {
			pos++
			if high, found = digits(); !found {
				return pos, false
			}
		}
		if low < 100 || high > 599 || low > high {
			return -1, false
		}
		if pos == len(word) {
			return -1, true
		}
		if word[pos] != ',' {
			return pos, false
		}
		pos++
	}
}

// oneOf is the parser of a word among some.
func oneOf(words, say string) func(c *conf.Context) {
	return func(c *conf.Context) {
		if !atMost(c, 1) {
			return
		}
		for w := range strings.FieldsSeq(words) {
			if c.Text(0) == w {
				return
			}
		}
		if c.Text(0) == "" && !strings.Contains(say, "but got") {
			c.Alertf(c.Arg, "'%s' %s", c.Name(), say)
			return
		}
		c.Alertf(c.Arg, "'%s' %s '%s'.", c.Name(), strings.Replace(say+", got", "but got, got", "but got", 1), c.Text(0))
	}
}

// allOf is the parser of a list of words; sep separates them inside a word.
func allOf(words, sep, say string) func(c *conf.Context) {
	known := strings.Fields(words)
	return func(c *conf.Context) {
		if c.NArgs() == 0 && sep == "," {
			return
		}
		for i := range max(1, c.NArgs()) {
			for _, w := range strings.Split(c.Text(i), sep) {
				found := false
				for _, k := range known {
					found = found || k == w
				}
				if !found {
					c.Alertf(c.Arg+i, "'%s' %s but got '%s'.", c.Name(), say, w)
					return
				}
			}
			if sep == "," && !atMost(c, 1) {
				return
			}
		}
	}
}

// blockedAfter reads the threshold of warnings about slow loops.
func blockedAfter(c *conf.Context) {
	if c.Text(0) == "" {
		c.Alertf(c.Arg, "'%s' expects <time> as argument between 1 and 1000 ms.", c.Name())
		return
	}
	d, err := unit.ParseTime(c.Text(0), time.Millisecond)
	switch {
	case errors.Is(err, unit.ErrOverflow):
		c.Alertf(c.Arg, "timer overflow in argument '%s' to '%s' (maximum value is 1000 ms)", c.Text(0), c.Name())
	case err != nil && d == 0:
		c.Alertf(c.Arg, "unexpected character '%s' in argument to <%s>.", badTail(c.Text(0)), c.Name())
	case d < time.Millisecond || d > time.Second:
		c.Alertf(c.Arg, "timer out of range in argument '%s' to '%s' (value must be between 1 and 1000 ms)", c.Text(0), c.Name())
	}
}

// shapedWords are those words with their parsers.
func shapedWords() map[string]func(c *conf.Context) {
	const nice = "only supports values between -20 and 19 inclusive (was given %s)"
	const whole = 1<<31 - 1
	return map[string]func(c *conf.Context){
		"ca-base":                       baseOf(func(g *conf.Global) *string { return &g.CABase }),
		"cpu-affinity":                  firstOf("per-core per-group per-thread per-ccx auto", "parsed an unknown directive '%s'. Known values are : per-core per-group per-thread per-ccx auto"),
		"cpu-policy":                    firstOf(cpuPolicies, "passed an unknown CPU policy '%s'. Supported values are: "+strings.ReplaceAll(cpuPolicies, " ", ", ")+"."),
		"cpu-set":                       cpuSet,
		"http-err-codes":                codeRanges,
		"http-fail-codes":               codeRanges,
		"key-base":                      directory,
		"max-threads-per-group":         span{0, 64, true, true, "value must be an integer between 1 and 64,  got '%s'"}.parse,
		"shm-stats-file":                needs("expect one argument: a file path."),
		"shm-stats-file-max-objects":    needs("expect one argument: max objects number."),
		"thread-group":                  integerWord,
		"tune.comp.maxlevel":            span{1, 9, false, true, "expects a numeric value between 1 and 9"}.parse,
		"tune.glitches.kill.cpu-usage":  span{0, 100, false, true, "expects a numeric value between 0 and 100"}.parse,
		"tune.h1.be.glitches-threshold": span{0, whole, false, false, "expects a positive numeric value."}.parse,
		"tune.h1.fe.glitches-threshold": span{0, whole, false, false, "expects a positive numeric value."}.parse,
		"force-cfg-parser-pause": experimental(func(c *conf.Context) {
			if atMost(c, 1) {
				duration(c, c.Arg, c.Name(), time.Millisecond)
			}
		}),
		"profiling.memory":                   shape(eitherOnOff).check,
		"profiling.tasks":                    allOf("on auto off lock no-lock memory no-memory", " ", "expects a combination of either 'on', 'auto', 'off', 'lock', 'no-lock', 'memory', or 'no-memory',"),
		"stress-level":                       span{0, 9, true, true, "level must be between 0 and 9 inclusive."}.parse,
		"tune.buffers.limit":                 span{0, whole, false, false, "expects a non-negative number but got '%s'."}.parse,
		"tune.buffers.reserve":               span{0, whole, false, false, "expects a non-negative number but got '%s'."}.parse,
		"tune.chksize":                       gone(" (tune.bufsize is used instead)"),
		"tune.epoll.mask-events":             allOf("err hup rdhup", ",", "expects a comma-delimited list of 'err', 'hup' and 'rdhup'"),
		"tune.events.max-events-at-once":     span{1, 10000, false, false, "expects an integer argument between 1 and 10000."}.parse,
		"tune.fail-alloc":                    span{0, 100, false, false, "expects a numeric value between 0 and 100."}.parse,
		"tune.fd.edge-triggered":             experimental(shape(eitherOnOff).check),
		"tune.listener.default-shards":       oneOf("by-process by-group by-thread", "expects either 'by-process', 'by-group', or 'by-thread' but got"),
		"tune.listener.multi-queue":          oneOf("on fair off", "expects either 'on', 'fair', or 'off' but got"),
		"tune.max-rules-at-once":             span{0, whole, false, true, "expects a positive numeric value"}.parse,
		"tune.memory.hot-size":               span{1, whole, false, false, "expects a strictly positive value."}.parse,
		"tune.renice.runtime":                span{-20, 19, true, false, nice}.parse,
		"tune.renice.startup":                span{-20, 19, true, false, nice}.parse,
		"tune.ring.queues":                   span{0, 16, false, false, "expects a number between 0 and 16 but got '%s'."}.parse,
		"tune.streams-elasticity":            elasticity,
		"tune.takeover-other-tg-connections": oneOf("none restricted full", "expects 'none', 'restricted', or 'full'"),
		"warn-blocked-traffic-after":         blockedAfter,
	}
}

// elasticity is 0 or a share of 100 % and more.
func elasticity(c *conf.Context) {
	if !atMost(c, 1) {
		return
	}
	if n, ok := leadingInt(c.Text(0)); !ok || n < 0 || n > 0 && n < 100 {
		c.Alertf(c.Arg, "'%s' expects 0 or a positive percentage value of 100 or above", c.Name())
	}
}
