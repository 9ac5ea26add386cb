package epoll

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"segue/internal/sched"
)

type job func(t *sched.Task)

func (f job) Run(t *sched.Task) { f(t) }

// loops starts n loops on the real system and stops them with the test.
func loops(t *testing.T, n int) []*sched.Loop {
	t.Helper()
	var all []*sched.Loop
	var wg sync.WaitGroup
	for i := range n {
		sys, err := New()
		if err != nil {
			t.Fatal(err)
		}
		l := sched.NewLoop(i, sys)
		all = append(all, l)
		wg.Add(1)
		go func() { defer wg.Done(); l.Run() }()
	}
	t.Cleanup(func() {
		for _, l := range all {
			l.Stop()
		}
		wg.Wait()
	})
	return all
}

// hop is a task that sleeps, moves on to the next loop by a post, and so on.
type hop struct {
	loops []*sched.Loop
	left  int
	wait  int64
	done  *sync.WaitGroup
	lost  *atomic.Int64
}

func (h *hop) Run(t *sched.Task) {
	begin := t.Now()
	if !t.Sleep(h.wait) || t.Now() < begin+h.wait {
		h.lost.Add(1)
	}
	h.left--
	if h.left == 0 {
		h.done.Done()
		return
	}
	next := h.loops[h.left%len(h.loops)]
	next.Post(func() { next.Start(h) })
}

// Tens of thousands of tasks, timers and posts between loops: none is lost.
func TestStressOfTasksTimersAndPosts(t *testing.T) {
	tasks := 20_000
	if testing.Short() {
		tasks = 4_000
	}
	ls := loops(t, 4)
	var done sync.WaitGroup
	var lost atomic.Int64
	done.Add(tasks)
	for i := range tasks {
		h := &hop{loops: ls, left: 5, wait: int64(i%37) * int64(time.Millisecond), done: &done, lost: &lost}
		l := ls[i%len(ls)]
		l.Post(func() { l.Start(h) })
	}
	done.Wait()
	if n := lost.Load(); n != 0 {
		t.Errorf("%d sleeps ended early or canceled, want 0", n)
	}
}

func TestGoRunsBesideTheLoopAndComesBack(t *testing.T) {
	l := loops(t, 1)[0]
	done := make(chan int, 1)
	l.Post(func() {
		l.Start(job(func(task *sched.Task) {
			sum := 0
			for i := range 100 {
				task.Do(func() { sum += i })
			}
			done <- sum
		}))
	})
	if got := <-done; got != 4950 {
		t.Errorf("sum = %d, want 4950", got)
	}
}

func TestPanicBesideTheLoopIsContained(t *testing.T) {
	l := loops(t, 1)[0]
	seen, done := make(chan any, 1), make(chan bool)
	l.Post(func() {
		l.OnPanic = func(v any, _ []byte) { seen <- v }
		l.Start(job(func(task *sched.Task) {
			task.Do(func() { panic("boom") })
			close(done)
		}))
	})
	<-done
	if v, n := <-seen, l.Stats.Panics.Load(); v != "boom" || n != 1 {
		t.Errorf("OnPanic was told %v, %d counted; want boom, 1", v, n)
	}
}

// echoServer accepts on every loop and echoes.
type echoServer struct{ accepted [8]atomic.Int64 }

func (*echoServer) More(*sched.Loop) bool { return true }

func (s *echoServer) Accepted(l *sched.Loop, fd int32, _ netip.AddrPort) {
	s.accepted[l.ID].Add(1)
	c := new(sched.Conn)
	if l.Attach(c, fd, true) != 0 {
		return
	}
	l.Start(job(func(task *sched.Task) {
		defer c.Close()
		buf := make([]byte, 64<<10)
		for {
			n, st := c.Read(task, buf, 0)
			if st != sched.OK {
				return
			}
			if _, st := c.Write(task, buf[:n], 0); st != sched.OK {
				return
			}
		}
	}))
}

// Real sockets: messages of all sizes come back whole, while one client sends
// without ever reading.
func TestEchoBesideAClientThatNeverReads(t *testing.T) {
	ls := loops(t, 2)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	f, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fd := int(f.Fd()) // each call of Fd makes it block
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	srv := &sched.Listener{FD: int32(fd), Acceptor: &echoServer{}, MaxAccept: 1}
	for _, l := range ls {
		l.Post(func() {
			if e := l.Watch(srv); e != 0 {
				t.Error(e)
			}
		})
	}
	stuck := dial(t, ln)
	go stuck.Write(make([]byte, 64<<20)) // ends when the test closes it
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c := dial(t, ln)
			for n := 1; n < 300_000; n = n*3 + i {
				roundTrip(t, c, n)
			}
		}()
	}
	wg.Wait()
}

// The end of a connection travels in the segment of its last bytes, and reaches
// the peer even when that has sent something nobody read.
func TestLastBytesCarryTheEnd(t *testing.T) {
	l := loops(t, 1)[0]
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for _, unread := range []string{"", "x"} {
		far := dial(t, ln)
		near, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		f, err := near.(*net.TCPConn).File()
		near.Close()
		if err != nil {
			t.Fatal(err)
		}
		fd, err := syscall.Dup(int(f.Fd()))
		f.Close()
		if err == nil {
			err = syscall.SetNonblock(fd, true)
		}
		if err == nil {
			_, err = far.Write([]byte(unread))
		}
		if err != nil {
			t.Fatal(err)
		}
		before := segments(t, far)
		l.Post(func() {
			l.Start(job(func(task *sched.Task) {
				c := new(sched.Conn)
				if e := l.Attach(c, int32(fd), true); e != 0 {
					t.Error(e)
					return
				}
				c.WaitWrite(task, 0)
				c.WriteLast(task, []byte("the end"), 0)
				c.Close()
			}))
		})
		got := make([]byte, 100)
		n, err := io.ReadAtLeast(far, got, 7)
		if string(got[:n]) != "the end" || err != nil {
			t.Errorf("received %q, %v", got[:n], err)
		}
		if n := segments(t, far) - before; unread == "" && n != 1 {
			t.Errorf("%d segments, want 1", n)
		}
	}
}

// segments is how many have arrived at c.
func segments(t *testing.T, c net.Conn) (n uint32) {
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) {
			info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
			if err != nil {
				t.Error(err)
				return
			}
			n = info.Segs_in
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func dial(t *testing.T, ln net.Listener) net.Conn {
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Error(err)
		return nil
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func roundTrip(t *testing.T, c net.Conn, n int) {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i * n)
	}
	go c.Write(p)
	c.SetReadDeadline(time.Now().Add(20 * time.Second))
	got := make([]byte, n)
	for k := 0; k < n; {
		m, err := c.Read(got[k:])
		if err != nil {
			t.Errorf("echo of %d bytes ended after %d: %v", n, k, err)
			return
		}
		k += m
	}
	if string(got) != string(p) {
		t.Errorf("echo of %d bytes differs", n)
	}
}
