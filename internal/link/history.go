package link

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"segue/internal/feature/reload"
	"segue/internal/front"
	"segue/internal/lb"
	"segue/internal/pool"
	"segue/internal/queue"
	"segue/internal/syslog"
)

// idleGrace is how long an idle connection that is to end may still send a
// request: it is answered, with "Connection: close".
const idleGrace = 500 * time.Millisecond

// history is the generations that no longer serve new streams. Only the
// goroutine that waits for a generation's end keeps it in memory here.
type history struct {
	mu   sync.Mutex
	list []*retired
	gc   *time.Timer // frees what has ended, once things have settled
}

// retired is a generation that another one has replaced.
type retired struct {
	num           int
	born, retired int64 // unix ns
	hard          time.Duration
	gen           *lb.Generation // nil when left: then nobody here may keep it in memory
	sinks         *sinks
	writers       [][]*syslog.Writer
	left          bool // its last connection has ended: only the collector has to find it
	freed         atomic.Bool
}

// retire lets a generation end: idle connections go over to the new one, those
// of listeners that it alone had are drained, the rest ends by itself or after
// its hard-stop-after.
func (e *Engine) retire(old *lb.Generation, s *sinks, writers [][]*syslog.Writer) {
	if old == nil {
		return
	}
	r := &retired{num: old.Num, born: old.Born, retired: old.RetiredAt.Load(), hard: old.Conf.Global.HardStopAfter, gen: old, sinks: s, writers: writers}
	// A weak pointer would not do: who looks through it while the collector
	// runs keeps the generation for another round.
	runtime.AddCleanup(old, func(r *retired) { r.freed.Store(true) }, r)
	e.past.mu.Lock()
	e.past.list = append(e.past.list, r)
	e.past.mu.Unlock()
	go func() {
		e.outlive(old, r)
		// The next reload finds the memory of the process as it was before.
		debug.FreeOSMemory()
	}()
}

// outlive waits until nothing of the generation is left and gives back what it
// held.
func (e *Engine) outlive(old *lb.Generation, r *retired) {
	start := time.Now()
	hard := old.Conf.Global.HardStopAfter
	for wait := 20 * time.Millisecond; ; wait = min(wait+wait/4, 500*time.Millisecond) {
		e.everywhere(front.Adopt)
		passed := time.Since(start)
		if passed >= idleGrace {
			e.everywhere(func(th *lb.Thread) { front.CloseIdle(th, int64(idleGrace)) })
		}
		if old.Streams.Load() == 0 && e.holders(old).none() {
			break
		}
		if hard > 0 && passed >= hard {
			e.everywhere(func(th *lb.Thread) { front.Abort(th, old) })
		} else if hard > 0 {
			wait = max(min(wait, hard-passed), time.Millisecond)
		}
		time.Sleep(wait)
	}
	e.mu.Lock()
	next := e.sinks
	e.mu.Unlock()
	r.sinks.detach(r.writers, e.Process.Threads, next)
	e.forget(old)
	e.past.mu.Lock()
	defer e.past.mu.Unlock()
	r.left, r.gen, r.sinks, r.writers = true, nil, nil, nil
	if e.past.gc != nil {
		e.past.gc.Stop()
	}
	e.past.gc = time.AfterFunc(settleTime, func() { e.collect(settleTime) })
}

// collect frees the memory of generations that have ended. What a recycled
// object still points at is freed some time later.
func (e *Engine) collect(wait time.Duration) {
	for _, th := range e.Process.Threads {
		for more := true; more; {
			on(th, func() { more = front.Trim(th, keepFree) })
		}
	}
	debug.FreeOSMemory()
	e.past.mu.Lock()
	defer e.past.mu.Unlock()
	for _, r := range e.past.list {
		if r.left && !r.freed.Load() && wait < time.Minute {
			e.past.gc = time.AfterFunc(2*wait, func() { e.collect(2 * wait) })
			return
		}
	}
}

// settleTime is how long after the end of a generation its memory is looked
// for: a worker that serves quietly may not collect for minutes by itself, and
// a storm of reloads needs one collection.
const settleTime = time.Second

// forget removes what other objects know of a generation that has ended.
func (e *Engine) forget(old *lb.Generation) {
	for _, px := range old.Proxies {
		if px.Back != nil {
			queue.Forget(px)
		}
	}
	if gone := e.deserted(old); len(gone) > 0 {
		e.everywhere(func(th *lb.Thread) {
			for _, st := range gone {
				pool.Purge(th, st)
			}
		})
	}
}

// deserted are the servers of a generation that has ended which the one that
// serves does not have: nobody will take their idle connections, which count
// against the limit of descriptors.
func (e *Engine) deserted(old *lb.Generation) (gone []*lb.ServerState) {
	// Commands add and delete servers under the same lock.
	e.Process.Mu.Lock()
	defer e.Process.Mu.Unlock()
	had := states(old)
	for st := range states(e.Process.Gen.Load()) {
		delete(had, st)
	}
	for st := range had {
		if st.IdleConns.Load() > 0 {
			gone = append(gone, st)
		}
	}
	return gone
}

// states are those of all servers of a generation.
func states(gen *lb.Generation) map[*lb.ServerState]bool {
	m := map[*lb.ServerState]bool{}
	for _, px := range gen.Proxies {
		for _, srv := range px.Servers {
			m[srv.State] = true
		}
		if px.Dispatch != nil {
			m[px.Dispatch.State] = true
		}
	}
	return m
}

// held is what belongs to a generation.
type held struct{ Tunnels, Streams, Idle int }

func (h held) none() bool { return h.Tunnels+h.Streams+h.Idle == 0 }

// holders counts the connections of gen.
func (e *Engine) holders(gen *lb.Generation) (h held) {
	var mu sync.Mutex
	e.everywhere(func(th *lb.Thread) {
		t, s, i := front.Holders(th, gen)
		mu.Lock()
		defer mu.Unlock()
		h.Tunnels, h.Streams, h.Idle = h.Tunnels+t, h.Streams+s, h.Idle+i
	})
	return h
}

// Generations lists what is in memory, the oldest first. It must not be called
// from a loop.
func (e *Engine) Generations() (out []reload.Generation) {
	e.past.mu.Lock()
	alive := e.past.list[:0]
	for _, r := range e.past.list {
		if !r.freed.Load() {
			alive = append(alive, r)
		}
	}
	clear(e.past.list[len(alive):])
	e.past.list = alive
	list := make([]retired, len(alive)) // as they are now
	for i, r := range alive {
		list[i] = retired{num: r.num, born: r.born, retired: r.retired, hard: r.hard, gen: r.gen, left: r.left}
	}
	e.past.mu.Unlock()
	for i := range list {
		out = append(out, e.kept(&list[i]))
	}
	if gen := e.Process.Gen.Load(); gen != nil {
		out = append(out, e.kept(&retired{num: gen.Num, born: gen.Born, retired: gen.RetiredAt.Load(), hard: gen.Conf.Global.HardStopAfter, gen: gen}))
	}
	return out
}

func (e *Engine) kept(r *retired) reload.Generation {
	var h held
	if r.gen != nil {
		h = e.holders(r.gen)
	}
	return reload.Generation{
		Num: r.num, Born: r.born, Retired: r.retired, Left: r.left,
		Tunnels: h.Tunnels, Streams: h.Streams, Idle: h.Idle, HardStop: r.hard,
	}
}
