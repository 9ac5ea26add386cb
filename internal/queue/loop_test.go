package queue

import (
	"fmt"
	"net/netip"
	"syscall"
	"testing"

	"segue/internal/balance"
	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/sched"
)

// stepSystem drives a loop by a function instead of descriptors: step runs
// before each iteration, outside any task.
type stepSystem struct {
	now  int64
	step func()
}

func (s *stepSystem) Now() int64 { return s.now }
func (s *stepSystem) Poll([]syscall.EpollEvent, int64) int {
	s.now++
	s.step()
	return 0
}
func (s *stepSystem) Wake()                                         {}
func (s *stepSystem) Watch(fd, gen int32) syscall.Errno             { return 0 }
func (s *stepSystem) WatchListener(fd, gen int32) syscall.Errno     { return 0 }
func (s *stepSystem) Forget(fd int32)                               {}
func (s *stepSystem) Recv(fd int32, p []byte) (int, syscall.Errno)  { return 0, syscall.EAGAIN }
func (s *stepSystem) Send(int32, []byte, bool) (int, syscall.Errno) { return 0, syscall.EAGAIN }
func (s *stepSystem) Accept(int32) (int32, netip.AddrPort, syscall.Errno) {
	return -1, netip.AddrPort{}, syscall.EAGAIN
}
func (s *stepSystem) Splice(int32, int32, int, bool) (int, syscall.Errno) { return 0, syscall.EAGAIN }
func (s *stepSystem) Pipe(int) (r, w int32, err syscall.Errno)            { return -1, -1, syscall.EMFILE }
func (s *stepSystem) Reset(fd int32)                                      {}
func (s *stepSystem) Shutdown(fd int32)                                   {}
func (s *stepSystem) Acknowledge(fd int32)                                {}
func (s *stepSystem) SockError(fd int32) syscall.Errno                    { return 0 }
func (s *stepSystem) Buffered(fd int32) int                               { return 0 }
func (s *stepSystem) Close(fd int32)                                      {}

// farmOf makes an attached backend whose servers have the given maxconn.
func farmOf(t testing.TB, algo string, maxconn ...int64) *lb.Proxy {
	t.Helper()
	px := &lb.Proxy{Conf: &conf.Proxy{MaxKAQueue: -1}, Name: "b", Back: new(lb.ProxyState), ByName: map[string]*lb.Server{}}
	for i, m := range maxconn {
		addServer(px, i, m)
	}
	var err error
	if px.Balancer, err = balance.New(px, conf.Balance{Algo: algo}, conf.HashType{}, balance.Options{}); err != nil {
		t.Fatal(err)
	}
	Attach(px, lb.NewState())
	return px
}

func addServer(px *lb.Proxy, i int, maxconn int64) *lb.Server {
	srv := &lb.Server{Conf: &conf.Server{ServerWords: new(conf.ServerWords)}, Proxy: px, State: new(lb.ServerState), Name: fmt.Sprint(i), ID: i + 1, Index: len(px.Servers)}
	srv.Conf.Weight = 1
	srv.State.Weight.Store(1)
	srv.State.Oper.Store(int32(lb.Running))
	srv.MaxConn.Store(maxconn)
	px.Servers = append(px.Servers, srv)
	px.ByName[srv.Name] = srv
	return srv
}

// client is a stream that gets a slot, holds it until told to finish, and
// releases it.
type client struct {
	lb.Stream
	name     int
	must     *lb.Server // nil: any
	deadline int64

	started, ended bool
	left           bool // the client went away
	finish         bool
	got            *lb.Server
	result         Result
	due            int64
	log            func(c *client)
}

// Run implements sched.Job.
func (c *client) Run(t *sched.Task) {
	c.Task = t
	c.due = t.Now() + c.PriorityOffset()*1e6
	gone := func(*lb.Stream) bool { return c.left }
	switch {
	case c.must == nil:
		c.got, c.result = Get(&c.Stream, c.deadline, gone)
	case Take(&c.Stream, c.must):
		c.got, c.result = c.must, Granted
	default:
		c.got, c.result = Wait(&c.Stream, c.must, c.deadline, gone)
	}
	if c.log != nil {
		c.log(c)
	}
	if c.result == Granted {
		for !c.finish {
			t.Park(0)
		}
		Release(&c.Stream)
	}
	c.ended = true
}

// run drives a loop with step until it returns false.
func run(step func(l *sched.Loop) bool) { runAt(&stepSystem{}, step) }

func runAt(sys *stepSystem, step func(l *sched.Loop) bool) {
	l := sched.NewLoop(0, sys)
	sys.step = func() {
		if !step(l) {
			l.Stop()
		}
	}
	l.Run()
}

// start runs c in a task of l.
func (c *client) start(l *sched.Loop, px *lb.Proxy) {
	c.Back, c.started, c.result = px, true, waiting
	l.Start(c)
}

// waits reports whether c is in a queue.
func (c *client) waits() bool { return c.started && !c.ended && c.result == waiting }

// holds reports whether c has a slot.
func (c *client) holds() bool { return c.result == Granted && !c.ended }

// rebalance gives px a new balancer after its servers' configuration changed.
func rebalance(t testing.TB, px *lb.Proxy, algo string) {
	t.Helper()
	for _, srv := range px.Servers {
		srv.LB = nil
	}
	var err error
	if px.Balancer, err = balance.New(px, conf.Balance{Algo: algo}, conf.HashType{}, balance.Options{}); err != nil {
		t.Fatal(err)
	}
}
