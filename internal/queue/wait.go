package queue

import (
	"sync"
	"time"

	"segue/internal/lb"
	"segue/internal/sched"
)

// Result is how a wait ended.
type Result uint8

const (
	waiting  Result = iota
	Granted         // the stream holds a slot of the server
	TimedOut        // the deadline passed: 503, sQ
	Aborted         // the client left, or the task was canceled: CQ
	NoServer        // no server of the backend is usable: 503, SC
	Gone            // the server that it must have is down: redispatch, or 503
	Refused         // the server's queue is full (maxqueue): redispatch
)

// pool recycles waiters with their wake function.
var pool sync.Pool

func newWaiter() *waiter {
	if w, ok := pool.Get().(*waiter); ok {
		return w
	}
	w := &waiter{}
	w.wake = w.woken
	return w
}

// woken runs on the stream's loop after the wait was decided.
func (w *waiter) woken() {
	w.ran = true
	if w.done {
		w.recycle()
		return
	}
	w.task.Wake()
}

func (w *waiter) recycle() {
	wake := w.wake
	*w = waiter{wake: wake}
	pool.Put(w)
}

// Get picks a server and holds a slot of it, waiting where it must: for the
// server that the algorithm insists on, or for any. gone and deadline are as in
// Wait. When the wait fails the server is the one that was waited for.
//
// It counts lbtot where the algorithm's choice holds, as HAProxy 3.4 does: not for
// streams that take what the backend's queue gives them.
func Get(s *lb.Stream, deadline int64, gone func(*lb.Stream) bool) (*lb.Server, Result) {
	srv, full := s.Back.Balancer.Pick(s, s.Avoid)
	switch {
	case srv == nil && !full:
		return nil, NoServer
	case srv == nil:
		return Wait(s, nil, deadline, gone)
	case Take(s, srv):
		chosen(srv)
		return srv, Granted
	case !insists(srv):
		return Wait(s, nil, deadline, gone)
	}
	chosen(srv)
	_, r := Wait(s, srv, deadline, gone)
	return srv, r
}

func chosen(srv *lb.Server) {
	srv.State.LBTotal.Add(1)
	if back := srv.Proxy.Back; back != nil {
		back.LBTotal.Add(1)
	}
}

// Wait parks the stream's task until it holds a slot: of srv, or of any server
// of the backend when srv is nil. It may return at once. deadline is in loop
// time, 0 = never. gone, if not nil, is asked before the task parks and whenever
// it is woken for another reason: true ends the wait. With Granted the stream holds the slot
// and the returned server is Stream.Server; otherwise it holds none.
//
// It adds the stream's position in the queue, 1 = nobody was served before it,
// to SrvQueuePos or BackQueuePos.
func Wait(s *lb.Stream, srv *lb.Server, deadline int64, gone func(*lb.Stream) bool) (*lb.Server, Result) {
	b := backendOf(s.Back)
	w := newWaiter()
	w.s, w.task, w.px, w.srv = s, s.Task, s.Back, srv
	w.class = s.PriorityClass()
	w.due = s.Task.Now() + s.PriorityOffset()*int64(time.Millisecond)
	var woken woken
	r := b.enter(w, &woken)
	woken.flush(s.Task.Loop())
	for r == waiting {
		cause := sched.Woken
		if gone == nil || !gone(s) {
			cause = s.Task.Park(deadline)
		}
		r = b.decide(w, cause, gone)
	}
	return w.finish(r)
}

// enter queues w and looks for a slot once more, now that those who free one
// see it waiting. What it returns is final unless it is waiting.
func (b *Backend) enter(w *waiter, woken *woken) Result {
	b.mu.Lock()
	defer b.mu.Unlock()
	if w.srv != nil {
		switch {
		case !w.srv.Up():
			return Gone
		case !HasRoom(w.srv):
			return Refused
		}
		b.join(w)
		q := queueOf(w.srv)
		b.serve(current(q, w.srv), q, woken)
		notify(w.srv)
		return w.result
	}
	if !anyUsable(w.px) {
		return NoServer
	}
	b.join(w)
	b.feed(w.px, woken)
	return w.result
}

// decide looks at what became of w after its task woke.
func (b *Backend) decide(w *waiter, cause sched.Cause, gone func(*lb.Stream) bool) Result {
	left := waiting
	switch {
	case cause == sched.Canceled:
		left = Aborted
	case cause == sched.Timeout:
		left = TimedOut
	case gone != nil && gone(w.s):
		left = Aborted
	}
	b.mu.Lock()
	if w.result == waiting && left != waiting {
		b.leave(w, false)
		w.result = left
	}
	r := w.result
	b.mu.Unlock()
	if left == TimedOut || left == waiting || r == left {
		if r == left && w.srv != nil && left != waiting {
			notify(w.srv)
		}
		return r
	}
	// Decided and aborted at once: the slot goes back.
	if r == Granted {
		free(w.got, w.task.Loop())
		w.got = nil
	}
	return Aborted
}

// finish writes the outcome to the stream and lets go of w.
func (w *waiter) finish(r Result) (*lb.Server, Result) {
	s, got := w.s, w.got
	if w.result != waiting { // else it never entered
		if w.srv != nil {
			s.SrvQueuePos += w.enter
		} else {
			s.BackQueuePos += w.enter
		}
	}
	if r == Granted {
		hold(s, got)
	} else {
		got = nil
	}
	if w.posted && !w.ran {
		w.done = true
	} else {
		w.recycle()
	}
	return got, r
}
