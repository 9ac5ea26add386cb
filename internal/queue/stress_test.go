package queue

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"segue/internal/lb"
	"segue/internal/sched"
	"segue/internal/sched/epoll"
)

// TestLastServerFlapsUnderLoad is the history that once made a balancer spin:
// one server with maxconn 1 that is disabled, emptied and enabled over and over
// while more clients than it can serve come back at once, from several loops.
// Every request gets an answer and everything is at rest in the end.
func TestLastServerFlapsUnderLoad(t *testing.T) {
	px := farmOf(t, "roundrobin", 1)
	srv := px.Servers[0]
	const loops, clients, requests = 3, 40, 50
	var done sync.WaitGroup
	var granted, refused atomic.Int64
	var all []*sched.Loop
	var running sync.WaitGroup
	for i := range loops {
		sys, err := epoll.New()
		if err != nil {
			t.Fatal(err)
		}
		l := sched.NewLoop(i, sys)
		all = append(all, l)
		running.Add(1)
		go func() { defer running.Done(); l.Run() }()
	}
	for i := range clients {
		done.Add(1)
		l := all[i%loops]
		l.Post(func() { l.Start(&flapper{px: px, left: requests, done: &done, granted: &granted, refused: &refused}) })
	}
	stop := make(chan struct{})
	flapped := make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-stop:
				flapped <- n
				return
			default:
			}
			srv.State.Admin.Store(uint32(lb.ForcedMaint))
			Changed(srv)
			srv.State.Admin.Store(0)
			Changed(srv)
			n++
			time.Sleep(100 * time.Microsecond) // the rate of the flapping, not a wait for anything
		}
	}()
	done.Wait()
	close(stop)
	if n := <-flapped; n == 0 {
		t.Error("the server never flapped")
	}
	for _, l := range all {
		l.Stop()
	}
	running.Wait()
	if got := granted.Load() + refused.Load(); got != clients*requests {
		t.Errorf("answers = %d, want %d", got, clients*requests)
	}
	if granted.Load() == 0 {
		t.Error("no request was ever served")
	}
	b := backendOf(px)
	for name, n := range map[string]int64{
		"served": srv.State.Served.Load(), "waiting": srv.State.Waiting.Load(), "queued": px.Queued.Load(),
		"total served": px.TotalServed.Load(), "backend waiting": b.waiting.Load(), "exhausted": b.Exhausted.Load(),
		"qcur": px.Back.Queued.Load() + srv.State.Queued.Load(),
	} {
		if n != 0 {
			t.Errorf("%s = %d at rest, want 0", name, n)
		}
	}
}

// flapper sends requests one after another. Some must have the server, some
// time out, as short as can be, to meet their grant on the way.
type flapper struct {
	lb.Stream
	px               *lb.Proxy
	left             int
	done             *sync.WaitGroup
	granted, refused *atomic.Int64
}

// Run implements sched.Job.
func (f *flapper) Run(t *sched.Task) {
	defer f.done.Done()
	f.Task, f.Back = t, f.px
	for ; f.left > 0; f.left-- {
		var r Result
		deadline := int64(0)
		if f.left%3 == 0 {
			deadline = t.Now() + int64(time.Millisecond)
		}
		if f.left%4 == 0 {
			if srv := f.px.Servers[0]; Take(&f.Stream, srv) {
				r = Granted
			} else {
				_, r = Wait(&f.Stream, srv, deadline, nil)
			}
		} else {
			_, r = Get(&f.Stream, deadline, nil)
		}
		if r != Granted {
			f.refused.Add(1)
			t.Yield()
			continue
		}
		t.Yield()
		f.granted.Add(1)
		Release(&f.Stream)
	}
}
