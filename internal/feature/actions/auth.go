package actions

import (
	"segue/internal/conf"
	"segue/internal/htx"
	"segue/internal/lb"
	"segue/internal/rule"
	"segue/internal/stream"
)

type auth struct{ realm string }

func parseAuth(p *rule.Parser) lb.Action {
	a := &auth{}
	if p.Proxy != nil {
		a.realm = p.Proxy.Name
		// "stats http-request auth" asks in the name of the page.
		if st := p.Proxy.Conf.Stats; st != nil && p.Line != nil && p.Line.Line.Text(0) == "stats" {
			a.realm = st.Realm
		}
	}
	if p.Peek() == "realm" {
		p.Next()
		if p.Left() == 0 {
			return p.Fail("missing realm value.\n")
		}
		a.realm = p.Next()
	}
	return a
}

// Exec implements lb.Action. A request to a proxy, which an absolute target
// tells, is asked with a 407 (RFC 9110 11.7) where the frontend stands before
// one. Manual 4.2 "option http-use-proxy-header".
func (a *auth) Exec(s *lb.Stream) lb.Verdict {
	status, name := 401, "WWW-Authenticate"
	if s.Req.Flags&htx.AbsoluteTarget != 0 && s.Front.Options&conf.OptUseProxyHeader != 0 {
		status, name = 407, "Proxy-Authenticate"
	}
	s.SetTerm('L', phase(s))
	stream.Error(s, status)
	if s.Reply == nil {
		return lb.Answer
	}
	page := s.Reply
	s.ReplyDyn = *page
	s.ReplyDyn.Keep = true
	s.ReplyDyn.Headers = append(append([]lb.ReplyHeader(nil), page.Headers...),
		lb.ReplyHeader{Name: name, Text: `Basic realm="` + a.realm + `"`})
	s.Reply = &s.ReplyDyn
	return lb.Answer
}
