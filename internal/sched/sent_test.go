package sched_test

import (
	"testing"

	"segue/internal/sched"
)

// What is sent is counted, by whichever way it leaves, and its rate fades with
// the second.
func TestSentBytesAreCounted(t *testing.T) {
	w := newWorld()
	a, b := w.pair(10_000)
	jobs := burst(w, func(*sched.Conn) { a.TryWrite(make([]byte, 40), false) }) // through the outbox
	jobs = append(jobs, func(task *sched.Task) {
		task.Sleep(10 * ms)
		before := w.loop.Stats.Sent.Load()
		b.TryWrite(make([]byte, 3300), false)
		w.say("at once %d", w.loop.Stats.Sent.Load()-before)
		task.Sleep(10 * ms)
		w.say("later %d", w.loop.Stats.Sent.Load()-before)
		rate := int64(w.loop.Stats.SentRate.Read(w.loop.Now()/1e6)) * sched.SentUnit
		w.say("rate lacks %v", w.loop.Stats.Sent.Load()-rate < sched.SentUnit)
		task.Sleep(3 * sec)
		w.say("rate %d", w.loop.Stats.SentRate.Read(w.loop.Now()/1e6))
	})
	w.run(jobs...)
	w.want(t, "at once 0; later 3300; rate lacks true; rate 0")
}
