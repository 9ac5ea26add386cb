package stream

import (
	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
)

// gate holds back what the server of a TCP flow sends until the backend's
// tcp-response content rules have decided. Manual 4.2 "tcp-response content",
// "tcp-response inspect-delay". What the client sends goes on meanwhile.
type gate struct {
	s        *lb.Stream
	shut     bool
	deadline int64 // loop ns: the rules decide then at the latest
	ended    bool  // the server has ended its side
	failed   bool  // its connection is broken
}

func newGate(s *lb.Stream) gate {
	return gate{s: s, shut: len(s.Back.Rules.Of(conf.TCPResCont)) > 0, deadline: s.Connected + int64(s.Back.Conf.ResInspectDelay)}
}

// step takes what has come and lets the rules look at it. It returns false when
// the flow ends here; an open gate has given its bytes to down.
func (g *gate) step(down *flow) bool {
	s := g.s
	for g.shut {
		room := inspectRoom(s, s.Output)
		more := false
		if room > 0 && !g.ended {
			n, st := down.src.TryRead(s.Thread.Scratch[:min(room, sched.ScratchSize)])
			s.Output = append(s.Output, s.Thread.Scratch[:n]...)
			more = st == sched.OK
			g.failed = st == sched.Broken
			g.ended = g.failed || st == sched.EOF
		}
		s.Final = g.ended || room <= 0 || s.Thread.Now() >= g.deadline
		if !g.judge() {
			return false
		}
		if g.shut && !more {
			return true
		}
	}
	if len(s.Output) > 0 {
		down.feed(s.Output)
	}
	down.finished, down.srcEOF, down.srcFailed = g.ended && !g.failed, g.ended, g.failed
	return true
}

// judge runs the rules and opens the gate when none of them lacks bytes.
func (g *gate) judge() bool {
	s := g.s
	s.Dir = lb.Response
	ok, done := tryRules(s, s.Back.Rules.Of(conf.TCPResCont), 'D')
	s.Dir = lb.Request
	if !done && !s.Final {
		return true
	}
	g.shut = false
	return ok && s.Flags&lb.CloseServer == 0 // the action "close"
}

// until is the deadline of the next wait: the gate's, if that is nearer.
func (g *gate) until(deadline int64) int64 {
	if g.shut && (deadline == 0 || g.deadline < deadline) {
		return g.deadline
	}
	return deadline
}
