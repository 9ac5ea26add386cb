package front

import (
	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
)

// restMax bounds what one loop takes from the queue of a listener that goes:
// more than the kernel lets wait there.
const restMax = 1 << 16

// TakeRest accepts what waits in the queue of a listener that no loop watches
// any more, and tells its connections to end after their answer.
func (ln *Listener) TakeRest(th *lb.Thread) {
	if b := ln.bind.Load(); b != nil {
		b.Leaving.Store(true)
	}
	th.TakeRest(&ln.Listener, restMax)
}

// each calls f with the thread's sessions; f may end them.
func each(th *lb.Thread, f func(ss *lb.Session)) {
	h := &th.List
	for ss := h.Next; ss != nil && ss != h; {
		next := ss.Next
		f(ss)
		ss = next
	}
}

// CloseIdle closes the thread's connections that are to end and have waited for
// a request for at least since ns. Those that have begun to send one get their
// answer with "Connection: close" before; those of a frontend with "option
// idle-close-on-response" always do. Manual 4.2.
func CloseIdle(th *lb.Thread, since int64) {
	each(th, func(ss *lb.Session) {
		if ss.Conn.IsIdle() && ss.Leaving() && ss.Front.Options&conf.OptIdleCloseOnResponse == 0 && th.Now()-ss.IdleSince >= since &&
			len(ss.Partial) == 0 && ss.Conn.Buffered() == 0 {
			ss.Conn.StopIdle()
			end(ss)
		}
	})
}

// Adopt moves the thread's idle connections to the generation that their
// listeners serve now, so that they do not keep the old one alive.
func Adopt(th *lb.Thread) {
	each(th, func(ss *lb.Session) {
		if ss.Stream == nil && ss.Conn.IsIdle() {
			adopt(ss)
		}
	})
}

// Abort cancels the thread's streams of gen, or with nil all, and closes what
// is idle there.
func Abort(th *lb.Thread, gen *lb.Generation) {
	each(th, func(ss *lb.Session) {
		s := ss.Stream
		switch {
		case s != nil && s.Task != nil:
			if gen == nil || s.Gen == gen {
				ss.KillReason = 'K'
				s.Task.Cancel()
			}
		case ss.Conn.IsIdle() && (gen == nil || ss.Front.Gen == gen):
			ss.Conn.StopIdle()
			end(ss)
		}
	})
}

// Holders counts the thread's connections that belong to gen: its tunnels and
// other streams, and those without a stream.
func Holders(th *lb.Thread, gen *lb.Generation) (tunnels, streams, idle int) {
	each(th, func(ss *lb.Session) {
		switch s := ss.Stream; {
		case ss.Front.Gen != gen:
		case s == nil:
			idle++
		case s.Flags&lb.Tunneled != 0 || s.Front.Mode == conf.TCP:
			tunnels++
		default:
			streams++
		}
	})
	return tunnels, streams, idle
}

// Trim lets go of recycled objects of the thread beyond the number to keep, and
// reports whether there are more: it does not hold up the loop for long.
func Trim(th *lb.Thread, keep int) (more bool) {
	th.FreeSessions = shorter(th.FreeSessions, keep)
	th.FreeStreams = shorter(th.FreeStreams, keep)
	th.FreeServerConns = shorter(th.FreeServerConns, keep)
	return th.Trim(keep)
}

// Fade lets go of half of the thread's recycled objects, its tasks aside, but keeps
// a number of each; it returns how many went.
func Fade(th *lb.Thread, keep int) (dropped int) {
	return halve(&th.FreeSessions, keep) + halve(&th.FreeStreams, keep) + halve(&th.FreeServerConns, keep)
}

func halve[T any](list *[]T, keep int) (dropped int) {
	n := len(*list)
	*list = shorter(*list, max(keep, n/2))
	return n - len(*list)
}

// shorter is list up to keep elements, in memory of its own.
func shorter[T any](list []T, keep int) []T {
	if len(list) <= keep {
		return list
	}
	return append([]T(nil), list[:keep]...)
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
