package front

import (
	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/stream"
)

// tcpJob is a session of one TCP flow.
type tcpJob lb.Session

// Run implements sched.Job.
func (j *tcpJob) Run(t *sched.Task) {
	ss := (*lb.Session)(j)
	s := stream.NewStream(ss)
	s.Task = t
	s.Idle = ss.Accepted
	s.Start = ss.Accepted
	if stream.ServeTCP(s) {
		stream.Abandon(s)
		(*httpJob)(ss).Run(t)
		return
	}
	stream.Free(s)
	if ss.Conn.Readable() {
		// What the client has sent and nobody wanted would turn its end into a
		// reset, which can destroy what is on its way to it.
		ss.Conn.TryRead(ss.Thread.Scratch)
	}
	end(ss)
}

// Panicked implements sched.Panicker.
func (j *tcpJob) Panicked(*sched.Task, any) { drop((*lb.Session)(j)) }

// connectionRules runs tcp-request connection, which sees addresses only.
func connectionRules(ss *lb.Session) bool {
	rules := ss.Front.Rules.Of(conf.TCPReqConn)
	if len(rules) == 0 {
		return true
	}
	return sessionRules(ss, nil, conf.TCPReqConn)
}

// sessionRules runs one of the rule sets that come before the first stream, on
// a stream of its own that is not counted.
func sessionRules(ss *lb.Session, t *sched.Task, set conf.RuleSet) bool {
	s := stream.NewStream(ss)
	s.Task = t
	s.Final = true
	defer stream.Abandon(s)
	rules := ss.Front.Rules.Of(set)
	for i := range rules {
		r := &rules[i]
		if !r.Holds(s) {
			continue
		}
		switch r.Action.Exec(s) {
		case lb.Continue, lb.More:
		case lb.Stop:
			return true
		default:
			if set == conf.TCPReqConn {
				ss.Front.Front.DeniedConn.Add(1)
				ss.Bind.State.DeniedConn.Add(1)
			} else {
				ss.Front.Front.DeniedSess.Add(1)
				ss.Bind.State.DeniedSess.Add(1)
			}
			return false
		}
	}
	return true
}
