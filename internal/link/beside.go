package link

import (
	"fmt"
	"os"
	"time"

	"segue/internal/front"
	"segue/internal/health"
	"segue/internal/lb"
	"segue/internal/pool"
	"segue/internal/queue"
	"segue/internal/resolve"
	"segue/internal/syslog"
)

// started begins what runs beside the traffic of a generation.
func started(gen, prev *lb.Generation, p *lb.Process) {
	h := health.Of(p)
	if h.Hooks.Changed == nil {
		h.Hooks = health.Hooks{Log: logHealth(p), Changed: queue.Changed, Purge: purge(p), Shutdown: shutdown(p),
			Unreachable: func(srv *lb.Server) { resolve.Of(p).Hurry(srv) }}
	}
	health.Start(gen, prev, p)
	resolve.Start(gen, p)
}

// logHealth writes a line about a server to its backend's log targets.
func logHealth(p *lb.Process) func(px *lb.Proxy, level int, msg string) {
	return func(px *lb.Proxy, level int, msg string) {
		kind := "[WARNING] "
		if level == 0 {
			kind = "[ALERT]   "
		}
		fmt.Fprintf(os.Stderr, "%s (%d) : %s\n", kind, os.Getpid(), health.ConsoleText(px, level, msg))
		p.Events.Append(syslog.Level(level), time.Now().UnixNano(), msg)
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
