package queue

import (
	"segue/internal/lb"
	"segue/internal/sched"
)

// waiter is a stream in a queue. Owner: the backend's lock, but done and ran,
// which belong to the stream's loop.
type waiter struct {
	s     *lb.Stream
	task  *sched.Task
	px    *lb.Proxy
	srv   *lb.Server // that it must have, nil = any
	class int64
	due   int64  // ns: arrival plus offset
	seq   uint64 // arrival
	at    int    // place in the line
	enter int64  // line.served when it entered; its position when it has left

	result Result
	got    *lb.Server
	posted bool    // a call of wake is under way
	next   *waiter // in a list of those to wake
	wake   func()  // runs on the stream's loop
	done   bool    // Wait has returned
	ran    bool    // wake has run
}

func (a *waiter) before(b *waiter) bool {
	if a.class != b.class {
		return a.class < b.class
	}
	if a.due != b.due {
		return a.due < b.due
	}
	return a.seq < b.seq
}

// line is a queue in order. Owner: the backend's lock.
type line struct {
	heap   []*waiter
	served int64 // how many got a slot from it so far
}

func (l *line) head() *waiter {
	if len(l.heap) == 0 {
		return nil
	}
	return l.heap[0]
}

func (l *line) push(w *waiter) {
	w.enter = l.served
	l.heap = append(l.heap, w)
	l.up(len(l.heap)-1, w)
}

// remove takes w out; it must be in l. Its position for the log is how many were
// served while it waited, and itself.
func (l *line) remove(w *waiter, granted bool) {
	w.enter = l.served - w.enter + 1
	if granted {
		l.served++
	}
	at, n := w.at, len(l.heap)-1
	last := l.heap[n]
	l.heap[n] = nil
	l.heap = l.heap[:n]
	if at == n {
		return
	}
	if at > 0 && last.before(l.heap[(at-1)/2]) {
		l.up(at, last)
	} else {
		l.down(at, last)
	}
}

func (l *line) up(at int, w *waiter) {
	for at > 0 && w.before(l.heap[(at-1)/2]) {
		l.place(at, l.heap[(at-1)/2])
		at = (at - 1) / 2
	}
	l.place(at, w)
}

func (l *line) down(at int, w *waiter) {
	for {
		child := at*2 + 1
		if child >= len(l.heap) {
			break
		}
		if child+1 < len(l.heap) && l.heap[child+1].before(l.heap[child]) {
			child++
		}
		if !l.heap[child].before(w) {
			break
		}
		l.place(at, l.heap[child])
		at = child
	}
	l.place(at, w)
}

func (l *line) place(at int, w *waiter) {
	l.heap[at] = w
	w.at = at
}
