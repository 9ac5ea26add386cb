package actions

import (
	"errors"
	"strings"
	"time"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/rule"
	"segue/internal/sample"
	"segue/internal/stream"
	"segue/internal/unit"
)

// timingRows are the actions that wait or change how long others wait.
func timingRows() []rule.Action {
	return []rule.Action{
		{Doc: doc("pause", "{ <timeout> | <expr> }", "Suspends the stream."), Sets: httpBoth, Parse: parsePause},
		{Doc: doc("set-timeout", "{ client | connect | queue | server | tarpit | tunnel } { <timeout> | <expr> }", "Changes a timeout of the stream."), Sets: httpBoth, Parse: parseTimeout},
		{Doc: doc("wait-for-body", "time <time> [ at-least <bytes> ] [ use-large-buffer ]", "Waits for the body of the message."), Sets: httpBoth, Parse: parseWait},
		{Doc: doc("wait-for-handshake", "", "Waits for the TLS handshake, which has always ended here."), Sets: httpReq, Parse: parseNothing},
	}
}

type nothing struct{}

func parseNothing(*rule.Parser) lb.Action { return nothing{} }

// Exec implements lb.Action.
func (nothing) Exec(*lb.Stream) lb.Verdict { return lb.Continue }

// delay is a time that is given in the configuration or by an expression that
// counts ms.
type delay struct {
	fixed time.Duration
	expr  *sample.Expr
}

// parseDelay reads a time or an expression. what ends the messages.
func parseDelay(p *rule.Parser, what string) (d delay, ok bool) {
	w := p.Peek()
	if w == "" || !strings.ContainsAny(w[:1], "0123456789") {
		if w == "" || p.Scope.Words.Fetch(fetchName(w)) == nil {
			bad := ""
			if w != "" {
				bad = w[:1]
			}
			p.FailAt(p.At(), "unexpected character '%s' in rule '%s'", bad, what)
			return d, false
		}
		d.expr = p.Expr()
		return d, d.expr != nil
	}
	p.Next()
	t, err := unit.ParseTime(w, time.Millisecond)
	switch {
	case errors.Is(err, unit.ErrOverflow):
		p.Fail("timer overflow in argument '%s' to rule '%s' (maximum value is 2147483647 ms or ~24.8 days)", w, what)
		return d, false
	case errors.Is(err, unit.ErrUnderflow):
		p.Fail("timer underflow in argument '%s' to rule '%s' (minimum value is 1 ms)", w, what)
		return d, false
	case err != nil:
		p.Fail("unexpected character '%s' in rule '%s'", badTimeByte(w), what)
		return d, false
	case t == 0:
		p.Fail("null value is not valid for a '%s' rule", what)
		return d, false
	}
	d.fixed = t
	return d, true
}

// fetchName is the part of an expression before its arguments and converters.
func fetchName(w string) string {
	if i := strings.IndexAny(w, "(,"); i >= 0 {
		return w[:i]
	}
	return w
}

// badTimeByte is the first byte of a time that is no digit.
func badTimeByte(w string) string {
	for i := range len(w) {
		if w[i]-'0' > 9 {
			return w[i : i+1]
		}
	}
	return ""
}

// get returns the time in ns; false if the expression has no positive value.
func (d *delay) get(s *lb.Stream) (int64, bool) {
	if d.expr == nil {
		return int64(d.fixed), true
	}
	n, ok := number(s, d.expr, 0)
	if !ok || n <= 0 || n > maxMs {
		return 0, false
	}
	return n * int64(time.Millisecond), true
}

// maxMs is the longest time that the language can express.
const maxMs = 1<<31 - 1

type pause struct{ delay }

func parsePause(p *rule.Parser) lb.Action {
	d, ok := parseDelay(p, "pause")
	if !ok {
		return nil
	}
	return &pause{d}
}

// Exec implements lb.Action.
func (a *pause) Exec(s *lb.Stream) lb.Verdict {
	d, ok := a.get(s)
	if ok && !s.Task.Sleep(d) {
		return lb.Abort
	}
	return lb.Continue
}

// timeouts gives each name that set-timeout knows its field and its side.
var timeouts = map[string]struct {
	field func(*lb.Timeouts) *int64
	side  conf.Caps // 0: either
}{
	"client":  {func(t *lb.Timeouts) *int64 { return &t.Client }, conf.FrontCap},
	"connect": {func(t *lb.Timeouts) *int64 { return &t.Connect }, conf.BackCap},
	"queue":   {func(t *lb.Timeouts) *int64 { return &t.Queue }, conf.BackCap},
	"server":  {func(t *lb.Timeouts) *int64 { return &t.Server }, conf.BackCap},
	"tarpit":  {func(t *lb.Timeouts) *int64 { return &t.Tarpit }, 0},
	"tunnel":  {func(t *lb.Timeouts) *int64 { return &t.Tunnel }, conf.BackCap},
}

type setTimeout struct {
	delay
	field func(*lb.Timeouts) *int64
}

func parseTimeout(p *rule.Parser) lb.Action {
	if !p.Args(2) {
		return p.Fail("expects exactly 2 arguments")
	}
	name := p.Next()
	t, ok := timeouts[name]
	if !ok {
		return p.Fail("'set-timeout' rule supports 'client'/'connect'/'queue'/'server'/'tarpit'/'tunnel' (got '%s')", name)
	}
	d, ok := parseDelay(p, "set-timeout "+name)
	if !ok {
		return nil
	}
	switch {
	case t.side == conf.BackCap && p.Proxy.Back == nil:
		return p.Fail("'%s' has no backend capability", p.Proxy.Name)
	case t.side == conf.FrontCap && p.Proxy.Front == nil:
		return p.Fail("'%s' has no frontend capability", p.Proxy.Name)
	}
	return &setTimeout{d, t.field}
}

// Exec implements lb.Action.
func (a *setTimeout) Exec(s *lb.Stream) lb.Verdict {
	if d, ok := a.get(s); ok {
		*a.field(&s.Timeouts) = d
	}
	return lb.Continue
}

type waitBody struct {
	timeout int64 // ns
	atLeast int   // bytes, 0 = all
}

const waitUsage = "expects time <time> [ at-least <bytes> ]"

func parseWait(p *rule.Parser) lb.Action {
	a, timed := &waitBody{}, false
	for !p.AtCond() {
		switch p.Peek() {
		case "time":
			p.Next()
			if p.Left() == 0 {
				return p.Fail("missing argument for '%s'", "time")
			}
			w := p.Next()
			t, err := unit.ParseTime(w, time.Millisecond)
			switch {
			case errors.Is(err, unit.ErrOverflow):
				return p.Fail("time overflow (maximum value is 2147483647 ms or ~24.8 days)")
			case errors.Is(err, unit.ErrUnderflow):
				return p.Fail("time underflow (minimum non-null value is 1 ms)")
			case err != nil:
				return p.Fail("unexpected character '%s'", badTimeByte(w))
			}
			a.timeout, timed = int64(t), true // 0 is no limit
			continue
		case "at-least":
			p.Next()
			if p.Left() == 0 {
				return p.Fail("missing argument for '%s'", "at-least")
			}
			w := p.Next()
			n, err := unit.ParseSize(w)
			if err != nil {
				return p.Fail("unexpected character '%s'", badTimeByte(w))
			}
			a.atLeast = int(n)
			continue
		case "use-large-buffer":
			p.Next()
			continue
		}
		break
	}
	if !timed {
		return p.Fail(waitUsage)
	}
	return a
}

// Exec implements lb.Action.
func (a *waitBody) Exec(s *lb.Stream) lb.Verdict {
	if s.Dir == lb.Response {
		if !stream.WaitResponse(s, a.atLeast, a.timeout) {
			return lb.Answer
		}
		return lb.Continue
	}
	if !stream.WaitBody(s, a.atLeast, a.timeout) {
		return lb.Answer
	}
	return lb.Continue
}
