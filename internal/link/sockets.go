package link

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"segue/internal/conf"
	"segue/internal/front"
	"segue/internal/lb"
	"segue/internal/process/handover"
	"segue/internal/process/listen"
)

// unwatchAll stops accepting; the descriptors stay open.
func (e *Engine) unwatchAll() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.everywhere(func(th *lb.Thread) {
		for _, ln := range e.listeners {
			th.Unwatch(&ln.Listener)
		}
	})
	// The queue is everybody's who has the socket. If nobody else does, who
	// waits there would be reset when it is closed.
	e.everywhere(func(th *lb.Thread) {
		for _, ln := range e.listeners {
			th.TakeRest(&ln.Listener, 1<<16)
		}
	})
}

// pause stops listening: who connects to an address of IP is refused, and
// another process may bind it. Unix sockets cannot listen again once they have
// stopped; their queue waits. Who is in a queue already is taken.
func (e *Engine) pause() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.paused {
		return
	}
	e.paused = true
	e.everywhere(func(th *lb.Thread) {
		for _, ln := range e.listeners {
			th.Unwatch(&ln.Listener)
		}
	})
	e.everywhere(func(th *lb.Thread) {
		for _, ln := range e.listeners {
			th.TakeRest(&ln.Listener, 1<<16)
		}
	})
	for _, ln := range e.listeners {
		if canStop(ln) {
			unix.Shutdown(int(ln.FD), unix.SHUT_RD) //nolint:errcheck // its queue waits then
		}
	}
	e.tell("Paused")
}

// resume ends a pause.
func (e *Engine) resume() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.paused {
		e.relisten()
		e.everywhere(func(th *lb.Thread) {
			for _, ln := range e.listeners {
				th.Watch(&ln.Listener)
			}
		})
		e.tell("Resumed")
	}
}

// relisten makes the sockets accept again. The caller has the lock and watches
// them.
func (e *Engine) relisten() {
	e.paused = false
	for _, ln := range e.listeners {
		if f := ln.Bind().Proxy.Front; canStop(ln) && !f.Paused.Load() && !f.Stopped.Load() {
			s := listen.Socket{FD: int(ln.FD), Spec: Spec(ln.Bind())}
			if err := s.Listen(); err != nil {
				warn(err.Error())
			}
		}
	}
}

// accept lets a frontend accept or not. It waits for no loop: a command calls it
// with the process's lock.
func (e *Engine) accept(px *lb.Proxy, on, shut bool) (err error) {
	e.listening.Lock()
	rested := px.Front.Paused.Swap(!on && !shut)
	px.Front.Stopped.Store(shut)
	for _, ln := range *e.all.Load() {
		if on && ln.Bind().Proxy.Front == px.Front && canStop(ln) {
			s := listen.Socket{FD: int(ln.FD), Spec: Spec(ln.Bind())}
			err = errors.Join(err, s.Listen())
			for _, th := range e.Process.Threads {
				th.Post(func() { th.Watch(&ln.Listener) })
			}
		}
	}
	e.listening.Unlock()
	if !on {
		e.refuse(px)
	}
	e.room() // those that cannot stop listening look again
	switch {
	case shut:
		e.reportOf([]*lb.Proxy{px}, syslogWarning, "", stopped)
	case !on:
		e.reportOf([]*lb.Proxy{px}, syslogWarning, "", frontendSaid("Paused"))
	case rested && err == nil:
		e.reportOf([]*lb.Proxy{px}, syslogWarning, "", frontendSaid("Resumed"))
	}
	return err
}

// refuse makes the sockets of a frontend that accepts nothing refuse whoever
// connects, once every loop has let go of them and their queues are taken. Unix
// sockets keep their queue until the frontend accepts again.
func (e *Engine) refuse(px *lb.Proxy) {
	silent := func(ln *front.Listener) bool {
		f := ln.Bind().Proxy.Front
		return f.Paused.Load() || f.Stopped.Load()
	}
	for _, ln := range *e.all.Load() {
		if ln.Bind().Proxy.Front != px.Front || !canStop(ln) {
			continue
		}
		left := new(atomic.Int32)
		left.Store(int32(len(e.Process.Threads)))
		for _, th := range e.Process.Threads {
			th.Post(func() {
				e.listening.Lock()
				defer e.listening.Unlock()
				if !silent(ln) {
					return // it accepts again by now
				}
				th.Unwatch(&ln.Listener)
				if left.Add(-1) == 0 {
					th.TakeRest(&ln.Listener, 1<<16)
					unix.Shutdown(int(ln.FD), unix.SHUT_RD) //nolint:errcheck // its queue waits then
				}
			})
		}
	}
}

// refuseAgain keeps what commands have stopped as it was under a generation
// that takes over: its sockets may be new, or listen again.
func (e *Engine) refuseAgain(gen *lb.Generation) {
	for _, px := range gen.Proxies {
		if f := px.Front; f != nil && (f.Paused.Load() || f.Stopped.Load()) {
			e.refuse(px)
		}
	}
}

// canStop reports whether a listener may stop listening for a while. What was
// inherited is somebody else's, too.
func canStop(ln *front.Listener) bool {
	f := Spec(ln.Bind()).Family
	return f == listen.IPv4 || f == listen.IPv6
}

// tell says what became of the frontends, in HAProxy's words.
func (e *Engine) tell(what string) { e.report(syslogWarning, "", frontendSaid(what)) }

// frontendSaid is the line about one frontend.
func frontendSaid(what string) func(px *lb.Proxy) []string {
	return func(px *lb.Proxy) []string {
		if px.Front == nil {
			return nil
		}
		return []string{what + " frontend " + px.Name + "."}
	}
}

func warn(msg string) { fmt.Fprintf(os.Stderr, "[WARNING]  (%d) : %s\n", os.Getpid(), msg) }

// getSocks answers _getsocks on a socket with "expose-fd listeners".
func (w *Worker) getSocks(b *lb.Bind) func(fd int) {
	if !b.Conf.ExposeFD {
		return nil
	}
	return func(fd int) {
		withConn(fd, func(u *net.UnixConn) {
			items, all := w.items()
			if all {
				handover.Send(u, items) //nolint:errcheck // the newcomer notices
			}
			for _, it := range items {
				syscall.Close(it.FD)
			}
		})
	}
}

// getState answers _getstate there.
func (w *Worker) getState(b *lb.Bind) func(fd int) {
	if !b.Conf.ExposeFD {
		return nil
	}
	return func(fd int) {
		withConn(fd, func(u *net.UnixConn) {
			var state bytes.Buffer
			base, err := w.exportState(&state)
			if err != nil {
				warn(err.Error())
				return
			}
			if handover.SendState(u, state.Bytes()) == nil { // else the newcomer notices
				w.heirs.keep(u, base)
			}
		})
	}
}

// withConn does something over a duplicate of a session's descriptor, unless
// that is no unix socket.
func withConn(fd int, do func(*net.UnixConn)) {
	f := os.NewFile(uintptr(dup(fd)), "cli")
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return
	}
	defer c.Close()
	if u, ok := c.(*net.UnixConn); ok {
		do(u)
	}
}

func dup(fd int) int {
	n, err := syscall.Dup(fd)
	if err != nil {
		return -1
	}
	return n
}

// items are duplicates of the listening sockets that another process may take:
// a drain may close ours while they are sent, and the numbers be used again. all
// is false when there are not all of them, because a drain has begun or there is
// no descriptor left. The newcomer then hears nothing and asks again: if it got
// a part, it would bind the rest anew, and those who wait in the old queues
// would be reset.
func (w *Worker) items() (list []handover.Item, all bool) {
	w.engine.mu.Lock()
	defer w.engine.mu.Unlock()
	if w.engine.Process.Stopping.Load() {
		return nil, false
	}
	for _, ln := range w.engine.listeners {
		b := ln.Bind()
		if b.Conf.Addr.Kind == conf.AddrSockpair {
			continue
		}
		fd, err := unix.FcntlInt(uintptr(ln.FD), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return list, false
		}
		list = append(list, handover.Item{FD: fd, Namespace: b.Conf.Namespace, Interface: b.Conf.Interface})
	}
	return list, true
}
