package actions

import (
	"segue/internal/lb"
	"segue/internal/rule"
	"segue/internal/stream"
)

// verdictRows are the actions that only end a rule set.
func verdictRows() []rule.Action {
	return []rule.Action{
		{Doc: doc("accept", "", "Stops the evaluation of the rules and lets the connection pass."), Sets: tcpReq | tcpRes, Final: true, Parse: parseAccept},
		{Doc: doc("allow", "", "Stops the evaluation of the rules and lets the message pass."), Sets: httpAll, Final: true, Parse: parseAccept},
		{Doc: doc("close", "", "Closes the connection to the server."), Sets: tcpRes, Final: true, Parse: parseClose},
		{Doc: doc("reject", "", "Closes the connection without an answer."), Sets: tcpReq | tcpRes | httpReq, Final: true, Parse: parseReject},
		{Doc: doc("silent-drop", "[ rst-ttl <ttl> ]", "Makes the connection disappear without telling the client."), Sets: tcpReq | tcpRes | httpBoth, Final: true, Parse: parseSilentDrop},
		{Doc: doc("strict-mode", "{ on | off }", "Says whether a failed rewrite is an error for the rules that follow."), Sets: httpAll, Parse: parseStrict},
	}
}

type accept struct{}

func parseAccept(*rule.Parser) lb.Action { return accept{} }

// Exec implements lb.Action.
func (accept) Exec(*lb.Stream) lb.Verdict { return lb.Stop }

type reject struct {
	connection bool // no stream exists yet
	content    bool // of tcp-request content
}

func parseReject(p *rule.Parser) lb.Action {
	return reject{connection: rule.In(p.Set)&tcpReq&^tcpCont != 0, content: rule.In(p.Set)&tcpCont != 0}
}

// Exec implements lb.Action. Connection and session rules are counted by their
// caller, because no stream exists yet.
func (r reject) Exec(s *lb.Stream) lb.Verdict {
	switch {
	case r.connection:
	case s.Dir == lb.Response:
		denied(s)
		s.SetTerm('P', 'D') // whatever the mode, as in HAProxy
		drop(s)
	case r.content:
		deniedFront(s) // a backend's content rules count for the frontend alone
		drop(s)
	default:
		denied(s)
		drop(s)
	}
	return lb.Abort
}

// drop makes the log line that of a request that nobody looked at: no status,
// no times. Facts of HAProxy 3.4's logs.
func drop(s *lb.Stream) {
	s.SetTerm('P', phase(s))
	if s.Flags&lb.IsTCP == 0 {
		s.Status = -1
		if s.Dir == lb.Response {
			s.ResHeadDone = -1
		} else {
			s.HeadDone = -1
		}
	}
	s.Flags |= lb.CloseClient | lb.CloseServer
}

type closeServer struct{}

func parseClose(*rule.Parser) lb.Action { return closeServer{} }

// Exec implements lb.Action. A response that has lost its server is none.
func (closeServer) Exec(s *lb.Stream) lb.Verdict {
	s.Flags |= lb.CloseServer
	if s.Flags&lb.IsTCP == 0 && s.Server != nil {
		s.ResHeadDone = -1
		s.SetTerm('S', 'H')
		s.Server.State.FailedResp.Add(1)
		s.Back.Back.FailedResp.Add(1)
		return stream.Error(s, 502)
	}
	return lb.Stop
}

type strict struct{ on bool }

func parseStrict(p *rule.Parser) lb.Action {
	if p.Left() == 0 {
		return p.Fail("expects exactly 1 arguments")
	}
	switch w := p.Next(); w {
	case "on", "off":
		return strict{on: w == "on"}
	default:
		return p.Fail("Unexpected value '%s'. Only 'on' and 'off' are supported", w)
	}
}

// Exec implements lb.Action.
func (a strict) Exec(s *lb.Stream) lb.Verdict {
	s.Flags &^= lb.LaxRewrite
	if !a.on {
		s.Flags |= lb.LaxRewrite
	}
	return lb.Continue
}
