package actions

import (
	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/rule"
)

// doLog writes a line at its place. Manual 4.4 "do-log".
type doLog struct {
	origin  conf.LogOrigin
	profile *lb.LogProfile // nil = each target's own
}

// originOf is the step that a rule set is in profiles and in "%OG".
func originOf(set conf.RuleSet) conf.LogOrigin {
	switch set {
	case conf.TCPReqConn:
		return conf.LogTCPReqConn
	case conf.TCPReqSess:
		return conf.LogTCPReqSess
	case conf.TCPReqCont:
		return conf.LogTCPReqCont
	case conf.TCPResCont:
		return conf.LogTCPResCont
	case conf.HTTPRes:
		return conf.LogHTTPRes
	case conf.HTTPAfterRes:
		return conf.LogHTTPAfterRes
	}
	return conf.LogHTTPReq
}

// parseDoLog accepts "profile <name>".
func parseDoLog(p *rule.Parser) lb.Action {
	a := doLog{origin: originOf(p.Set)}
	if p.Peek() == "profile" {
		p.Next()
		if p.Left() == 0 {
			return p.Fail("'profile' expects argument.")
		}
		name := p.Next()
		if a.profile = p.Scope.Gen.LogProfiles[name]; a.profile == nil {
			return p.Fail("do-log action: profile '%s' is invalid.", name)
		}
	}
	return a
}

// Exec implements lb.Action. The line is one more: that of the end still comes.
func (a doLog) Exec(s *lb.Stream) lb.Verdict {
	plan := &s.Front.Log
	if plan.Format == nil || s.Level < 0 {
		return lb.Continue
	}
	level := 6 // info
	if s.Level > 0 {
		level = s.Level - 1
	}
	plan.Write(s, a.origin, level, a.profile)
	return lb.Continue
}
