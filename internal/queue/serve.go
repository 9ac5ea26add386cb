package queue

import (
	"slices"

	"segue/internal/lb"
	"segue/internal/sched"
)

// maxLook bounds the free slots that one call hands on, and the foreign waiters
// that it passes over, so that nobody holds the lock for long. Exhausted counts
// when it is reached.
const maxLook = 1024

// serve hands the server's free slots to those who are next. The caller holds
// the lock.
func (b *Backend) serve(srv *lb.Server, q *server, woken *woken) {
	if !srv.Up() {
		return
	}
	shared := serves(srv)
	given := false
	for range maxLook {
		w := b.next(srv, q, shared)
		if w == nil || !claim(srv) {
			if given {
				notify(srv)
			}
			return
		}
		given = true
		b.leave(w, true)
		w.got, w.result = counterpart(w, srv), Granted
		woken.add(w)
	}
	b.Exhausted.Add(1)
}

// next is who comes first among those that the server may serve: whoever waits
// for it, and for any if it is chosen by the balancer.
func (b *Backend) next(srv *lb.Server, q *server, shared bool) *waiter {
	first := q.line.head()
	if !shared {
		return first
	}
	other := b.any.head()
	if other == nil || first != nil && first.before(other) {
		return first
	}
	if counterpart(other, srv) == nil {
		other = b.related(srv)
		if other == nil || first != nil && first.before(other) {
			return first
		}
	}
	return other
}

// related finds the first waiter whose generation knows the server. This is
// needed only while a generation that does not is still running.
func (b *Backend) related(srv *lb.Server) *waiter {
	var first *waiter
	for _, w := range b.any.heap[:min(len(b.any.heap), maxLook)] {
		if counterpart(w, srv) != nil && (first == nil || w.before(first)) {
			first = w
		}
	}
	return first
}

// counterpart is the server as the waiter's generation knows it, nil if it does
// not.
func counterpart(w *waiter, srv *lb.Server) *lb.Server {
	switch {
	case w.srv != nil:
		return w.srv
	case w.px == srv.Proxy:
		return srv
	}
	if c := w.px.ByName[srv.Name]; c != nil && c.State == srv.State {
		return c
	}
	return nil
}

// join puts w in its queue.
func (b *Backend) join(w *waiter) {
	b.seq++
	w.seq = b.seq
	if w.srv == nil {
		b.any.push(w)
		b.waiting.Add(1)
		w.px.Queued.Add(1)
		count(&w.px.Back.Counters, 1)
		return
	}
	queueOf(w.srv).line.push(w)
	w.srv.State.Waiting.Add(1)
	count(&w.srv.State.Counters, 1)
}

// leave takes w out of its queue.
func (b *Backend) leave(w *waiter, granted bool) {
	if w.srv == nil {
		b.any.remove(w, granted)
		b.waiting.Add(-1)
		w.px.Queued.Add(-1)
		count(&w.px.Back.Counters, -1)
		return
	}
	queueOf(w.srv).line.remove(w, granted)
	w.srv.State.Waiting.Add(-1)
	count(&w.srv.State.Counters, -1)
}

func count(c *lb.Counters, by int64) {
	n := c.Queued.Add(by)
	if n > c.QueuedMax.Load() {
		c.QueuedMax.Store(n) // under the lock: nobody else writes it
	}
}

// dismiss tells all that wait for the server that it is gone.
func (b *Backend) dismiss(q *server, woken *woken) {
	for w := q.line.head(); w != nil; w = q.line.head() {
		b.leave(w, false)
		w.result = Gone
		woken.add(w)
	}
}

// isOut reports whether the server has gone for load balancing: one that only
// lacks a weight has not.
func isOut(srv *lb.Server) bool { return !srv.Usable() && !srv.Weightless() }

// dismissAny tells those that wait for any server that none is left to wait
// for: all whose generation has no usable one. Those who could still be served
// after a change of weight are spared, unless a server just went: as HAProxy 3.4.
func (b *Backend) dismissAny(went bool, woken *woken) {
	var px *lb.Proxy // the last that was looked at, and whether it is without hope
	over := false
	for i := len(b.any.heap) - 1; i >= 0; i-- {
		if i >= len(b.any.heap) {
			continue
		}
		w := b.any.heap[i]
		if w.px != px {
			px = w.px
			over = !anyUsable(px) && (went || !slices.ContainsFunc(px.Servers, (*lb.Server).Weightless))
		}
		if over {
			b.leave(w, false)
			w.result = NoServer
			woken.add(w)
			i = len(b.any.heap)
		}
	}
}

// feed hands on the slots of all servers that the balancer finds free, as after
// a change of who serves.
func (b *Backend) feed(px *lb.Proxy, woken *woken) {
	if px.Balancer == nil {
		return
	}
	for range maxLook {
		before := len(b.any.heap)
		if before == 0 {
			return
		}
		srv, _ := px.Balancer.Pick(nil, nil)
		if srv == nil {
			return
		}
		b.serve(srv, queueOf(srv), woken)
		if len(b.any.heap) == before {
			return
		}
	}
	b.Exhausted.Add(1)
}

// Changed says that the server's state, weight or limit changed: the balancers
// are told, and those that wait are served or dismissed. Any goroutine may call
// it; the change itself was made before. A server whose weight became 0 has not
// gone: who waits for any server waits on, until a weight or a server comes
// back, the last server goes, or its time is over. News of a server that was deleted
// meanwhile, the result of its last check for example, is for nobody.
func Changed(srv *lb.Server) {
	if srv.Gone.Load() {
		return
	}
	q := queueOf(srv)
	if q == nil {
		tell(srv)
		return
	}
	var woken woken
	q.own.changed(q, srv, &woken)
	woken.flush(nil)
}

// changed is Changed under the lock, which a panic of a balancer must not keep.
func (b *Backend) changed(q *server, srv *lb.Server, woken *woken) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, srv := range q.all {
		tell(srv)
	}
	out := isOut(srv)
	went := out && !q.out
	q.out = out
	if srv.Up() {
		b.serve(current(q, srv), q, woken)
	} else {
		b.dismiss(q, woken)
	}
	if len(b.any.heap) > 0 {
		b.feed(current(q, srv).Proxy, woken)
		b.dismissAny(went, woken)
	}
}

func tell(srv *lb.Server) {
	if srv.Proxy.Balancer != nil && !srv.Gone.Load() {
		srv.Proxy.Balancer.Changed(srv)
	}
}

// woken is a list of waiters whose wait is decided. They are woken after the
// lock was let go: none is recycled before its wake has run.
type woken struct{ first *waiter }

func (l *woken) add(w *waiter) {
	w.posted = true
	w.next = l.first
	l.first = w
}

// flush wakes them; loop is the caller's.
func (l *woken) flush(loop *sched.Loop) {
	for w := l.first; w != nil; {
		next := w.next
		if to := w.task.Loop(); to == loop {
			w.wake()
		} else {
			to.Post(w.wake)
		}
		w = next
	}
}
