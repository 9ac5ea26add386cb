package sched

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"segue/internal/rate"
)

// ScratchSize is the size of the buffer that receives land in.
const ScratchSize = 256 << 10

// Loop is one event loop on one thread.
type Loop struct {
	ID  int
	sys System
	now int64

	wheel   wheel
	free    []*Task // recycled, the hottest last
	run     []*Task // woken, in order
	soon    []*Task // for run, an iteration later
	current *Task
	tasks   int // tasks with a job

	conns     []*Conn // by descriptor
	listeners []*watched
	gen       int32
	pipes     []pipe // kept for use

	// Scratch receives; Out is where heads are assembled. Both hold their
	// content only until the running task waits.
	Scratch []byte
	Out     []byte

	outbox  []byte   // see outbox.go
	parcels []parcel // in the outbox
	failing []notice // to be announced
	late    map[*Conn][]byte
	batch   bool // several events in this iteration
	starved bool // a listener is paused until a descriptor is free

	// Pipes bounds the pipes of the process; nil = no bound.
	Pipes *Pipes

	// AfterEvents is called at the end of every iteration, before the loop may
	// sleep: log rings are flushed there.
	AfterEvents []func()
	// OnPanic is told what a task panicked with, or a function of Go on its own
	// goroutine.
	OnPanic func(value any, stack []byte)

	mu       sync.Mutex // guards posts
	posts    []func()
	spare    []func()
	posted   atomic.Bool // posts is not empty
	stopping atomic.Bool
	wall     int64 // unix ns at Now() == 0; refreshed once a second
	wallAt   int64

	Stats  Stats
	sent   int          // bytes that Stats does not have yet
	odd    int          // bytes below a unit that SentRate does not have
	timing atomic.Int64 // a Timing
}

// Stats are a loop's counters; other threads read them.
type Stats struct {
	Panics     atomic.Int64 // tasks that ended in a panic
	Conns      atomic.Int64 // connections attached now
	Shed       atomic.Int64 // times that accepting stopped for want of descriptors
	Iterations atomic.Int64
	PipesUsed  atomic.Int64 // with transfers
	PipesFree  atomic.Int64 // kept for the next ones
	Spliced    atomic.Int64 // bytes that were sent through pipes
	Sent       atomic.Int64 // bytes that were sent, those included
	// SentRate counts Sent in units of SentUnit bytes, which leaves room for
	// 137 GB/s in its 32 bits.
	SentRate rate.Counter
	Busy     Spans // from one poll to the next; see SetTiming
}

// NewLoop returns a loop that does not run yet.
func NewLoop(id int, sys System) *Loop {
	l := &Loop{ID: id, sys: sys, Scratch: make([]byte, ScratchSize), Out: make([]byte, 0, 64<<10)}
	l.now = sys.Now()
	l.timing.Store(int64(TimeSome))
	l.wheel.init(l.now)
	l.setWall()
	return l
}

// Now is the cached monotonic time in ns. Only the loop's thread may ask.
func (l *Loop) Now() int64 { return l.now }

// Clock is what Now would be just now. Any thread may ask.
func (l *Loop) Clock() int64 { return l.sys.Now() }

// WallNow is the cached time of day in unix ns. Only logs and dates use it.
func (l *Loop) WallNow() int64 { return l.wall + l.now }

func (l *Loop) setWall() {
	l.wallAt = l.now
	l.wall = time.Now().UnixNano() - l.now
}

// Start runs job in a task at once, up to its first wait, when called outside
// a task; within one the new task waits for its turn.
func (l *Loop) Start(job Job) *Task {
	t := l.take(job)
	if l.current == nil {
		t.resume(Ready)
	} else {
		l.enqueue(t, Ready)
	}
	return t
}

// StartSoon runs job in a task after the events of the next iteration. Of an
// accepted connection the first bytes are likely there by then, which saves a
// receive that finds nothing and the registration to wait for more.
func (l *Loop) StartSoon(job Job) {
	t := l.take(job)
	t.cause, t.queued = Ready, true
	l.soon = append(l.soon, t)
}

func (l *Loop) enqueue(t *Task, c Cause) {
	t.cause = c
	t.queued = true
	l.run = append(l.run, t)
}

// SetTimer makes owner.Expire be called at when. It replaces an earlier setting.
func (l *Loop) SetTimer(t *Timer, owner Expirer, when int64) { l.wheel.set(t, owner, when) }

// StopTimer forgets the timer.
func (l *Loop) StopTimer(t *Timer) { l.wheel.del(t) }

// Post runs f on the loop's thread, outside any task. Any thread may call it.
func (l *Loop) Post(f func()) {
	l.mu.Lock()
	l.posts = append(l.posts, f)
	first := len(l.posts) == 1
	l.mu.Unlock()
	if first {
		l.posted.Store(true)
		l.sys.Wake()
	}
}

// Go runs f on a goroutine of its own, then done on the loop's thread, also
// when f panicked.
func (l *Loop) Go(f, done func()) {
	go func() {
		defer l.Post(done)
		defer func() {
			if v := recover(); v != nil {
				l.panicked(nil, v)
			}
		}()
		f()
	}()
}

// Stop ends Run after the current iteration. Any thread may call it.
func (l *Loop) Stop() {
	l.stopping.Store(true)
	l.sys.Wake()
}

// Run is the loop. It returns after Stop and leaves the thread locked, so that
// the runtime ends it.
func (l *Loop) Run() {
	runtime.LockOSThread()
	events := make([]syscall.EpollEvent, 256)
	for !l.stopping.Load() {
		n := l.poll(events)
		l.batch = n > 1
		l.run = append(l.run, l.soon...)
		l.soon = l.soon[:0]
		for i := range events[:n] {
			l.dispatch(&events[i])
		}
		l.wheel.expire(l.now)
		if l.posted.Load() {
			l.runPosts()
		}
		for i := 0; i < len(l.run); i++ {
			t := l.run[i]
			t.queued = false
			t.resume(t.cause)
		}
		l.run = l.run[:0]
		l.sendParcels()
		l.announce()
		for _, f := range l.AfterEvents {
			f()
		}
	}
}

// poll waits for events, up to the next timer.
func (l *Loop) poll(events []syscall.EpollEvent) int {
	var timeout int64
	if !l.posted.Load() && !l.stopping.Load() && len(l.run)+len(l.soon)+len(l.parcels) == 0 {
		timeout = l.wheel.wait(l.now)
	}
	l.time()
	if l.sent != 0 {
		l.countSent()
	}
	n := l.sys.Poll(events, timeout)
	l.now = l.sys.Now()
	l.Stats.Iterations.Add(1)
	if l.now-l.wallAt > int64(time.Second) {
		l.setWall()
	}
	return n
}

// SentUnit is the unit of Stats.SentRate in bytes.
const SentUnit = 32

// countSent publishes what an iteration sent. What other threads read is
// touched once in an iteration, not with each send.
func (l *Loop) countSent() {
	l.Stats.Sent.Add(int64(l.sent))
	units := l.sent + l.odd
	l.sent, l.odd = 0, units%SentUnit
	if units >= SentUnit {
		l.Stats.SentRate.Add(l.now/int64(time.Millisecond), uint32(units/SentUnit))
	}
}

func (l *Loop) runPosts() {
	l.posted.Store(false)
	l.mu.Lock()
	posts := l.posts
	l.posts = l.spare[:0]
	l.mu.Unlock()
	for i, f := range posts {
		l.contained(f)
		posts[i] = nil
	}
	l.spare = posts
}

func (l *Loop) contained(f func()) {
	defer func() {
		if v := recover(); v != nil {
			l.panicked(nil, v)
		}
	}()
	f()
}

func (l *Loop) panicked(t *Task, v any) {
	l.Stats.Panics.Add(1)
	if l.OnPanic != nil {
		l.OnPanic(v, debug.Stack())
	}
	if t == nil {
		return
	}
	if p, ok := t.job.(Panicker); ok {
		l.contained(func() { p.Panicked(t, v) })
	}
}

func (l *Loop) dispatch(ev *syscall.EpollEvent) {
	if ev.Pad < 0 {
		l.acceptReady(ev)
		return
	}
	if int(ev.Fd) >= len(l.conns) {
		return
	}
	c := l.conns[ev.Fd]
	if c == nil || c.gen != ev.Pad {
		return // closed earlier in this batch
	}
	c.event(ev.Events)
}
