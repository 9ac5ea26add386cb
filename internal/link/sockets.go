package link

import (
	"fmt"
	"net"
	"os"
	"syscall"

	"segue/internal/conf"
	"segue/internal/front"
	"segue/internal/health"
	"segue/internal/lb"
	"segue/internal/pool"
	"segue/internal/process"
	"segue/internal/process/handover"
	"segue/internal/queue"
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

// shards starts listeners on the further sockets that a process with one per
// thread has handed over.
func (e *Engine) shards(r *Result, socks []process.Socket) {
	for i, s := range socks {
		for n, fd := range s.Shards {
			key := fmt.Sprintf("%s#%d", Key(r.Binds[i]), n)
			if e.listeners[key] == nil {
				ln := &front.Listener{Process: e.Process, Key: key}
				ln.FD, ln.Acceptor, ln.MaxAccept = int32(fd), ln, 4
				e.listeners[key] = ln
				ln.Use(r.Binds[i])
				e.everywhere(func(th *lb.Thread) { th.Watch(&ln.Listener) })
			}
		}
	}
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

// started begins what runs beside the traffic of a generation.
func started(gen, prev *lb.Generation, p *lb.Process) {
	h := health.Of(p)
	if h.Hooks.Changed == nil {
		h.Hooks = health.Hooks{Log: logHealth(p), Changed: queue.Changed, Purge: purge(p), Shutdown: shutdown(p)}
	}
	health.Start(gen, prev, p)
}

// logHealth writes a line about a server to its backend's log targets.
func logHealth(p *lb.Process) func(px *lb.Proxy, level int, msg string) {
	return func(px *lb.Proxy, level int, msg string) {
		kind := "[WARNING] "
		if level == 0 {
			kind = "[ALERT]   "
		}
		fmt.Fprintf(os.Stderr, "%s (%d) : %s\n", kind, os.Getpid(), health.ConsoleText(px, level, msg))
		th := p.Threads[0]
		th.Post(func() {
			for _, t := range px.Log.Targets {
				t.Send(th, level, nil, []byte(msg))
			}
		})
	}
}

// purge closes a server's idle connections on every thread.
func purge(p *lb.Process) func(srv *lb.Server) {
	return func(srv *lb.Server) {
		for _, th := range p.Threads {
			th.Post(func() { pool.Purge(th, srv.State) })
		}
	}
}

// shutdown ends the running streams of a server that went down, or with up
// those of the backup servers of its backend.
func shutdown(p *lb.Process) func(srv *lb.Server, up bool) {
	return func(srv *lb.Server, up bool) {
		reason := byte('D')
		if up {
			reason = 'U'
		}
		for _, th := range p.Threads {
			th.Post(func() {
				front.Shutdown(th, reason, func(s *lb.Server) bool {
					if up {
						return s.Conf.Backup && s.Proxy.Name == srv.Proxy.Name
					}
					return s.State == srv.State
				})
			})
		}
	}
}

// dumpServers logs the state of all servers.
func dumpServers(e *Engine) {}
