package link

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"segue/internal/front"
	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/sched/epoll"
	"segue/internal/syslog"
)

// Engine owns a process's threads and listeners and runs one generation after
// another.
type Engine struct {
	Process   *lb.Process
	mu        sync.Mutex // serialises Use and whatever watches listeners
	listeners map[listenerID]*front.Listener
	all       atomic.Pointer[[]*front.Listener] // the same, for those without the lock
	came      inheritance
	wg        sync.WaitGroup
	sinks     *sinks // of the generation that serves
	attached  [][]*syslog.Writer
	past      history
	listening sync.Mutex    // what accept and refuse do to a socket; short
	quit      chan struct{} // closed to end the fader
	faded     chan struct{} // closed when it has ended
	quiet     atomic.Bool   // see Result
	paused    bool          // nothing is watched, until resume or Use
}

// listenerID tells listeners apart: the sockets of one address in several
// shards are several listeners, and a new socket for an old address is a new
// one.
type listenerID struct {
	key string // Key of the bind
	fd  int32
}

// NewEngine makes threads threads that do not run yet; 0 = usable CPUs.
func NewEngine(threads int) (*Engine, error) {
	if threads <= 0 {
		threads = runtime.NumCPU()
	}
	threads = min(threads, lb.MaxThreads)
	// More processors than loops: the collector and the log writers never wait
	// for a loop to give its own up.
	runtime.GOMAXPROCS(threads * 2)
	e := &Engine{
		Process:   &lb.Process{State: lb.NewState(), PID: os.Getpid(), Started: time.Now().UnixNano(), Left: make(chan struct{}, 1)},
		listeners: map[listenerID]*front.Listener{},
	}
	e.all.Store(new([]*front.Listener))
	e.Process.MaxConn.Store(1 << 40)
	e.Process.Room = e.room
	for i := range threads {
		sys, err := epoll.New()
		if err != nil {
			return nil, err
		}
		loop := sched.NewLoop(i, sys)
		loop.OnPanic = reportPanic
		loop.Pipes = &e.Process.Pipes
		th := &lb.Thread{Loop: loop, Index: i, Process: e.Process, Tmp: make([]byte, 0, 64<<10), Rand: uint64(time.Now().UnixNano()) | 1}
		th.AfterEvents = append(th.AfterEvents, func() {
			for _, w := range th.Writers {
				w.Flush()
			}
		})
		e.Process.Threads = append(e.Process.Threads, th)
	}
	return e, nil
}

// Start runs the threads.
func (e *Engine) Start() {
	for _, th := range e.Process.Threads {
		e.wg.Add(1)
		go func() {
			defer e.wg.Done()
			th.Run()
		}()
	}
	e.quit, e.faded = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(e.faded)
		e.fader(e.quit)
	}()
}

// Stop ends the threads, which run, and waits for them.
func (e *Engine) Stop() {
	close(e.quit)
	<-e.faded // it waits for threads
	for _, th := range e.Process.Threads {
		th.Stop()
	}
	e.wg.Wait()
}

// Use publishes the generation. When it returns, every loop watches its
// listeners and none watches those that it lacks; what waited in their accept
// queues has been taken. The descriptors belong to the caller. socks has the
// socket of each bind of r with its shards. The threads run.
func (e *Engine) Use(r *Result, socks []Socket) {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := e.Process
	attached := r.sinks.attach(p.Threads)
	old := e.publish(r)
	fresh, gone := e.bind(r, socks)
	if e.paused {
		e.relisten()
		fresh = *e.all.Load()
	}
	if len(fresh)+len(gone) > 0 {
		e.everywhere(func(th *lb.Thread) { rewatch(th, fresh, gone) })
	}
	if len(gone) > 0 {
		// Only now that no loop can be told of them any more.
		e.everywhere(func(th *lb.Thread) {
			for _, ln := range gone {
				ln.TakeRest(th)
			}
		})
	}
	e.refuseAgain(r.Gen)
	e.room()
	e.retire(old, e.sinks, e.attached)
	e.sinks, e.attached = r.sinks, attached
	e.quiet.Store(r.quiet)
}

// publish makes r the generation that new streams of kept listeners use, and
// returns the one before. It waits for nobody: a command that has stopped all
// loops may be waiting for the lock.
func (e *Engine) publish(r *Result) *lb.Generation {
	p := e.Process
	p.Mu.Lock()
	defer p.Mu.Unlock()
	old := p.Gen.Load()
	if r.lost != nil {
		r.notices = r.lost()
	}
	for _, adopt := range r.adopt {
		adopt()
	}
	p.State.Commit(r.draft)
	r.adopt, r.draft, r.lost = nil, nil, nil // they know the generation before
	e.limits(r, old)
	now := time.Now().UnixNano()
	r.Gen.Born = now
	// Health and balancers come first: no stream of the new generation may see a
	// server up that is down.
	started(r.Gen, old, p)
	r.rebalance()
	p.Gen.Store(r.Gen)
	if old != nil {
		old.RetiredAt.Store(now)
		old.Retired.Store(true)
	}
	return old
}

// bind points the kept listeners at the new generation, makes those that are
// new and takes out those that are gone.
func (e *Engine) bind(r *Result, socks []Socket) (fresh, gone []*front.Listener) {
	named := make(map[listenerID]bool, len(socks))
	use := func(b *lb.Bind, key string, fd int) {
		id := listenerID{key, int32(fd)}
		named[id] = true
		if ln := e.listeners[id]; ln != nil {
			ln.Use(b)
			return
		}
		ln := &front.Listener{Process: e.Process, Key: key}
		if b.Conf.Addr.Dgram {
			ln.Receive = receive(e.Process, ln)
		}
		ln.FD, ln.Acceptor, ln.MaxAccept = int32(fd), ln, maxAccept(r.Gen, len(e.Process.Threads))
		ln.Use(b)
		e.listeners[id] = ln
		fresh = append(fresh, ln)
	}
	for i, b := range r.Binds {
		key := Key(b)
		use(b, key, socks[i].FD)
		for _, fd := range socks[i].Shards {
			use(b, key, fd)
		}
	}
	for id, ln := range e.listeners {
		if !named[id] {
			delete(e.listeners, id)
			gone = append(gone, ln)
		}
	}
	e.snapshot()
	return fresh, gone
}

// snapshot publishes the list of listeners.
func (e *Engine) snapshot() {
	all := make([]*front.Listener, 0, len(e.listeners))
	for _, ln := range e.listeners {
		all = append(all, ln)
	}
	e.all.Store(&all)
}

// room lets the listeners that met a limit look again. Any thread calls it.
func (e *Engine) room() {
	for _, ln := range *e.all.Load() {
		ln.Look()
	}
}

// rewatch changes what a loop listens on.
func rewatch(th *lb.Thread, fresh, gone []*front.Listener) {
	for _, ln := range gone {
		th.Unwatch(&ln.Listener)
	}
	for _, ln := range fresh {
		th.Watch(&ln.Listener)
	}
}

// Socket is a bind's listening socket with the further ones of its address.
type Socket struct {
	FD     int
	Shards []int
}

// maxAccept is tune.maxaccept: how many connections one wake-up takes.
func maxAccept(g *lb.Generation, threads int) int {
	if n := g.Conf.Global.Tune.MaxAccept; n != 0 {
		if n < 0 {
			return 64
		}
		return n
	}
	if threads > 1 {
		return 4
	}
	return 64
}

// reportPanic tells standard error of a task that panicked: its connection is
// closed, the process goes on, and somebody has to hear of it.
func reportPanic(v any, stack []byte) {
	fmt.Fprintf(os.Stderr, "panic in a task: %v\n%s", v, stack)
}
