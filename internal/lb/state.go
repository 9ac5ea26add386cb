package lb

import (
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"segue/internal/rate"
)

// State is everything that outlives a configuration, by identity. There is one
// in a process; a new process receives its content from the old one.
type State struct {
	mu       sync.Mutex // guards the maps; held only while linking and listing
	proxies  map[string]*ProxyState
	servers  map[string]*ServerState
	binds    map[string]*BindState
	extra    map[string]any    // objects of features, by "feature/name"
	base     *State            // of a draft: where objects that exist are found
	incoming map[string][]byte // of Carriers that are not in use yet
	linked   map[string]bool   // keys of extra and incoming that the last draft named
	aside    bool              // of a draft: see Aside
}

// NewState returns an empty State.
func NewState() *State {
	return &State{
		proxies: map[string]*ProxyState{}, servers: map[string]*ServerState{},
		binds: map[string]*BindState{}, extra: map[string]any{},
	}
}

// Proxy returns the state of a proxy's side, made on first use. side is
// "f" or "b": a frontend and a backend may share a name.
func (s *State) Proxy(side, name string) *ProxyState {
	key := side + "/" + name
	return adopt(&s.mu, s.proxies, key, func() *ProxyState {
		if s.aside {
			return new(ProxyState)
		}
		if old := from(s.base, func(b *State) map[string]*ProxyState { return b.proxies }, key); old != nil {
			return old
		}
		return new(ProxyState)
	})
}

// Server returns the state of backend/server and whether it existed before.
func (s *State) Server(backend, name string) (st *ServerState, existed bool) {
	existed = true
	key := backend + "/" + name
	st = adopt(&s.mu, s.servers, key, func() *ServerState {
		if s.aside {
			existed = false
			return &ServerState{Limit: -1}
		}
		if old := from(s.base, func(b *State) map[string]*ServerState { return b.servers }, key); old != nil {
			return old
		}
		existed = false
		return &ServerState{Limit: -1}
	})
	return st, existed
}

// KeepServer makes st the state of a server that was added at runtime.
func (s *State) KeepServer(backend, name string, st *ServerState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.servers[backend+"/"+name] = st
}

// KeepBackend makes st the state of a backend that was made aside.
func (s *State) KeepBackend(name string, st *ProxyState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proxies["b/"+name] = st
}

// DropBackend forgets the state of a backend that was deleted at runtime.
func (s *State) DropBackend(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.proxies, "b/"+name)
}

// DropServer forgets the state of a server that was deleted at runtime.
func (s *State) DropServer(backend, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.servers, backend+"/"+name)
}

// Bind returns the state of frontend/bind.
func (s *State) Bind(frontend, name string) *BindState {
	key := frontend + "/" + name
	return adopt(&s.mu, s.binds, key, func() *BindState {
		if old := from(s.base, func(b *State) map[string]*BindState { return b.binds }, key); old != nil {
			return old
		}
		return new(BindState)
	})
}

// Object returns a feature's object by identity, made by create on first use.
func (s *State) Object(key string, create func() any) any {
	if s.aside {
		return s.base.Object(key, create)
	}
	return adopt(&s.mu, s.extra, key, func() any {
		if old := from(s.base, func(b *State) map[string]any { return b.extra }, key); old != nil {
			return old
		}
		return s.made(key, create())
	})
}

// Objects returns the features' objects that s holds itself: of a draft, those
// that its configuration has named.
func (s *State) Objects() []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.extra))
}

// made gives an object what came for it from another process.
func (s *State) made(key string, v any) any {
	draft := s.base != nil
	if draft {
		s = s.base
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	c, ok := v.(Carrier)
	if data, came := s.incoming[key]; ok && came {
		c.Import(data)
	}
	if !draft { // a draft may be dropped, and the next one make it again
		delete(s.incoming, key)
	}
	return v
}

func adopt[V any](mu *sync.Mutex, m map[string]V, key string, create func() V) V {
	mu.Lock()
	defer mu.Unlock()
	v, ok := m[key]
	if !ok {
		v = create()
		m[key] = v
	}
	return v
}

// ProxyState is what a proxy's side has counted and what was changed at runtime.
type ProxyState struct {
	Counters
	LogCount   atomic.Int64 // log lines of a frontend; those of do-log are not counted
	Stopped    atomic.Bool  // by shutdown frontend
	Paused     atomic.Bool  // by disable frontend
	Unpub      atomic.Bool  // by unpublish backend: use_backend passes it over
	MaxConn    atomic.Int64 // by set maxconn frontend; 0 = the configuration's
	LastChange atomic.Int64 // unix s of the last UP/DOWN of a backend
	Down       atomic.Int64 // s of downtime before LastChange
	DownTrans  atomic.Int64 // times that a backend lost its last server
}

// Counters are the numbers that show stat prints of a frontend, backend,
// listener or server. All are atomics: every loop adds to them.
type Counters struct {
	Cur, CurMax                            atomic.Int64 // sessions (streams for back sides)
	CumConn, CumSess                       atomic.Int64
	BytesIn, BytesOut                      atomic.Int64 // from clients, from servers: columns reqbin, resbin
	SentIn, SentOut                        atomic.Int64 // those bytes as they went on, to servers and to clients: reqbout, resbout
	DeniedReq, DeniedResp                  atomic.Int64
	DeniedConn, DeniedSess                 atomic.Int64
	FailedReq, FailedConn, FailedResp      atomic.Int64
	CliAborts, SrvAborts                   atomic.Int64
	Retries, Redispatches                  atomic.Int64
	HTTPReq                                atomic.Int64
	Responses                              [6]atomic.Int64 // other, 1xx .. 5xx
	Queued, QueuedMax                      atomic.Int64
	LBTotal                                atomic.Int64
	FailedRewrites, InternalErrors         atomic.Int64
	Connects, Reused                       atomic.Int64
	Intercepted                            atomic.Int64
	SplicedIn, SplicedOut                  atomic.Int64 // bytes of HTTP received from and sent to this side's peers through pipes
	LastSession                            atomic.Int64 // unix s
	ConnRate, SessRate, ReqRate            rate.Counter
	ConnRateMax, SessRateMax, ReqRateMax   atomic.Int64
	QTime, CTime, DTime, TTime             rate.Average // ms
	QTimeMax, CTimeMax, DTimeMax, TTimeMax atomic.Int64
}

// Enter counts one more current session and keeps the maximum.
func (c *Counters) Enter() {
	raise(&c.CurMax, c.Cur.Add(1))
}

// NoteBusy notes that n connections to the server are in use at once.
func (s *ServerState) NoteBusy(n int64) {
	raise(&s.PeakConns, n)
	raise(&s.NeedConns, n)
}

// raise makes m at least v.
func raise(m *atomic.Int64, v int64) {
	for old := m.Load(); v > old; old = m.Load() {
		if m.CompareAndSwap(old, v) {
			return
		}
	}
}

// Oper is what health checks know of a server.
type Oper int32

const (
	Stopped  Oper = iota // DOWN
	Starting             // UP, slowstart
	Running              // UP
	Stopping             // NOLB
)

// Admin is why an operator or the configuration keeps a server out.
type Admin uint32

const (
	ForcedMaint    Admin = 1 << iota // set by the CLI
	InheritedMaint                   // by the tracked server
	ConfMaint                        // "disabled" in the configuration
	ForcedDrain
	InheritedDrain
	ResolveMaint // no address yet
	FQDNChanged  // its host name was set at run time; keeps nothing out
	MaintMask    = ForcedMaint | InheritedMaint | ConfMaint | ResolveMaint
	DrainMask    = ForcedDrain | InheritedDrain
)

// ServerState is a server's identity: what checks, operators and traffic made
// of it. Owner of the non-atomic fields: the holder of Mu.
type ServerState struct {
	Counters
	Oper      atomic.Int32  // Oper
	Admin     atomic.Uint32 // Admin bits
	Weight    atomic.Int32  // user weight 0..256; the effective one is derived
	Ramp      atomic.Int32  // slowstart: sixteenths of the weight, 1..16; 0 = there is none
	Warmth    atomic.Int32  // slowstart: percent of maxconn, 0..99; only while Ramp is above 0
	Addr      atomic.Pointer[netip.AddrPort]
	Served    atomic.Int64 // streams that hold a slot
	Waiting   atomic.Int64 // streams in this server's queue
	Dynamic   bool         // added at runtime
	Limit     int64        // "set maxconn server" of the process before, -1 = none
	Conns     atomic.Int64 // open connections, in use and idle
	IdleConns atomic.Int64
	SafeConns atomic.Int64 // of IdleConns, those that were used more than once
	NeedConns atomic.Int64 // estimate of connections in use at once; owned by package pool
	PeakConns atomic.Int64 // most in use at once since NeedAt
	NeedAt    atomic.Int64 // ns, loop time of the last estimate
	Epoch     atomic.Int64 // changes with the address: older idle connections are closed
	Mu        sync.Mutex
	Adopted   ServerConf // what the configuration said when the state was made; guarded by Mu
	Health    Cell       // owned by package health
	// Carried is what the checks were in another process or in a state file;
	// nil once package health has taken it. Guarded by Mu.
	Carried *CarriedHealth
	// FQDN is the host name that was set at run time, nil = the configuration's.
	// NextPort is the port of the next address while Addr is nil; 0 = the
	// configuration's.
	FQDN       atomic.Pointer[string]
	NextPort   atomic.Int32
	PortMap    atomic.Int32                         // "set server addr ... port": 1 + shift of the client's port, -1 = a port; 0 = as configured
	idle       atomic.Pointer[[MaxThreads]IdleList] // made when the first connection idles
	LastChange atomic.Int64
	DownTime   atomic.Int64
}

// ServerConf is the part of a server's configuration that runtime commands may
// override; it is kept to tell, at a reload, what the configuration changed.
type ServerConf struct {
	Addr      string
	Port      int
	Weight    int
	CheckPort int
	FQDN      string
	SSL       bool
	Disabled  bool
	MaxConn   int
}

// Idle returns a thread's list of idle connections, made on first use: most of
// the servers of a large file never have one, and the lists are most of their
// memory.
func (st *ServerState) Idle(thread int) *IdleList {
	lists := st.idle.Load()
	if lists == nil {
		lists = new([MaxThreads]IdleList)
		if !st.idle.CompareAndSwap(nil, lists) {
			lists = st.idle.Load()
		}
	}
	return &lists[thread]
}

// IdleLen is how many idle connections a thread has; any thread may ask.
func (st *ServerState) IdleLen(thread int) int64 {
	if lists := st.idle.Load(); lists != nil {
		return lists[thread].Len.Load()
	}
	return 0
}

// BindState is what a listener has counted.
type BindState struct{ Counters }

// MaxThreads bounds nbthread.
const MaxThreads = 64

// IdleList is one thread's idle connections to one server, the most recently
// used last. It belongs to the thread; Len is read by others.
type IdleList struct {
	Conns []*ServerConn
	Len   atomic.Int64
	Young int // of Conns, those that served one request only
	// Expired connections are closed by halves: NextPurge (ns) begins the next
	// round, PurgeLeft is what this one may still close. Owned by package pool.
	NextPurge int64
	Every     int64 // ns between rounds
	PurgeLeft int
}

// Add appends an idle connection.
func (l *IdleList) Add(sc *ServerConn) {
	l.Conns = append(l.Conns, sc)
	l.Len.Add(1)
	if sc.Young() {
		l.Young++
	}
}

// Remove takes out the connection at i and keeps the order of the others.
func (l *IdleList) Remove(i int) {
	if l.Conns[i].Young() {
		l.Young--
	}
	n := copy(l.Conns[i:], l.Conns[i+1:])
	l.Conns[i+n] = nil
	l.Conns = l.Conns[:i+n]
	l.Len.Add(-1)
}

// AddTimes feeds the averages and maxima of queue, connect, response and total
// time, in ms.
func (c *Counters) AddTimes(q, conn, data, total int64) {
	c.QTime.Add(timeSamples, uint32(q))
	c.CTime.Add(timeSamples, uint32(conn))
	c.DTime.Add(timeSamples, uint32(data))
	c.TTime.Add(timeSamples, uint32(total))
	raise(&c.QTimeMax, q)
	raise(&c.CTimeMax, conn)
	raise(&c.DTimeMax, data)
	raise(&c.TTimeMax, total)
}

// timeSamples is how many streams the averages look back over: 512, as the
// management guide's 9.1 says ("over the 1024 last requests" halved by fading).
const timeSamples = 512

// CountRate adds one event to c at now (ms) and keeps the maximum of its rate.
func CountRate(c *rate.Counter, max *atomic.Int64, now int64) {
	raise(max, int64(c.Add(now, 1)))
}
