package queue

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"segue/internal/lb"
	"segue/internal/sched"
)

// world is a random history of one backend. Each iteration of the loop makes
// one event; before the next one, when all tasks have run as far as they can,
// the invariants are checked.
type world struct {
	*rapid.T
	t       *testing.T
	sys     *stepSystem
	algo    string
	px      *lb.Proxy
	loop    *sched.Loop
	clients []*client
	granted []*client // since the last event, in order
	events  int
	added   int   // servers so far
	waited  int64 // for any server, at the last check
}

func TestQueueKeepsItsRulesUnderAnyHistory(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		algo := rapid.SampledFrom([]string{"roundrobin", "leastconn", "first", "static-rr", "random"}).Draw(rt, "algo")
		limits := rapid.SliceOfN(rapid.Int64Range(1, 3), 1, 4).Draw(rt, "maxconn")
		w := &world{T: rt, t: t, sys: &stepSystem{}, algo: algo, px: farmOf(t, algo, limits...), added: len(limits)}
		if len(limits) > 1 && rapid.Bool().Draw(rt, "backup") {
			w.px.Servers[len(limits)-1].Conf.Backup = true
			rebalance(t, w.px, algo)
		}
		n := rapid.IntRange(1, 80).Draw(rt, "events")
		runAt(w.sys, func(l *sched.Loop) bool {
			w.loop = l
			w.check()
			if w.events++; w.events > n {
				return w.drain()
			}
			w.event()
			return true
		})
		w.atRest()
	})
}

func (w *world) event() {
	w.granted = nil
	pick := func(what string) *lb.Server { return rapid.SampledFrom(w.px.Servers).Draw(w.T, what) }
	kind := rapid.IntRange(0, 15).Draw(w.T, "event")
	if len(w.px.Servers) == 0 && kind > 7 {
		kind = 14
	}
	switch kind {
	case 0, 1, 2, 3:
		w.arrive()
	case 4, 5, 6: // finish
		if c := w.any("finish", (*client).holds); c != nil {
			c.finish = true
			c.Task.Wake()
		}
	case 7: // the client leaves
		if c := w.any("leave", (*client).waits); c != nil {
			c.left = true
			c.Task.Wake()
		}
	case 8: // disable or enable
		srv := pick("toggle")
		srv.State.Admin.Store(srv.State.Admin.Load() ^ uint32(lb.ForcedMaint))
		Changed(srv)
	case 9: // drain
		srv := pick("drain")
		srv.State.Admin.Store(srv.State.Admin.Load() ^ uint32(lb.ForcedDrain))
		Changed(srv)
	case 10: // set maxconn
		srv := pick("maxconn")
		srv.MaxConn.Store(rapid.Int64Range(0, 4).Draw(w.T, "limit"))
		Changed(srv)
	case 11: // set weight
		srv := pick("weight")
		srv.State.Weight.Store(rapid.SampledFrom([]int32{0, 0, 1, 5}).Draw(w.T, "to"))
		w.keep(func() { Changed(srv) })
	case 12: // shutdown sessions server
		srv := pick("shutdown")
		for _, c := range w.clients {
			if c.holds() && c.got == srv {
				c.finish = true
				c.Task.Wake()
			}
		}
	case 13: // all go into maintenance, one after another
		for _, srv := range w.px.Servers {
			disable(srv, lb.ForcedMaint)
		}
	case 14:
		w.addOrDelete()
	case 15: // time passes
		w.sys.now += rapid.Int64Range(1, 10).Draw(w.T, "ms") * 1e6
	}
}

// keep makes a change that must not end anybody's wait without a slot, and
// whose effect on the backend's queue is only that slots are given.
func (w *world) keep(change func()) {
	var before []*waiter
	before = append(before, backendOf(w.px).any.heap...)
	change()
	for _, x := range before {
		if x.result != waiting && x.result != Granted {
			w.Fatalf("a change of weight ended a wait with %d", x.result)
		}
	}
}

func (w *world) arrive() {
	c := &client{name: len(w.clients), log: func(c *client) {
		if c.result == Granted {
			w.granted = append(w.granted, c)
		}
	}}
	if len(w.px.Servers) > 0 && rapid.IntRange(0, 3).Draw(w.T, "must") == 0 {
		c.must = rapid.SampledFrom(w.px.Servers).Draw(w.T, "server")
	}
	if rapid.IntRange(0, 3).Draw(w.T, "timeout") == 0 {
		c.deadline = w.loop.Now() + rapid.Int64Range(1, 20).Draw(w.T, "deadline")<<20
	}
	c.SetPriorityClass(rapid.Int64Range(-1, 1).Draw(w.T, "class"))
	c.SetPriorityOffset(rapid.Int64Range(-8, 8).Draw(w.T, "offset"))
	w.clients = append(w.clients, c)
	c.start(w.loop, w.px)
}

// addOrDelete deletes a server that is in maintenance and idle, as "del server"
// asks, or adds one.
func (w *world) addOrDelete() {
	for i, srv := range w.px.Servers {
		if lb.Admin(srv.State.Admin.Load())&lb.MaintMask == 0 || srv.State.Served.Load() > 0 || srv.State.Waiting.Load() > 0 {
			continue
		}
		w.px.Servers = slices.Delete(slices.Clone(w.px.Servers), i, i+1)
		delete(w.px.ByName, srv.Name)
		rebalance(w.t, w.px, w.algo)
		Detach(srv)
		return
	}
	if len(w.px.Servers) < 5 {
		srv := addServer(w.px, w.added, rapid.Int64Range(0, 3).Draw(w.T, "maxconn"))
		w.added++
		AttachServer(w.px, srv)
		Changed(srv)
	}
}

func (w *world) any(what string, is func(*client) bool) *client {
	var list []*client
	for _, c := range w.clients {
		if is(c) {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return rapid.SampledFrom(list).Draw(w.T, what)
}

// check compares what the streams know with the counters, and the counters with
// the rules.
func (w *world) check() {
	held := map[*lb.Server]int64{}
	waits := map[*lb.Server]int64{}
	for _, c := range w.clients {
		switch {
		case c.holds():
			held[c.got]++
		case c.waits():
			waits[w.queueOf(c)]++
		}
	}
	for _, srv := range w.px.Servers {
		if got := srv.State.Served.Load(); got != held[srv] {
			w.Fatalf("server %s: served is %d, %d streams hold a slot", srv.Name, got, held[srv])
		}
		if got := srv.State.Waiting.Load(); got != waits[srv] || got != srv.State.Queued.Load() {
			w.Fatalf("server %s: waiting is %d, qcur %d, %d streams wait", srv.Name, got, srv.State.Queued.Load(), waits[srv])
		}
		free := srv.Limit() == 0 || held[srv] < srv.Limit()
		if free && waits[srv] > 0 {
			w.Fatalf("server %s has a free slot and %d wait for it", srv.Name, waits[srv])
		}
		if !srv.Up() && waits[srv] > 0 {
			w.Fatalf("server %s is down and %d wait for it", srv.Name, waits[srv])
		}
		if free && serves(srv) && waits[nil] > 0 {
			w.Fatalf("server %s has a free slot and %d wait for any", srv.Name, waits[nil])
		}
	}
	if got := w.px.Queued.Load(); got != waits[nil] {
		w.Fatalf("backend: queued is %d, %d streams wait", got, waits[nil])
	}
	if waits[nil] > 0 && !anyUsable(w.px) && !slices.ContainsFunc(w.px.Servers, (*lb.Server).Weightless) {
		w.Fatalf("no server is usable, nor lacks only a weight, and %d wait for any", waits[nil])
	}
	if waits[nil] > w.waited && !anyUsable(w.px) {
		w.Fatalf("no server is usable and a stream began to wait for any")
	}
	w.waited = waits[nil]
	w.checkOrder()
}

// queueOf finds the one queue that c is in: of a server, or nil for the
// backend's.
func (w *world) queueOf(c *client) *lb.Server {
	found, in := 0, (*lb.Server)(nil)
	look := func(l *line, srv *lb.Server) {
		for _, x := range l.heap {
			if x.s == &c.Stream {
				found, in = found+1, srv
			}
		}
	}
	look(&backendOf(w.px).any, nil)
	for _, srv := range w.px.Servers {
		look(&queueOf(srv).line, srv)
	}
	if found != 1 || in != c.must {
		w.Fatalf("stream %d waits in %d queues", c.name, found)
	}
	return in
}

// checkOrder: none that was granted a slot had somebody before it, in its own
// queue or in the other one that the server serves, who still waits. The order is
// the class, then arrival plus offset, then arrival.
func (w *world) checkOrder() {
	for _, c := range w.granted {
		for _, other := range w.clients {
			if !other.waits() || other.must != c.got && (other.must != nil || !serves(c.got)) {
				continue
			}
			if cmp.Or(cmp.Compare(other.PriorityClass(), c.PriorityClass()), cmp.Compare(other.due, c.due), cmp.Compare(other.name, c.name)) < 0 {
				w.Fatalf("stream %d (class %d, due %d) was served by %s before %d (class %d, due %d)", c.name, c.PriorityClass(), c.due, c.got.Name, other.name, other.PriorityClass(), other.due)
			}
		}
	}
}

// drain finishes whoever holds a slot, until nobody is left.
func (w *world) drain() bool {
	if w.events > 100000 {
		w.Fatalf("somebody never leaves")
	}
	for _, srv := range w.px.Servers { // who waits for want of a weight is served
		if srv.State.Weight.Load() == 0 {
			srv.State.Weight.Store(1)
			Changed(srv)
		}
	}
	live := false
	for _, c := range w.clients {
		if c.ended {
			continue
		}
		live = true
		c.finish = true
		c.Task.Wake()
	}
	return live
}

// atRest: nobody was lost and all counters are back to 0.
func (w *world) atRest() {
	for _, c := range w.clients {
		if !c.ended || c.result == waiting {
			w.Fatalf("stream %d never got an answer", c.name)
		}
	}
	b := backendOf(w.px)
	if n := b.waiting.Load() + w.px.Queued.Load() + w.px.TotalServed.Load() + w.px.Back.Queued.Load(); n != 0 {
		w.Fatalf("counters of the backend add up to %d", n)
	}
	if b.Exhausted.Load() != 0 {
		w.Fatalf("a loop was cut off")
	}
	if !slices.ContainsFunc(w.clients, func(c *client) bool { return c.result == Granted }) {
		return
	}
	for _, srv := range w.px.Servers {
		if srv.State.Served.Load() != 0 || srv.State.Waiting.Load() != 0 {
			w.Fatalf("server %s is not at rest", srv.Name)
		}
	}
}
