package lb

import (
	"segue/internal/sched"
	"segue/internal/syslog"

	"sync"
	"sync/atomic"
)

// Process is what the threads share.
type Process struct {
	Threads   []*Thread
	Gen       atomic.Pointer[Generation]
	State     *State
	Started   int64 // unix ns
	MaxMemory int64 // of "-m", in bytes; 0 = none
	PID       int
	Version   string        // Segue's own, for "show info"
	NextID    atomic.Uint64 // of sessions and streams
	Conns     atomic.Int64  // client connections
	CLIConns  atomic.Int64  // of Conns, those of stats sockets
	MaxConn   atomic.Int64
	Totals
	Stopping  atomic.Bool
	Announced atomic.Bool // it will stop soon: "grace"
	// Left hears, while Stopping, that connections have ended; it has room for one.
	Left    chan struct{}
	Closing Spread
	// Held is how many listeners wait for a connection to end; Room, set before
	// the first accept, lets them look again. Any thread may call it.
	Held     atomic.Int32
	Room     func()
	Mu       sync.Mutex   // serialises what changes the running configuration (CLI, reload, checks)
	Warnings atomic.Int64 // of the start and of reloads
	Booted   atomic.Int64 // ms that the start took
	Hooks    any
	CPU      CPUMarks // for Idle_pct of "show info"
	// HardMaxConn is what MaxConn may be raised to, 0 = anything; the rate
	// limits are maxconnrate and maxsessrate or "set rate-limit", 0 = none.
	HardMaxConn, ConnRateLimit, SessRateLimit atomic.Int64
	// SSLRateLimit (per second) and CompressionLimit (kB/s) are what "set
	// rate-limit" said; nothing here makes what they limit.
	SSLRateLimit, CompressionLimit atomic.Int64
	Pipes                          sched.Pipes
	// MaxSockets is how many descriptors the configuration may need, MaxFiles
	// how many it asked for and got.
	MaxSockets, MaxFiles atomic.Int64
	// AnonKey is what "set anon on" hides names under, 0 = any.
	AnonKey atomic.Uint32
	// Events are changes of servers' states and what is told when the process
	// stops: "show events".
	Events syslog.Ring
}
