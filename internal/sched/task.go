package sched

import "iter"

// Job is what a task runs. An object that already exists implements it, so
// that starting a task allocates nothing.
type Job interface{ Run(t *Task) }

// Panicker is a Job that wants to know that it panicked. Panicked runs in place
// of the rest of Run and must leave nothing open.
type Panicker interface{ Panicked(t *Task, value any) }

// Cause says why Park returned.
type Cause uint8

const (
	Ready    Cause = iota // something that the task was armed on is ready
	Woken                 // Wake was called
	Timeout               // the deadline passed
	Canceled              // Cancel was called
)

// Pump does the task's work on what arrives while it is parked, without the two
// switches of a coroutine. It runs outside any task, must not wait and returns
// false when the task has to go on itself.
type Pump interface{ Pump(c *Conn, t *Task) bool }

// Task is a recycled coroutine that runs one Job after another.
type Task struct {
	// Pump is asked when a connection that the parked task reads becomes readable;
	// nil: nobody is. The task takes it back when Park returns.
	Pump Pump

	loop     *Loop
	next     func() (struct{}, bool)
	stop     func() // ends the coroutine of a free task
	yield    func(struct{}) bool
	job      Job
	timer    Timer
	deadline int64 // of the current Park, 0 = none
	cause    Cause
	parked   bool
	queued   bool // in the loop's run queue
	canceled bool // Cancel came while the task was running
}

// Loop returns the loop that runs the task.
func (t *Task) Loop() *Loop { return t.loop }

// Now is the loop's cached time.
func (t *Task) Now() int64 { return t.loop.now }

// Park waits until the task is woken, canceled or the deadline passes.
// It is the only place where a task lets go of its loop.
func (t *Task) Park(deadline int64) Cause {
	if t.canceled {
		t.canceled = false
		return Canceled
	}
	if deadline != 0 {
		if deadline <= t.loop.now {
			return Timeout
		}
		// The timer is left where it is when it fires early enough: it then
		// finds a later deadline and moves itself. A request therefore moves
		// no timer at all.
		if t.timer.next == nil || deadline>>tickShift+1 < t.timer.when {
			t.loop.wheel.set(&t.timer, t, deadline)
		}
	}
	t.deadline = deadline
	t.parked = true
	t.yield(struct{}{})
	t.parked = false
	return t.cause
}

// Postpone moves the deadline of the current Park to a later one.
func (t *Task) Postpone(deadline int64) {
	if t.deadline != 0 {
		t.deadline = deadline // the timer moves itself when it fires
	}
}

// arrived goes on with what a connection of the parked task has received. A task
// that also waits to write to it hears of that, too: there is no second edge.
func (t *Task) arrived(c *Conn) {
	if t.Pump == nil || c.wt == t && c.flags&writable != 0 || !t.pump(c) {
		t.resume(Ready)
	}
}

// pump contains panics: the task is canceled then.
func (t *Task) pump(c *Conn) (done bool) {
	defer func() {
		if v := recover(); v != nil {
			t.loop.panicked(nil, v)
			t.Pump = nil
			t.loop.enqueue(t, Canceled)
			done = true
		}
	}()
	return t.Pump.Pump(c, t)
}

// Expire is the timer's call.
func (t *Task) Expire(now int64) {
	if !t.parked || t.queued || t.deadline == 0 {
		return
	}
	if t.deadline > now {
		t.loop.wheel.set(&t.timer, t, t.deadline)
		return
	}
	t.resume(Timeout)
}

// Sleep waits until now+d. It returns false when the task was canceled.
func (t *Task) Sleep(d int64) bool {
	deadline := t.loop.now + d
	for {
		switch t.Park(deadline) {
		case Timeout:
			return true
		case Canceled:
			return false
		}
	}
}

// Yield lets the other tasks of the loop run first, and the kernel tell what has
// arrived for them.
func (t *Task) Yield() {
	t.cause, t.queued = Woken, true
	t.loop.soon = append(t.loop.soon, t)
	t.parked = true
	t.yield(struct{}{})
	t.parked = false
}

// Wake makes the task's Park return Woken. It does nothing unless the task is
// parked.
func (t *Task) Wake() {
	if t.parked && !t.queued {
		t.loop.enqueue(t, Woken)
	}
}

// Cancel makes the current or the next Park return Canceled.
func (t *Task) Cancel() {
	switch {
	case t.parked && !t.queued:
		t.loop.enqueue(t, Canceled)
	default:
		t.canceled = true
	}
}

// Do runs f on a goroutine and waits for it. f may block; it must touch nothing
// of the loop. Cancel does not interrupt it.
func (t *Task) Do(f func()) {
	done := false
	l := t.loop
	l.Go(f, func() { done = true; t.Wake() })
	for !done {
		if t.Park(0) == Canceled {
			defer func() { t.canceled = true }()
		}
	}
}

// resume runs the task until it parks or its job ends.
func (t *Task) resume(c Cause) {
	t.cause = c
	prev := t.loop.current
	t.loop.current = t
	t.next()
	t.loop.current = prev
}

// start gives the job to a recycled task, or to a new one.
func (l *Loop) take(job Job) *Task {
	var t *Task
	if n := len(l.free); n > 0 {
		t = l.free[n-1]
		l.free[n-1] = nil
		l.free = l.free[:n-1]
	} else {
		t = &Task{loop: l}
		t.next, t.stop = iter.Pull(func(yield func(struct{}) bool) {
			t.yield = yield
			for {
				t.runJob()
				t.job = nil
				t.canceled = false
				l.free = append(l.free, t)
				if !yield(struct{}{}) {
					return
				}
			}
		})
	}
	t.job = job
	l.tasks++
	return t
}

// Spare is how many tasks wait for a job.
func (l *Loop) Spare() int { return len(l.free) }

// trimAtOnce bounds what one Trim ends: the loop's other work waits for it.
const trimAtOnce = 64

// Trim ends tasks that wait for a job beyond the number to keep, some at a time;
// it reports whether there are more. A task's stack is most of what a connection
// takes, and a peak would otherwise be paid for until the process ends.
func (l *Loop) Trim(keep int) (more bool) {
	for range trimAtOnce {
		n := len(l.free)
		if n <= keep {
			return false
		}
		t := l.free[n-1]
		l.free[n-1] = nil
		l.free = l.free[:n-1]
		t.stop()
	}
	return len(l.free) > keep
}

// runJob contains panics: the job ends, the loop lives.
func (t *Task) runJob() {
	defer t.ended()
	t.job.Run(t)
}

func (t *Task) ended() {
	t.loop.tasks--
	if v := recover(); v != nil {
		t.loop.panicked(t, v)
	}
}
