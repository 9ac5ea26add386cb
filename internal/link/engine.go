package link

import (
	"os"
	"runtime"
	"sync"
	"time"

	"segue/internal/front"
	"segue/internal/lb"
	"segue/internal/process/listen"
	"segue/internal/sched"
	"segue/internal/sched/epoll"
	"segue/internal/syslog"
)

// Engine owns a process's threads and listeners and runs one generation after
// another.
type Engine struct {
	Process   *lb.Process
	mu        sync.Mutex // serialises Use
	listeners map[string]*front.Listener
	wg        sync.WaitGroup
	sinks     *sinks // of the generation that serves
	attached  [][]*syslog.Writer
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
		Process:   &lb.Process{State: lb.NewState(), PID: os.Getpid(), Started: time.Now().UnixNano()},
		listeners: map[string]*front.Listener{},
	}
	e.Process.MaxConn.Store(1 << 40)
	for i := range threads {
		sys, err := epoll.New()
		if err != nil {
			return nil, err
		}
		th := &lb.Thread{Loop: sched.NewLoop(i, sys), Index: i, Process: e.Process, Tmp: make([]byte, 0, 64<<10), Rand: uint64(time.Now().UnixNano()) | 1}
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
}

// Stop ends the threads and waits for them.
func (e *Engine) Stop() {
	for _, th := range e.Process.Threads {
		th.Stop()
	}
	e.wg.Wait()
}

// Use publishes the generation: new listeners start, kept ones serve it from
// the next connection on, and those that it does not name stop accepting.
// socks holds a listening socket for each bind of r, by Key.
func (e *Engine) Use(r *Result, socks map[string]*listen.Socket) {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := e.Process
	for _, adopt := range r.adopt {
		adopt()
	}
	attached := r.sinks.attach(p.Threads)
	if n := r.Model.Global.MaxConn; n > 0 {
		p.MaxConn.Store(int64(n))
	}
	old := p.Gen.Swap(r.Gen)
	named := map[string]bool{}
	for _, b := range r.Binds {
		key := Key(b)
		named[key] = true
		if ln := e.listeners[key]; ln != nil {
			ln.Use(b)
			continue
		}
		ln := &front.Listener{Process: p, Key: key}
		ln.FD = int32(socks[key].FD)
		ln.Acceptor = ln
		ln.MaxAccept = maxAccept(r.Gen, len(p.Threads))
		ln.Use(b)
		e.listeners[key] = ln
		for _, th := range p.Threads {
			th.Post(func() { th.Watch(&ln.Listener) })
		}
	}
	for key, ln := range e.listeners {
		if !named[key] {
			delete(e.listeners, key)
			e.retire(ln)
		}
	}
	if old != nil {
		old.Retired.Store(true)
	}
	if e.sinks != nil {
		go e.sinks.detach(e.attached, p.Threads, old)
	}
	e.sinks, e.attached = r.sinks, attached
	r.Gen.Born = time.Now().UnixNano()
}

// retire stops accepting on every thread and closes the descriptor last.
func (e *Engine) retire(ln *front.Listener) {
	left := len(e.Process.Threads)
	var mu sync.Mutex
	for _, th := range e.Process.Threads {
		th.Post(func() {
			th.Unwatch(&ln.Listener)
			mu.Lock()
			defer mu.Unlock()
			if left--; left == 0 {
				closeFD(ln.FD)
			}
		})
	}
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
