package queue

import (
	"segue/internal/lb"
	"segue/internal/sched"
)

// Take makes srv the stream's server if it has a free slot that nobody waits
// for. Otherwise call Wait.
func Take(s *lb.Stream, srv *lb.Server) bool {
	if srv.Limit() > 0 {
		if srv.State.Waiting.Load() > 0 {
			return false
		}
		if b := backendOf(srv.Proxy); b != nil && b.waiting.Load() > 0 && serves(srv) {
			return false
		}
	}
	if !claim(srv) {
		return false
	}
	hold(s, srv)
	notify(srv)
	return true
}

// claim takes a slot if there is one.
func claim(srv *lb.Server) bool {
	limit, served := srv.Limit(), &srv.State.Served
	if limit <= 0 {
		served.Add(1)
		return true
	}
	for n := served.Load(); n < limit; n = served.Load() {
		if served.CompareAndSwap(n, n+1) {
			return true
		}
	}
	return false
}

// hold notes in the stream what claim counted. It runs on the stream's loop.
func hold(s *lb.Stream, srv *lb.Server) {
	s.Server = srv
	s.Flags |= lb.SlotHeld
	srv.Proxy.TotalServed.Add(1)
}

// Release gives the stream's slot to whoever is next. It does nothing when the
// stream holds none. Stream.Server stays.
func Release(s *lb.Stream) {
	if s.Flags&lb.SlotHeld == 0 {
		return
	}
	s.Flags &^= lb.SlotHeld
	s.Server.Proxy.TotalServed.Add(-1)
	free(s.Server, s.Task.Loop())
}

// free returns one slot. loop is the caller's, nil if it runs on none.
func free(srv *lb.Server, loop *sched.Loop) {
	srv.State.Served.Add(-1)
	notify(srv)
	q := queueOf(srv)
	if q == nil || srv.State.Waiting.Load() == 0 && q.own.waiting.Load() == 0 {
		return
	}
	var woken woken
	q.own.freed(q, srv, &woken)
	woken.flush(loop)
}

func (b *Backend) freed(q *server, srv *lb.Server, woken *woken) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.serve(current(q, srv), q, woken)
}

// current is the server in the newest generation: what may be given to it now
// is judged there.
func current(q *server, srv *lb.Server) *lb.Server {
	if l := q.latest.Load(); l != nil {
		return l
	}
	return srv
}

// notify tells the balancers that the server's load changed.
func notify(srv *lb.Server) {
	if b := srv.Proxy.Balancer; b != nil {
		b.Dropped(srv)
	}
	if q := queueOf(srv); q != nil {
		if l := q.latest.Load(); l != nil && l != srv && l.Proxy.Balancer != nil {
			l.Proxy.Balancer.Dropped(l)
		}
	}
}

// KeepsAlive reports whether a request that came on a kept connection should
// still prefer srv. Manual 4.2 "max-keep-alive-queue".
func KeepsAlive(px *lb.Proxy, srv *lb.Server) bool {
	most := int64(px.Conf.MaxKAQueue)
	return most < 0 || !srv.Full() || srv.State.Waiting.Load() < most
}

// HasRoom reports whether the server's queue may grow. Manual 5.2 "maxqueue".
func HasRoom(srv *lb.Server) bool {
	most := int64(srv.Conf.MaxQueue)
	return most <= 0 || srv.State.Waiting.Load() < most
}

// Deadline is when the stream's wait ends, from its timeout queue or, without
// one, timeout connect; 0 = never. Manual 4.2 "timeout queue".
func Deadline(s *lb.Stream) int64 {
	d := s.Timeouts.Queue
	if d == 0 {
		d = s.Timeouts.Connect
	}
	if d == 0 {
		return 0
	}
	return s.Task.Now() + d
}

// Redispatches reports whether the configuration lets a stream leave the server
// that it must have. Manual 4.2 "option redispatch".
func Redispatches(px *lb.Proxy) bool { return px.Conf.Redispatch != 0 }
