package actions

import (
	"segue/internal/lb"
	"segue/internal/rule"
)

type doLog struct{}

// parseDoLog accepts "profile <name>": without log profiles the proxy's own
// format is what they all have in common.
func parseDoLog(p *rule.Parser) lb.Action {
	if p.Peek() == "profile" {
		p.Next()
		if p.Left() == 0 {
			return p.Fail("'do-log' expects a profile name behind 'profile'")
		}
		p.Next()
	}
	return doLog{}
}

// Exec implements lb.Action. The line is one more: that of the end still comes.
func (doLog) Exec(s *lb.Stream) lb.Verdict {
	plan := &s.Front.Log
	if plan.Format == nil || s.Level < 0 {
		return lb.Continue
	}
	level := 6 // info
	if s.Level > 0 {
		level = s.Level - 1
	}
	th := s.Thread
	th.Line = plan.Format.AppendTo(th.Line[:0], s)
	n := len(th.Line)
	if plan.SD != nil {
		th.Line = plan.SD.AppendTo(th.Line, s)
	}
	for _, t := range plan.Targets {
		t.Send(th, level, th.Line[n:], th.Line[:n])
	}
	return lb.Continue
}
