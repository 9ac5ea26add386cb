package queue

import (
	"slices"
	"sync"
	"sync/atomic"

	"segue/internal/lb"
)

// Backend is the queues of one backend and its servers, by identity.
type Backend struct {
	mu      sync.Mutex
	any     line // waits for any server
	seq     uint64
	servers map[*lb.ServerState]*server
	waiting atomic.Int64 // len(any.heap), for those who do not hold the lock

	// Exhausted counts the times that a loop which looks for a free slot gave
	// up at its bound. It should stay 0.
	Exhausted atomic.Int64
}

// server is the queue of one server, by identity.
type server struct {
	own  *Backend
	line line
	// latest is the server in the newest generation: its balancer must hear
	// what streams of older generations do.
	latest atomic.Pointer[lb.Server]
	all    []*lb.Server // in all running generations; guarded by own.mu
	out    bool         // isOut when Changed was last called; guarded by own.mu
}

// Attach gives px and its servers their queues. Call it when px is linked,
// before it is published and when nothing can fail any more; state finds the
// queues of the generation before.
func Attach(px *lb.Proxy, state *lb.State) *Backend {
	b := state.Object("queue/"+px.Name, func() any {
		return &Backend{servers: map[*lb.ServerState]*server{}}
	}).(*Backend)
	px.Queue = b
	for _, srv := range px.Servers {
		AttachServer(px, srv)
	}
	return b
}

// AttachServer gives one server its queue; px has been attached.
func AttachServer(px *lb.Proxy, srv *lb.Server) {
	b := px.Queue.(*Backend)
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.servers[srv.State]
	if q == nil {
		q = &server{own: b, out: isOut(srv)}
		b.servers[srv.State] = q
	}
	q.latest.Store(srv)
	q.all = slices.DeleteFunc(q.all, func(old *lb.Server) bool {
		g := old.Proxy.Gen
		return old == srv || g != nil && g.Retired.Load() && g.Streams.Load() == 0
	})
	q.all = append(q.all, srv)
	srv.Queue = q
}

// Forget lets go of the servers of px, whose generation has ended.
func Forget(px *lb.Proxy) {
	b := backendOf(px)
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, srv := range px.Servers {
		q := queueOf(srv)
		if q == nil {
			continue
		}
		q.all = slices.DeleteFunc(q.all, func(x *lb.Server) bool { return x == srv })
		if len(q.all) == 0 && q.latest.Load() == srv {
			delete(b.servers, srv.State) // the newer configuration lacks the server
		}
	}
}

// Detach forgets a server that is deleted; whoever waits for it is told.
func Detach(srv *lb.Server) {
	srv.Gone.Store(true)
	q := queueOf(srv)
	if q == nil {
		return
	}
	var woken woken
	q.own.mu.Lock()
	q.own.dismiss(q, &woken)
	delete(q.own.servers, srv.State)
	q.own.mu.Unlock()
	woken.flush(nil)
}

func queueOf(srv *lb.Server) *server {
	q, _ := srv.Queue.(*server)
	return q
}

func backendOf(px *lb.Proxy) *Backend {
	b, _ := px.Queue.(*Backend)
	return b
}

// sides of a farm that balancers tell; those that do not are taken to serve
// with every usable server.
type farm interface {
	// Serves reports whether srv is among those that are chosen now.
	Serves(srv *lb.Server) bool
	// Any reports whether any server can be chosen.
	Any() bool
	// Insists reports whether a stream for which srv was picked should wait for
	// it when it is full, and not for any other.
	Insists(srv *lb.Server) bool
}

func insists(srv *lb.Server) bool {
	f, ok := srv.Proxy.Balancer.(farm)
	return !ok || f.Insists(srv)
}

func serves(srv *lb.Server) bool {
	if !srv.Usable() {
		return false
	}
	f, ok := srv.Proxy.Balancer.(farm)
	return !ok || f.Serves(srv)
}

func anyUsable(px *lb.Proxy) bool {
	if f, ok := px.Balancer.(farm); ok {
		return f.Any()
	}
	for _, srv := range px.Servers {
		if srv.Usable() {
			return true
		}
	}
	return false
}
