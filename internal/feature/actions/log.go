package actions

import (
	"strconv"

	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/rule"
	"segue/internal/sample"
	"segue/internal/syslog"
)

// logRows are the actions on logs and captures.
func logRows() []rule.Action {
	return []rule.Action{
		{Doc: doc("capture", "<sample> [ len <length> | id <id> ]", "Keeps a value for the log."), Sets: tcpCont | httpBoth, Parse: parseCapture},
		{Doc: doc("do-log", "[profile <log_profile>]", "Writes a log line now."), Sets: tcpReq | tcpRes | httpAll, Parse: parseDoLog},
		{Doc: doc("set-log-level", "<level>", "Sets the level of the stream's log line."), Sets: tcpCont | tcpRes | httpAll, Parse: parseLevel},
	}
}

type logLevel struct{ level int }

func parseLevel(p *rule.Parser) lb.Action {
	w := p.Next()
	if w == "silent" {
		return logLevel{-1}
	}
	l, ok := syslog.ParseLevel(w)
	if !ok {
		return p.Fail("expects exactly 1 argument (log level name or 'silent')")
	}
	return logLevel{int(l) + 1}
}

// Exec implements lb.Action.
func (a logLevel) Exec(s *lb.Stream) lb.Verdict {
	s.Level = a.level
	return lb.Continue
}

type capture struct {
	expr *sample.Expr
	dir  int // 0 request, 1 response
	slot int
}

// parseCapture declares a slot ("len") or names one ("id").
func parseCapture(p *rule.Parser) lb.Action {
	if p.Set == conf.TCPReqCont {
		return parseTCPCapture(p)
	}
	dir, usage := 0, "expects <expression> [ 'len' <length> | id <idx> ]"
	if p.Set == conf.HTTPRes {
		dir, usage = 1, "expects <expression> id <idx>"
	}
	if p.AtCond() {
		return p.Fail("%s", usage)
	}
	if !p.Args(3) {
		return p.Fail("%s", usage)
	}
	a := &capture{expr: p.Expr(), dir: dir}
	if a.expr == nil {
		return nil
	}
	switch w := p.Next(); {
	case w == "id":
		return a.byID(p)
	case w == "" && dir == 0:
		return p.Fail("expects 'len or 'id'")
	case dir == 1:
		return p.Fail("expects 'id', found '%s'", w)
	case w != "len":
		return p.Fail("expects 'len' or 'id', found '%s'", w)
	case p.Proxy.Front == nil:
		return p.Fail("proxy '%s' has no frontend capability", p.Proxy.Name)
	case p.Left() == 0:
		return p.Fail("missing length value")
	}
	return a.declare(p)
}

// parseTCPCapture is the form of tcp-request content, which only declares.
func parseTCPCapture(p *rule.Parser) lb.Action {
	const what = "'tcp-request content capture' : "
	if p.Proxy.Front == nil {
		return p.Fail(what+"proxy '%s' has no frontend capability", p.Proxy.Name)
	}
	a := &capture{expr: p.Expr()}
	switch {
	case a.expr == nil:
		return nil
	case p.Peek() != "len":
		return p.Fail(what + "a positive 'len' argument is mandatory")
	}
	p.Next()
	if p.Left() == 0 {
		return p.Fail(what + "missing length value")
	}
	if n, _ := strconv.Atoi(leadingDigits(p.Peek())); n <= 0 {
		return p.FailAt(p.At(), what+"length must be > 0")
	}
	if p.Proxy.Conf.InspectDelay == 0 && a.expr.Where()&sample.FrontSess == 0 {
		p.Diag.Add(diag.Entry{Sev: diag.Warning, Bare: true, Form: diag.FormHidden, Pos: p.Line.Line.Pos(0), Msg: p.Proxy.Conf.TypeName() + " '" + p.Proxy.Name +
			"' : a 'tcp-request capture' rule explicitly depending on request contents without any 'tcp-request inspect-delay' setting. " +
			"This means that this rule will randomly find its contents. This can be fixed by setting the tcp-request inspect-delay."})
	}
	return a.declare(p)
}

// declare makes a new slot of the proxy.
func (a *capture) declare(p *rule.Parser) lb.Action {
	n, _ := strconv.Atoi(leadingDigits(p.Next()))
	if n <= 0 {
		return p.Fail("length must be > 0")
	}
	list := &p.Proxy.Captures[a.dir]
	if p.Line != nil && p.Line.Def != "" {
		for i := range *list {
			if (*list)[i].Len == 0 && (*list)[i].Name == "" { // reserved for us
				a.slot, (*list)[i].Len = i, n
				return a
			}
		}
	}
	a.slot = len(*list)
	*list = append(*list, lb.Capture{ID: htx.Other, Len: n})
	return a
}

// byID names a slot. That of a frontend must exist; a backend's rules find out
// when they run.
func (a *capture) byID(p *rule.Parser) lb.Action {
	if p.Left() == 0 {
		return p.Fail("missing id value")
	}
	w := p.Next()
	n, err := strconv.Atoi(w)
	if err != nil || n < 0 {
		return p.Fail("cannot parse id '%s'", w)
	}
	a.slot = n
	if p.Proxy.Front != nil && n >= len(p.Proxy.Captures[a.dir]) {
		late(p, "unable to find capture id '"+w+"' referenced by "+phrase(p.Set)+" capture rule")
	}
	return a
}

// Exec implements lb.Action.
func (a *capture) Exec(s *lb.Stream) lb.Verdict {
	if a.slot >= len(s.Front.Captures[a.dir]) {
		return lb.Continue
	}
	for len(s.Captured[a.dir]) <= a.slot {
		// a slot behind the length may still have memory of an earlier stream
		if c := s.Captured[a.dir]; len(c) < cap(c) {
			s.Captured[a.dir] = c[:len(c)+1]
			s.Captured[a.dir][len(c)] = s.Captured[a.dir][len(c)][:0]
			continue
		}
		s.Captured[a.dir] = append(s.Captured[a.dir], nil)
	}
	at := sample.Mark(s.Thread)
	v := sample.Take(s)
	if a.expr.EvalAs(s, sample.Str, v) {
		n := min(len(v.Bytes), s.Front.Captures[a.dir][a.slot].Len)
		slot := &s.Captured[a.dir][a.slot]
		*slot = append((*slot)[:0], v.Bytes[:n]...)
	}
	sample.Give(s)
	sample.Release(s.Thread, at)
	return lb.Continue
}
