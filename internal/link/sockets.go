package link

import (
	"net"
	"os"
	"syscall"

	"segue/internal/conf"
	"segue/internal/lb"
	"segue/internal/process/handover"
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

// pauseAll stops accepting for a while, or goes on.
func (e *Engine) pauseAll(pause bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.everywhere(func(th *lb.Thread) {
		for _, ln := range e.listeners {
			if pause {
				th.Unwatch(&ln.Listener)
			} else {
				th.Watch(&ln.Listener)
			}
		}
	})
}

// getSocks answers _getsocks on a socket with "expose-fd listeners".
func (w *Worker) getSocks(b *lb.Bind) func(fd int) {
	if !b.Conf.ExposeFD {
		return nil
	}
	return func(fd int) {
		f := os.NewFile(uintptr(dup(fd)), "cli")
		defer f.Close()
		c, err := net.FileConn(f)
		if err != nil {
			return
		}
		defer c.Close()
		if u, ok := c.(*net.UnixConn); ok {
			handover.Send(u, w.items()) //nolint:errcheck // the newcomer notices
		}
	}
}

func dup(fd int) int {
	n, err := syscall.Dup(fd)
	if err != nil {
		return -1
	}
	return n
}

// items are the listening sockets that another process may take.
func (w *Worker) items() (list []handover.Item) {
	w.engine.mu.Lock()
	defer w.engine.mu.Unlock()
	for _, ln := range w.engine.listeners {
		b := ln.Bind()
		if b.Conf.Addr.Kind == conf.AddrSockpair {
			continue
		}
		list = append(list, handover.Item{FD: int(ln.FD), Namespace: b.Conf.Namespace, Interface: b.Conf.Interface})
	}
	return list
}
