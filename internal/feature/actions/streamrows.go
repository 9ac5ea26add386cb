package actions

import (
	"strconv"
	"strings"

	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/keyword"
	"segue/internal/lb"
	"segue/internal/rule"
	"segue/internal/sample"
)

// streamRows are the actions on the stream's way to a server.
func streamRows() []rule.Action {
	return []rule.Action{
		{Doc: doc("disable-l7-retry", "", "Forbids retries of the request after it was sent."), Sets: httpReq, Parse: parseNoRetry},
		{Doc: doc("expect-netscaler-cip", "layer4", "Expects a NetScaler Client IP header from the client."), Sets: rule.In(conf.TCPReqConn), Parse: parseExpect("expect-netscaler-cip", lb.ExpectCIP)},
		{Doc: doc("expect-proxy", "layer4", "Expects a PROXY header from the client."), Sets: rule.In(conf.TCPReqConn), Parse: parseExpect("expect-proxy", lb.ExpectProxy)},
		{Doc: doc("set-nice", "<nice>", "Accepted; tasks of a loop share it equally here."), Sets: tcpCont | tcpRes | httpBoth, Parse: parseNice},
		{Doc: doc("set-priority-class", "<expr>", "Sets the class of the stream in queues."), Sets: tcpCont | httpReq, Parse: parsePriority(true)},
		{Doc: doc("set-priority-offset", "<expr>", "Moves the stream in queues by ms."), Sets: tcpCont | httpReq, Parse: parsePriority(false)},
		{Doc: doc("set-retries", "<int> | <expr>", "Sets how often the stream may be tried again."), Sets: tcpCont | httpReq, Parse: parseRetries},
		{Doc: doc("switch-mode", "http [ proto <name> ]", "Goes on as HTTP."), Sets: rule.In(conf.TCPReqCont), Parse: parseSwitchMode},
		{Doc: doc("use-service", "<service-name>", "Lets a service answer."), Sets: tcpCont | httpReq, Final: true, Parse: parseService},
	}
}

// late reports what HAProxy finds only after reading, without a place.
func late(p *rule.Parser, msg string) {
	p.Diag.Add(diag.Entry{Sev: diag.Alert, Form: diag.FormHidden, Bare: true, Pos: p.Line.Line.Pos(p.Line.From),
		Msg: "Proxy '" + p.Proxy.Name + "': " + msg + "."})
}

type noRetry struct{}

func parseNoRetry(*rule.Parser) lb.Action { return noRetry{} }

// Exec implements lb.Action.
func (noRetry) Exec(s *lb.Stream) lb.Verdict {
	s.Flags |= lb.NoL7Retry
	return lb.Continue
}

// expect says which header comes before the first bytes of a connection.
type expect struct{ what lb.SessionFlags }

func parseExpect(name string, what lb.SessionFlags) func(p *rule.Parser) lb.Action {
	return func(p *rule.Parser) lb.Action {
		if p.Peek() != "layer4" {
			owner := p.Proxy.Conf.Kind
			if owner == "listen" {
				owner = "proxy"
			}
			owner += " '" + p.Proxy.Name + "'"
			return p.FailAt(p.At(), "'tcp-request connection %s' only supports 'layer4' in %s (got '%s')", name, owner, p.Peek())
		}
		p.Next()
		return expect{what}
	}
}

// Exec implements lb.Action.
func (e expect) Exec(s *lb.Stream) lb.Verdict {
	s.Session.Flags |= e.what
	return lb.Continue
}

type switchMode struct{}

// parseSwitchMode reads "http [ proto <name> ]".
func parseSwitchMode(p *rule.Parser) lb.Action {
	const name = "'tcp-request switch-mode'"
	if p.AtCond() {
		return p.FailAt(p.At(), name+" expects a mode as argument.")
	}
	if w := p.Peek(); w != "http" {
		return p.FailAt(p.At(), name+" expects a valid mode (got '%s').", w)
	}
	p.Next()
	if p.Peek() == "proto" {
		p.Next()
		switch w := p.Peek(); w {
		case "":
			return p.FailAt(p.At(), name+": 'proto' expects a protocol as argument.")
		case "h1":
		case "h2":
			return p.FailAt(p.At(), "'switch-mode http proto h2' is not built yet in this version.")
		default:
			return p.FailAt(p.At(), name+": 'proto' expects a valid MUX protocol, if specified (got '%s')", w)
		}
		p.Next()
	}
	return switchMode{}
}

// Exec implements lb.Action. The rules after it are those of the requests: for
// each of them the TCP rules begin again and end here again.
func (switchMode) Exec(s *lb.Stream) lb.Verdict {
	if s.Flags&lb.IsTCP != 0 {
		s.Flags |= lb.ToHTTP
	}
	return lb.Stop
}

func parseNice(p *rule.Parser) lb.Action {
	if p.AtCond() {
		return p.Fail("expects exactly 1 argument (integer value)")
	}
	p.Next()
	return nothing{}
}

type priority struct {
	expr  *sample.Expr
	class bool
}

func parsePriority(class bool) func(p *rule.Parser) lb.Action {
	return func(p *rule.Parser) lb.Action {
		e := p.Expr()
		if e == nil {
			return nil
		}
		return &priority{e, class}
	}
}

// Exec implements lb.Action.
func (a *priority) Exec(s *lb.Stream) lb.Verdict {
	n, ok := number(s, a.expr, 0)
	if !ok {
		return lb.Continue
	}
	if a.class {
		s.SetPriorityClass(n)
	} else {
		s.SetPriorityOffset(n)
	}
	return lb.Continue
}

type service struct{ svc lb.Service }

// parseService finds the service among those that the table of actions offers.
func parseService(p *rule.Parser) lb.Action {
	if p.Left() == 0 {
		return p.Fail("'use-service' expects a service name.")
	}
	name := p.Next()
	svc := p.Service(name)
	if svc == nil {
		if d, ok := keyword.Later("service", name); ok {
			return p.Fail("%s", strings.TrimSuffix(d.Say("service '"+name+"'"), ".")) // Fail ends the sentence
		}
		return p.Fail("'%s' unknown service name.", name)
	}
	return &service{svc}
}

// Exec implements lb.Action.
func (a *service) Exec(s *lb.Stream) lb.Verdict {
	s.SetTerm('L', phase(s))
	s.Service = a.svc
	return lb.Answer
}

type retries struct {
	expr  *sample.Expr
	fixed int64
}

// parseRetries reads a number from 0 to 100 or an expression.
func parseRetries(p *rule.Parser) lb.Action {
	if p.Proxy.Back == nil {
		return p.Fail("'set-retries' only available in backend or listen section")
	}
	if p.Left() == 0 {
		return p.Fail("expects an argument")
	}
	if n, err := strconv.Atoi(p.Peek()); err == nil {
		p.Next()
		if n < 0 || n > 100 {
			return p.Fail("expects an integer in the range [0, 100]")
		}
		return &retries{fixed: int64(n)}
	}
	e := p.Expr()
	if e == nil {
		return nil
	}
	return &retries{expr: e}
}

// Exec implements lb.Action.
func (a *retries) Exec(s *lb.Stream) lb.Verdict {
	if n, ok := number(s, a.expr, a.fixed); ok && n >= 0 && n <= 100 {
		s.MaxRetries = int(n) + 1
	}
	return lb.Continue
}
