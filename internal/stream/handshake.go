package stream

import (
	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
)

// LogHandshake writes the line about a connection that failed before its first
// stream, for the reason in ss.Err. Manual 8.2.5. Nothing else counts it:
// HAProxy's statistics do not know such connections as errors.
//
// "option dontlognull" is about connections without a byte where there is an
// error-log-format. Without one HAProxy 3.4 means all of them.
func LogHandshake(ss *lb.Session, t *sched.Task) {
	plan := &ss.Front.Log
	if plan.Handshake == nil {
		return
	}
	if ss.Front.Options&conf.OptDontLogNull != 0 && (len(ss.Partial) == 0 || ss.Front.Conf.ErrorLogFormat == nil) {
		return
	}
	s := NewStream(ss)
	defer Abandon(s)
	s.Task = t
	s.Start, s.StartWall = ss.Accepted, ss.AcceptWall
	s.Idle, s.End = ss.Accepted, s.Thread.Now()
	s.Flags |= lb.IsTCP
	s.SetTerm('P', 'R')
	th := s.Thread
	th.LogBuf = plan.Handshake.AppendTo(th.LogBuf[:0], s)
	level := 6
	if plan.ErrorLevel {
		level = 3
	}
	for _, to := range plan.Targets {
		to.Send(th, level, nil, th.LogBuf)
	}
}

// logNoSource tells the backend's logs, at level emerg, that "source" names an
// address that is not this system's: no connection will be made before somebody
// changes that. HAProxy's text.
func logNoSource(s *lb.Stream) {
	th := s.Thread
	th.LogBuf = append(th.LogBuf[:0], "Cannot bind to source address before connect() for backend "...)
	th.LogBuf = append(append(th.LogBuf, s.Back.Name...), '.')
	for _, to := range s.Back.Log.Targets {
		to.Send(th, 0, nil, th.LogBuf)
	}
}
