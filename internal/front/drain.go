package front

import (
	"segue/internal/lb"
	"segue/internal/sched"
)

// CloseIdle closes the thread's connections that have waited for a request for
// at least since ns. Those that were about to send one get their answer with
// "Connection: close" before.
func CloseIdle(th *lb.Thread, since int64) {
	h := &th.List
	for ss := h.Next; ss != nil && ss != h; {
		next := ss.Next
		if ss.Stream == nil && ss.Bind.Hook == nil && ss.Conn.IsIdle() && th.Now()-ss.IdleSince >= since {
			ss.Conn.StopIdle()
			end(ss)
		}
		ss = next
	}
}

// Abort cancels every stream of the thread and closes what is idle.
func Abort(th *lb.Thread) {
	h := &th.List
	for ss := h.Next; ss != nil && ss != h; {
		next := ss.Next
		if s := ss.Stream; s != nil && s.Task != nil {
			ss.KillReason = 'K'
			s.Task.Cancel()
		} else if ss.Conn.IsIdle() {
			ss.Conn.StopIdle()
			end(ss)
		}
		ss = next
	}
}

// End gives a connection back whose job was a Hook's.
func End(ss *lb.Session) { end(ss) }

var _ sched.Acceptor = (*Listener)(nil)

// Shutdown cancels the thread's streams whose server matches; reason is the
// first letter of their termination state.
func Shutdown(th *lb.Thread, reason byte, matches func(*lb.Server) bool) {
	h := &th.List
	for ss := h.Next; ss != nil && ss != h; ss = ss.Next {
		if s := ss.Stream; s != nil && s.Task != nil && s.Server != nil && matches(s.Server) {
			ss.KillReason = reason
			s.Task.Cancel()
		}
	}
}
