package health

import (
	"sync"
	"sync/atomic"
	"time"

	"segue/internal/lb"
	"segue/internal/sched"
)

// Hooks are what health calls outside of its own affairs. All may be nil. They
// are set once before the first Start and called without any lock held, from
// the loop or goroutine that caused the change.
type Hooks struct {
	// Log takes a line for the backend's log targets. level is the syslog
	// level. The same text goes to the process's own messages: as an alert for
	// level 0, a warning otherwise (but see LogText).
	Log func(px *lb.Proxy, level int, msg string)
	// Changed says that the server's state or weight changed: queue.Changed.
	Changed func(srv *lb.Server)
	// Shutdown ends the server's running streams: manual 5.2 "on-marked-down
	// shutdown-sessions" and, with up, "on-marked-up shutdown-backup-sessions"
	// of another server (termination states D and U).
	Shutdown func(srv *lb.Server, up bool)
	// Purge closes the server's idle connections: it enters maintenance.
	Purge func(srv *lb.Server)
	// Unreachable asks for the server's name to be resolved again.
	Unreachable func(srv *lb.Server)
}

// Health is the health of all servers of a process. There is one; Of finds it.
type Health struct {
	Hooks Hooks
	p     *lb.Process

	mu       sync.Mutex // guards everything below and what server and Check say
	gen      *lb.Generation
	servers  []*server
	backends map[string]*backend
	next     int // thread of the next new check
	resting  bool

	threads [lb.MaxThreads]thread // each belongs to its loop
}

// thread is what the checks of a loop share.
type thread struct {
	running int
	waiting []*Check // due, but tune.max-checks-per-thread are running
	buffers [][]byte // free
	runs    []*run   // free
}

// maxRuns is how many a thread keeps.
const maxRuns = 64

// newRun takes a run or makes one.
func (th *thread) newRun() *run {
	if n := len(th.runs); n > 0 {
		r := th.runs[n-1]
		th.runs = th.runs[:n-1]
		return r
	}
	r := new(run)
	r.conn = &r.direct
	return r
}

// freeRun keeps r, which holds nothing.
func (th *thread) freeRun(r *run) {
	if len(th.runs) < maxRuns {
		th.runs = append(th.runs, r)
	}
}

// Of returns the process's Health, made on first use.
func Of(p *lb.Process) *Health {
	return p.State.Object("health/all", func() any {
		return &Health{p: p, backends: map[string]*backend{}}
	}).(*Health)
}

// backend counts the usable servers of a backend, by identity.
type backend struct {
	px              *lb.Proxy // of the newest generation
	actives, spares int
	before          int  // their sum before the change at hand
	known           bool // they were counted once
}

// server is one server's health: lb.ServerState.Health.
type server struct {
	h        *Health
	st       *lb.ServerState
	be       *backend
	srv      *lb.Server // of the newest generation
	th       *lb.Thread
	check    *Check // nil before one is configured
	agent    *Check
	follows  *server   // track
	trackers []*server // that follow this one; told from the last to the first
	counted  bool      // in be's numbers
	born     bool      // Start has seen it
	away     bool      // it was in maintenance when health last looked
	gen      int       // the newest generation that has it
	warmup   ramp

	errors     atomic.Int32 // consecutive, of observe
	failedHana atomic.Int64
	downs      int64 // transitions to down
}

// of returns the server's health, nil before the first Start.
func of(srv *lb.Server) *server {
	s, _ := srv.State.Health.Load().(*server)
	return s
}

// now is the time of day in s; only transitions ask for it.
func now() int64 { return time.Now().Unix() }

// post runs f on the thread's loop.
func (s *server) post(f func()) { s.th.Post(f) }

var _ sched.Expirer = (*Check)(nil)
