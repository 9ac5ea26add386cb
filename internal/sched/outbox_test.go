package sched_test

import (
	"fmt"
	"strings"
	"testing"

	"segue/internal/sched"
)

// echo answers every message of c until its end.
func echo(c *sched.Conn) job {
	return func(task *sched.Task) {
		buf := make([]byte, 100)
		for {
			n, st := c.Read(task, buf, 0)
			if st != sched.OK {
				return
			}
			c.TryWrite(buf[:n], false)
		}
	}
}

// Of the connections that are ready in one iteration all are received from
// before the first is sent to.
func TestSmallWritesOfAnIterationLeaveTogether(t *testing.T) {
	w := newWorld()
	var jobs []job
	var far []*sched.Conn
	for range 3 {
		a, b := w.pair(100)
		jobs = append(jobs, echo(a))
		far = append(far, b)
	}
	jobs = append(jobs, func(task *sched.Task) {
		task.Sleep(10 * ms)
		before := w.sys.Sends
		for _, c := range far {
			c.TryWrite([]byte("x"), false)
		}
		w.say("sent %d", w.sys.Sends-before)
		task.Sleep(10 * ms)
		w.say("sent %d", w.sys.Sends-before)
		for _, c := range far {
			buf := make([]byte, 10)
			n, st := c.TryRead(buf)
			w.say("%s %d", buf[:n], st)
		}
	})
	w.run(jobs...)
	w.want(t, "sent 3; sent 6; x 0; x 0; x 0") // a timer alone is no batch: direct
}

// burst makes several of the loop's connections ready at once, so that what
// the jobs do then goes through the outbox.
func burst(w *world, jobs ...func(c *sched.Conn)) []job {
	var all []job
	var far []*sched.Conn
	for _, f := range append(jobs, func(*sched.Conn) {}) {
		a, b := w.pair(100)
		far = append(far, b)
		all = append(all, func(task *sched.Task) {
			a.Read(task, make([]byte, 10), 0)
			f(a)
		})
	}
	return append(all, func(task *sched.Task) {
		task.Sleep(ms)
		for _, c := range far {
			c.TryWrite([]byte("go"), false)
		}
	})
}

func TestOutboxKeepsTheOrderOfAConnection(t *testing.T) {
	w := newWorld()
	a, b := w.pair(100)
	var sp sched.Splicer
	src, srcFar := w.pair(100)
	jobs := burst(w, func(*sched.Conn) {
		a.TryWrite([]byte("one "), false) // boxed
		a.TryWrite([]byte("two "), false) // unboxes
		a.TryWrite([]byte("three "), false)
		sp.Open(w.loop)
		sp.Fill(src, 100)
		sp.Drain(a, false)
		a.TryWrite([]byte("five"), false)
		a.Shutdown()
	})
	jobs = append(jobs, func(task *sched.Task) {
		srcFar.TryWrite([]byte("four "), false)
		src.WaitRead(task, 0)
	}, func(task *sched.Task) {
		buf := make([]byte, 100)
		got := ""
		for {
			n, st := b.Read(task, buf, 0)
			if st != sched.OK {
				w.say("%s, %d", got, st)
				return
			}
			got += string(buf[:n])
		}
	})
	w.run(jobs...)
	w.want(t, fmt.Sprintf("one two three four five, %d", sched.EOF))
}

// collect reads c to its end, slowly, and tells what came.
func collect(w *world, c *sched.Conn, pause int64) job {
	return func(task *sched.Task) {
		var got strings.Builder
		buf := make([]byte, 7)
		for {
			task.Sleep(pause)
			n, st := c.Read(task, buf, 0)
			got.Write(buf[:n])
			if st != sched.OK {
				w.say("%s %d", got.String(), st)
				return
			}
		}
	}
}

func TestLateBytesGoBeforeAnythingElse(t *testing.T) {
	w := newWorld()
	a, b := w.pair(8)
	jobs := burst(w, func(*sched.Conn) {
		n, st := a.TryWrite([]byte("0123456789abcdef"), false)
		w.say("boxed %d %d", n, st)
	})
	jobs = append(jobs, func(task *sched.Task) {
		task.Sleep(5 * ms)
		n, st := a.TryWrite([]byte("x"), false)
		w.say("early %d %d, settled %t", n, st, a.Settled())
		n, st = a.Write(task, []byte("END"), sec)
		w.say("then %d %d", n, st)
		a.Shutdown()
	}, collect(w, b, 20*ms))
	w.run(jobs...)
	w.want(t, fmt.Sprintf("boxed 16 0; early 0 %d, settled false; then 3 0; 0123456789abcdefEND %d", sched.Again, sched.EOF))
}

// A connection that is closed with late bytes lives on until they are taken.
func TestCloseStillDeliversWhatWasWritten(t *testing.T) {
	for _, shutdown := range []bool{false, true} {
		w := newWorld()
		a, b := w.pair(8)
		jobs := burst(w, func(*sched.Conn) { a.TryWrite([]byte("0123456789abcdef"), false) })
		jobs = append(jobs, func(task *sched.Task) {
			task.Sleep(5 * ms)
			if shutdown {
				a.Shutdown()
			}
			a.Close()
			w.say("closed, open %t", a.IsOpen())
		}, collect(w, b, 20*ms))
		before := w.sys.Open()
		w.run(jobs...)
		w.want(t, fmt.Sprintf("closed, open false; 0123456789abcdef %d", sched.EOF))
		if n := before - w.sys.Open(); n != 1 {
			t.Errorf("shutdown %t: descriptors closed: %d, want 1", shutdown, n)
		}
	}
}

func TestStragglerIsGivenUp(t *testing.T) {
	w := newWorld()
	a, _ := w.pair(8)
	jobs := burst(w, func(*sched.Conn) {
		a.TryWrite([]byte("0123456789abcdef"), false)
		a.Close()
	})
	before := w.sys.Open()
	begin := w.loop.Now()
	w.run(jobs...)
	if n := before - w.sys.Open(); n != 1 {
		t.Errorf("descriptors closed: %d, want 1", n)
	}
	if d := w.loop.Now() - begin; d < 10*sec || d > 11*sec {
		t.Errorf("given up after %d ms, want 10 s", d/ms)
	}
}

// A boxed write that fails is told to whoever waits for the connection.
func TestFailedParcelWakesTheReader(t *testing.T) {
	w := newWorld()
	a, b := w.pair(100)
	jobs := burst(w, func(*sched.Conn) {
		_, st := a.TryWrite([]byte("request"), false)
		w.say("written %d", st)
		w.sys.Close(b.FD()) // a moment before it leaves, unseen by the loop
	})
	jobs = append(jobs, func(task *sched.Task) {
		_, st := a.Read(task, make([]byte, 10), 0)
		w.say("read %d", st)
	})
	w.run(jobs...)
	if len(w.story) != 2 || w.story[0] != "written 0" || w.story[1] == "read 0" {
		t.Errorf("story %q, want the write to pass and the read to fail", w.story)
	}
}

func TestResetForgetsTheOutbox(t *testing.T) {
	w := newWorld()
	a, b := w.pair(100)
	jobs := burst(w, func(*sched.Conn) {
		a.TryWrite([]byte("never"), false)
		a.Reset()
	})
	w.run(append(jobs, collect(w, b, ms))...)
	w.want(t, fmt.Sprintf(" %d", sched.Broken))
}

// More small writes than the outbox takes all arrive.
func TestOutboxOverflowLosesNothing(t *testing.T) {
	w := newWorld()
	const n = 500
	var jobs []func(*sched.Conn)
	var far []*sched.Conn
	for range n {
		a, b := w.pair(10_000)
		far = append(far, b)
		jobs = append(jobs, func(*sched.Conn) { a.TryWrite(make([]byte, 4000), false) })
	}
	w.run(burst(w, jobs...)...)
	for i, c := range far {
		if got := w.sys.Buffered(c.FD()); got != 4000 {
			t.Fatalf("connection %d received %d bytes, want 4000", i, got)
		}
	}
}
