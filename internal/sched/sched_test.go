package sched_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"

	"segue/internal/sched"
	"segue/internal/sched/virtual"
)

const (
	ms  = int64(1e6)
	sec = int64(1e9)
)

// job makes a Job of a function.
type job func(t *sched.Task)

func (f job) Run(t *sched.Task) { f(t) }

// world is a loop in a virtual system and the story of what happened in it.
type world struct {
	sys   *virtual.System
	loop  *sched.Loop
	story []string
}

func newWorld() *world {
	sys := virtual.New()
	return &world{sys: sys, loop: sched.NewLoop(0, sys)}
}

func (w *world) say(format string, args ...any) {
	w.story = append(w.story, fmt.Sprintf(format, args...))
}

// run plays the jobs until nothing will ever happen again.
func (w *world) run(jobs ...job) {
	for _, j := range jobs {
		w.loop.Post(func() { w.loop.Start(j) })
	}
	done := make(chan struct{})
	go func() { // Run leaves its thread locked
		defer close(done)
		w.sys.Run(w.loop)
	}()
	<-done
}

// pair is two ends of a connection, attached to the loop.
func (w *world) pair(room int) (a, b *sched.Conn) {
	fa, fb := w.sys.Pair(room)
	a, b = new(sched.Conn), new(sched.Conn)
	w.loop.Attach(a, fa, false)
	w.loop.Attach(b, fb, false)
	return a, b
}

func (w *world) want(t *testing.T, want string) {
	t.Helper()
	if got := strings.Join(w.story, "; "); got != want {
		t.Errorf("story:\n got %s\nwant %s", got, want)
	}
}

func TestSleepersWakeInOrderOfTheirDeadlines(t *testing.T) {
	w := newWorld()
	begin := w.loop.Now()
	var jobs []job
	for _, d := range []int64{5 * sec, 20 * ms, 3000 * sec, 90 * ms, 1 * ms} {
		jobs = append(jobs, func(task *sched.Task) {
			task.Sleep(d)
			late := task.Now() - begin - d
			w.say("%d", d/ms)
			if late < 0 || late > 3*ms {
				t.Errorf("sleep of %d ms ended %d ns late, want 0 to 3 ms", d/ms, late)
			}
		})
	}
	w.run(jobs...)
	w.want(t, "1; 20; 90; 5000; 3000000")
}

// Tens of thousands of timers at all distances, some moved, some stopped: each
// of the rest fires once and in its time.
func TestTimersFireOnceAndInTime(t *testing.T) {
	const n = 30_000
	w := newWorld()
	alarms := make([]alarm, n)
	seed := uint64(1)
	next := func(below uint64) int64 {
		seed = seed*6364136223846793005 + 1442695040888963407
		return int64(seed >> 33 % below)
	}
	w.run(func(task *sched.Task) {
		for i := range alarms {
			a := &alarms[i]
			a.due = task.Now() + next(1<<uint(10+i%33))
			w.loop.SetTimer(&a.Timer, a, a.due)
		}
		task.Sleep(1 * ms)
		for i := range alarms {
			switch a := &alarms[i]; {
			case i%5 == 0 && a.fired == 0:
				w.loop.StopTimer(&a.Timer)
				a.stopped = true
			case i%5 == 1 && a.fired == 0:
				a.due = task.Now() + next(1<<32)
				w.loop.SetTimer(&a.Timer, a, a.due)
			}
		}
	})
	for i := range alarms {
		a, want := &alarms[i], 1
		if a.stopped {
			want = 0
		}
		if a.fired != want || a.fired == 1 && (a.at < a.due || a.at > a.due+3*ms) {
			t.Fatalf("timer %d: fired %d times, want %d; due %d, at %d", i, a.fired, want, a.due, a.at)
		}
	}
}

type alarm struct {
	sched.Timer
	due, at int64
	fired   int
	stopped bool
}

func (a *alarm) Expire(now int64) { a.fired++; a.at = now }

func TestReadWaitsForBytesEndAndDeadline(t *testing.T) {
	w := newWorld()
	a, b := w.pair(100)
	w.run(func(task *sched.Task) {
		buf := make([]byte, 10)
		for {
			n, st := a.Read(task, buf, task.Now()+50*ms)
			w.say("%q %d", buf[:n], st)
			if st == sched.EOF {
				return
			}
		}
	}, func(task *sched.Task) {
		b.Write(task, []byte("one"), 0)
		task.Sleep(80 * ms)
		b.Write(task, []byte("two"), 0)
		b.Shutdown()
	})
	w.want(t, fmt.Sprintf(`"one" 0; "" %d; "two" 0; "" %d`, sched.TimedOut, sched.EOF))
}

func TestWriteWaitsForRoomAndCopiesSharedBytes(t *testing.T) {
	w := newWorld()
	a, b := w.pair(8)
	want := strings.Repeat("0123456789", 10)
	var got []byte
	w.run(func(task *sched.Task) {
		p := append(w.loop.Out[:0], want...)
		n, st := a.Write(task, p, sec)
		w.say("%d %d", n, st)
	}, func(task *sched.Task) {
		buf := make([]byte, 5)
		for len(got) < len(want) {
			copy(w.loop.Out[:cap(w.loop.Out)], bytes.Repeat([]byte{'x'}, 200)) // others use it meanwhile
			n, _ := b.Read(task, buf, 0)
			got = append(got, buf[:n]...)
			task.Sleep(ms)
		}
	})
	w.want(t, "100 0")
	if string(got) != want {
		t.Errorf("received %q, want %q", got, want)
	}
}

// A client that reads nothing holds its own task only.
func TestBlockedClientDelaysNoOther(t *testing.T) {
	w := newWorld()
	stuck, _ := w.pair(10)
	var jobs []job
	jobs = append(jobs, func(task *sched.Task) {
		n, st := stuck.Write(task, make([]byte, 10_000), 30*sec)
		w.say("stuck after %d: %d", n, st)
	})
	served := 0
	for range 100 {
		a, b := w.pair(100)
		jobs = append(jobs, func(task *sched.Task) {
			for range 10 {
				a.Write(task, []byte("ping"), 0)
				a.Read(task, make([]byte, 10), 0)
			}
			served++
			if served == 100 {
				w.say("all served at %d", task.Now()/sec)
			}
		}, func(task *sched.Task) {
			for range 10 {
				b.Read(task, make([]byte, 10), 0)
				b.Write(task, []byte("pong"), 0)
			}
		})
	}
	w.run(jobs...)
	w.want(t, fmt.Sprintf("all served at 1; stuck after 10: %d", sched.TimedOut))
}

func TestPanicEndsItsTaskOnly(t *testing.T) {
	w := newWorld()
	w.loop.OnPanic = func(v any, stack []byte) {
		w.say("%v, seen from %t", v, bytes.Contains(stack, []byte("TestPanicEndsItsTaskOnly")))
	}
	w.run(func(task *sched.Task) {
		task.Sleep(ms)
		panic("boom")
	}, func(task *sched.Task) {
		task.Sleep(5 * ms)
		w.say("alive")
	})
	w.want(t, "boom, seen from true; alive")
	if n := w.loop.Stats.Panics.Load(); n != 1 {
		t.Errorf("panics counted: %d, want 1", n)
	}
}

func TestCancelReachesTheNextWait(t *testing.T) {
	w := newWorld()
	var first *sched.Task
	w.run(func(task *sched.Task) {
		first = task
		w.say("sleep %t", task.Sleep(sec))
		task.Cancel() // while it runs
		w.say("sleep %t", task.Sleep(sec))
		w.say("sleep %t", task.Sleep(sec))
	}, func(task *sched.Task) {
		task.Sleep(ms)
		first.Cancel()
	})
	w.want(t, "sleep false; sleep false; sleep true")
}

// What starts soon runs behind the events that arrive until then.
func TestStartSoonLetsEventsPass(t *testing.T) {
	w := newWorld()
	a, b := w.pair(100)
	w.run(func(task *sched.Task) {
		n, _ := a.Read(task, make([]byte, 10), 0)
		w.say("read %d", n)
	}, func(task *sched.Task) {
		w.loop.StartSoon(job(func(*sched.Task) { w.say("soon") }))
		b.TryWrite([]byte("x"), false)
		b.Shutdown()
	})
	w.want(t, "read 1; soon")
}

type idler struct {
	w    *world
	name string
}

func (i idler) IdleReady(c *sched.Conn) {
	buf := make([]byte, 100)
	n, st := c.TryRead(buf)
	i.w.say("%s ready %q %d", i.name, buf[:n], st)
	c.Close()
}

func (i idler) IdleExpired(c *sched.Conn) {
	i.w.say("%s expired", i.name)
	c.Close()
}

func TestIdleConnectionsHoldNoTask(t *testing.T) {
	w := newWorld()
	a, a2 := w.pair(100)
	b, _ := w.pair(100)
	c, c2 := w.pair(100)
	w.run(func(task *sched.Task) {
		a.Idle(idler{w, "a"}, task.Now()+sec)
		b.Idle(idler{w, "b"}, task.Now()+2*sec)
		c.Idle(idler{w, "c"}, 0)
		task.Sleep(500 * ms)
		a2.Write(task, []byte("hello"), 0)
		task.Sleep(5 * sec)
		c2.Close()
	})
	w.want(t, fmt.Sprintf(`a ready "hello" 0; b expired; c ready "" %d`, sched.EOF))
}

type acceptor struct {
	w     *world
	conns []int32
}

func (a *acceptor) More(*sched.Loop) bool { return true }

func (a *acceptor) Accepted(l *sched.Loop, fd int32, _ netip.AddrPort) {
	a.conns = append(a.conns, fd)
	a.w.say("accepted at %d", l.Now()/(100*ms))
}

// Out of descriptors, a loop leaves connections in the kernel's queue, tries
// again ten times a second, and takes them when descriptors are back.
func TestAcceptShedsWithoutDescriptors(t *testing.T) {
	w := newWorld()
	acc := &acceptor{w: w}
	ln := &sched.Listener{FD: w.sys.Listen(), Acceptor: acc, MaxAccept: 4}
	w.sys.MaxFiles = w.sys.Open() + 4 // two ends of each of two connections
	w.run(func(task *sched.Task) {
		w.loop.Watch(ln)
		w.sys.Dial(ln.FD, 100)
		w.sys.Dial(ln.FD, 100)
		w.sys.Dial(ln.FD, 100)
		task.Sleep(250 * ms)
		w.say("shed %d", w.loop.Stats.Shed.Load())
		w.sys.Close(acc.conns[0])
		task.Sleep(200 * ms)
		w.loop.Unwatch(ln)
	})
	w.want(t, "accepted at 10; shed 3; accepted at 13")
}

// A connection that the loop closes makes room at once, again and again.
func TestAcceptGoesOnWhenADescriptorIsFree(t *testing.T) {
	w := newWorld()
	acc := &acceptor{w: w}
	ln := &sched.Listener{FD: w.sys.Listen(), Acceptor: acc, MaxAccept: 4}
	a, b := w.pair(64)
	w.sys.MaxFiles = w.sys.Open() + 3 // the clients' ends
	w.run(func(task *sched.Task) {
		w.loop.Watch(ln)
		for range 3 {
			w.sys.Dial(ln.FD, 100)
		}
		task.Sleep(10 * ms)
		for _, c := range []*sched.Conn{a, b} {
			c.Close()
			task.Sleep(10 * ms)
			w.say("%d in all", len(acc.conns))
		}
		w.loop.Unwatch(ln)
	})
	w.want(t, "accepted at 10; 1 in all; accepted at 10; 2 in all")
}

func TestSpliceMovesBytesInOrder(t *testing.T) {
	w := newWorld()
	a, a2 := w.pair(64)
	b, b2 := w.pair(16)
	var want, got []byte
	for i := range 1000 {
		want = append(want, byte(i))
	}
	w.run(func(task *sched.Task) {
		a2.Write(task, want, 0)
		a2.Shutdown()
	}, func(task *sched.Task) {
		var sp sched.Splicer
		defer sp.Release(w.loop)
		for {
			if !sp.Open(w.loop) {
				w.say("no pipe")
				return
			}
			_, st := sp.Fill(a, 1<<20)
			for sp.Held() > 0 {
				if _, s := sp.Drain(b, false); s == sched.Again {
					b.WaitWrite(task, 0)
				}
			}
			if st == sched.EOF {
				b.Shutdown()
				return
			}
			if st == sched.Again {
				a.WaitRead(task, 0)
			}
		}
	}, func(task *sched.Task) {
		buf := make([]byte, 10)
		for {
			n, st := b2.Read(task, buf, 0)
			if st != sched.OK {
				return
			}
			got = append(got, buf[:n]...)
		}
	})
	if !slices.Equal(got, want) {
		t.Errorf("spliced %d bytes, want %d, equal and in order", len(got), len(want))
	}
}

func TestSpliceOfAWholeMessageLeavesNothingToRead(t *testing.T) {
	w := newWorld()
	a, a2 := w.pair(64)
	w.run(func(task *sched.Task) {
		var sp sched.Splicer
		defer sp.Release(w.loop)
		a2.TryWrite([]byte("messagerest"), false)
		a.WaitRead(task, 0)
		w.say("pipe %v", sp.Open(w.loop))
		for _, n := range []int{7, 4} {
			n, _ := sp.Fill(a, n)
			w.say("%d bytes, more %v", n, a.Readable())
		}
	})
	w.want(t, "pipe true; 7 bytes, more true; 4 bytes, more false")
}

func TestPipesAreBounded(t *testing.T) {
	w := newWorld()
	w.loop.Pipes = &sched.Pipes{}
	w.loop.Pipes.Max.Store(1)
	var a, b sched.Splicer
	open := func(s *sched.Splicer) {
		ok := s.Open(w.loop)
		w.say("%v %d %d", ok, w.loop.Stats.PipesUsed.Load(), w.loop.Stats.PipesFree.Load())
	}
	open(&a)
	open(&b)
	a.Release(w.loop)
	open(&b)
	w.loop.Pipes.Max.Store(2)
	b.Release(w.loop)
	w.loop.Pipes.Off.Store(true)
	open(&a)
	w.want(t, "true 1 0; false 1 0; true 1 0; false 0 1")
}

func TestErrnoSaysWhyAConnectionBroke(t *testing.T) {
	w := newWorld()
	a, b := w.pair(10)
	w.run(func(task *sched.Task) {
		_, st := a.Read(task, make([]byte, 1), 0)
		w.say("%d %d", st, a.Errno)
	}, func(task *sched.Task) {
		task.Sleep(ms)
		b.Reset()
	})
	w.want(t, fmt.Sprintf("%d %d", sched.Broken, syscall.ECONNRESET))
}

func TestTrimEndsFreeTasksOnly(t *testing.T) {
	w := newWorld()
	ran := 0
	var jobs []job
	for range 200 {
		jobs = append(jobs, func(t *sched.Task) { t.Sleep(ms); ran++ })
	}
	jobs = append(jobs, func(t *sched.Task) {
		t.Sleep(10 * ms)
		if !w.loop.Trim(10) {
			w.say("one call ended them all")
		}
		for w.loop.Trim(10) {
		}
		for range 20 {
			w.loop.Start(job(func(t *sched.Task) { t.Sleep(ms); ran++ }))
		}
		t.Sleep(10 * ms)
	})
	w.run(jobs...)
	if ran != 220 || len(w.story) > 0 {
		t.Errorf("%d jobs ran, want 220; %v", ran, w.story)
	}
}

// A task that yields on and on does not keep the loop from its other events.
func TestYieldLetsEventsPass(t *testing.T) {
	w := newWorld()
	a, b := w.pair(100)
	read := false
	w.run(func(task *sched.Task) {
		n, _ := a.Read(task, make([]byte, 10), 0)
		w.say("read %d", n)
		read = true
	}, func(task *sched.Task) {
		b.TryWrite([]byte("x"), false)
		for i := 0; i < 10 && !read; i++ {
			task.Yield()
		}
		w.say("seen %t", read)
	})
	w.want(t, "read 1; seen true")
}
